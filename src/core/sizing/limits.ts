import type { SizingLimits } from '../model/index.ts'

/**
 * The rules of thumb, each with its reason. They are where an estimate begins and a measurement ends: `limits` in a
 * workload file replaces any of them, and the report says of each figure which of the two it is.
 */
export interface RuleOfThumb {
  readonly value: number
  readonly why: string
}

export const rulesOfThumb: Readonly<Record<keyof SizingLimits, RuleOfThumb>> = {
  partitionBytesPerSecond: {
    value: 10_000_000,
    why: 'one leader, its copies and one fetching consumer keep up with 10 MB/s on ordinary disks',
  },
  partitionRecordsPerSecond: {
    value: 10_000,
    why: 'a consumer that does a little work for each record, where nothing was measured',
  },
  peakFactor: { value: 3, why: 'services that people use peak at 2 to 4 times their average' },
  headroomLow: { value: 1.2, why: 'a hash leaves the fullest partition up to a fifth over the mean' },
  headroomHigh: { value: 1.5, why: 'room for a slow consumer, a restart and a year of growth' },
  partitionsPerBrokerToStart: { value: 10, why: 'where no rate is known: ten for each broker' },
  replicasPerBrokerMax: {
    value: 4_000,
    why: 'beyond this, fail-over time and metadata of a broker become the topic of the day',
  },
  replicasPerClusterMax: { value: 200_000, why: 'the documented order of magnitude of one KRaft cluster' },
  skewMaxOverMean: { value: 1.2, why: 'the hottest partition a fifth over the mean is an ordinary day' },
  distinctKeysMin: { value: 1_000, why: 'fewer values than this leave partitions empty or uneven' },
  coresPerBroker: { value: 8, why: 'a broker of ordinary size' },
  batchesPerSecondPerCore: {
    value: 3_000,
    why: 'a broker pays per batch, not per record; seen with three copies on a small machine',
  },
  bytesPerSecondPerBroker: { value: 100_000_000, why: 'a network interface of 1 Gbit/s, less a fifth' },
  residentBytesPerReplica: {
    value: 320_000,
    why: '0.48 GB resident for a broker with 1,500 replicas, all of it counted',
  },
  fileHandlesPerReplica: { value: 1.11, why: '1,660 handles for 1,500 replicas with one segment each' },
  memoryMapsPerReplica: { value: 2.27, why: '3,400 maps for 1,500 replicas: two indexes a segment' },
  producers: { value: 10, why: 'producer processes, where the number was not said' },
  lingerMs: { value: 5, why: 'the default linger.ms of Kafka 4' },
  batchBytes: { value: 16_384, why: 'the default batch.size' },
}

/** The rules of thumb, with what was given or measured in their place. */
export const limitsWith = (replaced: Partial<SizingLimits>): SizingLimits => {
  const rules = Object.fromEntries(
    Object.entries(rulesOfThumb).map(([name, { value }]) => [
      name,
      { value, source: 'rule of thumb' } as const,
    ]),
  ) as unknown as SizingLimits
  return { ...rules, ...replaced }
}
