/** Made-up alerts and a made-up plan for the dashboard, typed by the contract; see mock-figures.ts. */
import type { AlertGroup, AlertHistory, Alerts, AlertView } from '../../src/api/alerts.ts'
import type { PlanView } from '../../src/api/plan.ts'
import type { Scenario } from './mock-figures.ts'

const NOW = Date.parse('2026-03-14T14:32:08.000Z')
const at = (minutesAgo: number): string => new Date(NOW - minutesAgo * 60_000).toISOString()

const alert = (subject: string, text: string, more: Partial<AlertView>): AlertView => ({
  subject,
  state: 'firing',
  text,
  href: '/topics/user-actions/417',
  value: 1,
  valueText: 'yes',
  since: at(25),
  firedAt: at(23),
  evidenceMs: 0,
  leaning: 'fire',
  acknowledged: null,
  silence: null,
  ...more,
})

const group = (
  rule: string,
  title: string,
  alerts: readonly AlertView[],
  more: Partial<AlertGroup>,
): AlertGroup => ({
  rule,
  title,
  severity: 'warning',
  state: 'firing',
  fires: 'over 2.00× for 2 m',
  clears: '1.60× or less for 5 m',
  fireAbove: 2,
  clearAtOrBelow: 1.6,
  fireAfterMs: 120_000,
  fireAboveText: '2.00×',
  clearAtOrBelowText: '1.60×',
  graded: true,
  count: alerts.length,
  alerts: [...alerts],
  ...more,
})

const silence = {
  id: 'silence-1',
  rule: 'group-standing',
  subject: null,
  since: at(120),
  until: at(-208),
  reason: 'replay paused on purpose',
}

const busyGroups = (): AlertGroup[] => [
  group(
    'hot-partition',
    'One partition far over its share',
    [
      alert('user-actions', 'user-actions-417 takes 9.4× its share; 81\u00a0% of its bytes are one key.', {
        value: 9.4,
        valueText: '9.4×',
      }),
    ],
    { severity: 'critical' },
  ),
  group(
    'group-behind',
    'A group is behind in time',
    [
      alert('timeline-builder', 'timeline-builder is 6 m 07 s behind on user-actions-417.', {
        href: '/groups/timeline-builder',
        value: 367_000,
        valueText: '6 m 07 s',
        firedAt: at(16),
      }),
    ],
    {
      fires: 'over 2 m for 1 m',
      fireAbove: 120_000,
      clearAtOrBelow: 60_000,
      fireAboveText: '2 m',
      clearAtOrBelowText: '1 m',
    },
  ),
  group(
    'leader-skew',
    'Leaders uneven',
    [
      alert('broker 2', 'Broker 2 leads 610 of 1,514 partitions, 21\u00a0% over its share.', {
        href: '/brokers',
        value: 0.24,
        valueText: '21\u00a0%',
        acknowledged: { at: at(10), note: 'election at 15:00' },
      }),
    ],
    {
      severity: 'info',
      state: 'acknowledged',
      fires: 'over 20 % for 30 m',
      fireAbove: 0.2,
      clearAtOrBelow: 0.12,
      fireAboveText: '20 %',
      clearAtOrBelowText: '12 %',
    },
  ),
  group(
    'under-replicated',
    'Copies are behind although their brokers answer',
    [
      alert('cluster', '3 partitions have a copy that is behind, on broker 3.', {
        href: '/brokers',
        state: 'nearly',
        value: 3,
        valueText: '3',
        firedAt: null,
        evidenceMs: 70_000,
      }),
    ],
    {
      state: 'nearly',
      fires: 'over 0 for 2 m',
      fireAbove: 0,
      clearAtOrBelow: 0,
      fireAboveText: '0',
      clearAtOrBelowText: '0',
    },
  ),
  group(
    'group-standing',
    'A group stands still',
    ['dlq-replay', 'audit', 'export', 'mirror', 'archive'].map(name =>
      alert(name, `${name} has no members, and 12.4k records wait.`, {
        href: `/groups/${name}`,
        firedAt: at(310),
        silence,
      }),
    ),
    { severity: 'critical', state: 'silenced', fires: 'for 1 m', graded: false },
  ),
]

const rules: Alerts['rules'] = [
  ['no-broker-answers', 'for 15 s', 'gone for 15 s'],
  ['broker-gone', 'for 30 s', 'gone for 30 s'],
  ['under-replicated', 'over 0 for 2 m', '0 or less for 2 m'],
  ['group-standing', 'for 1 m', 'gone for 1 m'],
  ['group-behind', 'over 2 m for 1 m', '1 m or less for 5 m'],
  ['hot-partition', 'over 2.00× for 2 m', '1.60× or less for 5 m'],
  ['leader-skew', 'over 20 % for 30 m', '12 % or less for 10 m'],
].map(([name = '', fires = '', clears = '']) => ({
  name,
  title: name,
  severity: 'warning',
  measure: name,
  fires,
  clears,
  webhooks: name === 'leader-skew' ? [] : ['ops'],
}))

export const mockAlerts = (scenario: Scenario): Alerts => ({
  held: scenario === 'unreachable' || scenario === 'stale',
  groups:
    scenario === 'unreachable'
      ? busyGroups().map(each => ({ ...each, alerts: each.alerts.map(one => ({ ...one, leaning: null })) }))
      : scenario === 'busy' || scenario === 'partial'
        ? busyGroups()
        : [],
  rules,
  silences: scenario === 'busy' ? [silence] : [],
  deliveries: [
    ['hot-partition fired', 'sent', 200, 1, null, 91],
    ['group-behind fired', 'failed', 503, 8, 'it answered 503', 127_000],
    ['under-replicated cleared', 'waiting', null, 2, 'connect ECONNREFUSED 127.0.0.1:9', null],
  ].map(([subject, state, status, tries, error, tookMs], index) => ({
    id: String(index),
    at: at(index + 1),
    webhook: 'ops',
    subject: String(subject),
    state: state as 'sent' | 'failed' | 'waiting',
    status: status as number | null,
    tries: Number(tries),
    error: error as string | null,
    tookMs: tookMs as number | null,
  })),
  webhooks: ['ops'],
})

export const mockAlertHistory = (scenario: Scenario): AlertHistory => {
  const span = (rule: string, state: 'firing' | 'nearly', from: number, to: number) => ({
    rule,
    subject: 'user-actions',
    state,
    severity: rule === 'group-behind' ? ('warning' as const) : ('critical' as const),
    from: at(from),
    to: at(to),
    text: 'user-actions-417 takes 9.4× its share.',
  })
  return {
    from: at(1440),
    to: at(0),
    spans:
      scenario === 'calm' || scenario === 'empty'
        ? []
        : [
            span('hot-partition', 'nearly', 900, 870),
            span('hot-partition', 'firing', 23, 0),
            span('group-behind', 'firing', 1075, 1050),
            span('group-behind', 'firing', 16, 0),
            span('under-replicated', 'firing', 70, 68),
          ],
    unseen: scenario === 'calm' ? [] : [{ from: at(1295), to: at(1262), reason: 'ECONNREFUSED' }],
  }
}

export const mockPlan = (scenario: Scenario): PlanView => {
  const none = { topicsCreated: 0, partitionsCreated: 0, replicasCreated: 0, configsChanged: 0 }
  const base = { observedAt: at(0), planCommand: null, applyCommand: null, cost: none }
  if (scenario === 'empty' || scenario === 'starting')
    return { ...base, file: null, compared: true, topics: [], steps: [], refusals: [], unchanged: [] }
  const commands = {
    planCommand: 'npx lanekeeper plan lanekeeper.yaml --bootstrap-server 127.0.0.1:9092',
    applyCommand: 'npx lanekeeper apply lanekeeper.yaml --bootstrap-server 127.0.0.1:9092',
  }
  if (scenario === 'calm')
    return {
      ...base,
      ...commands,
      file: 'lanekeeper.yaml',
      compared: true,
      topics: [{ topic: 'user-actions', change: 'unchanged', properties: [] }],
      steps: [],
      refusals: [],
      unchanged: ['user-actions'],
    }
  return {
    ...base,
    ...commands,
    file: 'lanekeeper.yaml',
    compared: true,
    topics: [
      {
        topic: 'user-actions',
        change: 'changed',
        properties: [
          { property: 'partitions', kind: 'partitions', actual: '1000', declared: '1500', change: 'changed' },
          {
            property: 'retention.ms',
            kind: 'config',
            actual: '86400000',
            declared: '172800000',
            change: 'changed',
          },
          { property: 'min.insync.replicas', kind: 'config', actual: null, declared: '2', change: 'added' },
        ],
      },
      {
        topic: 'abuse-appeals',
        change: 'added',
        properties: [
          { property: 'partitions', kind: 'partitions', actual: null, declared: '12', change: 'added' },
          {
            property: 'replication-factor',
            kind: 'replication-factor',
            actual: null,
            declared: '3',
            change: 'added',
          },
        ],
      },
      { topic: 'content-interactions', change: 'unchanged', properties: [] },
    ],
    steps: [
      { id: '1', text: 'Set retention.ms of user-actions to 172800000 (was 86400000).' },
      { id: '2', text: "Set min.insync.replicas of user-actions to 2 (was the broker's default)." },
      { id: '3', text: 'Create topic abuse-appeals with 12 partitions, replication factor 3.' },
    ],
    refusals: [
      {
        topic: 'user-actions',
        code: 'ORDER_WOULD_BREAK',
        message:
          'user-actions keeps order per user_id, and going from 1,000 to 1,500 partitions moves 67\u00a0% of all keys (1335 of 2000 hash values): new records of a moved key would be read beside its old ones still waiting in the other partition.',
        fix: 'Declare a new topic with 1,500 partitions and move to it with its order kept.',
      },
    ],
    unchanged: ['content-interactions'],
    cost: { topicsCreated: 1, partitionsCreated: 12, replicasCreated: 36, configsChanged: 2 },
  }
}
