import type { Observation, TopicOffsets } from '../model/index.ts'

/** One observation with what is computed from it alone, once. */
export interface Look {
  readonly observation: Observation
  /** By topic: sum of the end offsets; NaN while one is not known. */
  readonly endTotals: ReadonlyMap<string, number>
  /** By group id; null when groups were not read in this look. */
  readonly lag: ReadonlyMap<string, GroupLag> | null
}

/** By topic. */
export type GroupLag = ReadonlyMap<string, GroupTopicLag>

export interface GroupTopicLag {
  /** Index = partition; NaN where unknown. */
  readonly committed: Float64Array
  readonly lagRecords: Float64Array
}

/** What is kept of a look when it leaves the rate window. */
export interface EndSample {
  readonly monotonicMs: number
  readonly topicIds: ReadonlyMap<string, string>
  readonly offsets: ReadonlyMap<string, TopicOffsets>
}
