import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { grafanaDashboardText } from '../scripts/grafana-panels.ts'
import { memoryHistory } from '../src/adapters/history/open.ts'
import { shippedRules } from '../src/core/alerts/index.ts'
import { startAlerts } from '../src/runtime/alerts/keeper.ts'
import { startLive } from '../src/runtime/live-state.ts'
import { createMetrics } from '../src/server/metrics.ts'
import { ManualClock } from './support/manual-clock.ts'
import { groupOf, id, scriptedCluster, snapshotOf, topic } from './support/scripted-cluster.ts'

const file = join(import.meta.dirname, '..', 'grafana', 'lanekeeper.json')

test('the Grafana dashboard is the one its script writes', async () => {
  assert.equal(await readFile(file, 'utf8'), grafanaDashboardText(), 'run: node scripts/grafana-dashboard.ts')
})

test('every metric that the dashboard names exists', async t => {
  const clock = new ManualClock()
  const cluster = scriptedCluster(snapshotOf([topic('orders', 2, [1, 2, 3])]))
  cluster.before = async () => {
    const end = new Float64Array(2).fill(Math.floor(clock.nowMs / 100))
    cluster.offsets.set('orders', { topic: 'orders', end, start: new Float64Array(2) })
    cluster.sizes.set('orders', { topic: 'orders', sizeBytes: end })
    cluster.disks = [{ broker: id(1), usedBytes: 1, totalBytes: 100, usableBytes: 50 }]
    cluster.groups = [groupOf('readers', 'orders', end, [[0, 1]])]
  }
  const live = startLive({ cluster, clock, clusterName: null, version: '0' })
  t.after(() => live.close())
  const alerts = startAlerts(
    live,
    { rules: shippedRules, webhooks: [], repeatMs: 1 },
    { clock, post: async () => 200, file: memoryHistory(), newId: () => 'x' },
  )
  t.after(() => alerts.close())
  await clock.advance(40_000)
  const text = createMetrics(live, alerts, () => clock.wallMs())
    .bytes('partition')
    .toString()
  // a metric with a HELP line and no sample (all unknown) would leave a panel empty just the same
  const exposed = new Set([...text.matchAll(/^([a-z_]+)[{ ]/gm)].map(([, name]) => name))
  const dashboard = await readFile(file, 'utf8')
  const named = new Set([...dashboard.matchAll(/\b((?:lanekeeper|kafka)_[a-z_]+)/g)].map(([, name]) => name))
  assert.ok(named.size > 15, 'the dashboard names metrics')
  assert.deepEqual(
    [...named].filter(name => !exposed.has(name)),
    [],
  )
})
