import { kafkaCodeName, LanekeeperError } from '../core/model/index.ts'
import type { MeasuredPoint, Round } from '../core/sizing/index.ts'
import { readTopic } from '../consumer/reader.ts'
import type { BrokerLink } from '../ports/broker-link.ts'
import { type Clock, sleep } from '../ports/clock.ts'
import type { Cluster } from '../ports/cluster.ts'
import type { Codecs } from '../ports/codecs.ts'
import type { Random } from '../ports/random.ts'
import { createProducer, type Producer } from '../producer/producer.ts'

/**
 * Measures what a cluster takes from one producer and gives to one reader, at several record sizes and over several
 * partitions at once.
 *
 * Method. One topic with as many partitions as the widest point; a point of n partitions uses the first n. For each
 * round and point, records are written as fast as they are taken; the first part of the time is left out as start-up,
 * the rest is acknowledged records over time. Then exactly those records are read back, again without the first part.
 * Rounds go through all points in an order drawn anew, so that a machine that is slower for a while is slower for all
 * of them.
 *
 * Bounded: when the time is up, what is under way is broken off and the points measured so far are the answer. The topic
 * is deleted at the end, also after a failure. What it does not do: measure with compression (rates would be those of the filler), with
 * several producers, or with a handler's work.
 */
export interface CapacityPlan {
  readonly recordBytes: readonly number[]
  readonly partitions: readonly number[]
  /** At most; the time usually ends it earlier. More rounds find more undisturbed ones. */
  readonly rounds: number
  /** How long a point is written to in a round. */
  readonly pointMs: number
  readonly totalMs: number
}

export const defaultCapacityPlan: CapacityPlan = {
  recordBytes: [100, 400, 1600],
  partitions: [1, 2, 4, 8],
  rounds: 100,
  pointMs: 500,
  totalMs: 55_000,
}

export interface CapacityParts {
  readonly cluster: Cluster
  readonly openLink: (clientId: string) => BrokerLink
  readonly clock: Clock
  readonly codecs: Codecs
  readonly random: Random
  /** Processor time of this process so far. */
  readonly cpuSeconds: () => number
  readonly plan: CapacityPlan
  /** Made and deleted; it must not exist. */
  readonly topic: string
  readonly onProgress: (text: string) => void
  readonly signal: AbortSignal
}

/** This part of each measurement is start-up: connections, first fetches, files that open. */
const START_UP_SHARE = 0.2
/** How much is sent before answers and timers get their turn. */
const SLICE_RECORDS = 500
/** Enough to keep every partition busy, little enough that the last of it is written within a moment. */
const BUFFER_BYTES = 4 * 1024 * 1024
const FLUSH_DEADLINE_MS = 10_000
const VISIBLE_WITHIN_MS = 10_000
/** As a topic that matters has them; fewer where there are fewer brokers. */
const REPLICAS_MAX = 3

/**
 * Rejects with CLUSTER_UNREACHABLE, STEP_REFUSED (the topic could not be made), DELIVERY_FAILED, or the signal's reason.
 */
export const measureCapacity = async (parts: CapacityParts): Promise<readonly MeasuredPoint[]> => {
  await makeTopic(parts)
  try {
    return await measureAll(parts)
  } finally {
    await deleteTopic(parts)
  }
}

/** Never rejects: it would hide why the measuring itself failed. */
const deleteTopic = async ({ cluster, topic, onProgress }: CapacityParts): Promise<void> => {
  onProgress(`deleting ${topic}`)
  const trouble = await cluster.deleteTopics([topic]).then(
    ([outcome]) => (outcome === undefined || outcome.code === 0 ? null : kafkaCodeName(outcome.code)),
    (failure: unknown) => (failure instanceof Error ? failure.message : String(failure)),
  )
  if (trouble !== null) onProgress(`${topic} could not be deleted (${trouble}); delete it by hand`)
}

const makeTopic = async ({ cluster, clock, plan, topic, signal }: CapacityParts): Promise<void> => {
  const { brokers } = await cluster.describe({ topics: [] })
  const partitions = Math.max(...plan.partitions)
  const replicationFactor = Math.min(REPLICAS_MAX, brokers.filter(broker => broker.alive).length)
  const configs = new Map([['min.insync.replicas', String(Math.max(1, replicationFactor - 1))]])
  const [outcome] = await cluster.createTopics([{ name: topic, partitions, replicationFactor, configs }])
  if (outcome?.code !== 0)
    throw new LanekeeperError(
      'STEP_REFUSED',
      `Topic ${topic} could not be made: ${outcome?.message ?? kafkaCodeName(outcome?.code ?? -1)}.`,
    )
  const deadlineMs = clock.monotonicMs() + VISIBLE_WITHIN_MS
  for (;;) {
    const seen = (await cluster.describe({ topics: [topic] })).topics.get(topic)
    if (seen?.partitions.length === partitions && seen.partitions.every(({ leader }) => leader !== null))
      return
    if (clock.monotonicMs() > deadlineMs)
      throw new LanekeeperError(
        'STEP_REFUSED',
        `Topic ${topic} got no leaders within ${VISIBLE_WITHIN_MS} ms.`,
      )
    await sleep(clock, 100, signal)
  }
}

interface Point {
  readonly recordBytes: number
  readonly partitions: number
  readonly produced: Round[]
  readonly consumed: Round[]
}

const measureAll = async (parts: CapacityParts): Promise<readonly MeasuredPoint[]> => {
  const { clock, plan, openLink, codecs, random, topic, onProgress, signal } = parts
  const points: readonly Point[] = plan.recordBytes.flatMap(recordBytes =>
    plan.partitions.map(partitions => ({ recordBytes, partitions, produced: [], consumed: [] })),
  )
  const producer = createProducer({
    link: openLink('lanekeeper-prove'),
    clock,
    codecs,
    random,
    options: {
      compression: 'none',
      lingerMs: 5,
      bufferBytes: BUFFER_BYTES,
      deliveryTimeoutMs: FLUSH_DEADLINE_MS,
    },
  })
  const reader = openLink('lanekeeper-prove-reader')
  const timeUp = new AbortController()
  const timer = clock.after(plan.totalMs, () => timeUp.abort(new Error('the time to measure is up')))
  const measuring = { ...parts, signal: AbortSignal.any([signal, timeUp.signal]) }
  try {
    await warmUp(producer, topic, Math.max(...plan.partitions))
    for (let round = 0; round < plan.rounds; round++)
      for (const [index, point] of shuffled(points, random).entries()) {
        onProgress(
          `round ${round + 1}, point ${index + 1} of ${points.length}: ${point.recordBytes} bytes, partitions: ${point.partitions}`,
        )
        await measureRound(measuring, producer, reader, point)
      }
  } catch (failure) {
    if (!timeUp.signal.aborted || signal.aborted) throw failure
  } finally {
    timer.cancel()
    await producer.close({ deadlineMs: FLUSH_DEADLINE_MS })
    await reader.close()
  }
  return points.filter(({ consumed }) => consumed.length > 0)
}

/** Both or neither: a round that is broken off leaves no half. */
const measureRound = async (
  parts: CapacityParts,
  producer: Producer,
  reader: BrokerLink,
  point: Point,
): Promise<void> => {
  const written = await produceRound(parts, producer, point)
  const read = await consumeRound(parts, reader, written.from, written.records)
  point.produced.push(written.round)
  point.consumed.push(read)
}

const shuffled = <Item>(items: readonly Item[], random: Random): readonly Item[] =>
  items
    .map(item => ({ item, order: random.next() }))
    .toSorted((a, b) => a.order - b.order)
    .map(({ item }) => item)

/** The first record into a partition makes its brokers open files; that is no rate. */
const warmUp = async (producer: Producer, topic: string, partitions: number): Promise<void> => {
  for (let partition = 0; partition < partitions; partition++)
    producer.send({ topic, key: null, value: 'warm', partition })
  await producer.flush()
}

interface Written {
  readonly round: Round
  readonly records: number
  /** First offset of this round by partition. */
  readonly from: readonly { readonly topic: string; readonly partition: number; readonly offset: number }[]
}

const produceRound = async (parts: CapacityParts, producer: Producer, point: Point): Promise<Written> => {
  const { clock, plan, topic, cpuSeconds, signal } = parts
  const value = filler(point.recordBytes, parts.random)
  const first = new Map<number, number>()
  let acknowledged = 0
  let refused: string | null = null
  const startedMs = clock.monotonicMs()
  let mark: { ms: number; records: number; cpu: number } | null = null
  let sent = 0
  while (clock.monotonicMs() - startedMs < plan.pointMs && refused === null) {
    signal.throwIfAborted()
    for (let index = 0; index < SLICE_RECORDS; index++) {
      const partition = sent++ % point.partitions
      const room = producer.send({ topic, key: null, value, partition }, outcome => {
        if (outcome.kind !== 'acknowledged') {
          refused ??= outcome.why
          return
        }
        acknowledged++
        first.set(outcome.partition, Math.min(outcome.offset, first.get(outcome.partition) ?? outcome.offset))
      })
      if (!room) {
        await producer.drained()
        break
      }
    }
    await new Promise<void>(resolve => clock.soon(resolve))
    if (mark === null && clock.monotonicMs() - startedMs >= plan.pointMs * START_UP_SHARE && acknowledged > 0)
      mark = { ms: clock.monotonicMs(), records: acknowledged, cpu: cpuSeconds() }
  }
  const begin = mark ?? { ms: startedMs, records: 0, cpu: cpuSeconds() }
  // What is still buffered counts with the time that it takes: a rate of records sent is none of records written
  await producer.flush()
  if (refused !== null) throw new LanekeeperError('DELIVERY_FAILED', `While measuring: ${refused}`)
  return {
    round: {
      recordsPerSecond: perSecond(acknowledged - begin.records, clock.monotonicMs() - begin.ms),
      cpuSecondsPerRecord: (cpuSeconds() - begin.cpu) / Math.max(1, acknowledged - begin.records),
    },
    records: acknowledged,
    from: [...first].map(([partition, offset]) => ({ topic, partition, offset })),
  }
}

const consumeRound = async (
  { clock, codecs, topic, cpuSeconds, signal }: CapacityParts,
  link: BrokerLink,
  from: Written['from'],
  records: number,
): Promise<Round> => {
  const startUp = Math.floor(records * START_UP_SHARE)
  let seen = 0
  let begin = { ms: clock.monotonicMs(), cpu: cpuSeconds() }
  await readTopic({
    link,
    clock,
    codecs,
    topics: [topic],
    from,
    until: 'end',
    isolation: 'read_uncommitted',
    onRecord: () => {
      seen++
      if (seen === startUp) begin = { ms: clock.monotonicMs(), cpu: cpuSeconds() }
    },
    signal,
  })
  signal.throwIfAborted()
  const counted = Math.max(1, seen - startUp)
  return {
    recordsPerSecond: perSecond(counted, clock.monotonicMs() - begin.ms),
    cpuSecondsPerRecord: (cpuSeconds() - begin.cpu) / counted,
  }
}

const perSecond = (records: number, ms: number): number => records / (Math.max(0.001, ms) / 1000)

/** Bytes that no compression would shrink, in case one is switched on by the topic. */
const filler = (bytes: number, random: Random): Uint8Array =>
  Uint8Array.from({ length: bytes }, () => Math.floor(random.next() * 256))
