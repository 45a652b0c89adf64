import assert from 'node:assert/strict'
import { test } from 'node:test'
import { capturedWorld } from '../../test/support/captured-world.ts'
import { ManualClock } from '../../test/support/manual-clock.ts'
import { scriptedCluster, snapshotOf } from '../../test/support/scripted-cluster.ts'
import { startProgress } from './progress.ts'

const setUp = (terminal: boolean) => {
  const clock = new ManualClock()
  const typed = terminal ? { typed: '' } : {}
  return { clock, ...capturedWorld({ cluster: scriptedCluster(snapshotOf([])), clock, ...typed }) }
}

test('in a pipe each stage is one line, however often it is told; so it is where plain lines are asked for', () => {
  for (const terminal of [false, true]) {
    const { world, clock, take } = setUp(terminal)
    const progress = startProgress(world.io, clock, terminal)
    for (const text of ['Starting', 'Waiting for 2', 'Waiting for 2', 'Waiting for 1', 'Waiting for 2'])
      progress.stage(text)
    progress.end()
    assert.equal(take().err, 'Starting\nWaiting for 2\nWaiting for 1\nWaiting for 2\n')
  }
})

test('on a terminal the newest stage is drawn over the one before, with its seconds, and the last is left', async () => {
  const { world, clock, take } = setUp(true)
  const progress = startProgress(world.io, clock)
  progress.stage('Starting')
  await clock.advance(2_000)
  progress.stage('Waiting')
  progress.end()
  const lines = take().err.split('\r\u001b[2K')
  assert.deepEqual([lines[1], lines.at(-1)], ['Starting … 0 s', 'Waiting … 2 s\n'])
})
