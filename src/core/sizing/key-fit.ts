import { formatCount, type KeyPopulation, type SizingLimits, type WorkloadTopic } from '../model/index.ts'
import { expectedMaxOverMeanByKeys } from '../routing/index.ts'
import { heaviestShare, loadByKeys } from './key-load.ts'
import type { KeyFit } from './report.ts'

/** How one key would spread over `partitions` partitions of a topic that carries `recordsPerSecond`. */
export const keyFit = (
  population: KeyPopulation,
  partitions: number,
  recordsPerSecond: number,
  consumerRecordsPerSecond: number,
  limits: SizingLimits,
): KeyFit => {
  const share = heaviestShare(population)
  const load = loadByKeys(population, partitions)
  const usefulPartitions = usefulPartitionsOf(population)
  const heaviestKeyRecordsPerSecond = recordsPerSecond * share
  return {
    field: population.field,
    distinctKeys: population.distinct,
    keysPerPartition: population.distinct / partitions,
    heaviestShare: share,
    heaviestKeyRecordsPerSecond,
    usefulPartitions,
    maxOverMean: load.maxOverMean,
    expectedMaxOverMean: expectedMaxOverMeanByKeys(population.distinct, partitions),
    emptyPartitions: load.emptyPartitions,
    verdict:
      population.distinct < limits.distinctKeysMin.value
        ? 'too few keys'
        : heaviestKeyRecordsPerSecond > consumerRecordsPerSecond || usefulPartitions < partitions
          ? 'one key too heavy'
          : load.maxOverMean > limits.skewMaxOverMean.value
            ? 'uneven'
            : 'fits',
  }
}

/** More partitions than this cannot be equally busy: the heaviest key stays on one, and a key is on one only. */
export const usefulPartitionsOf = (population: KeyPopulation): number =>
  Math.max(1, Math.min(population.distinct, Math.floor(1 / heaviestShare(population) + 1e-9)))

/** The key to take: the topic's own unless an alternative fits better where it does not fit. Null: no key. */
export const chosenKey = ([own, ...alternatives]: readonly KeyFit[]): KeyFit | null => {
  if (own === undefined) return null
  if (own.verdict === 'fits') return own
  const best = alternatives
    .filter(({ verdict }) => verdict === 'fits' || verdict === 'uneven')
    .toSorted((a, b) => a.maxOverMean - b.maxOverMean)[0]
  return best !== undefined && best.maxOverMean < own.maxOverMean ? best : own
}

/** What the topic does with its key, in a sentence. */
export const keyStrategy = ({ ordering }: WorkloadTopic, fits: readonly KeyFit[]): string => {
  const own = fits[0]
  const key = chosenKey(fits)
  if (own === undefined || key === null)
    return ordering === 'none'
      ? 'no key: batches stick to a partition until they are full, then to another'
      : 'order per key is wanted and no key is named'
  if (key !== own)
    return `hash of ${key.field} instead of ${own.field}: order per ${key.field}, which is what can be kept`
  switch (key.verdict) {
    case 'fits':
      return `hash of ${key.field} (murmur2, as the Java client), order per ${key.field}`
    case 'too few keys':
      return `${key.field} has ${formatCount(key.distinctKeys)} values: make a composite key of it and a finer field`
    case 'one key too heavy':
      return ordering === 'none'
        ? `hash of ${key.field}, its heaviest keys with a bucket added: no reader needs their order, and those that add up merge the buckets`
        : `hash of ${key.field}, its heaviest keys salted over several partitions (readers merge), or isolated on partitions of their own`
    case 'uneven':
      return `hash of ${key.field}; uneven ${key.expectedMaxOverMean > key.maxOverMean * 0.95 ? 'by chance, as so few keys must be' : 'by the weight of its heaviest keys'}`
  }
}
