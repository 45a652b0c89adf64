import { type CompressionName, LanekeeperError } from '../core/model/index.ts'

/** Every limit with Kafka's own name for it and the reason for its value. */
export interface ProducerOptions {
  /** `linger.ms`: how long a batch waits for company. 20 ms halves the brokers' work against 5 and adds 20 to latency. */
  readonly lingerMs: number
  /** `batch.size`, before compression. Buffers start small and grow, so a large limit costs nothing at low rates. */
  readonly batchBytes: number
  /** `max.request.size`: also the largest record. The brokers' default `message.max.bytes` is just above it. */
  readonly maxRequestBytes: number
  /** `buffer.memory`: above it `send` answers false. Counted by what buffers hold, not by what is in them. */
  readonly bufferBytes: number
  /** `delivery.timeout.ms`: from `send` to an outcome. Far above the brokers' session timeout, so that a lost one is survived. */
  readonly deliveryTimeoutMs: number
  /** `compression.type`. */
  readonly compression: CompressionName
  /**
   * `request.timeout.ms` as the broker sees it: how long it waits for copies. The answer waits for its slowest
   * partition, so this is also the stall of partitions that have nothing to do with a fault.
   */
  readonly produceTimeoutMs: number
  /** The same on the retry channel, where only late partitions travel; doubled for each further late answer. */
  readonly retryProduceTimeoutMs: number
  /** Partitions per request on the retry channel: few, so that the slow do not wait for the slowest. */
  readonly retryPartitionsMax: number
  /** `retry.backoff.ms` and `retry.backoff.max.ms`: doubled per try, ± 20 % drawn. */
  readonly backoffMs: number
  readonly backoffMsMax: number
  /** A request older than this makes us ask who leads now; if somebody else does, we stop waiting for it. */
  readonly staleRequestMs: number
  /** `max.block.ms`: how long records wait for a topic that the cluster says does not exist. It may be just created. */
  readonly unknownTopicMs: number
}

export const defaultProducerOptions: ProducerOptions = {
  lingerMs: 20,
  batchBytes: 64 * 1024,
  maxRequestBytes: 1024 * 1024,
  bufferBytes: 64 * 1024 * 1024,
  deliveryTimeoutMs: 120_000,
  compression: 'lz4',
  produceTimeoutMs: 1000,
  retryProduceTimeoutMs: 2000,
  retryPartitionsMax: 100,
  backoffMs: 20,
  backoffMsMax: 1000,
  staleRequestMs: 1000,
  unknownTopicMs: 5000,
}

/** Fills in defaults. Throws USAGE with every setting that cannot be. */
export const producerOptions = (given: Partial<ProducerOptions> = {}): ProducerOptions => {
  const options = { ...defaultProducerOptions, ...given }
  const problems: string[] = []
  const check = (holds: boolean, problem: string): void => {
    if (!holds) problems.push(problem)
  }
  for (const [name, value] of Object.entries(options))
    if (typeof value === 'number') check(value >= 0 && Number.isFinite(value), `${name} is ${value}`)
  check(options.batchBytes >= 1024, `batchBytes ${options.batchBytes} is below 1024`)
  check(
    options.maxRequestBytes >= options.batchBytes,
    `maxRequestBytes ${options.maxRequestBytes} is below batchBytes ${options.batchBytes}`,
  )
  check(
    options.bufferBytes >= options.maxRequestBytes,
    `bufferBytes ${options.bufferBytes} is below maxRequestBytes ${options.maxRequestBytes}`,
  )
  check(
    options.deliveryTimeoutMs > options.lingerMs + options.produceTimeoutMs,
    `deliveryTimeoutMs ${options.deliveryTimeoutMs} leaves no time after lingerMs and produceTimeoutMs`,
  )
  check(options.retryPartitionsMax >= 1, `retryPartitionsMax ${options.retryPartitionsMax} is below 1`)
  check(options.backoffMs > 0, 'backoffMs must be above 0')
  if (problems.length > 0)
    throw new LanekeeperError('USAGE', 'The producer cannot work with these settings.', { problems })
  return options
}
