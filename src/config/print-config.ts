import type { TopicSpec } from '../core/model/index.ts'
import { isPlainWhole } from './written-number.ts'

/**
 * A configuration as the text of a file, for people to go on with: `loadConfig` of it gives the same topics. Written
 * line by line, since a YAML library cannot say where a comment helps.
 */
export interface PrintedConfig {
  readonly clusterName: string
  /** Null: the local cluster. */
  readonly bootstrapServer: string | null
  readonly brokers: number
  readonly topics: readonly TopicSpec[]
  /** What is printed as a comment above a topic, by name. */
  readonly remarks: ReadonlyMap<string, string | null>
}

/** Where an editor finds the schema when Lanekeeper is installed beside the file. */
const SCHEMA_LINE = '# yaml-language-server: $schema=./node_modules/lanekeeper/schema/lanekeeper.schema.json'

export const printConfig = ({
  clusterName,
  bootstrapServer,
  brokers,
  topics,
  remarks,
}: PrintedConfig): string =>
  [
    SCHEMA_LINE,
    '# Topics as they are on the cluster. A cluster does not know what a key means: name the field under `key`, and',
    '# write `ordering: none` where no reader needs the order of one key. Until then every topic is guarded.',
    '',
    'cluster:',
    `  name: ${yamlString(clusterName)}`,
    bootstrapServer === null ? `  brokers: ${brokers}` : `  bootstrap-server: ${yamlString(bootstrapServer)}`,
    '',
    topics.length === 0 ? 'topics: []' : 'topics:',
    ...topics.flatMap(topic => topicLines(topic, remarks.get(topic.name) ?? null)),
    '',
  ].join('\n')

const topicLines = (topic: TopicSpec, remark: string | null): readonly string[] => [
  ...(remark === null ? [] : [`  # ${remark.replaceAll(/[\r\n]+/g, ' ')}`]),
  `  - name: ${yamlString(topic.name)}`,
  `    partitions: ${topic.partitions}`,
  `    replication-factor: ${topic.replicationFactor}`,
  ...(topic.key === null ? [] : [`    key: ${yamlString(topic.key)}`]),
  `    ordering: ${topic.ordering}`,
  ...(topic.configs.size === 0 ? [] : ['    configs:']),
  ...[...topic.configs].map(([key, value]) => `      ${yamlString(key)}: ${yamlValue(value)}`),
]

/** Plain where no YAML reader could take it for anything but this text, quoted otherwise. */
const yamlString = (text: string): string =>
  /^[A-Za-z_][A-Za-z0-9_.-]*$/.test(text) && !reserved.test(text) ? text : JSON.stringify(text)

/** Words that some version of YAML reads as a boolean or nothing. */
const reserved = /^(true|false|null|yes|no|on|off|y|n)$/i

/** A config value is text to Kafka; numbers and booleans look better bare, and are read back as they were written. */
const yamlValue = (text: string): string =>
  isPlainWhole(text) || text === 'true' || text === 'false' ? text : yamlString(text)
