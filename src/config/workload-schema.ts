import { z } from 'zod'
import { PARTITION_COUNT_MAX, type SizingLimits, topicNameProblem } from '../core/model/index.ts'
import { decimal, figure, mapping, oneOf, section, text, whole } from './fields.ts'
import { isPlainDecimal, WrittenNumber } from './written-number.ts'

/**
 * What a `workload.yaml` may say: what must be carried, before anybody has chosen a partition count. From here come the
 * checks, the defaults, and the JSON Schema for editors (`schema/workload.schema.json`).
 */
const share = (description: string) => decimal({ min: 0, max: 1, example: 0.1, description })
const factor = (description: string) => decimal({ min: 1, max: 10_000, example: 3, description })
const minutes = (description: string) => decimal({ min: 0.1, max: 100_000, example: 60, description })

/** Periods by name, in seconds. */
export const periodSeconds = { second: 1, minute: 60, hour: 3_600, day: 86_400 } as const

const rateSection = section('How much there is.', {
  sources: whole({
    min: 1,
    max: 1_000_000_000_000,
    example: 100_000,
    description: 'Devices, players or users that send.',
  }).default(1),
  records: decimal({
    min: 0.000_001,
    max: 1_000_000_000_000,
    example: 100_000,
    description: 'Records of each source in the period.',
  }),
  per: oneOf(['second', 'minute', 'hour', 'day'], 'The period.'),
  is: oneOf(
    ['average', 'peak'],
    'peak: already the worst moment. average: the peak factors come on top, or a rule of thumb.',
  ),
  peaks: section('Factors from the average to the worst moment; they multiply.', {
    'time-of-day': factor('Busiest time of the day over the average.').optional(),
    season: factor('Busiest season over an ordinary one.').optional(),
  }).optional(),
})

const keyValues = mapping(
  (_name, written) => {
    const value =
      written instanceof WrittenNumber && isPlainDecimal(written.source) ? Number(written.source) : Number.NaN
    return value > 0 && value <= 1
      ? { value }
      : { problem: 'must be a share above 0 and up to 1, such as 0.25' }
  },
  {
    description: 'Every value with its share; together 1.',
    additionalProperties: { type: 'number', exclusiveMinimum: 0, maximum: 1 },
  },
)

const keyFields = {
  field: text({ what: 'the name of the key field', example: 'user_id', description: 'Name of the field.' }),
  distinct: whole({
    min: 1,
    max: 1_000_000_000_000,
    example: 300_000,
    description: 'Number of distinct values. Left out where the values are listed.',
  }).optional(),
  'heaviest-share': share('Part of all records that the heaviest value takes.').optional(),
  zipf: decimal({
    min: 0.1,
    max: 5,
    example: 1,
    description: 'Exponent s of a Zipf distribution: the k-th value has the weight 1 / k^s.',
  }).optional(),
  values: keyValues.optional(),
}

export const keySection = section('The record key, and how records spread over its values.', keyFields)

export const alternativeSection = section('Another key to compare with it.', {
  ...keyFields,
  splits: whole({
    min: 1,
    max: 1_000_000_000,
    example: 8,
    description:
      'Into how many of these values one value of the key is split; by default as many as there are more of them.',
  }).optional(),
})

const workloadTopicSection = section('A topic that takes part of the stream.', {
  name: text({
    what: 'a topic name',
    example: 'user-actions',
    description: 'Name of the topic.',
    problem: name => {
      const found = topicNameProblem(name)
      return found === null ? null : `is refused by Kafka: ${found}`
    },
  }),
  weight: decimal({
    min: 0.000_001,
    max: 1_000_000,
    example: 2,
    description: 'Part of the stream in proportion to the other topics: weights 2 and 1 are exact thirds.',
  }).default(1),
  'record-bytes': whole({
    min: 1,
    max: 1_000_000_000,
    example: 1_000,
    description: 'Mean size of a record, key included.',
  }),
  consumer: section('What one consumer does with this topic.', {
    'records-per-second': figure({
      min: 0.001,
      max: 1_000_000_000,
      example: 50_000,
      description: 'Records that one consumer processes in a second.',
    }).optional(),
    'ms-per-record': figure({
      min: 0.000_001,
      max: 86_400_000,
      example: 5,
      description: 'The same said as time for one record.',
    }).optional(),
  }).optional(),
  ordering: oneOf(['per-key', 'none'], 'per-key: records of one key must stay in order.'),
  key: keySection.optional(),
  alternatives: z
    .array(alternativeSection)
    .default([])
    .meta({ description: 'Other keys to compare with it.' }),
  'partitions-today': whole({
    min: 1,
    max: PARTITION_COUNT_MAX,
    example: 12,
    description: 'Partitions of the topic as it is, where it is already there.',
  }).optional(),
})

export const clusterSection = section('The cluster it shall run on.', {
  brokers: whole({ min: 1, max: 10_000, example: 3, description: 'Brokers.' }).default(3),
  'replication-factor': whole({
    min: 1,
    max: 32,
    example: 3,
    description: 'Copies of each partition.',
  }).default(3),
  'min-insync-replicas': whole({
    min: 1,
    max: 32,
    example: 2,
    description: 'Copies that must have a record before it counts as written.',
  }).default(2),
  'retention-hours': decimal({
    min: 0.01,
    max: 1_000_000,
    example: 24,
    description: 'How long records are kept.',
  }).default(24),
})

export const headroomSection = section('Factor over the bare need.', {
  low: decimal({ min: 1, max: 100, example: 1.2, description: 'At least.' }),
  high: decimal({ min: 1, max: 100, example: 1.5, description: 'At most.' }),
})

export const eventSection = section('An hour that the design must survive: exactly one kind.', {
  name: text({ what: 'a name', example: 'Black Friday', description: 'What people call it.' }),
  topic: text({
    what: 'a topic name',
    example: 'orders',
    description: 'The topic it is about; all topics where it is left out.',
  }).optional(),
  surge: section('Everything at a multiple of the rate.', {
    'rate-factor': factor('Multiple of the stated rate.'),
    minutes: minutes('How long.'),
  }).optional(),
  'hot-keys': section('A few keys, nobody knows which, take a large part.', {
    keys: whole({ min: 1, max: 100_000, example: 10, description: 'How many keys.' }),
    share: share('Part of the records that they take together.'),
    'rate-factor': factor('Multiple of the stated rate.').default(1),
    minutes: minutes('How long.'),
  }).optional(),
  wave: section('Sources that all send at once, as after an update.', {
    share: share('Part of the sources.').default(1),
    'records-each': whole({
      min: 1,
      max: 1_000_000,
      example: 20,
      description: 'Records that each sends on top.',
    }),
    'within-seconds': whole({ min: 1, max: 3_600, example: 60, description: 'Window of time.' }),
  }).optional(),
  outage: section('Sources that are silent, then send what they held back.', {
    share: share('Part of the stream.'),
    'silent-minutes': minutes('How long nothing comes.'),
    'catch-up-minutes': minutes('How long they take to send it.'),
  }).optional(),
})

const limit = (min: number, max: number, example: number, description: string) =>
  figure({ min, max, example, description }).optional()

/** One row per rule of thumb that a value of one's own replaces; the compiler sees to it that none is missing. */
const limitFields = {
  'partition-bytes-per-second': limit(1, 1e12, 25_000_000, 'Bytes a second through one partition.'),
  'partition-records-per-second': limit(0.001, 1e12, 50_000, 'Records a second of one consumer.'),
  'peak-factor': limit(1, 10_000, 3, 'Peak over average.'),
  'headroom-low': limit(1, 100, 1.2, 'Headroom, at least.'),
  'headroom-high': limit(1, 100, 1.5, 'Headroom, at most.'),
  'partitions-per-broker-to-start': limit(1, 100_000, 10, 'Partitions a broker where no rate is known.'),
  'replicas-per-broker-max': limit(1, 1_000_000, 4_000, 'Replicas that one broker bears.'),
  'replicas-per-cluster-max': limit(1, 100_000_000, 200_000, 'Replicas that a cluster bears.'),
  'skew-max-over-mean': limit(1, 1_000, 1.2, 'Hottest partition over the mean on an ordinary day.'),
  'distinct-keys-min': limit(1, 1_000_000_000, 1_000, 'Fewest distinct keys.'),
  'cores-per-broker': limit(1, 1_024, 8, 'Cores of a broker.'),
  'batches-per-second-per-core': limit(1, 1_000_000_000, 3_000, 'Batches that one core of a broker handles.'),
  'bytes-per-second-per-broker': limit(1, 1e12, 100_000_000, 'Bytes a second that a broker writes.'),
  'resident-bytes-per-replica': limit(1, 1e12, 320_000, 'Memory of a replica.'),
  'file-handles-per-replica': limit(0.1, 1_000, 1.1, 'File handles of a replica.'),
  'memory-maps-per-replica': limit(0.1, 1_000, 2.3, 'Memory maps of a replica.'),
  producers: limit(1, 1_000_000_000, 10, 'Producer processes.'),
  'linger-ms': limit(0, 3_600_000, 5, 'linger.ms of the producers.'),
  'batch-bytes': limit(1, 1_000_000_000, 16_384, 'batch.size of the producers.'),
} as const satisfies Record<Kebab<keyof SizingLimits>, unknown>

/** `peakFactor` → `peak-factor`. */
export type Kebab<Name extends string> = Name extends `${infer First}${infer Rest}`
  ? `${First extends Lowercase<First> ? First : `-${Lowercase<First>}`}${Kebab<Rest>}`
  : Name

export const workloadSection = section('A workload: what a stream must carry.', {
  name: text({ what: 'a name', example: 'StreamSocial', description: 'What people call it.' }),
  rate: rateSection,
  growth: section('How the rate grows until the design must still hold.', {
    'percent-a-year': decimal({ min: 0, max: 10_000, example: 40, description: 'Growth in a year.' }),
    years: decimal({ min: 0, max: 20, example: 2, description: 'Years.' }),
  }).optional(),
  consumers: whole({
    min: 1,
    max: PARTITION_COUNT_MAX,
    example: 20,
    description: 'Consumers that shall run side by side, on all topics together.',
  }).optional(),
  headroom: headroomSection.optional(),
  producers: section('The clients that write.', {
    count: figure({ min: 1, max: 1e9, example: 10, description: 'Producer processes.' }).optional(),
    'linger-ms': figure({ min: 0, max: 3_600_000, example: 5, description: 'linger.ms.' }).optional(),
    'batch-bytes': figure({ min: 1, max: 1e9, example: 16_384, description: 'batch.size.' }).optional(),
  }).optional(),
  cluster: clusterSection.prefault({}),
  topics: z
    .array(workloadTopicSection)
    .min(1, 'must have at least one topic')
    .meta({ description: 'The topics that share the stream.' }),
  events: z.array(eventSection).default([]).meta({ description: 'Hours that the design must survive.' }),
  limits: section('Values of your own in place of the rules of thumb.', limitFields).prefault({}),
})

export type WorkloadContents = z.output<typeof workloadSection>

/** The published JSON Schema (draft-07) as a plain value. */
export const workloadJsonSchema = (): Record<string, unknown> => {
  const { $schema, ...schema } = z.toJSONSchema(workloadSection, {
    target: 'draft-7',
    io: 'input',
    unrepresentable: 'any',
  }) as Record<string, unknown>
  return { $schema, title: 'workload.yaml', ...schema }
}

/** The file `schema/workload.schema.json`, byte for byte. */
export const workloadSchemaText = (): string => `${JSON.stringify(workloadJsonSchema(), null, 2)}\n`
