/** Which topics and groups the made-up cluster of each scenario has. */
import type { GroupSummary } from '../../src/api/contract.ts'

/**
 * The first five have StreamSocial's topics. `tiny`: one topic of one partition that nobody reads. `names`: names as long
 * as Kafka takes them. `many`: a thousand topics.
 */
export type Scenario =
  | 'busy'
  | 'calm'
  | 'partial'
  | 'unreachable'
  | 'stale'
  | 'starting'
  | 'empty'
  | 'tiny'
  | 'names'
  | 'many'

export interface TopicShape {
  readonly topic: string
  readonly partitions: number
  readonly meanPerSecond: number
  readonly recordBytes: number
  readonly seed: number
  readonly hot: Readonly<Record<number, number>>
  readonly readers: number
  readonly key: string | null
}

const STREAMSOCIAL: readonly TopicShape[] = [
  {
    topic: 'user-actions',
    partitions: 1000,
    meanPerSecond: 412,
    recordBytes: 75.7,
    seed: 11,
    hot: { 417: 9.4, 88: 2.6, 731: 2.1, 946: 1.46, 12: 1.42 },
    readers: 50,
    key: 'user_id',
  },
  {
    topic: 'content-interactions',
    partitions: 500,
    meanPerSecond: 472,
    recordBytes: 62.7,
    seed: 23,
    hot: { 203: 1.78 },
    readers: 25,
    key: 'content_id',
  },
  {
    topic: 'user-actions.dlq',
    partitions: 12,
    meanPerSecond: 0.4,
    recordBytes: 310,
    seed: 4,
    hot: {},
    readers: 0,
    key: null,
  },
  {
    topic: 'abuse-reports',
    partitions: 2,
    meanPerSecond: 3,
    recordBytes: 140,
    seed: 5,
    hot: {},
    readers: 2,
    key: null,
  },
]

/** Something is wrong in it. */
export const isEventful = (scenario: Scenario): boolean =>
  ['busy', 'partial', 'unreachable', 'stale'].includes(scenario)

/** Kafka takes 249 characters. */
const LONG_TOPIC =
  `${'com.example.eu-central-1.payments.settlement.'.repeat(6)}`.slice(0, 236) + 'retry-dlq.v2'
const LONG_GROUP = `${'payments-settlement-reconciliation-worker-'.repeat(4)}blue`

const ordinary = (topic: string, partitions: number, seed: number): TopicShape => ({
  topic,
  partitions,
  meanPerSecond: 40,
  recordBytes: 300,
  seed,
  hot: {},
  readers: 2,
  key: 'id',
})

const UNUSUAL: Partial<Record<Scenario, readonly TopicShape[]>> = {
  starting: [],
  empty: [],
  tiny: [{ ...ordinary('one', 1, 3), readers: 0, key: null }],
  names: [ordinary(LONG_TOPIC, 48, 7), ordinary('short', 6, 8)],
  many: Array.from({ length: 1000 }, (_, index) =>
    ordinary(`tenant-${String(index).padStart(4, '0')}-events`, 3, 100 + index),
  ),
}

export const shapesOf = (scenario: Scenario): readonly TopicShape[] => UNUSUAL[scenario] ?? STREAMSOCIAL

/** Groups where they are not StreamSocial's; undefined where they are. */
export const unusualGroups = (
  scenario: Scenario,
  group: (change: Pick<GroupSummary, 'groupId'> & Partial<GroupSummary>) => GroupSummary,
): readonly GroupSummary[] | undefined => {
  if (scenario === 'tiny') return []
  if (scenario === 'names')
    return [group({ groupId: LONG_GROUP, members: 2, topics: [LONG_TOPIC], partitionsAssigned: 48 })]
  if (scenario === 'many')
    return Array.from({ length: 40 }, (_, index) =>
      group({
        groupId: `tenant-${String(index).padStart(4, '0')}-reader`,
        members: 2,
        topics: [`tenant-${String(index).padStart(4, '0')}-events`],
        partitionsAssigned: 3,
      }),
    )
  return undefined
}
