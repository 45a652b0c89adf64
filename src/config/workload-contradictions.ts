import { PARTITION_COUNT_MAX } from '../core/model/index.ts'
import type { Contradiction } from './contradictions.ts'
import { listIn, textIn, valueIn } from './raw-values.ts'
import type { Path } from './read-yaml.ts'
import {
  alternativeSection,
  clusterSection,
  eventSection,
  headroomSection,
  keySection,
} from './workload-schema.ts'

/** What is wrong in a workload although each value is right by itself. Judged on the raw values, part by part. */
export const workloadContradictions = (file: unknown): readonly Contradiction[] => [
  ...rateContradictions(valueIn(file, 'rate')),
  ...headroomContradictions(valueIn(file, 'headroom')),
  ...clusterContradictions(valueIn(file, 'cluster')),
  ...topicsContradictions(file),
  ...listIn(file, 'events').flatMap((event, index) => eventContradictions(event, index, file)),
  ...limitContradictions(valueIn(file, 'limits')),
]

const rateContradictions = (rate: unknown): readonly Contradiction[] => {
  const peaks = valueIn(rate, 'peaks')
  if (peaks === undefined || textIn(rate, 'is') !== 'peak') return []
  return [
    {
      path: ['rate', 'peaks'],
      text: 'contradicts rate.is: peak, which says that the rate is already the peak; remove peaks, or write is: average',
    },
  ]
}

const headroomContradictions = (written: unknown): readonly Contradiction[] => {
  const headroom = headroomSection.safeParse(written)
  if (!headroom.success || headroom.data.low <= headroom.data.high) return []
  return [
    {
      path: ['headroom', 'low'],
      text: `${headroom.data.low} is above high, ${headroom.data.high}; swap them`,
    },
  ]
}

const clusterContradictions = (written: unknown): readonly Contradiction[] => {
  const cluster = clusterSection.safeParse(written === undefined ? {} : written)
  if (!cluster.success) return []
  const { brokers, 'replication-factor': copies, 'min-insync-replicas': inSync } = cluster.data
  const found: Contradiction[] = []
  if (copies > brokers)
    found.push({
      path: ['cluster', 'replication-factor'],
      text: `${copies} needs ${copies} brokers and there are ${brokers}; raise cluster.brokers or lower it`,
    })
  if (inSync > copies)
    found.push({
      path: ['cluster', 'min-insync-replicas'],
      text: `${inSync} is more than the replication factor ${copies}: no write with acks=all would ever be accepted`,
    })
  return found
}

const topicsContradictions = (file: unknown): readonly Contradiction[] => {
  const seen = new Map<string, number>()
  return listIn(file, 'topics').flatMap((topic, index) => {
    const found: Contradiction[] = []
    const name = textIn(topic, 'name')
    const first = name === null ? undefined : seen.get(name)
    if (name !== null && first === undefined) seen.set(name, index)
    if (first !== undefined)
      found.push({
        path: ['topics', index, 'name'],
        text: `${name} is there already as topics[${first}]; keep one of them`,
      })
    return [...found, ...topicContradictions(topic, index)]
  })
}

const topicContradictions = (topic: unknown, index: number): readonly Contradiction[] => {
  const found: Contradiction[] = []
  const at: Path = ['topics', index]
  const consumer = valueIn(topic, 'consumer')
  if (
    valueIn(consumer, 'records-per-second') !== undefined &&
    valueIn(consumer, 'ms-per-record') !== undefined
  )
    found.push({
      path: [...at, 'consumer', 'ms-per-record'],
      text: 'says the same as records-per-second once more; keep one of them',
    })
  const hasKey = valueIn(topic, 'key') !== undefined
  if (textIn(topic, 'ordering') === 'per-key' && !hasKey)
    found.push({
      path: [...at, 'ordering'],
      text: 'is per-key, but the topic states no key; add key, or write ordering: none',
    })
  if (!hasKey && listIn(topic, 'alternatives').length > 0)
    found.push({ path: [...at, 'alternatives'], text: 'are compared with key, which is missing; add it' })
  return [
    ...found,
    ...keyContradictions(valueIn(topic, 'key'), [...at, 'key']),
    ...listIn(topic, 'alternatives').flatMap((key, position) =>
      keyContradictions(key, [...at, 'alternatives', position]),
    ),
  ]
}

const keyContradictions = (written: unknown, path: Path): readonly Contradiction[] => {
  const parsed = alternativeSection.safeParse(written)
  if (!parsed.success) return []
  const { distinct, values, zipf, 'heaviest-share': heaviest } = parsed.data
  const found: Contradiction[] = []
  const say = (key: string, text: string): void => {
    found.push({ path: [...path, key], text })
  }
  const skews = [
    values === undefined ? '' : 'values',
    zipf === undefined ? '' : 'zipf',
    heaviest === undefined ? '' : 'heaviest-share',
  ].filter(name => name !== '')
  if (skews.length > 1) say(skews[1] ?? '', `and ${skews[0]} both say how records spread; keep one of them`)
  if (distinct === undefined && values === undefined)
    say('distinct', 'is missing; write how many values there are, such as 300000, or list them under values')
  if (values !== undefined) {
    const sum = [...values.values()].reduce((total, share) => total + share, 0)
    if (values.size === 0) say('values', 'has no values; list them with their shares')
    else if (Math.abs(sum - 1) > 0.01)
      say('values', `must add up to 1; they add up to ${Number(sum.toFixed(4))}`)
    if (distinct !== undefined && distinct !== values.size)
      say('distinct', `is ${distinct}, and ${values.size} values are listed; remove distinct`)
  }
  if (heaviest !== undefined && distinct !== undefined) {
    if (heaviest * distinct < 1 - 1e-9)
      say(
        'heaviest-share',
        `${heaviest} is less than an equal part of ${distinct} values, ${1 / distinct}; the heaviest cannot be lighter than the mean`,
      )
    if (distinct === 1 && heaviest < 1) say('heaviest-share', 'must be 1 where there is one value only')
  }
  return found
}

const eventContradictions = (written: unknown, index: number, file: unknown): readonly Contradiction[] => {
  const found: Contradiction[] = []
  const topics = listIn(file, 'topics')
  const topic = textIn(written, 'topic')
  if (topic !== null && !topics.some(each => textIn(each, 'name') === topic))
    found.push({ path: ['events', index, 'topic'], text: `names ${topic}, which topics does not have` })
  const parsed = eventSection.safeParse(written)
  if (!parsed.success) return found
  const { surge, wave, outage, 'hot-keys': hot } = parsed.data
  const kinds = [surge, wave, outage, hot].filter(kind => kind !== undefined).length
  if (kinds !== 1)
    found.push({
      path: ['events', index],
      text: `must say exactly one of surge, hot-keys, wave, outage; it says ${kinds === 0 ? 'none' : kinds}`,
    })
  if (hot === undefined) return found
  for (const each of topics) {
    if (topic !== null && textIn(each, 'name') !== topic) continue
    const key = keySection.safeParse(valueIn(each, 'key'))
    const distinct = key.success ? (key.data.values?.size ?? key.data.distinct) : undefined
    if (distinct !== undefined && hot.keys > distinct)
      found.push({
        path: ['events', index, 'hot-keys', 'keys'],
        text: `${hot.keys} is more than the ${distinct} values of the key of ${textIn(each, 'name')}`,
      })
  }
  return found
}

const limitContradictions = (limits: unknown): readonly Contradiction[] => {
  const low = numberIn(limits, 'headroom-low')
  const high = numberIn(limits, 'headroom-high')
  if (low === null || high === null || low <= high) return []
  return [{ path: ['limits', 'headroom-low'], text: `${low} is above headroom-high, ${high}; swap them` }]
}

/** The number of a figure, written alone or with its source. */
const numberIn = (parent: unknown, key: string): number | null => {
  const written = valueIn(parent, key)
  const value = Number(valueIn(valueIn(written, 'value') ?? written, 'source'))
  return Number.isFinite(value) && value <= PARTITION_COUNT_MAX ? value : null
}
