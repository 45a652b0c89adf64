/**
 * The partition calculator: a workload in a dozen fields, sized by the core. The same workload as a file is what
 * `lanekeeper size` takes, so both answer alike.
 */
import {
  type Figure,
  LanekeeperError,
  type SizingLimits,
  topicNameProblem,
  type Workload,
} from '../../../../src/core/model/index.ts'
import { limitsWith, type SizingReport, sizePartitions } from '../../../../src/core/sizing/index.ts'
import { codecOf, decimal, oneOf, orNone, type Setting, type Settings, whole } from './settings.ts'

export const periods = ['second', 'minute', 'hour', 'day'] as const
export type Period = (typeof periods)[number]
const PERIOD_SECONDS: Readonly<Record<Period, number>> = { second: 1, minute: 60, hour: 3600, day: 86_400 }

export interface WeighedTopic {
  readonly name: string
  readonly weight: number
}

export interface CalculatorSettings {
  readonly rate: number
  readonly per: Period
  /** Whether the rate is the worst moment already. */
  readonly is: 'peak' | 'average'
  readonly bytes: number
  /** Records that one consumer processes in a second; null: a rule of thumb. */
  readonly consumer: number | null
  readonly consumers: number | null
  /** Factor; null: a rule of thumb, which is a range. */
  readonly headroom: number | null
  readonly growth: number
  readonly years: number
  readonly topics: readonly WeighedTopic[]
  readonly ordering: 'per-key' | 'none'
  /** Null: records carry no key. */
  readonly keys: number | null
  /** Share of the heaviest key; null: all alike. */
  readonly heaviest: number | null
  readonly brokers: number
  readonly copies: number
  readonly insync: number
  /** Bytes a second through one partition; null: a rule of thumb. */
  readonly partition: number | null
}

const TOPICS_MAX = 4

const topicsSetting: Setting<readonly WeighedTopic[]> = {
  standard: [{ name: 'events', weight: 1 }],
  read: text => parseWeighedTopics(text),
  print: topics => topics.map(({ name, weight }) => `${name}:${weight}`).join(','),
}

/** `user-actions:2,content:1`; a weight that is left out is 1. */
export const parseWeighedTopics = (text: string): readonly WeighedTopic[] | undefined => {
  const topics = text.split(',').map(part => {
    const [name = '', weight = '1', ...more] = part.trim().split(':')
    return { name, weight: more.length === 0 && /^\d{1,6}(\.\d{1,6})?$/.test(weight) ? Number(weight) : 0 }
  })
  const fits =
    topics.length <= TOPICS_MAX &&
    topics.every(({ name, weight }) => topicNameProblem(name) === null && weight > 0) &&
    new Set(topics.map(topic => topic.name)).size === topics.length
  return fits ? topics : undefined
}

const settings: Settings<CalculatorSettings> = {
  rate: decimal(0.001, 1e12, 100_000),
  per: oneOf(periods, 'second'),
  is: oneOf(['peak', 'average'], 'peak'),
  bytes: whole(1, 1_000_000_000, 1000),
  consumer: orNone(decimal(0.001, 1e9, 10_000)),
  consumers: orNone(whole(1, 1_000_000, 20)),
  headroom: orNone(decimal(1, 100, 1.5)),
  growth: decimal(0, 10_000, 0),
  years: decimal(0, 20, 0),
  topics: topicsSetting,
  ordering: oneOf(['per-key', 'none'], 'per-key'),
  keys: { ...orNone(whole(1, 1e12, 1)), standard: 1_000_000, read: readKeys, print: printKeys },
  heaviest: orNone(decimal(0.000001, 1, 0.01)),
  brokers: whole(1, 10_000, 3),
  copies: whole(1, 32, 3),
  insync: whole(1, 32, 2),
  partition: orNone(decimal(1, 1e12, 10_000_000)),
}

/** Here "none" is not the standard, so it needs a word of its own. */
function readKeys(text: string): number | null | undefined {
  return text === 'none' ? null : whole(1, 1e12, 1).read(text)
}
function printKeys(value: number | null): string {
  return value === null ? 'none' : String(value)
}

const codec = codecOf(settings)

/** What contradicts itself is led back to what can be: a link with it must not show figures of another workload. */
export const calculatorCodec: typeof codec = {
  ...codec,
  read: given => consistent(codec.read(given)),
}

export const consistent = (read: CalculatorSettings): CalculatorSettings => {
  const copies = Math.min(read.copies, read.brokers)
  const tooLight = read.heaviest !== null && read.keys !== null && read.heaviest * read.keys < 1
  return {
    ...read,
    copies,
    insync: Math.min(read.insync, copies),
    ordering: read.keys === null ? 'none' : read.ordering,
    heaviest: read.keys === null || tooLight || read.keys === 1 ? null : read.heaviest,
  }
}

export const presets: readonly { readonly label: string; readonly settings: CalculatorSettings }[] = [
  { label: 'Plain case', settings: { ...codec.read({}), consumers: 20, keys: 1_000_000 } },
  {
    label: 'StreamSocial',
    settings: {
      ...codec.read({}),
      rate: 50_000_000,
      bytes: 200,
      consumer: 50_000,
      headroom: 1.5,
      partition: 20_000_000,
      keys: 300_000_000,
      heaviest: 0.000001,
      topics: [
        { name: 'user-actions', weight: 2 },
        { name: 'content-interactions', weight: 1 },
      ],
    },
  },
  {
    label: 'Orders',
    settings: {
      ...codec.read({}),
      rate: 10_000_000,
      per: 'day',
      is: 'average',
      consumer: 200,
      keys: 300_000,
      heaviest: 0.005,
      growth: 40,
      years: 2,
      topics: [{ name: 'orders', weight: 1 }],
    },
  },
]

const given = (value: number | null): Figure | null => (value === null ? null : { value, source: 'given' })

export const workloadOf = (state: CalculatorSettings): Workload => ({
  name: 'lab',
  rate: {
    sources: 1,
    recordsEach: state.rate,
    periodSeconds: PERIOD_SECONDS[state.per],
    is: state.is,
    timeOfDayFactor: null,
    seasonFactor: null,
  },
  growth: { shareAYear: state.growth / 100, years: state.years },
  consumersWanted: state.consumers,
  headroom: state.headroom === null ? null : { low: state.headroom, high: state.headroom },
  producers: null,
  lingerMs: null,
  batchBytes: null,
  cluster: {
    brokers: state.brokers,
    replicationFactor: state.copies,
    minInsyncReplicas: state.insync,
    retentionHours: 24,
  },
  topics: state.topics.map(({ name, weight }) => ({
    name,
    weight,
    recordBytes: state.bytes,
    consumerRecordsPerSecond: given(state.consumer),
    ordering: state.ordering,
    key:
      state.keys === null
        ? null
        : {
            field: 'key',
            distinct: state.keys,
            skew: state.heaviest === null ? { kind: 'uniform' } : { kind: 'heaviest', share: state.heaviest },
            splits: 1,
          },
    alternatives: [],
    partitionsToday: null,
  })),
  events: [],
})

const limitsOf = ({ partition }: CalculatorSettings): SizingLimits =>
  limitsWith(partition === null ? {} : { partitionBytesPerSecond: { value: partition, source: 'given' } })

export type Sized =
  | { readonly kind: 'sized'; readonly report: SizingReport }
  /** Beyond any cluster; what and what to do. */
  | { readonly kind: 'impossible'; readonly message: string; readonly fix: string }

export const sizeOf = (state: CalculatorSettings): Sized => {
  try {
    return { kind: 'sized', report: sizePartitions(workloadOf(state), limitsOf(state)) }
  } catch (failure) {
    if (!(failure instanceof LanekeeperError)) throw failure
    return { kind: 'impossible', message: failure.message, fix: failure.fix ?? '' }
  }
}

/** The workload as the file that `lanekeeper size` reads. */
export const workloadFile = (state: CalculatorSettings): string => {
  const lines = [
    'name: lab',
    'rate:',
    `  records: ${state.rate}`,
    `  per: ${state.per}`,
    `  is: ${state.is}`,
    ...(state.growth > 0 && state.years > 0
      ? [`growth: {percent-a-year: ${state.growth}, years: ${state.years}}`]
      : []),
    ...(state.consumers === null ? [] : [`consumers: ${state.consumers}`]),
    ...(state.headroom === null ? [] : [`headroom: {low: ${state.headroom}, high: ${state.headroom}}`]),
    `cluster: {brokers: ${state.brokers}, replication-factor: ${state.copies}, min-insync-replicas: ${state.insync}}`,
    'topics:',
    ...state.topics.flatMap(({ name, weight }) => [
      `  - name: ${/^[\d.]+$/.test(name) ? `'${name}'` : name}`,
      `    weight: ${weight}`,
      `    record-bytes: ${state.bytes}`,
      ...(state.consumer === null ? [] : [`    consumer: {records-per-second: ${state.consumer}}`]),
      `    ordering: ${state.ordering}`,
      ...(state.keys === null
        ? []
        : [
            `    key: {field: key, distinct: ${state.keys}${state.heaviest === null ? '' : `, heaviest-share: ${state.heaviest}`}}`,
          ]),
    ]),
    ...(state.partition === null ? [] : ['limits:', `  partition-bytes-per-second: ${state.partition}`]),
  ]
  return `${lines.join('\n')}\n`
}
