import { z } from 'zod'
import { PARTITION_COUNT_MAX, topicNameProblem } from '../core/model/index.ts'
import { alertsSection, historySection, metricsSection } from './alert-sections.ts'
import { decimal, mapping, oneOf, section, text, whole } from './fields.ts'
import { scenarioNames } from './scenarios.ts'
import { topicConfigsSchema, topicConfigText } from './topic-configs.ts'
import { isPlainDecimal, WrittenNumber } from './written-number.ts'

/**
 * What a `lanekeeper.yaml` may say. From here come the checks, the defaults, and the JSON Schema that editors use
 * (`schema/lanekeeper.schema.json`, written by `scripts/write-config-schema.ts`).
 */
const topicName = (description: string) =>
  text({
    what: 'a topic name',
    example: 'user-actions',
    description,
    pattern: '^[a-zA-Z0-9._-]{1,249}$',
    problem: name => {
      const found = topicNameProblem(name)
      return found === null ? null : `is refused by Kafka: ${found}`
    },
  })

const bootstrapServer = text({
  what: 'addresses of brokers',
  example: 'broker-1:9092,broker-2:9092',
  description: 'Addresses of an existing cluster. Without it, local brokers are meant.',
  problem: value =>
    value.split(',').every(isHostAndPort)
      ? null
      : `must be host:port, several joined with commas; ${JSON.stringify(value)} is not`,
})

const isHostAndPort = (address: string): boolean => {
  const parts = /^(?:\[[0-9a-fA-F:.]+\]|[^\s:,[\]/]+):(\d{1,5})$/.exec(address.trim())
  const port = Number(parts?.[1])
  return port >= 1 && port <= 65_535
}

/** One for each rack of the smallest cluster that survives a loss with min.insync.replicas 2. */
export const DEFAULT_BROKERS = 3

/** One declared topic. */
export const topicSection = section('A topic as it should be.', {
  name: topicName('Name of the topic.'),
  partitions: whole({
    min: 1,
    max: PARTITION_COUNT_MAX,
    example: 12,
    description: 'Number of partitions. It can grow later only where ordering is none.',
  }),
  'replication-factor': whole({ min: 1, max: 32, example: 3, description: 'Copies of each partition.' }),
  key: text({
    what: 'the name of the field that is the record key',
    example: 'user_id',
    description: 'The field of a record that is its key. Leave out when records carry no key.',
  }).nullish(),
  ordering: oneOf(
    ['per-key', 'none'],
    'per-key: records of one key must stay in order, so the partition count is guarded. none: no reader needs that.',
  ),
  configs: mapping(topicConfigText, topicConfigsSchema).default(new Map()),
})

const share = (_topic: string, written: unknown): { value: number } | { problem: string } => {
  const value =
    written instanceof WrittenNumber && isPlainDecimal(written.source) ? Number(written.source) : Number.NaN
  return value >= 0 && value <= 1 ? { value } : { problem: 'must be a share from 0 to 1, such as 0.5' }
}

export const groupSection = section('A consumer group that Lanekeeper runs.', {
  name: text({
    what: 'a group id',
    example: 'feed-ranker',
    description: 'The group.id.',
    problem: name => (name.length > 249 ? 'must have at most 249 characters' : null),
  }),
  topics: z
    .array(topicName('A declared topic.'))
    .min(1, 'must name at least one topic')
    .meta({ description: 'Topics the group reads.' }),
  members: whole({ min: 1, max: 1_000, example: 2, description: 'Consumers in the group.' }).default(1),
})

const oidcSection = section('An OpenID issuer whose tokens may change what the token file may.', {
  issuer: text({
    what: 'the address of an issuer',
    example: 'https://login.example/realms/ops',
    description: 'The issuer, exactly as its tokens name it in iss. Its keys are found by discovery.',
    problem: value =>
      URL.canParse(value) && isTrustworthy(new URL(value))
        ? null
        : `must be an https address, such as https://login.example; ${JSON.stringify(value)} is not`,
  }),
  audience: text({
    what: 'an audience',
    example: 'lanekeeper',
    description: 'What aud must be or hold: the name under which the issuer knows this server.',
  }),
  claim: text({
    what: 'the name of a claim',
    example: 'groups',
    description: 'The claim that says who may: its name, or a JSON pointer such as /realm_access/roles.',
  }),
  value: text({
    what: 'a value',
    example: 'kafka-operators',
    description: 'What that claim must be, or hold.',
  }),
})

/** Whoever can change an answer on its way could sign tokens; on this machine nobody is in between. */
const isTrustworthy = ({ protocol, hostname }: URL): boolean =>
  protocol === 'https:' || (protocol === 'http:' && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname))

export const fileSection = section(
  'Lanekeeper: topics as code, traffic and consumer groups of one cluster.',
  {
    cluster: section('The cluster this file is about.', {
      name: text({ what: 'a name', example: 'local', description: 'A name for people.' }).default('local'),
      'bootstrap-server': bootstrapServer.optional(),
      brokers: whole({
        min: 1,
        max: 6,
        example: 3,
        description: 'Local brokers to start where no bootstrap-server is given.',
      }).default(DEFAULT_BROKERS),
    }).prefault({}),
    topics: z
      .array(topicSection)
      .meta({ description: 'Declared topics. Others on the cluster are left alone.' }),
    traffic: section('Seeded traffic for demonstrations and tests.', {
      scenario: oneOf(scenarioNames, 'What the records say, and by which keys.'),
      'records-per-second': whole({
        min: 0,
        max: 1_000_000,
        example: 1_000,
        description:
          'Records a second over all topics. Brokers pay for every batch, and so for every partition written to.',
      }).default(1_000),
      users: whole({
        min: 1,
        max: 10_000_000,
        example: 300_000,
        description: 'Distinct users, customers, players or devices.',
      }).default(300_000),
      contents: whole({
        min: 1,
        max: 10_000_000,
        example: 100_000,
        description: 'Distinct content items or game sessions.',
      }).default(100_000),
      seed: whole({
        min: 0,
        max: 0xffff_ffff,
        example: 1,
        description: 'The same seed gives the same records.',
      }).default(1),
      topics: mapping(share, {
        description: 'Share of the records that each topic gets; together 1.',
        additionalProperties: { type: 'number', minimum: 0, maximum: 1 },
      }),
    }).optional(),
    groups: z.array(groupSection).default([]).meta({ description: 'Consumer groups to run.' }),
    dashboard: section('The dashboard, on loopback.', {
      port: whole({
        min: 1,
        max: 65_535,
        example: 7_400,
        description: 'Port; when taken, the next free one is used.',
      }).default(7_400),
      'token-file': text({
        what: 'the path of a file',
        example: '/run/secrets/lanekeeper-token',
        description:
          'Whoever knows its content may acknowledge and silence alerts. Without it, or oidc, nothing can be changed over HTTP.',
      }).optional(),
      oidc: oidcSection.optional(),
    }).prefault({}),
    history: historySection,
    alerts: alertsSection,
    metrics: metricsSection,
    thresholds: section('Where ordinary ends.', {
      'skew-max-over-mean': decimal({
        min: 1,
        max: 1_000_000,
        example: 1.2,
        description: 'Busiest partition over the mean, above what chance explains, that is called skew.',
      }).default(1.2),
      'hot-times-mean': decimal({
        min: 1,
        max: 1_000_000,
        example: 2,
        description: 'A partition with this many times the mean is hot.',
      }).default(2),
      'lag-p99-ms': whole({
        min: 1,
        max: 86_400_000,
        example: 100,
        description: 'Time from produced to processed, 99th percentile.',
      }).default(100),
      'lag-warning-ms': whole({
        min: 1,
        max: 604_800_000,
        example: 60_000,
        description: 'A group further behind gets a warning.',
      }).default(60_000),
    }).prefault({}),
  },
)

export type FileContents = z.output<typeof fileSection>

/** The published JSON Schema (draft-07) as a plain value. */
export const configJsonSchema = (): Record<string, unknown> => {
  const { $schema, ...schema } = z.toJSONSchema(fileSection, {
    target: 'draft-7',
    io: 'input',
    unrepresentable: 'any',
  }) as Record<string, unknown>
  return { $schema, title: 'lanekeeper.yaml', ...schema }
}

/** The file `schema/lanekeeper.schema.json`, byte for byte. */
export const configSchemaText = (): string => `${JSON.stringify(configJsonSchema(), null, 2)}\n`
