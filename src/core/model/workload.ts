import type { Ordering } from './topic.ts'

/**
 * A workload as its owner states it: what a stream must carry, before anybody has chosen a partition count. What is
 * null was not said; sizing then takes a rule of thumb from the limits and names it as such.
 */
export interface Workload {
  readonly name: string
  readonly rate: WorkloadRate
  /** Rate × (1 + share a year) ^ years is what the design must still carry. */
  readonly growth: { readonly shareAYear: number; readonly years: number }
  /** Consumers that the team wants to run side by side on all topics together. */
  readonly consumersWanted: number | null
  /** Partitions over the bare need; `low` equals `high` where one factor was given. */
  readonly headroom: { readonly low: number; readonly high: number } | null
  readonly producers: Figure | null
  readonly lingerMs: Figure | null
  readonly batchBytes: Figure | null
  readonly cluster: WorkloadCluster
  readonly topics: readonly WorkloadTopic[]
  readonly events: readonly WorkloadEvent[]
}

/** A rule of thumb can be wrong by a factor; a figure that was measured or given cannot, for what it was taken from. */
export type FigureSource = 'given' | 'measured' | 'rule of thumb'

export interface Figure {
  readonly value: number
  readonly source: FigureSource
}

/** `sources` × `recordsEach` in every period of `periodSeconds`. */
export interface WorkloadRate {
  readonly sources: number
  readonly recordsEach: number
  readonly periodSeconds: number
  /** `peak`: this is already what must be carried in the worst moment. `average`: the peak factors come on top. */
  readonly is: 'average' | 'peak'
  /** Busiest time of the day ÷ average. */
  readonly timeOfDayFactor: number | null
  /** Busiest season ÷ ordinary one. */
  readonly seasonFactor: number | null
}

export interface WorkloadCluster {
  readonly brokers: number
  readonly replicationFactor: number
  readonly minInsyncReplicas: number
  readonly retentionHours: number
}

export interface WorkloadTopic {
  readonly name: string
  /** The stream is split over the topics in proportion to their weights: 2 and 1 are exact thirds, 0.67 is not. */
  readonly weight: number
  readonly recordBytes: number
  /** What one consumer processes; null: not known. */
  readonly consumerRecordsPerSecond: Figure | null
  readonly ordering: Ordering
  /** Null: records carry no key. */
  readonly key: KeyPopulation | null
  /** Other keys to be compared with it. */
  readonly alternatives: readonly KeyPopulation[]
  /** Partitions it has today; null for a topic to be made. */
  readonly partitionsToday: number | null
}

export interface KeyPopulation {
  /** Name of the key field; a composite names its parts, such as `device_region + device_id`. */
  readonly field: string
  readonly distinct: number
  readonly skew: KeySkew
  /**
   * Into how many of these values one value of the topic's own key is split: 1 for that key itself, 8 for one with
   * eight buckets. A hot celebrity is one key of the first and eight of the second.
   */
  readonly splits: number
}

/** How the records are spread over the keys. */
export type KeySkew =
  | { readonly kind: 'uniform' }
  /** One key takes `share` of all records, the others are alike. */
  | { readonly kind: 'heaviest'; readonly share: number }
  /** The k-th heaviest key has a weight of 1 ÷ k ^ `exponent`. */
  | { readonly kind: 'zipf'; readonly exponent: number }
  /** Every value by name, with its share. */
  | { readonly kind: 'values'; readonly shares: ReadonlyMap<string, number> }

/** An hour that the design must survive. Rates are multiples of the stated rate, as it is today. */
export type WorkloadEvent = {
  readonly name: string
  /** Null: all topics. */
  readonly topic: string | null
} & (
  | { readonly kind: 'surge'; readonly rateFactor: number; readonly minutes: number }
  /** `keys` keys, nobody knows which, take `share` of the topic's records together. */
  | {
      readonly kind: 'hot-keys'
      readonly keys: number
      readonly share: number
      readonly rateFactor: number
      readonly minutes: number
    }
  /** `share` of all sources send `recordsEach` more, each at a moment of its own within `withinSeconds`. */
  | {
      readonly kind: 'wave'
      readonly share: number
      readonly recordsEach: number
      readonly withinSeconds: number
    }
  /** `share` of the stream is silent, then sends all that was held back while it goes on as usual. */
  | {
      readonly kind: 'outage'
      readonly share: number
      readonly silentMinutes: number
      readonly catchUpMinutes: number
    }
)

/**
 * What a partition, a broker and a cluster bear, and what is assumed where the workload says nothing. The defaults are
 * rules of thumb (`core/sizing/limits.ts`); each can be replaced by a value measured on the cluster in question.
 */
export interface SizingLimits {
  readonly partitionBytesPerSecond: Figure
  readonly partitionRecordsPerSecond: Figure
  readonly peakFactor: Figure
  readonly headroomLow: Figure
  readonly headroomHigh: Figure
  readonly partitionsPerBrokerToStart: Figure
  readonly replicasPerBrokerMax: Figure
  readonly replicasPerClusterMax: Figure
  readonly skewMaxOverMean: Figure
  readonly distinctKeysMin: Figure
  readonly coresPerBroker: Figure
  readonly batchesPerSecondPerCore: Figure
  readonly bytesPerSecondPerBroker: Figure
  readonly residentBytesPerReplica: Figure
  readonly fileHandlesPerReplica: Figure
  readonly memoryMapsPerReplica: Figure
  readonly producers: Figure
  readonly lingerMs: Figure
  readonly batchBytes: Figure
}
