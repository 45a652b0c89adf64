import {
  type Figure,
  formatCount,
  LanekeeperError,
  PARTITION_COUNT_MAX,
  type SizingLimits,
  type Workload,
  type WorkloadTopic,
} from '../model/index.ts'
import { brokerLoad } from './broker-load.ts'
import { constraintsOf, type TopicNeed, topicNeeds } from './constraints.ts'
import { nearbyChoices, pleasantCount, splitByWeight, startingConsumers, wholeUp } from './counts.ts'
import { demandOf } from './demand.ts'
import { chosenKey, keyFit, keyStrategy } from './key-fit.ts'
import { rulesOfThumb } from './limits.ts'
import type { Capacity, SizingReport, TopicDesign } from './report.ts'
import { risksOf } from './risks.ts'
import { watchOf } from './watch.ts'

/**
 * Partition counts from a workload.
 *
 * Goal: the smallest counts that carry the design rate with headroom, each figure with its arithmetic, so that whoever
 * disagrees sees with which figure.
 *
 * Method
 * 1. The design rate is the stated one × peak × growth.
 * 2. Each constraint asks for partitions: design rate ÷ what one consumer carries; design bytes ÷ what one partition
 *    carries; the consumers wanted, since a partition has one consumer at most. The largest binds.
 * 3. Times headroom, in a range; within it, a count that brokers and consumers share evenly.
 * 4. Several topics share the sum in proportion to what each needs.
 * 5. What bounds partitions from above (keys, brokers) is not traded off silently: the count stays what the rate asks
 *    for, and the risk says what does not fit.
 *
 * What it does not do: find the cheapest cluster, or know a rate that nobody measured. Events are simulated by
 * `withEvents`, because they draw; this is arithmetic alone. Throws INPUT_INVALID where the answer is beyond any cluster.
 */
export const sizePartitions = (workload: Workload, limits: SizingLimits): SizingReport => {
  const demand = demandOf(workload, limits)
  const needs = topicNeeds(workload, limits, demand.recordsPerSecond)
  const headroom = headroomOf(workload, limits)
  const constraints = constraintsOf(workload, limits, demand, needs)
  const neededPartitions = constraints.find(({ binding }) => binding)?.partitions ?? 1
  refuseImpossible(workload, neededPartitions * headroom.high)
  const range = {
    low: wholeUp(neededPartitions * headroom.low),
    high: wholeUp(neededPartitions * headroom.high),
  }
  const weights = needs.map(({ exact }) => exact)
  const lows = splitByWeight(Math.max(range.low, needs.length), weights)
  const highs = splitByWeight(Math.max(range.high, needs.length), weights)
  const topics = workload.topics.map((topic, index) =>
    designTopic(topic, needs[index] as TopicNeed, workload, limits, {
      low: lows[index] ?? 1,
      high: Math.max(highs[index] ?? 1, lows[index] ?? 1),
    }),
  )
  const chosen = topics.reduce((sum, { partitions }) => sum + partitions, 0)
  const recommendedPartitions = { ...range, chosen }
  const brokers = brokerLoad(workload, limits, demand, chosen)
  const capacity = capacityOf(topics, neededPartitions, limits)
  const report = {
    name: workload.name,
    demand,
    constraints,
    neededPartitions,
    headroom,
    recommendedPartitions,
    topics,
    capacity,
    brokers,
    events: [],
    assumptions: assumptionsOf(workload, limits),
  }
  return { ...report, watch: watchOf(report, limits), risks: risksOf(report, workload, limits) }
}

const refuseImpossible = ({ name, rate }: Workload, partitions: number): void => {
  if (partitions <= PARTITION_COUNT_MAX) return
  throw new LanekeeperError(
    'INPUT_INVALID',
    `${name} would need ${formatCount(Math.ceil(partitions))} partitions.`,
    {
      fix:
        `No cluster has more than ${formatCount(PARTITION_COUNT_MAX)}. Check the unit of rate (${formatCount(rate.sources)} × ${formatCount(rate.recordsEach)} ` +
        `in ${formatCount(rate.periodSeconds)} s), the size of a record, and what one consumer carries.`,
    },
  )
}

const headroomOf = ({ headroom }: Workload, limits: SizingLimits): SizingReport['headroom'] =>
  headroom === null
    ? { low: limits.headroomLow.value, high: limits.headroomHigh.value, source: limits.headroomLow.source }
    : { ...headroom, source: 'given' }

const designTopic = (
  topic: WorkloadTopic,
  need: TopicNeed,
  workload: Workload,
  limits: SizingLimits,
  { low, high }: { readonly low: number; readonly high: number },
): TopicDesign => {
  const { brokers } = workload.cluster
  const partitions = pleasantCount(low, high, brokers)
  const { recordsPerSecond, consumer } = need
  const keys = (topic.key === null ? [] : [topic.key, ...topic.alternatives]).map(population =>
    keyFit(population, partitions, recordsPerSecond, consumer.value, limits),
  )
  return {
    name: topic.name,
    partitions,
    partitionsToday: topic.partitionsToday,
    recordsPerSecond,
    bytesPerSecond: recordsPerSecond * topic.recordBytes,
    recordBytes: topic.recordBytes,
    consumerRecordsPerSecond: consumer.value,
    consumerSource: consumer.source,
    ordering: topic.ordering,
    utilisation: recordsPerSecond / (partitions * consumer.value),
    keyStrategy: keyStrategy(topic, keys),
    keyChosen: chosenKey(keys)?.field ?? null,
    keys,
    startingConsumers: startingConsumers(partitions),
    consumersAtDesignRate: wholeUp(recordsPerSecond / consumer.value),
    choices: nearbyChoices(partitions, low, high, brokers),
  }
}

/**
 * A rate over so many partitions is a promise at utilisation 1. Load is never even: when the hottest partition is full,
 * the others are not, and rate ÷ (max ÷ mean) is what goes through before one falls behind.
 */
const capacityOf = (
  topics: readonly TopicDesign[],
  neededPartitions: number,
  limits: SizingLimits,
): Capacity => {
  const maxOverMean = limits.skewMaxOverMean.value
  const full = topics.reduce((sum, topic) => sum + topic.partitions * topic.consumerRecordsPerSecond, 0)
  const partitions = topics.reduce((sum, topic) => sum + topic.partitions, 0)
  const needed = (full / partitions) * neededPartitions
  return {
    recordsPerSecondAtFullUtilisation: full,
    recordsPerSecondSustainable: full / maxOverMean,
    maxOverMean,
    neededRecordsPerSecondAtFullUtilisation: needed,
    neededRecordsPerSecondSustainable: needed / maxOverMean,
  }
}

/** The figures that came from nobody. Only those that this workload really used. */
const assumptionsOf = (workload: Workload, limits: SizingLimits): SizingReport['assumptions'] => {
  const replaced = new Set<keyof SizingLimits>()
  if (workload.headroom !== null) replaced.add('headroomLow').add('headroomHigh')
  if (workload.producers !== null) replaced.add('producers')
  if (workload.lingerMs !== null) replaced.add('lingerMs')
  if (workload.batchBytes !== null) replaced.add('batchBytes')
  if (workload.topics.every(topic => topic.consumerRecordsPerSecond !== null))
    replaced.add('partitionRecordsPerSecond')
  const { rate } = workload
  if (rate.is === 'peak' || rate.timeOfDayFactor !== null || rate.seasonFactor !== null)
    replaced.add('peakFactor')
  return (Object.entries(limits) as [keyof SizingLimits, Figure][])
    .filter(([name, { source }]) => source === 'rule of thumb' && !replaced.has(name))
    .map(([name, { value }]) => ({ name, value, why: rulesOfThumb[name].why }))
}
