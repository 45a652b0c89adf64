import assert from 'node:assert/strict'
import { test } from 'node:test'
import { asCalled } from './called-as.ts'

const npx = { calledAs: 'npx lanekeeper' }
const installed = { calledAs: 'lanekeeper' }

test('a command is named as the program was called', () => {
  const next = 'Next: lanekeeper topics, or `lanekeeper consume t --max 10`; npx lanekeeper hot t shows keys.'
  assert.equal(
    asCalled(npx, next),
    'Next: npx lanekeeper topics, or `npx lanekeeper consume t --max 10`; npx lanekeeper hot t shows keys.',
  )
  assert.equal(
    asCalled(installed, next),
    'Next: lanekeeper topics, or `lanekeeper consume t --max 10`; lanekeeper hot t shows keys.',
  )
})

test('usage lines and flags of the program itself are commands too', () => {
  assert.equal(
    asCalled(npx, 'Usage: lanekeeper [options] [command]'),
    'Usage: npx lanekeeper [options] [command]',
  )
  assert.equal(asCalled(npx, '`lanekeeper --help` shows'), '`npx lanekeeper --help` shows')
})

test('what only contains the name stays', () => {
  for (const text of [
    'examples/streamsocial/lanekeeper.yaml is read',
    'Lanekeeper is starting',
    'npx lanekeeper',
    '/usr/lib/lanekeeper is a folder',
    'state in .lanekeeper is kept',
    'lanekeeper_cluster_up 1',
    'my-lanekeeper runs',
  ])
    assert.equal(asCalled(npx, text), text)
})

test('naming twice changes nothing', () => {
  const once = asCalled(npx, 'lanekeeper topics')
  assert.equal(asCalled(npx, once), once)
})
