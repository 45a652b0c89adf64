import { type CompressionName, nearest } from '../core/model/index.ts'
import { defaultProducerOptions, optionProblems, type ProducerOptions } from './options.ts'

/** Numbers and truth values may be written as text, as in a properties file. */
type Figure = number | string

/** The producer's settings by Kafka's own names, so that what people know and have in their files holds. */
export interface KafkaProducerOptions {
  /** `all` (default) or 1. Anything but `all` needs `enable.idempotence: false`. */
  readonly acks?: 'all' | '-1' | '1' | -1 | 1
  /** Default true: repeats are recognised, so that nothing is written twice. */
  readonly 'enable.idempotence'?: boolean | 'true' | 'false'
  /** Default 20. How long a batch waits for company. */
  readonly 'linger.ms'?: Figure
  /** Default 262144. Before compression; not above the topic's `max.message.bytes`. */
  readonly 'batch.size'?: Figure
  /** Default lz4. */
  readonly 'compression.type'?: CompressionName
  /** Default 1, at most 5. A partition has one batch out whatever this says: order holds with any value. */
  readonly 'max.in.flight.requests.per.connection'?: Figure
  /** Default 1048576: also the largest record. */
  readonly 'max.request.size'?: Figure
  /** Default 67108864. Above it `send` answers false. */
  readonly 'buffer.memory'?: Figure
  /** Default 120000. From `send` to an outcome. */
  readonly 'delivery.timeout.ms'?: Figure
  /** Default 800. How long brokers wait for copies before they answer, at most. */
  readonly 'request.timeout.ms'?: Figure
  /** Default 20, doubled per try up to `retry.backoff.max.ms`, default 1000. */
  readonly 'retry.backoff.ms'?: Figure
  readonly 'retry.backoff.max.ms'?: Figure
  /** Default 60000. How long `sendFrom` and a stream wait for room. A topic that nobody knows is waited for 5 s at most. */
  readonly 'max.block.ms'?: Figure
}

export interface ReadKafkaOptions {
  readonly options: ProducerOptions
  readonly maxBlockMs: number
  /** Everything that is wrong, in words. With any, the options must not be used. */
  readonly problems: readonly string[]
}

const figures = {
  'linger.ms': 'lingerMs',
  'batch.size': 'batchBytes',
  'max.in.flight.requests.per.connection': 'requestsInFlightMax',
  'max.request.size': 'maxRequestBytes',
  'buffer.memory': 'bufferBytes',
  'delivery.timeout.ms': 'deliveryTimeoutMs',
  'request.timeout.ms': 'produceTimeoutMs',
  'retry.backoff.ms': 'backoffMs',
  'retry.backoff.max.ms': 'backoffMsMax',
} as const satisfies Partial<Record<keyof KafkaProducerOptions, keyof ProducerOptions>>

const compressions: readonly CompressionName[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd']

const MAX_BLOCK_MS = 60_000

/** Every name that `readKafkaOptions` obeys. */
export const kafkaOptionNames: readonly string[] = [
  ...Object.keys(figures),
  'acks',
  'enable.idempotence',
  'compression.type',
  'max.block.ms',
]

/** Reads what it knows and leaves the rest alone; a name that nobody knows is for `unknownOption`. */
export const readKafkaOptions = (
  given: Readonly<Record<string, unknown>>,
  keyRequired = false,
): ReadKafkaOptions => {
  const reader = new OptionReader(given)
  const maxBlockMs = reader.figure('max.block.ms') ?? MAX_BLOCK_MS
  const options: { -readonly [Name in keyof ProducerOptions]: ProducerOptions[Name] } = {
    ...defaultProducerOptions,
    unknownTopicMs: Math.min(defaultProducerOptions.unknownTopicMs, maxBlockMs),
    keyRequired,
    idempotent: reader.idempotence(),
    acks: reader.acks(),
    compression: reader.compression(),
  }
  for (const [name, field] of Object.entries(figures)) options[field] = reader.figure(name) ?? options[field]
  return { options, maxBlockMs, problems: [...reader.problems, ...optionProblems(options)] }
}

/** What to say about a name that is not among `known`. */
export const unknownOption = (name: string, known: readonly string[]): string => {
  if (name === 'retries')
    return 'retries is not an option: what can be tried again is, until delivery.timeout.ms is over'
  if (name === 'transactional.id' || name === 'transaction.timeout.ms')
    return `${name} belongs to a transactional producer: make it with createTransactionalProducer`
  const meant = nearest(name, known)
  return `${name} is not an option${meant === null ? '' : `; did you mean ${meant}?`}`
}

/** Reads on after a problem, with the default in its place, so that one call finds them all. */
class OptionReader {
  readonly problems: string[] = []
  private readonly given: Readonly<Record<string, unknown>>

  constructor(given: Readonly<Record<string, unknown>>) {
    this.given = given
  }

  figure(name: string): number | null {
    const value = this.given[name]
    if (value === undefined) return null
    if (typeof value === 'number' && Number.isFinite(value)) return value
    if (typeof value === 'string' && /^\d{1,15}$/.test(value.trim())) return Number(value)
    this.problems.push(`${name} ${shown(value)} is not a number`)
    return null
  }

  idempotence(): boolean {
    const value = this.given['enable.idempotence'] ?? true
    if (value === true || value === 'true') return true
    if (value !== false && value !== 'false')
      this.problems.push(`enable.idempotence ${shown(value)} is not true or false`)
    return false
  }

  acks(): -1 | 1 {
    const value = this.given['acks'] ?? 'all'
    if (value === 1 || value === '1') return 1
    if (value === 0 || value === '0')
      this.problems.push('acks=0 is not offered: brokers answer nothing then, and no outcome could be told')
    else if (value !== 'all' && value !== -1 && value !== '-1')
      this.problems.push(`acks ${shown(value)} is not all or 1`)
    return -1
  }

  compression(): CompressionName {
    const value = this.given['compression.type']
    const found = compressions.find(name => name === value)
    if (value !== undefined && found === undefined)
      this.problems.push(`compression.type ${shown(value)} is not one of ${compressions.join(', ')}`)
    return found ?? defaultProducerOptions.compression
  }
}

/** A value of any type as it would be written in code. */
const shown = (value: unknown): string => JSON.stringify(value) ?? typeof value
