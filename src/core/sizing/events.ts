import type { KeyPopulation, WorkloadEvent } from '../model/index.ts'
import { skewOf } from '../routing/index.ts'
import { heaviestShare, keyName, loadByHeaviest, loadByKeys, partitionOfKey } from './key-load.ts'
import type { EventFigures } from './report.ts'

/**
 * What an hour out of the ordinary does to the partitions of one topic, with one key.
 *
 * Goal: the hottest partition against what its consumer carries, how much waits at the end, and how long it takes until
 * it is worked off; comparable between keys and between events, the same for the same seed.
 *
 * Method. The ordinary load of each partition comes from routing the keys (`key-load.ts`). On top of that:
 * - *surge*: all rates times a factor. Nothing is drawn.
 * - *hot keys*: nobody knows which keys will be hot, and where they land decides. So they are drawn and routed, many
 *   times; the report has the median of the hottest partition, and what one draw in twenty exceeds. An alternative key
 *   splits each hot key into several, which are routed one by one.
 * - *wave*: each of the sources sends its extra records at a moment drawn within the window; second by second each
 *   partition receives, works off what its consumer carries, and keeps the rest.
 * - *outage*: the silent part's records are held back and arrive while the catch-up lasts, on the partitions of the
 *   keys that were silent.
 *
 * Where the rate is constant, what waits after t seconds is (rate − capacity) × t, and what waits is worked off with what
 * the ordinary rate leaves free.
 *
 * What it does not do: time within a second, consumers that fail under load, batches, and brokers that reach a limit of
 * their own. One consumer for each partition is assumed, the most that can help.
 */
export interface EventSetting {
  readonly topic: string
  readonly population: KeyPopulation
  readonly partitions: number
  /** Ordinary rate of the topic. */
  readonly recordsPerSecond: number
  readonly consumerRecordsPerSecond: number
  /** Sources behind the stream, for waves: devices, players. */
  readonly sources: number
  /** Part of a wave's records that are for this topic. */
  readonly shareOfWave: number
  readonly random: { next(): number }
}

const DRAWS = 200
/** Parts of hot keys on each partition above which chance no longer shows. */
const CROWD = 300
/** More are simulated as so many of a larger weight. */
const SOURCES_DRAWN_MAX = 200_000

interface Burst {
  /** Hottest partition, records a second. */
  readonly hottest: number
  readonly hottestHigh: number
  readonly peak: number
  /** What waits per partition when the event ends. */
  readonly backlog: Float64Array
  readonly partitionsOver: number
}

export const simulateEvent = (event: WorkloadEvent, setting: EventSetting): EventFigures => {
  const { population, partitions, recordsPerSecond, consumerRecordsPerSecond } = setting
  const ordinary = loadByKeys(population, partitions).shares.map(share => share * recordsPerSecond)
  const burst = burstOf(event, setting, ordinary)
  return {
    event: event.name,
    topic: setting.topic,
    key: population.field,
    partitions,
    peakRecordsPerSecond: burst.peak,
    hottestRecordsPerSecond: burst.hottest,
    hottestRecordsPerSecondHigh: burst.hottestHigh,
    maxOverMean: burst.hottest / (burst.peak / partitions),
    utilisation: burst.hottest / consumerRecordsPerSecond,
    partitionsOverCapacity: burst.partitionsOver,
    backlogRecords: burst.backlog.reduce((sum, waiting) => sum + waiting, 0),
    drainSeconds: drainSeconds(burst.backlog, ordinary, consumerRecordsPerSecond),
    setUp: setUpOf(event, setting),
  }
}

const burstOf = (event: WorkloadEvent, setting: EventSetting, ordinary: Float64Array): Burst => {
  const { consumerRecordsPerSecond: capacity } = setting
  switch (event.kind) {
    case 'surge':
      return steady(
        ordinary.map(rate => rate * event.rateFactor),
        capacity,
        event.minutes * 60,
      )
    case 'hot-keys':
      return hotKeys(event, setting, ordinary)
    case 'wave':
      return wave(event, setting, ordinary)
    case 'outage': {
      const extra = setting.recordsPerSecond * (event.silentMinutes / event.catchUpMinutes)
      const held = loadByHeaviest(setting.population, event.share, setting.partitions)
      return steady(
        ordinary.map((rate, partition) => rate + extra * (held[partition] ?? 0)),
        capacity,
        event.catchUpMinutes * 60,
      )
    }
  }
}

/** Constant rates for so many seconds. */
const steady = (rates: Float64Array, capacity: number, seconds: number): Burst => {
  const { max, total } = skewOf(rates)
  return {
    hottest: max,
    hottestHigh: max,
    peak: total,
    backlog: rates.map(rate => Math.max(0, rate - capacity) * seconds),
    partitionsOver: rates.reduce((count, rate) => count + (rate > capacity ? 1 : 0), 0),
  }
}

const hotKeys = (
  event: WorkloadEvent & { readonly kind: 'hot-keys' },
  setting: EventSetting,
  ordinary: Float64Array,
): Burst => {
  const { population, partitions, recordsPerSecond, random, consumerRecordsPerSecond } = setting
  const calm = ordinary.map(rate => rate * event.rateFactor * (1 - event.share))
  const perKey = (recordsPerSecond * event.rateFactor * event.share) / event.keys
  const drawn = event.keys * population.splits
  const nameAt = keyNames(population)
  // so many parts of hot keys are spread like any crowd
  const evenly = drawn > partitions * CROWD
  const draws = Array.from({ length: evenly ? 1 : DRAWS }, () => {
    const rates = evenly ? calm.map(rate => rate + (perKey * event.keys) / partitions) : calm.slice()
    for (let part = 0; part < drawn && !evenly; part++)
      rates[partitionOfKey(nameAt(Math.floor(random.next() * population.distinct)), partitions)]! +=
        perKey / population.splits
    return steady(rates, consumerRecordsPerSecond, event.minutes * 60)
  }).toSorted((a, b) => a.hottest - b.hottest)
  const median = draws[Math.floor(draws.length / 2)] as Burst
  return { ...median, hottestHigh: (draws[Math.floor(draws.length * 0.95)] as Burst).hottest }
}

/** The name of the key at an index below `distinct`. */
const keyNames = ({ field, skew }: KeyPopulation): ((index: number) => string) => {
  if (skew.kind !== 'values') return index => keyName(field, index)
  const names = [...skew.shares.keys()]
  return index => names[index] ?? field
}

const wave = (
  event: WorkloadEvent & { readonly kind: 'wave' },
  setting: EventSetting,
  ordinary: Float64Array,
): Burst => {
  const { partitions, random, consumerRecordsPerSecond: capacity, recordsPerSecond } = setting
  const sources = Math.max(1, Math.round(setting.sources * event.share))
  const drawn = Math.min(sources, SOURCES_DRAWN_MAX)
  const weight = (event.recordsEach * setting.shareOfWave * sources) / drawn
  const extra = new Float64Array(partitions * event.withinSeconds)
  const upTo = cumulated(ordinary)
  for (let source = 0; source < drawn; source++) {
    const second = Math.floor(random.next() * event.withinSeconds)
    const partition = indexAt(upTo, random.next() * recordsPerSecond)
    extra[second * partitions + partition]! += weight
  }
  const backlog = new Float64Array(partitions)
  const over = new Set<number>()
  let [hottest, peak] = [0, 0]
  for (let second = 0; second < event.withinSeconds; second++) {
    let total = 0
    for (let partition = 0; partition < partitions; partition++) {
      const arriving = (ordinary[partition] ?? 0) + (extra[second * partitions + partition] ?? 0)
      total += arriving
      hottest = Math.max(hottest, arriving)
      if (arriving > capacity) over.add(partition)
      backlog[partition] = Math.max(0, (backlog[partition] ?? 0) + arriving - capacity)
    }
    peak = Math.max(peak, total)
  }
  return { hottest, hottestHigh: hottest, peak, backlog, partitionsOver: over.size }
}

const cumulated = (rates: Float64Array): Float64Array => {
  let sum = 0
  return rates.map(rate => (sum += rate))
}

/** First index whose cumulated value is above `value`. */
const indexAt = (upTo: Float64Array, value: number): number => {
  let [low, high] = [0, upTo.length - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((upTo[middle] ?? 0) > value) high = middle
    else low = middle + 1
  }
  return low
}

const drainSeconds = (backlog: Float64Array, ordinary: Float64Array, capacity: number): number | null => {
  let longest = 0
  for (let partition = 0; partition < backlog.length; partition++) {
    const waiting = backlog[partition] ?? 0
    if (waiting === 0) continue
    const free = capacity - (ordinary[partition] ?? 0)
    if (free <= 0) return null
    longest = Math.max(longest, waiting / free)
  }
  return longest
}

const setUpOf = (event: WorkloadEvent, { population }: EventSetting): string => {
  const percent = (share: number): string => `${Number((share * 100).toPrecision(3))} %`
  switch (event.kind) {
    case 'surge':
      return `${event.rateFactor} times the rate for ${event.minutes} min`
    case 'hot-keys':
      return `${event.keys === 1 ? '1 key' : `${event.keys} keys`} drawn at random ${event.keys === 1 ? 'takes' : 'take'} ${percent(event.share)} of ${event.rateFactor === 1 ? 'the rate' : `${event.rateFactor} times the rate`} for ${event.minutes} min; ${DRAWS} draws`
    case 'wave':
      return `${percent(event.share)} of the sources send ${event.recordsEach} records more within ${event.withinSeconds} s`
    case 'outage':
      return (
        `${percent(event.share)} of the stream silent for ${event.silentMinutes} min, sent within ${event.catchUpMinutes} min` +
        (heaviestShare(population) > 0.01 ? '; the heaviest keys are the silent ones' : '')
      )
  }
}
