import type { BrokerId } from './brand.ts'
import type { FailingRecord } from './failing-record.ts'
import type { ClusterSnapshot } from './snapshot.ts'

/**
 * What one look at the cluster saw, in columns: index = partition, one typed array per figure, so that 200,000
 * partitions are a few arrays and not a million objects. NaN means "not known": the leader did not answer, or the
 * figure was not asked for. Nothing may read NaN as zero.
 */
export interface TopicOffsets {
  readonly topic: string
  /** Log end offset as consumers see it (high watermark), NaN when unknown. */
  readonly end: Float64Array
  /** First offset still retained, NaN when unknown. */
  readonly start: Float64Array
}

/** Bytes of the leader's replica on disk per partition, NaN when unknown. */
export interface TopicSizes {
  readonly topic: string
  readonly sizeBytes: Float64Array
}

export interface BrokerDisk {
  readonly broker: BrokerId
  readonly usedBytes: number
  /** NaN where the broker does not say. */
  readonly totalBytes: number
  readonly usableBytes: number
}

/** `consumer` is the server-side protocol (KIP-848), `classic` the older one. */
export type GroupType = 'consumer' | 'classic' | 'share' | 'unknown'

export interface GroupObservation {
  readonly groupId: string
  readonly type: GroupType
  /** Kafka's own word: Stable, Assigning, Reconciling, PreparingRebalance, Empty, Dead … */
  readonly state: string
  readonly coordinator: BrokerId | null
  readonly assignor: string | null
  readonly members: readonly GroupMember[]
  /** Committed offset by topic; index = partition, NaN where nothing is committed. */
  readonly committed: ReadonlyMap<string, Float64Array>
  /**
   * What its members say they cannot get past, by topic and partition. Absent: none of them says so, which only this
   * project's consumers do; it is no sign that all is well.
   */
  readonly failing?: ReadonlyMap<string, ReadonlyMap<number, FailingRecord>>
}

export interface GroupMember {
  readonly memberId: string
  readonly instanceId: string | null
  readonly clientId: string
  readonly host: string
  readonly subscribed: readonly string[]
  readonly assigned: ReadonlyMap<string, readonly number[]>
}

/**
 * One look. What was not read or failed is absent from its map, or null: an empty list means "there are none", null
 * means "not asked, or no answer". `problems` says why, one sentence each.
 */
export interface Observation {
  /** Wall clock of the machine that looked, milliseconds since 1970. */
  readonly atMs: number
  /** Monotonic milliseconds; rates divide by differences of this one. */
  readonly monotonicMs: number
  /** Metadata in force at this look; it may be some seconds older than the offsets. */
  readonly snapshot: ClusterSnapshot
  readonly offsets: ReadonlyMap<string, TopicOffsets>
  readonly sizes: ReadonlyMap<string, TopicSizes>
  readonly disks: readonly BrokerDisk[] | null
  /** Read before `offsets`, so that a commit is never newer than the end it is compared with. */
  readonly groups: readonly GroupObservation[] | null
  /** Brokers that did not say which groups they coordinate: those are missing from `groups`, and may be there all the same. */
  readonly groupsUntold: readonly BrokerId[]
  readonly problems: readonly string[]
}
