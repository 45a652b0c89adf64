import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSimulatedCluster } from '../../src/adapters/simulated/create.ts'
import { diffTopics } from '../../src/core/topics/index.ts'
import type { Cluster } from '../../src/ports/cluster.ts'
import { apply, applyScenario } from '../support/apply-scenario.ts'
import { Killed, KillPoint } from '../support/kill-points.ts'
import { memoryJournal } from '../support/memory-journal.ts'
import { SimulatedClock } from '../support/simulated-clock.ts'

/**
 * Apply is killed before and after each of its outside effects, and run again. It must converge, repeat nothing that
 * was done, and a further run must send no change.
 */
const { before, declared } = applyScenario('t')

const freshCluster = async (): Promise<{ clock: SimulatedClock; cluster: Cluster }> => {
  const clock = new SimulatedClock()
  const { cluster } = createSimulatedCluster({ brokers: 3, seed: 1, clock })
  await clock.run(apply(before, { cluster, clock, journal: memoryJournal() }))
  return { clock, cluster }
}

const runKilledAt = async (at: number, moment: 'before' | 'after'): Promise<KillPoint> => {
  const { clock, cluster } = await freshCluster()
  const journal = memoryJournal()
  const kill = new KillPoint(at, moment)
  const dying = apply(declared, { clock, cluster: kill.cluster(cluster), journal: kill.journal(journal) })
  if (at === 0) await clock.run(dying)
  else await assert.rejects(clock.run(dying), Killed)

  const again = new KillPoint()
  const execution = await clock.run(
    apply(declared, { clock, cluster: again.cluster(cluster), journal: again.journal(journal) }),
  )
  assert.deepEqual(execution.left, [])
  assert.ok(execution.outcomes.every(outcome => outcome.state === 'done'))
  const plan = diffTopics(declared, await clock.run(cluster.describe({ configs: true })))
  assert.deepEqual([plan.steps, plan.refusals], [[], []])
  // Three changing requests are needed in all; what the dead run got through is not sent a second time
  assert.equal(kill.changes + again.changes, 3)

  const idle = new KillPoint()
  await clock.run(apply(declared, { clock, cluster: idle.cluster(cluster), journal: idle.journal(journal) }))
  assert.equal(idle.changes, 0)
  return kill
}

test('apply killed before and after each outside effect converges when it is run again', async () => {
  const { effects } = await runKilledAt(0, 'before')
  assert.equal(effects, 15)
  for (let at = 1; at <= effects; at++)
    for (const moment of ['before', 'after'] as const) {
      const kill = await runKilledAt(at, moment)
      assert.equal(kill.effects, at, `the run ended at effect ${at}`)
    }
})
