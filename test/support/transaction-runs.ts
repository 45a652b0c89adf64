/**
 * The two fault runs of transactions, long in `scripts/transaction-faults.ts`, short in the suite. Processes are killed
 * with SIGKILL, so that nothing of ours can tidy up after them.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { nodeCodecs } from '../../src/adapters/codecs/node-codecs.ts'
import type { KafkaConnection } from '../../src/adapters/kafka/connect.ts'
import { systemClock } from '../../src/adapters/system/clock.ts'
import { readTopic } from '../../src/consumer/reader.ts'
import { seededRandom } from '../../src/core/simulation/index.ts'
import type { Isolation } from '../../src/ports/broker-link.ts'
import { createProducer } from '../../src/producer/producer.ts'
import type { SeenRecord } from './transaction-judge.ts'
import { startWorker, type WorkerProcess } from './worker-process.ts'

export interface RunPlace {
  readonly bootstrapServers: string
  readonly kafka: KafkaConnection
  readonly said: (text: string) => void
  /** Seeds when processes are killed. */
  readonly seed: number
}

const WAIT_MS = 60_000
/** A kill comes at some moment of so long after its share of the work is done. */
const KILL_WITHIN_MS = 1_500
/** From one share of the work to the next, on a machine that does other things too. */
const SETTLE_MS = 900_000

export interface WriterRunOptions {
  readonly topic: string
  readonly transactionalId: string
  readonly restarts: number
  readonly recordsPerTransaction: number
}

export interface WriterRunReport {
  /** Numbers of the transactions whose writer heard that they were committed. */
  readonly committed: ReadonlySet<number>
  /** Transactions inside which the writer was killed. */
  readonly killedInside: number
  /** What the zombie, which woke up inside its transaction after its successor had started, was told. */
  readonly zombieCode: unknown
  readonly zombieTransactions: ReadonlySet<number>
}

/** One transactional id, started again and again, killed inside a transaction each time; in the end a zombie. */
export const runWriters = async (
  { bootstrapServers, said, seed }: RunPlace,
  { topic, transactionalId, restarts, recordsPerTransaction }: WriterRunOptions,
): Promise<WriterRunReport> => {
  const random = seededRandom(seed)
  const committed = new Set<number>()
  let first = 0
  const start = (transactions: number): WorkerProcess =>
    startWorker({
      role: 'writer',
      bootstrapServers,
      transactionalId,
      topic,
      first,
      transactions,
      recordsPerTransaction,
    })
  const learn = (worker: WorkerProcess): void => {
    for (const { event, number } of worker.events) {
      if (event === 'committed') committed.add(number as number)
      if (event === 'open' || event === 'committed') first = Math.max(first, (number as number) + 1)
    }
  }
  for (let life = 0; life < restarts; life++) {
    const worker = start(1_000)
    // one or two transactions to their end, then death somewhere between the first record and the commit's answer
    await worker.said('open', WAIT_MS, first + Math.floor(random.next() * 3))
    await pause(random.next() * 60)
    worker.signal('SIGKILL')
    await worker.ended
    learn(worker)
  }
  said(`${restarts} lives ended with SIGKILL, ${committed.size} transactions committed`)

  const zombie = start(1_000)
  const zombieFirst = first
  await zombie.said('open', WAIT_MS)
  zombie.signal('SIGSTOP')
  learn(zombie)
  const successor = start(2)
  await successor.ended
  zombie.signal('SIGCONT')
  const told = await zombie.said('failed', WAIT_MS)
  await zombie.ended
  learn(successor)
  const heard = new Set(zombie.events.flatMap(each => (each.event === 'committed' ? [each['number']] : [])))
  const zombieTransactions = new Set<number>()
  for (let number = zombieFirst; number < first; number++)
    if (!heard.has(number) && zombie.events.some(each => each['number'] === number))
      zombieTransactions.add(number)
  for (const number of heard) committed.add(number as number)
  return { committed, killedInside: restarts, zombieCode: told['code'], zombieTransactions }
}

export interface TransformRunOptions {
  readonly from: string
  readonly to: string
  readonly group: string
  readonly records: number
  readonly keys: number
  readonly workers: number
  readonly kills: number
  readonly handlerMs: number
  /** Runs beside the kills of processes: kills of brokers. `untilShare` waits for that part of the inputs to be committed. */
  readonly beside?: (untilShare: (share: number) => Promise<void>) => Promise<void>
}

export interface TransformRunReport {
  /** Records per key. */
  readonly expected: ReadonlyMap<string, number>
  readonly kills: number
  readonly restartsByReason: ReadonlyMap<string, number>
  readonly tookMs: number
}

/** Workers that transform a topic, killed and started again, until the group has committed all of it. */
export const runTransforms = async (
  place: RunPlace,
  options: TransformRunOptions,
): Promise<TransformRunReport> => {
  const { bootstrapServers, kafka, said, seed } = place
  const { from, to, group, workers, kills, handlerMs } = options
  const random = seededRandom(seed)
  const startedMs = systemClock.monotonicMs()
  const expected = await writeInputs(place, options)
  said(`${options.records} inputs written`)

  const restartsByReason = new Map<string, number>()
  const running: WorkerProcess[] = []
  /** Starts a worker; one that ends by itself is started again, as whoever keeps processes running would do. */
  const keep = (index: number): void => {
    const worker = startWorker({
      role: 'transform',
      bootstrapServers,
      transactionalId: `${group}-${index}`,
      group,
      from,
      to,
      handlerMs,
    })
    running[index] = worker
    void worker.ended.then(code => {
      for (const each of worker.events)
        if (each.event === 'restarting' || each.event === 'failed') {
          const reason = `${each.event} ${String(each['code'])}`
          restartsByReason.set(reason, (restartsByReason.get(reason) ?? 0) + 1)
        }
      if (code !== null && code !== 0) keep(index)
    })
  }
  for (let index = 0; index < workers; index++) keep(index)
  // spread over the work and not over time: on a slow machine a worker would die before it did anything
  const untilShare = async (share: number): Promise<void> => {
    const deadlineMs = systemClock.monotonicMs() + SETTLE_MS
    while (!(await isCommitted(kafka, from, group, share))) {
      if (systemClock.monotonicMs() > deadlineMs)
        throw new Error(`only ${await committedShare(kafka, from, group)} committed within ${SETTLE_MS} ms`)
      await pause(250)
    }
  }
  const beside = options.beside?.(untilShare)
  for (let done = 0; done < kills; done++) {
    await untilShare((done + 0.5) / (kills + 1))
    await pause(random.next() * KILL_WITHIN_MS)
    const index = Math.floor(random.next() * workers)
    const victim = running[index] as WorkerProcess
    victim.signal('SIGKILL')
    await victim.ended
    keep(index)
    if ((done + 1) % 10 === 0)
      said(`${done + 1} kills; ${await committedShare(kafka, from, group)} committed`)
  }
  await Promise.all([untilShare(1), beside])
  for (const worker of running) worker.signal('SIGTERM')
  await Promise.all(running.map(worker => worker.ended))
  return { expected, kills, restartsByReason, tookMs: systemClock.monotonicMs() - startedMs }
}

/** Values 1, 2, 3 … per key, keys in turns drawn from the seed. */
const writeInputs = async (
  { kafka, seed }: RunPlace,
  { from, records, keys }: TransformRunOptions,
): Promise<ReadonlyMap<string, number>> => {
  const random = seededRandom(seed + 1)
  const counts = new Map<string, number>()
  const producer = createProducer({
    link: kafka.openLink('transaction-faults-input'),
    clock: systemClock,
    codecs: nodeCodecs,
    random,
  })
  for (let index = 0; index < records; index++) {
    const key = `key-${Math.floor(random.next() * keys)}`
    const sequence = (counts.get(key) ?? 0) + 1
    counts.set(key, sequence)
    if (!producer.send({ topic: from, key, value: String(sequence) })) await producer.drained()
    if (index % 2_000 === 0) await new Promise<void>(resolve => systemClock.soon(resolve))
  }
  const report = await producer.close({ deadlineMs: 60_000 })
  if (report.acknowledged !== records) throw new Error(`inputs: ${JSON.stringify(report)}`)
  return counts
}

const progress = async (
  kafka: KafkaConnection,
  topic: string,
  group: string,
): Promise<{ readonly committed: number; readonly end: number }> => {
  const snapshot = await kafka.cluster.describe({ topics: [topic] })
  const end = (await kafka.cluster.readOffsets(snapshot, [topic])).get(topic)?.end ?? []
  // a leader that does not answer: what is not known must not count as nothing
  if (end.length === 0 || end.some(Number.isNaN)) throw new Error(`the end of ${topic} is not known`)
  const [state] = await kafka.cluster.readGroups(snapshot, [group])
  const committed = state?.committed.get(topic) ?? []
  const sum = (values: readonly number[]): number =>
    [...values].reduce((total, value) => total + (value > 0 ? value : 0), 0)
  return { committed: sum([...committed]), end: sum([...end]) }
}

/** A cluster that is being broken may not answer; then it is not known, and asked again. */
const isCommitted = async (
  kafka: KafkaConnection,
  topic: string,
  group: string,
  share: number,
): Promise<boolean> => {
  try {
    const { committed, end } = await progress(kafka, topic, group)
    return share === 1 ? committed === end : committed >= share * end
  } catch {
    return false
  }
}

const committedShare = async (kafka: KafkaConnection, topic: string, group: string): Promise<string> => {
  try {
    const { committed, end } = await progress(kafka, topic, group)
    return `${committed} of ${end}`
  } catch {
    return 'an unknown part'
  }
}

/** Everything in a topic, as our reader sees it, in the order of each partition. */
export const readAll = async (
  kafka: KafkaConnection,
  topic: string,
  isolation: Isolation,
): Promise<readonly SeenRecord[]> => {
  const text = new TextDecoder()
  const records: SeenRecord[] = []
  await readTopic({
    link: kafka.openLink('transaction-faults-reader'),
    clock: systemClock,
    codecs: nodeCodecs,
    topics: [topic],
    from: 'earliest',
    until: 'end',
    isolation,
    onRecord: ({ partition, offset, key, value }) => {
      records.push({
        partition,
        offset,
        key: text.decode(key ?? undefined),
        value: text.decode(value ?? undefined),
      })
    },
  })
  return records
}
