import assert from 'node:assert/strict'
import { test } from 'node:test'
import { capturedWorld, runVerb } from '../../test/support/captured-world.ts'
import { nodeCodecs } from '../adapters/codecs/node-codecs.ts'
import { createSimulatedCluster } from '../adapters/simulated/create.ts'
import { systemClock } from '../adapters/system/clock.ts'
import { seededRandom } from '../core/simulation/index.ts'
import { exerciseCommand } from './exercise.ts'
import type { World } from './world.ts'

const setUp = () => {
  const { cluster, openLink, close } = createSimulatedCluster({ brokers: 3, seed: 1, clock: systemClock })
  const { world, take } = capturedWorld({ cluster, clock: systemClock })
  const whole: World = {
    ...world,
    codecs: nodeCodecs,
    seededRandom,
    connect: async () => ({ cluster, openLink, close }),
  }
  return { cluster, take, run: (...args: readonly string[]) => runVerb(exerciseCommand(whole), ...args) }
}

test('list names the exercises', async () => {
  const { run, take } = setUp()
  await run('list', '--json')
  const listed = JSON.parse(take().out) as { name: string; simulated: boolean }[]
  assert.deepEqual(
    listed.map(({ name, simulated }) => [name, simulated]),
    [
      ['distribution', true],
      ['hot-partition', true],
      ['partitioner', true],
      ['unbalanced-group', true],
      ['four-brokers', false],
    ],
  )
})

test('distribution on the simulated cluster: the lesson is observed, and the topics are gone afterwards', async () => {
  const { run, take, cluster } = setUp()
  const before = (await cluster.describe()).topics.size
  await run('run', 'distribution', '--simulated')
  const { out, exitCode } = take()
  assert.match(out, /^on the simulated cluster, not on Kafka$/m)
  assert.equal(out.match(/^yes {2}/gm)?.length, 8, out)
  assert.doesNotMatch(out, /^NO /m)
  assert.doesNotMatch(out, /KAFKA'S OWN TOOLS/)
  assert.equal(exitCode, 0)
  assert.equal((await cluster.describe()).topics.size, before)
})

test('what cannot run is refused before anything is started', async () => {
  const { run } = setUp()
  await assert.rejects(run('run', 'distrubution'), { code: 'USAGE', fix: 'Did you mean distribution?' })
  await assert.rejects(run('run', 'four-brokers', '--bootstrap-server', 'h:1'), { code: 'USAGE' })
  await assert.rejects(run('run', 'four-brokers', '--simulated'), { code: 'USAGE' })
  await assert.rejects(run('run', 'distribution', '--simulated', '--brokers', '3'), { code: 'USAGE' })
  await assert.rejects(run('run', 'distribution', '--brokers', '9'), { code: 'USAGE' })
})
