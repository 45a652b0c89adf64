import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '../../../test/support/manual-clock.ts'
import { plainHealth } from '../../../test/support/plain-health.ts'
import { scriptedCluster, snapshotOf, topic } from '../../../test/support/scripted-cluster.ts'
import { startLive } from '../../runtime/live-state.ts'
import type { FindingDraft } from '../health/index.ts'
import type { FailingRecord } from '../model/index.ts'
import { readingsOf } from './readings.ts'
import { isMeasure, measures, shippedRules, type AlertMeasure } from './rule.ts'

const values = (measure: AlertMeasure, sight: Parameters<typeof readingsOf>[1]) =>
  readingsOf(measure, sight)?.map(({ subject, value }) => [subject, value]) ?? null

test('one broker down is one reading, whatever hangs on it; what is behind elsewhere is another', async t => {
  const clock = new ManualClock()
  const cluster = scriptedCluster(snapshotOf([topic('wide', 500, [1, 2, 3])]))
  cluster.before = async () => {
    const end = new Float64Array(500).fill(Math.floor(clock.nowMs / 100))
    cluster.offsets.set('wide', { topic: 'wide', end, start: new Float64Array(500) })
  }
  const live = startLive({ cluster, clock, clusterName: null, version: '0' })
  t.after(() => live.close())
  await clock.advance(10_000)
  const wide = cluster.snapshot.topics.get('wide')
  assert.ok(wide !== undefined)
  cluster.snapshot = {
    ...cluster.snapshot,
    brokers: cluster.snapshot.brokers.filter(broker => broker.id !== 2),
    topics: new Map([
      [
        'wide',
        {
          ...wide,
          partitions: wide.partitions.map(each => ({ ...each, isr: each.isr.filter(id => id !== 2) })),
        },
      ],
    ]),
  }
  await clock.advance(10_000)
  const sight = live.sight()
  assert.deepEqual(values('broker-gone', sight), [
    ['broker 1', 0],
    ['broker 2', 1],
    ['broker 3', 0],
  ])
  assert.deepEqual(values('partitions-under-replicated', sight), [['cluster', 0]])
  assert.ok(values('leaders-over-share', sight)?.every(([, value]) => Number.isNaN(value)))
  assert.match(readingsOf('broker-gone', sight)?.[1]?.text ?? '', /^Broker 2 does not answer; 500 of its 500/)
})

test('what is not seen is null or NaN, never 0', () => {
  const nothing = { reachable: true, health: null, findings: [] }
  for (const measure of Object.keys(measures) as AlertMeasure[])
    if (measure !== 'cluster-unreachable') assert.equal(readingsOf(measure, nothing), null, measure)
  const health = plainHealth([], [{ groupId: 'g', topic: 't', lag: [5], verdict: 'unknown', lagMsMax: NaN }])
  const unseen = { reachable: false, health, findings: [] }
  assert.equal(readingsOf('group-lag', unseen), null)
  assert.deepEqual(values('cluster-unreachable', unseen), [['cluster', 1]])
  const seen = { reachable: true, health, findings: [] }
  assert.ok(Number.isNaN(readingsOf('group-lag', seen)?.[0]?.value))
  assert.ok(Number.isNaN(readingsOf('group-standing', seen)?.[0]?.value))
})

test('a group that stands still is one alert: its age is not counted beside it', () => {
  const of = (verdict: 'stalled' | 'warning', lagMsMax: number) => ({
    reachable: true,
    health: plainHealth([], [{ groupId: 'g', topic: 't', lag: [5], verdict, lagMsMax }]),
    findings: [],
  })
  assert.deepEqual(values('group-standing', of('stalled', 9e5)), [['g', 1]])
  assert.ok(Number.isNaN(readingsOf('group-lag', of('stalled', 9e5))?.[0]?.value))
  assert.deepEqual(values('group-lag', of('warning', 9e5)), [['g', 9e5]])
  const longer = readingsOf('group-lag', of('warning', NaN))?.[0]
  assert.equal(longer?.value, Infinity)
  assert.equal(longer?.text, 'g is behind by longer than history reaches.')
})

test('any finding can be an alert, by its kind', () => {
  const finding = {
    id: 'hot-key:orders',
    severity: 'warning' as const,
    kind: 'hot-key',
    sentence: [{ text: 'One key.', mark: 'plain' as const }],
    cure: '',
    command: null,
    topic: 'orders',
    partition: 3,
  }
  const sight = { reachable: true, health: plainHealth([]), findings: [finding] }
  assert.deepEqual(readingsOf('finding:hot-key', sight), [
    { subject: 'orders', value: 1, text: 'One key.', href: '/topics/orders/3' },
  ])
  assert.deepEqual(readingsOf('finding:other', sight), [])
  assert.ok(
    isMeasure('finding:hot-partition') &&
      isMeasure('finding:rebalances-again') &&
      !isMeasure('finding:hot-key') &&
      !isMeasure('finding:') &&
      !isMeasure('__proto__') &&
      !isMeasure('toString'),
  )
})

test('shipped rules: names once, hysteresis the right way round', () => {
  assert.equal(new Set(shippedRules.map(rule => rule.name)).size, shippedRules.length)
  for (const rule of shippedRules) {
    assert.ok(rule.clearAtOrBelow <= rule.fireAbove, rule.name)
    assert.ok(isMeasure(rule.measure), rule.name)
  }
})

test('an alert on a group that stands says what its consumers say, where they do', () => {
  const plain = plainHealth([], [{ groupId: 'g', topic: 't', lag: [5], verdict: 'stalled' }])
  const told = (id: string): FindingDraft => ({
    id,
    severity: 'act',
    kind: id.split(':')[0] ?? '',
    sentence: [{ text: id, mark: 'plain' }],
    cure: '',
    command: null,
  })
  const textOf = (health: typeof plain): string | undefined =>
    readingsOf('group-standing', {
      reachable: true,
      health,
      findings: [told('group-held:g'), told('group-stalled:g')],
    })?.[0]?.text
  assert.equal(textOf(plain), 'group-stalled:g')
  const groups = plain.groups.map(group => ({
    ...group,
    topics: group.topics.map(topic => ({ ...topic, held: new Map([[0, failing]]) })),
  }))
  assert.equal(textOf({ ...plain, groups }), 'group-held:g')
})

const failing: FailingRecord = {
  offset: 5,
  records: 1,
  state: 'stopped',
  attempts: 10,
  failingMs: 30_000,
  error: 'TypeError',
}
