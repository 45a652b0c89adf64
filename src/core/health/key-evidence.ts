import type { ConventionName } from '../routing/index.ts'
import type { KeyShare, WindowSummary } from '../sketch/index.ts'

/**
 * What is known about keys, for judging why a partition is hot. Offsets cannot tell; whoever reads or writes records
 * can. Without it every judgement still stands, and its reason is "not known".
 */
export interface KeyEvidence {
  /** Keys of the last minute; null where no record of the partition was seen. */
  partition(topic: string, partition: number): PartitionKeys | null
  /** Distinct keys of the whole topic that were active in the last minute; NaN when not known. */
  activeKeys(topic: string): number
  /**
   * Bytes of a record by partition, as the batches of the last half minute had them on disk, compressed; NaN when not
   * known. Null: of no partition of the topic.
   */
  recordBytes(topic: string): ((partition: number) => number) | null
  /** Sizes of the partition's records beside those of all others of the topic; null where too few were seen of either. */
  recordSizes(topic: string, partition: number): RecordSizesSeen | null
  /** Whose hashes place the topic's keys; null when too few were seen. */
  writers(topic: string): TopicWriters | null
  /** How a key may be shown. */
  nameOf(key: Pick<KeyShare, 'key'>): string
}

export interface PartitionKeys extends WindowSummary {
  /** `exact`: every record, told by the producer. `sampled`: read from the log. */
  readonly method: 'exact' | 'sampled'
}

/** Of keys and values as they are, without compression and batches. */
export interface RecordSizesSeen {
  readonly meanBytes: number
  readonly othersMeanBytes: number
  /** How many times larger than the mean the record is that a byte lies in: 1 where all are equally large. */
  readonly lumpiness: number
}

export interface TopicWriters {
  /** Writers that place keys differently at today's count, by share; one entry where all agree. */
  readonly writers: readonly { readonly names: readonly ConventionName[]; readonly share: number }[]
  /** Keys seen on more than one partition within the last minutes. */
  readonly scatteredKeys: number
  readonly keys: number
}

export const noKeyEvidence: KeyEvidence = {
  partition: () => null,
  activeKeys: () => Number.NaN,
  recordBytes: () => null,
  recordSizes: () => null,
  writers: () => null,
  nameOf: () => 'unknown',
}
