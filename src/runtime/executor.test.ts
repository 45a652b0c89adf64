import assert from 'node:assert/strict'
import { test } from 'node:test'
import { apply, applyScenario } from '../../test/support/apply-scenario.ts'
import { KillPoint } from '../../test/support/kill-points.ts'
import { memoryJournal } from '../../test/support/memory-journal.ts'
import { SimulatedClock } from '../../test/support/simulated-clock.ts'
import { createSimulatedCluster } from '../adapters/simulated/create.ts'
import { LanekeeperError } from '../core/model/index.ts'
import type { Plan, Step } from '../core/plan/index.ts'
import type { Cluster } from '../ports/cluster.ts'
import { executePlan, stepsInDoubt } from './executor.ts'
import { batchesOf } from './step-requests.ts'

const setUp = (): { clock: SimulatedClock; cluster: Cluster; journal: ReturnType<typeof memoryJournal> } => {
  const clock = new SimulatedClock()
  return {
    clock,
    cluster: createSimulatedCluster({ brokers: 3, seed: 7, clock }).cluster,
    journal: memoryJournal(),
  }
}

const create = (topic: string, partitions = 1): Step => ({
  kind: 'create-topic',
  topic,
  partitions,
  replicationFactor: 3,
  configs: new Map(),
})
const planOf = (...steps: Step[]): Plan => ({ steps, refusals: [], unchanged: [] })

test('intent, effect and outcome are written in this order, and the end says what is left', async () => {
  const { clock, cluster, journal } = setUp()
  const execution = await clock.run(
    executePlan({ plan: planOf(create('a'), create('b')), cluster, journal, clock }),
  )
  assert.deepEqual(
    journal.entries.map(entry => `${entry.event} ${entry.step ?? entry.detail}`),
    [
      'planned 2 steps',
      'started create-topic:a',
      'started create-topic:b',
      'done create-topic:a',
      'done create-topic:b',
      'finished 0 steps left',
    ],
  )
  assert.ok(journal.entries.every(entry => entry.plan === execution.planId && entry.at.endsWith('Z')))
  assert.deepEqual([execution.left, execution.changesSent], [[], 1])
})

test('a refused step does not stop the others, and is what is left', async () => {
  const { clock, cluster, journal } = setUp()
  const bad: Step = { kind: 'alter-config', topic: 'absent', key: 'retention.ms', from: null, to: '1' }
  const seen: string[] = []
  const execution = await clock.run(
    executePlan({
      plan: planOf(bad, create('a')),
      cluster,
      journal,
      clock,
      onStep: outcome => seen.push(`${outcome.id} ${outcome.state} ${outcome.code}`),
    }),
  )
  assert.deepEqual(seen, [
    'alter-config:absent:retention.ms failed STEP_OUTDATED',
    'create-topic:a done null',
  ])
  assert.deepEqual(execution.left, [bad])
})

test('one config that Kafka refuses does not hold back the others of its topic', async () => {
  const { clock, cluster, journal } = setUp()
  await clock.run(
    cluster.createTopics([{ name: 't', partitions: 1, replicationFactor: 3, configs: new Map() }]),
  )
  const refusing: Cluster = {
    ...new KillPoint().cluster(cluster),
    alterTopicConfigs: async (topic, changes) =>
      changes.has('segment.ms')
        ? { item: topic, code: 40, message: 'segment.ms is bad' }
        : cluster.alterTopicConfigs(topic, changes),
  }
  const alter = (key: string): Step => ({ kind: 'alter-config', topic: 't', key, from: null, to: '60000' })
  const execution = await clock.run(
    executePlan({
      plan: planOf(alter('retention.ms'), alter('segment.ms')),
      cluster: refusing,
      journal,
      clock,
    }),
  )
  assert.deepEqual(
    execution.outcomes.map(outcome => [outcome.id, outcome.state, outcome.message]),
    [
      ['alter-config:t:retention.ms', 'done', "Set retention.ms of t to 60000 (was the broker's default)."],
      ['alter-config:t:segment.ms', 'failed', 'INVALID_CONFIG: segment.ms is bad'],
    ],
  )
})

const unanswered = new LanekeeperError('STEP_REFUSED', 'no answer within 4 s')

test('a request without an answer whose effect appears later is done; without effect it has failed', async () => {
  const { clock, cluster, journal } = setUp()
  const late: Cluster = {
    ...new KillPoint().cluster(cluster),
    createTopics: async requests => {
      clock.after(3_000, () => void cluster.createTopics(requests))
      throw unanswered
    },
  }
  const done = await clock.run(executePlan({ plan: planOf(create('a')), cluster: late, journal, clock }))
  assert.deepEqual([done.outcomes[0]?.state, done.left], ['done', []])
  const never: Cluster = { ...late, createTopics: () => Promise.reject(unanswered) }
  const failed = await clock.run(executePlan({ plan: planOf(create('b')), cluster: never, journal, clock }))
  assert.deepEqual(
    [failed.outcomes[0]?.state, failed.outcomes[0]?.message],
    ['failed', 'no answer within 4 s'],
  )
  assert.equal(failed.left?.length, 1)
})

test('a slow answer that looked like a lost cluster does not stop the run', async () => {
  const { clock, cluster, journal } = setUp()
  const slow: Cluster = {
    ...new KillPoint().cluster(cluster),
    createTopics: async requests => {
      await cluster.createTopics(requests)
      throw new LanekeeperError('CLUSTER_UNREACHABLE', 'No answer within 4 s.')
    },
  }
  const configure: Step = { kind: 'alter-config', topic: 'b', key: 'retention.ms', from: null, to: '60000' }
  await clock.run(
    cluster.createTopics([{ name: 'b', partitions: 1, replicationFactor: 3, configs: new Map() }]),
  )
  const execution = await clock.run(
    executePlan({ plan: planOf(create('a'), configure), cluster: slow, journal, clock }),
  )
  assert.deepEqual(
    execution.outcomes.map(outcome => outcome.state),
    ['done', 'done'],
  )
})

test('"exists already" counts as done only when what exists is what was wanted', async () => {
  const { clock, cluster, journal } = setUp()
  const racing = (partitions: number): Cluster => ({
    ...new KillPoint().cluster(cluster),
    createTopics: async requests => {
      await cluster.createTopics(requests.map(request => ({ ...request, partitions })))
      return cluster.createTopics(requests)
    },
  })
  const same = await clock.run(
    executePlan({ plan: planOf(create('a', 3)), cluster: racing(3), journal, clock }),
  )
  assert.equal(same.outcomes[0]?.state, 'done')
  const other = await clock.run(
    executePlan({ plan: planOf(create('b', 3)), cluster: racing(4), journal, clock }),
  )
  assert.deepEqual([other.outcomes[0]?.state, other.outcomes[0]?.code], ['failed', 'STEP_REFUSED'])
})

test('when the cluster cannot be reached the rest is not tried, and nothing is claimed about it', async () => {
  const { clock, cluster, journal } = setUp()
  let looks = 0
  const gone = new LanekeeperError('CLUSTER_UNREACHABLE', 'No broker answers.')
  const leaving: Cluster = {
    ...new KillPoint().cluster(cluster),
    describe: options => (looks++ === 0 ? cluster.describe(options) : Promise.reject(gone)),
    createTopics: () => Promise.reject(gone),
  }
  const add: Step = { kind: 'add-partitions', topic: 'a', from: 1, to: 2 }
  const execution = await clock.run(
    executePlan({ plan: planOf(create('a'), add), cluster: leaving, journal, clock }),
  )
  assert.deepEqual(
    execution.outcomes.map(outcome => [outcome.state, outcome.message]),
    [
      ['failed', 'No broker answers.'],
      ['skipped', 'Not tried: No broker answers.'],
    ],
  )
  assert.equal(execution.left, null)
})

test('interrupted: what is under way is finished and written down, the rest is skipped', async () => {
  const { clock, cluster, journal } = setUp()
  const { before } = applyScenario('t')
  await clock.run(apply(before, { cluster, clock, journal: memoryJournal() }))
  const plan = planOf(create('a'), { kind: 'add-partitions', topic: 't-grows', from: 2, to: 4 })
  const abort = new AbortController()
  const execution = await clock.run(
    executePlan({ plan, cluster, journal, clock, signal: abort.signal, onStep: () => abort.abort() }),
  )
  assert.deepEqual(
    execution.outcomes.map(outcome => outcome.state),
    ['done', 'skipped'],
  )
  assert.deepEqual(stepsInDoubt(journal.entries), [])
})

test('a defect is not taken for an answer', async () => {
  const { clock, cluster, journal } = setUp()
  const broken: Cluster = {
    ...new KillPoint().cluster(cluster),
    createTopics: () => Promise.reject(new TypeError('x')),
  }
  await assert.rejects(
    clock.run(executePlan({ plan: planOf(create('a')), cluster: broken, journal, clock })),
    TypeError,
  )
  assert.deepEqual(stepsInDoubt(journal.entries), ['create-topic:a'])
})

test('a step that an earlier run left in doubt is sent only if its effect is missing, and the doubt ends', async () => {
  const { clock, cluster, journal } = setUp()
  const begun = (): Promise<void> =>
    journal.append({ at: '', plan: 'p', event: 'started', step: 'create-topic:a', detail: '' })
  await begun()
  assert.deepEqual(stepsInDoubt(journal.entries), ['create-topic:a'])
  await clock.run(
    cluster.createTopics([{ name: 'a', partitions: 1, replicationFactor: 3, configs: new Map() }]),
  )
  const execution = await clock.run(executePlan({ plan: planOf(create('a')), cluster, journal, clock }))
  assert.deepEqual([execution.outcomes[0]?.state, execution.changesSent], ['already-done', 0])
  assert.deepEqual(stepsInDoubt(journal.entries), [])

  await begun()
  await executePlan({ plan: planOf(), cluster, journal, clock })
  assert.deepEqual(stepsInDoubt(journal.entries), [])
})

test('topics travel together up to a bound, configs by topic', () => {
  const alter = (topic: string, key: string): Step => ({
    kind: 'alter-config',
    topic,
    key,
    from: null,
    to: '1',
  })
  const batches = batchesOf([
    create('a', 1500),
    create('b', 500),
    create('c', 1),
    alter('a', 'x'),
    alter('a', 'y'),
    alter('b', 'x'),
  ])
  assert.deepEqual(
    batches.map(batch => [batch.kind, batch.steps.length]),
    [
      ['create-topics', 2],
      ['create-topics', 1],
      ['alter-configs', 2],
      ['alter-configs', 1],
    ],
  )
})
