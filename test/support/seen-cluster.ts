import type { TestContext } from 'node:test'
import { memoryHistory } from '../../src/adapters/history/open.ts'
import { shippedRules } from '../../src/core/alerts/index.ts'
import { partitionCount } from '../../src/core/model/index.ts'
import { startAlerts } from '../../src/runtime/alerts/keeper.ts'
import type { PastReader } from '../../src/runtime/history/answer-past.ts'
import { startLive } from '../../src/runtime/live-state.ts'
import { buildServer } from '../../src/server/create-server.ts'
import { ManualClock } from './manual-clock.ts'
import { groupOf, scriptedCluster, snapshotOf, topic } from './scripted-cluster.ts'

/** A cluster that moves with a clock of the test's own, watched, with alerts and history, for tests of the server. */
export const token = 'a-token-of-the-tests'
export const bearer = { authorization: `Bearer ${token}` }
export const hostileGroup = 'a/b "quoted"\\ ünï'

/** @param reader who reads the past; absent: it is read on the event loop */
export const seenCluster = async (t: TestContext, partitions = 3, reader?: PastReader) => {
  const clock = new ManualClock()
  const cluster = scriptedCluster(snapshotOf([topic('user-actions', partitions, [1, 2, 3])]))
  cluster.before = async () => {
    const end = new Float64Array(partitions).fill(100 + Math.floor(clock.nowMs / 100))
    cluster.offsets.set('user-actions', { topic: 'user-actions', end, start: new Float64Array(partitions) })
    cluster.groups = [
      groupOf(hostileGroup, 'user-actions', end, [Array.from({ length: partitions }, (_, p) => p)]),
    ]
  }
  const file = memoryHistory()
  const live = startLive({
    cluster,
    clock,
    clusterName: null,
    version: '1.0.0',
    history: { file, bytesMax: 1e9, ...(reader === undefined ? {} : { reader }) },
  })
  t.after(() => live.close())
  const alerts = startAlerts(
    live,
    {
      rules: shippedRules,
      webhooks: [{ name: 'ops', url: 'http://ops', secret: null }],
      repeatMs: 3_600_000,
    },
    { clock, post: async () => 200, file, newId: () => 'silence-1' },
  )
  t.after(() => alerts.close())
  const declared = {
    file: 'lanekeeper.yaml',
    topics: [
      {
        name: 'user-actions',
        partitions: partitionCount(partitions + 1),
        replicationFactor: 3,
        configs: new Map<string, string>(),
        key: null,
        ordering: 'none' as const,
      },
    ],
  }
  return {
    clock,
    cluster,
    live,
    alerts,
    options: { live, alerts, declared, clock, version: '1.0.0', webRoot: null, token },
  }
}

export const inject = async (t: TestContext, seconds = 40) => {
  const { clock, cluster, live, alerts, options } = await seenCluster(t)
  await clock.advance(seconds * 1000)
  const server = await buildServer(options)
  t.after(() => server.close())
  return { clock, cluster, live, alerts, server, options }
}
