import {
  type Figure,
  type FigureSource,
  formatByteRate,
  formatCount,
  formatRate,
  type SizingLimits,
  type Workload,
} from '../model/index.ts'
import { wholeUp } from './counts.ts'
import { shareOf } from './demand.ts'
import { usefulPartitionsOf } from './key-fit.ts'
import { heaviestShare } from './key-load.ts'
import type { Constraint, Demand } from './report.ts'

/** What one topic asks for, before anything is rounded. */
export interface TopicNeed {
  readonly recordsPerSecond: number
  readonly consumer: Figure
  readonly byConsumerRate: number
  readonly byBytes: number
  readonly byConsumersWanted: number
  /** The largest of the three. */
  readonly exact: number
}

export const topicNeeds = (
  workload: Workload,
  limits: SizingLimits,
  designRecordsPerSecond: number,
): readonly TopicNeed[] =>
  workload.topics.map(topic => {
    const share = shareOf(topic, workload)
    const recordsPerSecond = designRecordsPerSecond * share
    const consumer = topic.consumerRecordsPerSecond ?? limits.partitionRecordsPerSecond
    const byConsumerRate = recordsPerSecond / consumer.value
    const byBytes = (recordsPerSecond * topic.recordBytes) / limits.partitionBytesPerSecond.value
    const byConsumersWanted = (workload.consumersWanted ?? 0) * share
    return {
      recordsPerSecond,
      consumer,
      byConsumerRate,
      byBytes,
      byConsumersWanted,
      exact: Math.max(byConsumerRate, byBytes, byConsumersWanted),
    }
  })

/** Every constraint with its arithmetic, the one that binds marked. */
export const constraintsOf = (
  workload: Workload,
  limits: SizingLimits,
  demand: Demand,
  needs: readonly TopicNeed[],
): readonly Constraint[] => {
  const asking = askingFor(workload, limits, demand, needs)
  const largest = Math.max(...asking.map(({ partitions }) => partitions))
  const binding = asking.findIndex(({ partitions }) => partitions === largest)
  return [
    ...asking.map((constraint, index) => ({ ...constraint, binding: index === binding })),
    ...bounding(workload, limits).map(constraint => ({ ...constraint, binding: false })),
  ]
}

type Unjudged = Omit<Constraint, 'binding'>

const askingFor = (
  workload: Workload,
  limits: SizingLimits,
  demand: Demand,
  needs: readonly TopicNeed[],
): readonly Unjudged[] => {
  const sum = (pick: (need: TopicNeed) => number): number =>
    wholeUp(needs.reduce((all, need) => all + pick(need), 0))
  const rates = new Set(needs.map(({ consumer }) => consumer.value))
  const found: Unjudged[] = [
    {
      name: 'rate of one consumer',
      kind: 'at least',
      arithmetic:
        rates.size === 1
          ? `${formatRate(demand.recordsPerSecond)} ÷ ${formatRate(needs[0]?.consumer.value ?? Number.NaN)}`
          : needs
              .map(need => `${formatRate(need.recordsPerSecond)} ÷ ${formatRate(need.consumer.value)}`)
              .join(' + '),
      partitions: sum(need => need.byConsumerRate),
      source: weakest(needs.map(({ consumer }) => consumer.source)),
    },
    {
      name: 'bytes through one partition',
      kind: 'at least',
      arithmetic: `${formatByteRate(demand.bytesPerSecond)} ÷ ${formatByteRate(limits.partitionBytesPerSecond.value)}`,
      partitions: sum(need => need.byBytes),
      source: limits.partitionBytesPerSecond.source,
    },
  ]
  if (workload.consumersWanted !== null)
    found.push({
      name: 'consumers wanted',
      kind: 'at least',
      arithmetic: `${formatCount(workload.consumersWanted)} consumers, one partition each at least`,
      partitions: workload.consumersWanted,
      source: 'given',
    })
  // Topics that are limited by different things need more together than either thing asks for
  const together = sum(need => need.exact)
  if (needs.length > 1 && together > Math.max(...found.map(({ partitions }) => partitions)))
    found.push({
      name: 'topics together',
      kind: 'at least',
      arithmetic: needs.map(({ exact }) => exact.toFixed(1)).join(' + '),
      partitions: together,
      source: weakest(found.map(({ source }) => source)),
    })
  return found
}

const bounding = (workload: Workload, limits: SizingLimits): readonly Unjudged[] => {
  const { brokers, replicationFactor } = workload.cluster
  const keys = workload.topics.flatMap(topic => {
    if (topic.key === null) return []
    const share = heaviestShare(topic.key)
    const partitions = usefulPartitionsOf(topic.key)
    const bySkew = topic.key.skew.kind !== 'uniform'
    return [
      {
        name: `keys of ${topic.name}`,
        kind: 'at most' as const,
        arithmetic: bySkew
          ? `the heaviest ${topic.key.field} takes 1 record in ${formatCount(Math.round(1 / share))}`
          : `${formatCount(topic.key.distinct)} values of ${topic.key.field}`,
        partitions,
        source: 'given' as const,
      },
    ]
  })
  return [
    ...keys,
    {
      name: 'replicas a broker',
      kind: 'at most',
      arithmetic: `${formatCount(limits.replicasPerBrokerMax.value)} × ${brokers} brokers ÷ ${replicationFactor} copies`,
      partitions: Math.floor((limits.replicasPerBrokerMax.value * brokers) / replicationFactor),
      source: limits.replicasPerBrokerMax.source,
    },
    {
      name: 'replicas of a cluster',
      kind: 'at most',
      arithmetic: `${formatCount(limits.replicasPerClusterMax.value)} ÷ ${replicationFactor} copies`,
      partitions: Math.floor(limits.replicasPerClusterMax.value / replicationFactor),
      source: limits.replicasPerClusterMax.source,
    },
    {
      name: 'brokers × a start value',
      kind: 'for comparison',
      arithmetic: `${brokers} brokers × ${formatCount(limits.partitionsPerBrokerToStart.value)}`,
      partitions: Math.ceil(brokers * limits.partitionsPerBrokerToStart.value),
      source: limits.partitionsPerBrokerToStart.source,
    },
  ]
}

/** What is only as good as its weakest part. */
const weakest = (sources: readonly FigureSource[]): FigureSource =>
  sources.includes('rule of thumb') ? 'rule of thumb' : sources.includes('given') ? 'given' : 'measured'
