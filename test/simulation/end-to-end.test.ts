/**
 * The product's own producer and consumer over the simulated cluster, under faults from a seed, on simulated time:
 * nothing lost, nothing twice in the log, nothing out of order, no commit that falls back, no effect of a former owner.
 *
 * A failing run prints its seed; `LANEKEEPER_SIM_SEED=<seed>` plays it again, alone. `LANEKEEPER_SIM_SEEDS=<count>`
 * plays more. `LANEKEEPER_SIM_BASE=<text>` gives other seeds (CI: the commit).
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nodeCodecs } from '../../src/adapters/codecs/node-codecs.ts'
import { createProducer } from '../../src/producer/producer.ts'
import { judgeEffects, judgeLog } from './judge.ts'
import { PlainWriter } from './plain-writer.ts'
import { type OpenWriter, PARTITIONS, type RunReport, simulate } from './world.ts'
import { seedsOf } from './stage.ts'

const SEEDS_DEFAULT = 10

const seeds = seedsOf(SEEDS_DEFAULT)

const product: OpenWriter = (cluster, clock, topic, random) => {
  const link = cluster.openLink('producer')
  const producer = createProducer({ link, clock, codecs: nodeCodecs, random, options: { lingerMs: 5 } })
  const unacknowledged: string[] = []
  return {
    send: (key, value) => {
      producer.send({ topic: topic.name, key, value }, outcome => {
        if (outcome.kind !== 'acknowledged') unacknowledged.push(`${value}: ${outcome.kind}, ${outcome.why}`)
      })
    },
    finish: async () => {
      await producer.close({ deadlineMs: 130_000 })
      await link.close()
      return unacknowledged
    },
  }
}

/** Keys by their number; every record a batch of its own. */
const plain =
  (numbered: boolean): OpenWriter =>
  (cluster, clock, topic) => {
    const writer = new PlainWriter(cluster.openLink('plain'), clock, topic, { numbered })
    return {
      send: (key, value) => writer.write(Number(key.slice(1)) % PARTITIONS, [value]),
      finish: async () => {
        await writer.flush()
        return []
      },
    }
  }

const problemsOf = (report: RunReport): readonly string[] => [
  ...judgeLog(report.log, report.written),
  ...judgeEffects(report.effects, report.written),
  ...report.commitsBackwards.map(text => `commit fell back: ${text}`),
  ...report.unacknowledged.map(text => `not acknowledged: ${text}`),
]

for (const seed of seeds)
  test(`seed ${seed}: nothing lost, twice, out of order or by a former owner`, async () => {
    const report = await simulate(seed, product)
    assert.ok(report.faults.length > 0, 'something must break, or the run shows nothing')
    assert.deepEqual(problemsOf(report), [], `LANEKEEPER_SIM_SEED=${seed} plays this run again`)
  })

test('a writer that repeats the same numbered bytes keeps the log right', async () => {
  const report = await simulate('plain', plain(true))
  assert.deepEqual(problemsOf(report), [])
})

test('the faults are real: a writer without numbers is caught', async () => {
  const report = await simulate('plain', plain(false))
  const kinds = new Set(judgeLog(report.log, report.written).map(problem => problem.split(':')[0]))
  assert.ok(kinds.has('duplicated'), `found only ${[...kinds].join(', ') || 'nothing'}`)
})

test('the same seed plays the same run', async () => {
  const [first, second] = [await simulate('again', plain(true)), await simulate('again', plain(true))]
  assert.deepEqual(second, first)
})
