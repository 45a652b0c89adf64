import {
  formatByteRate,
  formatBytes,
  formatCount,
  formatDuration,
  formatRate,
  formatShare,
  formatTimes,
  type SizingLimits,
  type Workload,
} from '../model/index.ts'
import type { EventFigures, KeyFit, Risk, SizingReport, TopicDesign } from './report.ts'

type Judged = Omit<SizingReport, 'risks' | 'watch' | 'events'>

/** From here on a batch is mostly its own header: 61 bytes, a CRC, an index look-up. */
const RECORDS_PER_BATCH_MIN = 2
/** A topic this much larger than it needs costs brokers and buys nothing. */
const OVERSIZED = 4
/** A mean partition below this has room. */
const EVENLY_BUSY = 0.9
const MUCH_BETTER = 0.8
/** `vm.max_map_count` as Linux sets it. */
const MEMORY_MAPS_MAX = 65_530

/** What does not fit, worst first, each with what to do. */
export const risksOf = (report: Judged, workload: Workload, limits: SizingLimits): readonly Risk[] =>
  worstFirst([
    ...report.topics.flatMap(topicRisks),
    ...report.topics.flatMap(topic => keyRisks(topic, limits)),
    ...brokerRisks(report, workload, limits),
    ...capacityRisks(report),
    ...wishRisks(report),
  ])

/**
 * Events are simulated for every key; a risk is one of the key that the design takes. Where too much arrives at once it
 * is the same for all topics of the event and said once; where single keys are hot each topic has an answer of its own.
 */
export const eventRisks = ({ events, topics }: Pick<SizingReport, 'events' | 'topics'>): readonly Risk[] => {
  const over = events.filter(
    event =>
      event.utilisation > 1 && topics.find(({ name }) => name === event.topic)?.keyChosen === event.key,
  )
  const grouped = Map.groupBy(over, event =>
    isOfKeys(event) ? `${event.event}\n${event.topic}` : event.event,
  )
  return [...grouped.values()].map(group => eventRisk(group, events))
}

export const worstFirst = (risks: readonly Risk[]): readonly Risk[] => {
  const rank = { blocker: 0, warning: 1, note: 2 } as const
  return risks.toSorted((a, b) => rank[a.level] - rank[b.level])
}

const topicRisks = (topic: TopicDesign): readonly Risk[] => {
  const { name, partitions, partitionsToday: today, consumersAtDesignRate: least } = topic
  if (today === null) return []
  const keepsOrder = topic.ordering === 'per-key'
  if (today < least)
    return [
      {
        level: 'blocker',
        text: `${name} is under-partitioned: ${formatCount(today)} partitions today, and the design rate needs ${formatCount(least)} at the least`,
        advice: keepsOrder
          ? 'adding partitions moves keys and breaks their order: repartition to a new topic'
          : `add partitions up to ${formatCount(partitions)}; order per key does not matter here`,
      },
    ]
  if (today > partitions * OVERSIZED)
    return [
      {
        level: 'warning',
        text: `${name} is over-partitioned: ${formatCount(today)} partitions today, ${formatCount(partitions)} would do`,
        advice:
          'a topic cannot shrink: leave it while brokers are far from their limits, or move to a new one',
      },
    ]
  return []
}

const keyRisks = (topic: TopicDesign, limits: SizingLimits): readonly Risk[] => {
  const [key, ...others] = topic.keys
  if (key === undefined)
    return topic.ordering === 'per-key'
      ? [
          {
            level: 'blocker',
            text: `${topic.name} wants order per key and names no key`,
            advice: 'name the key field',
          },
        ]
      : []
  const risks: Risk[] = []
  const better = others
    .filter(({ maxOverMean }) => maxOverMean < key.maxOverMean)
    .toSorted((a, b) => a.maxOverMean - b.maxOverMean)[0]
  if (key.verdict === 'too few keys') risks.push(tooFewKeys(topic, key, better, limits))
  if (key.heaviestKeyRecordsPerSecond > topic.consumerRecordsPerSecond)
    risks.push({
      level: 'blocker',
      text: `the heaviest ${key.field} sends ${formatRate(key.heaviestKeyRecordsPerSecond)} to ${topic.name}, and one consumer carries ${formatRate(topic.consumerRecordsPerSecond)}`,
      advice: 'no partition count helps: split this key (salt it and merge, or key by something finer)',
    })
  else if (key.verdict === 'one key too heavy')
    risks.push({
      level: 'warning',
      text: `the heaviest ${key.field} takes ${formatShare(key.heaviestShare)} of ${topic.name}: beyond ${formatCount(key.usefulPartitions)} partitions the hottest one stays as hot, and there are ${formatCount(topic.partitions)}`,
      advice: 'isolate this key on a partition of its own, or salt it',
    })
  if (key.verdict === 'uneven')
    risks.push({
      level: 'warning',
      text: `${formatCount(key.distinctKeys)} values of ${key.field} leave the fullest partition of ${topic.name} at ${formatTimes(key.maxOverMean)} the mean (chance alone gives ${formatTimes(key.expectedMaxOverMean)})`,
      advice: 'fewer partitions or a finer key make it more even',
    })
  return risks
}

const tooFewKeys = (
  topic: TopicDesign,
  key: KeyFit,
  better: KeyFit | undefined,
  limits: SizingLimits,
): Risk => ({
  level: key.maxOverMean * topic.utilisation > 1 ? 'blocker' : 'warning',
  text:
    `${key.field} has too few values to spread: ${formatCount(key.distinctKeys)} (${formatCount(limits.distinctKeysMin.value)} are the least), so ` +
    `${formatCount(key.emptyPartitions)} of ${formatCount(topic.partitions)} partitions of ${topic.name} get nothing and the fullest takes ${formatTimes(key.maxOverMean)} the mean`,
  advice:
    better === undefined
      ? 'use a composite key of it and a finer field'
      : `use ${better.field}: ${formatCount(better.distinctKeys)} values, ${formatTimes(better.maxOverMean)} the mean, ${formatCount(better.emptyPartitions)} partitions empty`,
})

/** Spread evenly it would fit: what overflows is a matter of where records go, not of how many there are. */
const isOfKeys = ({ utilisation, maxOverMean }: EventFigures): boolean =>
  utilisation / maxOverMean < EVENLY_BUSY

const eventRisk = (group: readonly EventFigures[], all: readonly EventFigures[]): Risk => {
  const [first] = group as [EventFigures]
  const backlog = group.reduce((sum, each) => sum + each.backlogRecords, 0)
  const over = group.reduce((sum, each) => sum + each.partitionsOverCapacity, 0)
  const partitions = group.reduce((sum, each) => sum + each.partitions, 0)
  const drainSeconds = group.some(each => each.drainSeconds === null)
    ? null
    : Math.max(...group.map(each => each.drainSeconds ?? 0))
  const drains =
    drainSeconds === null
      ? 'it never catches up'
      : `the last partition has caught up ${formatDuration(drainSeconds * 1000)} later`
  const hottest =
    group.length === 1
      ? `the hottest partition of ${first.topic}, keyed by ${first.key}, receives ${formatRate(first.hottestRecordsPerSecond)}, ${formatTimes(first.utilisation)} what its consumer carries`
      : `the hottest partitions receive more than their consumers carry: ${group
          .map(
            each =>
              `${each.topic} ${formatRate(each.hottestRecordsPerSecond)}, ${formatTimes(each.utilisation)}`,
          )
          .join('; ')}`
  return {
    level: drainSeconds === null ? 'blocker' : 'warning',
    text:
      `${first.event}: ${hottest}` +
      `; ${formatCount(Math.round(backlog))} records wait on ${formatCount(over)} of ${formatCount(partitions)} partitions, and ${drains}`,
    advice: isOfKeys(first)
      ? `it is a matter of keys, not of partitions: ${finerKey(first, all) ?? 'isolate or salt the hot ones, or choose a finer key'}`
      : 'it is a matter of rate: scale consumers before it, or spread the senders in time',
  }
}

/** The key that takes the same event best, if it takes it much better. */
const finerKey = (event: EventFigures, all: readonly EventFigures[]): string | null => {
  const best = all
    .filter(other => other.event === event.event && other.topic === event.topic)
    .toSorted((a, b) => a.utilisation - b.utilisation)[0]
  return best === undefined || best.utilisation > event.utilisation * MUCH_BETTER
    ? null
    : `keyed by ${best.key} the hottest partition is at ${formatShare(best.utilisation)} of its consumer` +
        (best.utilisation > 1 ? ', which is better and not enough' : '')
}

const brokerRisks = (
  { brokers, recommendedPartitions, topics }: Judged,
  { cluster }: Workload,
  limits: SizingLimits,
): readonly Risk[] => {
  const risks: Risk[] = []
  if (brokers.bytesWrittenPerSecondPerBroker > limits.bytesPerSecondPerBroker.value)
    risks.push({
      level: overLevel(brokers.bytesWrittenPerSecondPerBroker, limits.bytesPerSecondPerBroker.value),
      text: `${brokers.brokers} brokers would write ${formatByteRate(brokers.bytesWrittenPerSecondPerBroker)} each, and ${formatByteRate(limits.bytesPerSecondPerBroker.value)} is what one bears (${limits.bytesPerSecondPerBroker.source})`,
      advice: `the design rate takes about ${formatCount(brokers.brokersForBytes)} such brokers; on ${brokers.brokers} it is theoretical`,
    })
  if (brokers.batchesPerSecondPerBroker > brokers.batchesPerSecondPerBrokerMax)
    risks.push({
      level: overLevel(brokers.batchesPerSecondPerBroker, brokers.batchesPerSecondPerBrokerMax),
      text: `each broker would handle ${formatRate(brokers.batchesPerSecondPerBroker)} batches, and about ${formatRate(brokers.batchesPerSecondPerBrokerMax)} is what one bears (${limits.batchesPerSecondPerCore.source})`,
      advice: 'a longer linger, fewer producers or fewer partitions fill batches; more brokers share them',
    })
  else if (brokers.recordsPerBatch < RECORDS_PER_BATCH_MIN && recommendedPartitions.chosen > cluster.brokers)
    risks.push({
      level: 'note',
      text: `batches hold about ${brokers.recordsPerBatch.toFixed(1)} records: brokers pay for each record as for a batch`,
      advice: 'nothing to do at this rate; a longer linger halves the brokers’ work when it grows',
    })
  if (brokers.replicasPerBroker > limits.replicasPerBrokerMax.value)
    risks.push({
      level: 'blocker',
      text: `${formatCount(brokers.replicasPerBroker)} replicas a broker, and ${formatCount(limits.replicasPerBrokerMax.value)} is the most (${limits.replicasPerBrokerMax.source})`,
      advice: `take at least ${Math.ceil((recommendedPartitions.chosen * cluster.replicationFactor) / limits.replicasPerBrokerMax.value)} brokers, or faster consumers and fewer partitions`,
    })
  else if (brokers.replicasPerBroker > limits.replicasPerBrokerMax.value / 2)
    risks.push({
      level: 'note',
      text: `${formatCount(brokers.replicasPerBroker)} replicas a broker: low thousands are ordinary, ${formatCount(limits.replicasPerBrokerMax.value)} is the most`,
      advice: 'plan the next broker before the next topic',
    })
  if (brokers.memoryMapsPerBroker > MEMORY_MAPS_MAX)
    risks.push({
      level: 'warning',
      text: `each broker would hold ${formatCount(brokers.memoryMapsPerBroker)} memory maps, and Linux allows ${formatCount(MEMORY_MAPS_MAX)}`,
      advice: 'raise vm.max_map_count before the topics are made',
    })
  if (cluster.replicationFactor < 3)
    risks.push({
      level: 'warning',
      text: `with ${cluster.replicationFactor === 1 ? 'one copy' : '2 copies'}, losing a broker loses data or stops writers`,
      advice: 'use a replication factor of 3 with min.insync.replicas 2',
    })
  else if (cluster.minInsyncReplicas === cluster.replicationFactor)
    risks.push({
      level: 'warning',
      text: 'min.insync.replicas equals the replication factor: every restart of a broker stops its writers',
      advice: `write min.insync.replicas ${cluster.replicationFactor - 1}`,
    })
  if (topics.some(({ ordering }) => ordering === 'per-key'))
    risks.push({
      level: 'note',
      text: 'the count of a topic with order per key cannot be raised later without moving keys',
      advice: 'that is what headroom and growth in this design are for',
    })
  if (brokers.diskBytesPerBroker > 1e13)
    risks.push({
      level: 'warning',
      text: `${formatBytes(brokers.diskBytesPerBroker)} on each broker for ${formatCount(brokers.retentionHours)} h of retention`,
      advice: 'keep less, add brokers, or use tiered storage',
    })
  return risks
}

/** Partitions asked for by a wish for consumers, far beyond what any rate asks for. */
const wishRisks = ({ constraints, demand }: Judged): readonly Risk[] => {
  const wish = constraints.find(({ name, binding }) => binding && name === 'consumers wanted')
  const byRates = Math.max(
    ...constraints.filter(each => each.kind === 'at least' && each !== wish).map(each => each.partitions),
  )
  if (wish === undefined || wish.partitions <= byRates * OVERSIZED) return []
  return [
    {
      level: 'warning',
      text: `over-partitioned for its rate: the consumers wanted ask for ${formatCount(wish.partitions)} partitions, and ${formatRate(demand.recordsPerSecond)} asks for ${formatCount(byRates)}`,
      advice:
        'every partition costs brokers handles, memory and half-empty batches: check that so many consumers have work',
    },
  ]
}

/** What a rule of thumb bounds may still work at twice of it; not at more. */
const overLevel = (value: number, max: number): Risk['level'] => (value > 2 * max ? 'blocker' : 'warning')

const capacityRisks = ({ capacity, demand, neededPartitions }: Judged): readonly Risk[] =>
  capacity.recordsPerSecondSustainable < demand.recordsPerSecond
    ? [
        {
          level: 'warning',
          text: `with the hottest partition at ${formatTimes(capacity.maxOverMean)} the mean, the chosen counts carry ${formatRate(capacity.recordsPerSecondSustainable)} and the design rate is ${formatRate(demand.recordsPerSecond)}`,
          advice: `${formatCount(neededPartitions)} partitions carry it at utilisation 1 only: take more headroom`,
        },
      ]
    : []
