import { type CompressionName, LanekeeperError } from '../core/model/index.ts'

/** Every limit with Kafka's own name for it and the reason for its value. */
export interface ProducerOptions {
  /** `linger.ms`: how long a batch waits for company. 20 ms halves the brokers' work against 5 and adds 20 to latency. */
  readonly lingerMs: number
  /**
   * `batch.size`, before compression. Buffers start small and grow, so a large limit costs nothing at low rates. A
   * partition has one batch out, so where partitions are few the limit is also what a broker gets per answer: with 64 KiB
   * and four partitions that was a quarter of a request, and 1.6 times the brokers' work per record. Below the brokers'
   * `message.max.bytes` with room to spare, for topics that lower it.
   */
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
   * `acks`: -1 waits for all in-sync replicas. 1 for the leader alone: records it acknowledged are lost if it dies before
   * they were copied. 0 is not offered: the broker answers nothing, and there would be no outcome to tell.
   */
  readonly acks: -1 | 1
  /** `enable.idempotence`: a repeat is recognised by the broker. Without it a retry may write a batch twice. */
  readonly idempotent: boolean
  /**
   * `max.in.flight.requests.per.connection`. A partition has one batch out whatever this says, so order holds with any
   * value; more requests only shorten the wait of partitions whose turn is next. A broker answers the requests of a
   * connection one by one while `acks=all` waits, so that more than one brings little beyond some dozens of partitions.
   */
  readonly requestsInFlightMax: number
  /** Refuse a record without a key: for topics whose order per key matters, a forgotten key is a mistake. */
  readonly keyRequired: boolean
  /**
   * `request.timeout.ms` as the broker sees it: how long it waits for copies at most. It is given less where its answers
   * have been quicker (machine/answer-time.ts). An answer waits for its slowest partition, and others wait with it, for
   * two answers at worst: 800 ms keep those that have no copy on a dead broker below two seconds.
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
  /** Part of `max.block.ms`: how long records wait for a topic that the cluster says does not exist. It may be just created. */
  readonly unknownTopicMs: number
}

export const defaultProducerOptions: ProducerOptions = {
  lingerMs: 20,
  batchBytes: 256 * 1024,
  maxRequestBytes: 1024 * 1024,
  bufferBytes: 64 * 1024 * 1024,
  deliveryTimeoutMs: 120_000,
  compression: 'lz4',
  acks: -1,
  idempotent: true,
  requestsInFlightMax: 1,
  keyRequired: false,
  produceTimeoutMs: 800,
  retryProduceTimeoutMs: 2000,
  retryPartitionsMax: 100,
  backoffMs: 20,
  backoffMsMax: 1000,
  staleRequestMs: 1000,
  unknownTopicMs: 5000,
}

/** What users call a setting, where Kafka has a name for it. */
const kafkaNames: Readonly<Partial<Record<keyof ProducerOptions, string>>> = {
  lingerMs: 'linger.ms',
  batchBytes: 'batch.size',
  maxRequestBytes: 'max.request.size',
  bufferBytes: 'buffer.memory',
  deliveryTimeoutMs: 'delivery.timeout.ms',
  requestsInFlightMax: 'max.in.flight.requests.per.connection',
  produceTimeoutMs: 'request.timeout.ms',
  backoffMs: 'retry.backoff.ms',
  backoffMsMax: 'retry.backoff.max.ms',
}

/** More would not help, and a connection that breaks would take them all with it. */
const REQUESTS_IN_FLIGHT_MOST = 5

/** Everything about the settings that cannot be or contradicts itself, by the names that users write. */
export const optionProblems = (options: ProducerOptions): readonly string[] => {
  const problems: string[] = []
  const check = (holds: boolean, problem: string): void => {
    if (!holds) problems.push(problem)
  }
  for (const name of Object.keys(options) as (keyof ProducerOptions)[]) {
    const value = options[name]
    if (typeof value === 'number' && name !== 'acks')
      check(value >= 0 && Number.isFinite(value), `${kafkaNames[name] ?? name} is ${value}`)
  }
  const { batchBytes, maxRequestBytes, bufferBytes, requestsInFlightMax, acks, idempotent } = options
  check(batchBytes >= 1024, `batch.size ${batchBytes} is below 1024`)
  check(
    maxRequestBytes >= batchBytes,
    `max.request.size ${maxRequestBytes} is below batch.size ${batchBytes}: a full batch could never leave`,
  )
  check(
    bufferBytes >= maxRequestBytes,
    `buffer.memory ${bufferBytes} is below max.request.size ${maxRequestBytes}: the largest record would not fit`,
  )
  check(
    options.deliveryTimeoutMs > options.lingerMs + options.produceTimeoutMs,
    `delivery.timeout.ms ${options.deliveryTimeoutMs} leaves no time after linger.ms ${options.lingerMs} and ` +
      `request.timeout.ms ${options.produceTimeoutMs}`,
  )
  check(
    Number.isInteger(requestsInFlightMax) &&
      requestsInFlightMax >= 1 &&
      requestsInFlightMax <= REQUESTS_IN_FLIGHT_MOST,
    `max.in.flight.requests.per.connection ${requestsInFlightMax} is not a whole number from 1 to ${REQUESTS_IN_FLIGHT_MOST}`,
  )
  check(
    acks === -1 || !idempotent,
    `acks=${acks} contradicts enable.idempotence: a repeat is recognised only with acks=all`,
  )
  check(options.retryPartitionsMax >= 1, `retryPartitionsMax ${options.retryPartitionsMax} is below 1`)
  check(options.backoffMs > 0, `retry.backoff.ms ${options.backoffMs} is not above 0`)
  check(
    options.backoffMsMax >= options.backoffMs,
    `retry.backoff.max.ms ${options.backoffMsMax} is below retry.backoff.ms ${options.backoffMs}`,
  )
  return problems
}

/** Fills in defaults. Throws USAGE with every setting that cannot be. */
export const producerOptions = (given: Partial<ProducerOptions> = {}): ProducerOptions => {
  const options = { ...defaultProducerOptions, ...given }
  const problems = optionProblems(options)
  if (problems.length > 0)
    throw new LanekeeperError('USAGE', 'The producer cannot work with these settings.', { problems })
  return options
}
