/**
 * What `createProducer` accepts: Kafka's own names for how to reach a cluster and how to send, and our own for where
 * records go. All that is wrong is told at once: a name nobody knows, a value that is none, settings that contradict
 * each other.
 */
import { parseStrategy } from '../cli/strategy-option.ts'
import { IGNORED_KEYS, OBEYED_KEYS } from '../config/kafka-client-keys.ts'
import { LanekeeperError, nearest } from '../core/model/index.ts'
import { type ConventionName, conventionNames, type Strategy } from '../core/routing/index.ts'
import type { Random } from '../ports/random.ts'
import {
  kafkaOptionNames,
  type KafkaProducerOptions,
  readKafkaOptions,
  unknownOption,
} from '../producer/kafka-options.ts'
import type { ProducerOptions } from '../producer/options.ts'
import {
  conventionPartitioner,
  functionPartitioner,
  type PartitionFunction,
  type Partitioner,
  strategyPartitioner,
} from '../producer/partitioner.ts'
import { type ConnectionOptions, connectionOptionNames, connectionProblems } from './connection-options.ts'

export interface ProducerConfig extends ConnectionOptions, KafkaProducerOptions {
  /** Which client's placement of keys to follow. Default `java`. */
  readonly convention?: ConventionName
  /** A strategy by name, such as `tenant-fair:4`, or one of your own; default: the key's hash by the convention. */
  readonly strategy?: string | Strategy
  /** Comes before strategy and convention: a partition, or null to leave the record to them. */
  readonly partition?: PartitionFunction
  /** Refuse records without a key. Default false. */
  readonly keyRequired?: boolean
}

export interface ReadProducerConfig {
  readonly options: ProducerOptions
  readonly partitioner: Partitioner
  readonly maxBlockMs: number
}

const knownNames: readonly string[] = [
  ...connectionOptionNames,
  ...kafkaOptionNames,
  'convention',
  'strategy',
  'partition',
  'keyRequired',
]

/** Throws USAGE with every problem of `config`. */
export const readProducerConfig = (config: ProducerConfig, random: Random): ReadProducerConfig => {
  const {
    options,
    maxBlockMs,
    problems: settingProblems,
  } = readKafkaOptions({ ...config }, config.keyRequired)
  const problems = [...unknownNames(config), ...connectionProblems(config), ...settingProblems]
  const partitioner = partitionerOf(config, random, problems)
  if (problems.length > 0)
    throw new LanekeeperError('USAGE', 'The producer cannot be made with these options.', {
      problems,
      fix: 'Correct each of them. docs/how-to/produce.md lists the options with their defaults.',
    })
  return { options, partitioner, maxBlockMs }
}

/** Names of Java's that `unknownOption` has something better to say about. */
const explained: readonly string[] = ['retries', 'transactional.id', 'transaction.timeout.ms']

const unknownNames = (config: ProducerConfig): readonly string[] =>
  Object.keys(config).flatMap(name => {
    if (knownNames.includes(name)) return []
    if (name.startsWith('transaction')) return [`${name} is an option of createTransactionalProducer`]
    const isJavas = IGNORED_KEYS.includes(name) && !explained.includes(name) && !OBEYED_KEYS.includes(name)
    return [
      isJavas
        ? `${name} is for Kafka's Java client and means nothing here; remove it`
        : unknownOption(name, knownNames),
    ]
  })

const partitionerOf = (config: ProducerConfig, random: Random, problems: string[]): Partitioner => {
  const convention = config.convention ?? 'java'
  if (!conventionNames.includes(convention)) {
    const meant = nearest(String(convention), conventionNames)
    problems.push(
      `convention ${String(convention)} is not known${meant === null ? '' : `; did you mean ${meant}?`}`,
    )
    return conventionPartitioner('java', random)
  }
  const rule = ruleOf(config.strategy, convention, random, problems)
  if (config.partition === undefined) return rule
  if (typeof config.partition !== 'function') problems.push('partition is not a function')
  return functionPartitioner(config.partition, rule)
}

const ruleOf = (
  strategy: ProducerConfig['strategy'],
  convention: ConventionName,
  random: Random,
  problems: string[],
): Partitioner => {
  if (strategy === undefined) return conventionPartitioner(convention, random)
  if (typeof strategy !== 'string') return strategyPartitioner(strategy, convention, key => ({ key }))
  try {
    const chosen = parseStrategy(strategy, convention, { otherwise: 'rest', labelSeparator: ':' })
    return chosen.isHash
      ? conventionPartitioner(convention, random)
      : strategyPartitioner(chosen.strategy, convention, chosen.describe)
  } catch (error) {
    if (!(error instanceof LanekeeperError)) throw error
    problems.push(error.message.replace('--strategy', 'strategy'))
    return conventionPartitioner(convention, random)
  }
}
