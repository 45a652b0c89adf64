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
/** From the last kill to everything committed, on a machine that does other things too. */
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
  /** Between two kills, at least; as much again is drawn. */
  readonly killEveryMs: number
  /** Runs beside the kills of processes, until it is told that they are over: kills of brokers. */
  readonly beside?: (isOver: () => boolean) => Promise<void>
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
  const { from, to, group, workers, kills, handlerMs, killEveryMs } = options
  const random = seededRandom(seed)
  const startedMs = systemClock.monotonicMs()
  const expected = await writeInputs(place, options)
  said(`${options.records} inputs written`)

  const restartsByReason = new Map<string, number>()
  const start = (index: number): WorkerProcess =>
    startWorker({
      role: 'transform',
      bootstrapServers,
      transactionalId: `${group}-${index}`,
      group,
      from,
      to,
      handlerMs,
    })
  const running = Array.from({ length: workers }, (_, index) => start(index))
  const bury = (worker: WorkerProcess): void => {
    for (const { event, code } of worker.events)
      if (event === 'restarting' || event === 'failed')
        restartsByReason.set(
          `${event} ${String(code)}`,
          (restartsByReason.get(`${event} ${String(code)}`) ?? 0) + 1,
        )
  }
  let over = false
  const beside = options.beside?.(() => over)
  for (let done = 0; done < kills; done++) {
    await pause(killEveryMs * (1 + random.next()))
    const index = Math.floor(random.next() * workers)
    const victim = running[index] as WorkerProcess
    victim.signal('SIGKILL')
    await victim.ended
    bury(victim)
    running[index] = start(index)
    if ((done + 1) % 10 === 0)
      said(`${done + 1} kills; ${await committedShare(kafka, from, group)} committed`)
  }
  over = true
  await beside
  const deadlineMs = systemClock.monotonicMs() + SETTLE_MS
  while (!(await isCommitted(kafka, from, group))) {
    if (systemClock.monotonicMs() > deadlineMs)
      throw new Error(
        `only ${await committedShare(kafka, from, group)} committed within ${SETTLE_MS} ms after the last kill`,
      )
    // a worker that ended by itself, as one does whose broker took too long, is started again like one that was killed
    for (const [index, worker] of running.entries())
      if (await Promise.race([worker.ended.then(() => true), pause(10, false)])) {
        bury(worker)
        running[index] = start(index)
      }
    await pause(500)
  }
  for (const worker of running) worker.signal('SIGTERM')
  await Promise.all(running.map(worker => worker.ended))
  for (const worker of running) bury(worker)
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
  const [state] = await kafka.cluster.readGroups(snapshot, [group])
  const committed = state?.committed.get(topic) ?? []
  const sum = (values: readonly number[]): number =>
    [...values].reduce((total, value) => total + (value > 0 ? value : 0), 0)
  return { committed: sum([...committed]), end: sum([...end]) }
}

/** A cluster that is being broken may not answer; then it is not known, and asked again. */
const isCommitted = async (kafka: KafkaConnection, topic: string, group: string): Promise<boolean> => {
  try {
    const { committed, end } = await progress(kafka, topic, group)
    return committed === end
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
