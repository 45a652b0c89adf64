import type { GroupMember, Observation, TopicOffsets } from '../model/index.ts'

/** One observation with what is computed from it alone, once. */
export interface Look {
  readonly observation: Observation
  /** By topic: sum of the end offsets; NaN while one is not known. */
  readonly endTotals: ReadonlyMap<string, number>
  /** Topics of which every end offset is known here and in the look before, and none is lower here. */
  readonly rising: ReadonlySet<string>
  /** By group id; null when groups were not read in this look. */
  readonly lag: ReadonlyMap<string, GroupLag> | null
}

/** By topic. */
export type GroupLag = ReadonlyMap<string, LookedLag>

export interface GroupTopicLag {
  /** Index = partition; NaN where unknown. */
  readonly committed: Float64Array
  readonly lagRecords: Float64Array
}

/** The same with what is summed up once, where the look is taken in, instead of once a second for every look kept. */
export interface LookedLag extends GroupTopicLag {
  /** Index into `members`; -1: assigned to nobody. While the members are the same list it is the column of the look before. */
  readonly owner: Int32Array
  readonly members: readonly GroupMember[]
  /** What this look tells of each partition, and of its step since the look before: flags of trail.ts. */
  readonly noted: Uint8Array
  /** Every committed offset is known here and in the look before, and none is lower here. */
  readonly rising: boolean
  /** Sum of the lags that are known, and how many are. */
  readonly lagTotal: number
  readonly lagsKnown: number
}

/** What is kept of a look when it leaves the rate window. */
export interface EndSample {
  readonly monotonicMs: number
  readonly topicIds: ReadonlyMap<string, string>
  readonly offsets: ReadonlyMap<string, TopicOffsets>
}
