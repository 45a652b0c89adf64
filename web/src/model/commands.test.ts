import assert from 'node:assert/strict'
import { test } from 'node:test'
import { partitionCommands, sameCommand } from './commands.ts'

const health = { bootstrapServer: 'kafka-1:9092', simulated: false, calledAs: 'npx lanekeeper' }
const here = 'http://127.0.0.1:7400'

test('the command of a page asks the cluster that the page shows', () => {
  assert.equal(
    sameCommand({ name: 'group', group: 'night run' }, health, here),
    "npx lanekeeper groups show 'night run' --bootstrap-server kafka-1:9092",
  )
  assert.ok(
    partitionCommands('kafka-1:9092', 'orders', 7, undefined).every(({ text }) =>
      text.endsWith('--bootstrap-server kafka-1:9092'),
    ),
  )
})

test('a simulated cluster can be asked by no other process, its alerts can', () => {
  const simulated = { ...health, bootstrapServer: 'simulated', simulated: true }
  assert.equal(sameCommand({ name: 'overview' }, simulated, here), undefined)
  assert.equal(sameCommand({ name: 'alerts' }, simulated, here), 'npx lanekeeper alerts')
})

test('alerts are asked of the server that the page comes from', () => {
  assert.equal(
    sameCommand({ name: 'alerts' }, health, 'http://10.0.0.7:7790'),
    'npx lanekeeper alerts --url http://10.0.0.7:7790',
  )
})
