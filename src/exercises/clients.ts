import { type Consumer, type ConsumerOptions, createConsumer } from '../consumer/consumer.ts'
import { LanekeeperError } from '../core/model/index.ts'
import { sleep } from '../ports/clock.ts'
import { createProducer } from '../producer/producer.ts'
import type { ProducerRecord } from '../producer/outcome.ts'
import type { Stage } from './exercise.ts'

/** Makes a topic for the exercise. Rejects with STEP_REFUSED and Kafka's own words. */
export const makeTopic = async (
  { cluster, prefix, replicationFactor, topics }: Stage,
  name: string,
  partitions: number,
  configs: ReadonlyMap<string, string> = new Map(),
): Promise<string> => {
  const topic = `${prefix}-${name}`
  topics.add(topic)
  const [outcome] = await cluster.createTopics([{ name: topic, partitions, replicationFactor, configs }])
  if (outcome?.code !== 0)
    throw new LanekeeperError(
      'STEP_REFUSED',
      `Topic ${topic} cannot be made: ${outcome?.message ?? 'no answer'}`,
    )
  return topic
}

const SLICE_RECORDS = 1_000
const FLUSH_DEADLINE_MS = 60_000

/** Writes all records, in order per key, and waits for their outcomes. Rejects with DELIVERY_FAILED unless all arrived. */
export const writeAll = async (stage: Stage, records: Iterable<ProducerRecord>): Promise<void> => {
  const { openLink, clock, codecs, seededRandom, signal } = stage
  const producer = createProducer({
    link: openLink(`${stage.prefix}-writer`),
    clock,
    codecs,
    random: seededRandom(7),
  })
  let sent = 0
  for (const record of records) {
    if (signal.aborted) break
    if (!producer.send(record)) await producer.drained()
    // answers and timers get their turn
    if (++sent % SLICE_RECORDS === 0) await new Promise<void>(resolve => clock.soon(resolve))
  }
  const { acknowledged } = await producer.close({ deadlineMs: FLUSH_DEADLINE_MS })
  signal.throwIfAborted()
  if (acknowledged !== sent)
    throw new LanekeeperError('DELIVERY_FAILED', `Of ${sent} records ${acknowledged} were acknowledged.`, {
      fix: 'Look at the brokers, and run the exercise again.',
    })
}

export interface RunningConsumer {
  readonly clientId: string
  readonly consumer: Consumer
  /** Set when it ended by itself: with an error, or with none. */
  readonly failure: () => unknown
}

/** Starts a consumer in this process, as one of several processes. */
export const startConsumer = (stage: Stage, clientId: string, options: ConsumerOptions): RunningConsumer => {
  let failure: unknown = null
  const consumer = createConsumer({
    link: stage.openLink(clientId),
    clock: stage.clock,
    codecs: stage.codecs,
    options,
  })
  consumer.run().catch((thrown: unknown) => {
    failure = thrown
  })
  return { clientId, consumer, failure: () => failure }
}

const CLOSE_DEADLINE_MS = 4_000

export const closeAll = async (consumers: readonly RunningConsumer[]): Promise<void> => {
  await Promise.all(consumers.map(({ consumer }) => consumer.close({ deadlineMs: CLOSE_DEADLINE_MS })))
}

const ASK_AGAIN_MS = 250

/** Asks until the answer is not null. Rejects with CRITERIA_MISSED, naming what did not happen. */
export const until = async <Value>(
  { clock, signal }: Stage,
  what: string,
  deadlineMs: number,
  ask: () => Promise<Value | null> | Value | null,
): Promise<Value> => {
  const endMs = clock.monotonicMs() + deadlineMs
  for (;;) {
    const answer = await ask()
    if (answer !== null) return answer
    if (clock.monotonicMs() > endMs)
      throw new LanekeeperError('CRITERIA_MISSED', `It did not happen in ${deadlineMs / 1000} s: ${what}.`, {
        fix: 'The machine may be busy; run the exercise again.',
      })
    await sleep(clock, ASK_AGAIN_MS, signal)
  }
}
