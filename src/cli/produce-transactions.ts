import { formatCount, formatDuration, formatRate, LanekeeperError } from '../core/model/index.ts'
import type { ProducerOptions } from '../producer/options.ts'
import type { Partitioner } from '../producer/partitioner.ts'
import {
  createTransactionalProducer,
  type TransactionalProducer,
} from '../producer/transaction/transactional.ts'
import type { Clock } from '../ports/clock.ts'
import { endAfterResult, errorAsJson, print, printJson, say } from './output.ts'
import { sendAll } from './produce-send.ts'
import type { RecordSource, SourceRecord } from './produce-source.ts'
import type { Connection, World } from './world.ts'

export interface TransactionsRequest {
  readonly topic: string
  readonly transactionalId: string
  /** A transaction is committed when it holds so many. */
  readonly recordsMax: number
  readonly partition: number | null
  readonly rate: number | null
  readonly options: ProducerOptions
  readonly partitioner: Partitioner
  readonly json: boolean
  /** The flags that name the cluster, for the command that is suggested. */
  readonly target: string
}

/** A slow source must not keep a transaction open until the cluster aborts it, nor readers waiting for its end. */
const TRANSACTION_MS_MAX = 5_000

/**
 * `produce --transactional-id`: the records of `source` in order, in transactions. At the end, and when interrupted, what
 * was read is committed. The first transaction that cannot be committed ends the run, with how many records are in.
 */
export const produceInTransactions = async (
  world: World,
  connection: Connection,
  source: RecordSource,
  request: TransactionsRequest,
): Promise<void> => {
  const { io, clock } = world
  const { topic, transactionalId, recordsMax, partition, rate, options, partitioner } = request
  const producer = createTransactionalProducer({
    link: connection.openLink('lanekeeper-produce'),
    clock,
    codecs: world.codecs,
    random: world.seededRandom(clock.wallMs()),
    partitioner,
    options: { transactionalId, producer: options },
  })
  const counts = { records: 0, transactions: 0 }
  try {
    await producer.init()
    const startedMs = clock.monotonicMs()
    const failure = await sendAll(
      world,
      {
        send: (record, onOutcome) => producer.send(record, onOutcome),
        drained: () => producer.drained(),
        stats: () => ({ recordsAcknowledged: counts.records, latency: NO_LATENCY }),
      },
      { ...source, records: inTransactions(source.records, producer, recordsMax, clock, counts) },
      { topic, partition, rate },
      { take: () => undefined, failure: null },
    )
    const problem = failure === null ? null : withProgress(failure, counts.records)
    report(world, request, counts, clock.monotonicMs() - startedMs, problem)
    endAfterResult(io, problem, request.json)
  } finally {
    await producer.close()
  }
}

/** A record's latency says nothing here: it counts when its transaction is committed. */
const NO_LATENCY = { p50Ms: Number.NaN, p99Ms: Number.NaN, maxMs: Number.NaN }

/** Hands records on, each inside an open transaction: whoever takes one has sent it before asking for the next. */
async function* inTransactions(
  records: RecordSource['records'],
  producer: Pick<TransactionalProducer, 'begin' | 'commit'>,
  recordsMax: number,
  clock: Clock,
  counts: { records: number; transactions: number },
): AsyncGenerator<SourceRecord> {
  const source = iteratorOf(records)
  let open = 0
  let waiting: Promise<IteratorResult<SourceRecord>> | null = null
  const commit = async (): Promise<void> => {
    const committed = open
    open = 0
    await producer.commit()
    counts.records += committed
    counts.transactions++
  }
  try {
    for (let untilMs = 0; ; ) {
      waiting ??= source.next()
      const next: IteratorResult<SourceRecord> | null =
        open === 0 ? await waiting : await orNull(clock, waiting, untilMs - clock.monotonicMs())
      if (next === null) {
        await commit()
        continue
      }
      waiting = null
      if (next.done === true) return
      if (open === 0) {
        producer.begin()
        untilMs = clock.monotonicMs() + TRANSACTION_MS_MAX
      }
      open++
      yield next.value
      if (open >= recordsMax) await commit()
    }
  } finally {
    // also when the reader stops in the middle, as it does when interrupted
    if (open > 0) await commit()
  }
}

const iteratorOf = (records: RecordSource['records']): AsyncIterator<SourceRecord> => {
  if (Symbol.asyncIterator in records) return records[Symbol.asyncIterator]()
  const plain = records[Symbol.iterator]()
  return { next: () => Promise.resolve(plain.next()) }
}

/** Null when the value is not there within `waitMs`. */
const orNull = <Value>(clock: Clock, value: Promise<Value>, waitMs: number): Promise<Value | null> =>
  new Promise((resolve, reject) => {
    const timer = clock.after(Math.max(0, waitMs), () => resolve(null))
    value.then(
      found => {
        timer.cancel()
        resolve(found)
      },
      (error: unknown) => {
        timer.cancel()
        reject(error as Error)
      },
    )
  })

const report = (
  { io }: World,
  { topic, json, target }: TransactionsRequest,
  { records, transactions }: { readonly records: number; readonly transactions: number },
  tookMs: number,
  failure: unknown,
): void => {
  const perSecond = records / (tookMs / 1000)
  if (json) {
    printJson(io, {
      topic,
      committed: records,
      transactions,
      tookMs: Math.round(tookMs),
      recordsPerSecond: Math.round(perSecond),
      error: failure === null ? null : errorAsJson(failure),
    })
    return
  }
  print(
    io,
    `${formatCount(records)} records committed in ${formatCount(transactions)} ` +
      `transaction${transactions === 1 ? '' : 's'} ` +
      `in ${formatDuration(tookMs)} (${formatRate(perSecond)})`,
  )
  if (records > 0) say(io, `Next: lanekeeper consume ${topic} --from earliest --until end${target}`)
}

/** The error again, with where to go on: everything before it is in, and nothing after. */
const withProgress = (failure: unknown, committed: number): unknown =>
  failure instanceof LanekeeperError
    ? new LanekeeperError(failure.code, failure.message, {
        fix: `${formatCount(committed)} records are committed${
          failure.code === 'TRANSACTION_IN_DOUBT' ? ', and perhaps one transaction more' : ''
        }: go on behind them. ${failure.fix ?? ''}`.trim(),
        problems: failure.problems,
        cause: failure,
      })
    : failure
