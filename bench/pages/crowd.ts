/**
 * The open pages, in a process of their own: so many that read at once, a few behind a thin line, a few that sleep with
 * an open page. Started by bench/pages.ts, which it tells what came.
 */
import { apiBase } from '../../src/api/contract.ts'
import { openReader, type Decoded, type Reader } from './reader.ts'

export interface CrowdOrder {
  readonly port: number
  readonly pages: number
  readonly thin: number
  readonly asleep: number
  readonly gzip: boolean
  readonly warmSeconds: number
  readonly seconds: number
  /** Addresses that each page asks beside the stream, and how often. */
  readonly asks: readonly { readonly path: string; readonly everyMs: number }[]
}

export interface CrowdReport {
  readonly faults: readonly string[]
  /** Of pages that read at once: from when the tick was made until its last byte was here. */
  readonly latencyMs: readonly number[]
  readonly deltas: number
  /** Whole ticks in place of a delta: the page was skipped once. */
  readonly wholes: number
  readonly deltaBytesMedian: number
  readonly receivedBytesPerSecond: number
  readonly askMs: readonly number[]
  /** Frames that each slow page got while it was slow. */
  readonly thinFrames: readonly number[]
  /** Frames that each sleeper got when it woke, until it held the newest. */
  readonly wokenFrames: readonly number[]
  /** Looks of its sleep that each sleeper was never sent. */
  readonly wokenSkipped: readonly number[]
  /** Of the looks of its sleep, what each sleeper was sent when it woke: that had been kept for it. */
  readonly wokenKeptBytes: readonly number[]
  readonly frameBytesMax: number
  readonly missing: number
}

const THIN_BYTES_PER_SECOND = 200_000
/** Ten who wake at once decode what the system kept for each, some twenty frames of megabytes, in this one process. */
const WAKE_SECONDS_MAX = 60
const LOOK_AGAIN_MS = 200

const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))
const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN

const run = async (order: CrowdOrder): Promise<CrowdReport> => {
  const faults: string[] = []
  const onFault = (text: string): void => {
    if (faults.length < 20) faults.push(text)
  }
  const path = `${apiBase}/events`
  const open = (decoded: Decoded, thin = false): Reader =>
    openReader({
      port: order.port,
      path,
      gzip: order.gzip,
      decoded,
      onFault,
      ...(thin ? { bytesPerSecondMax: THIN_BYTES_PER_SECOND } : {}),
    })
  const shared: Decoded = new Map()
  const prompt = Array.from({ length: order.pages - order.thin - order.asleep }, () => open(shared))
  const thin = Array.from({ length: order.thin }, () => open(new Map(), true))
  const sleepers = Array.from({ length: order.asleep }, () => open(new Map()))

  const askMs: number[] = []
  let ends = false
  const ask = async (address: string, everyMs: number): Promise<void> => {
    await pause(Math.random() * everyMs)
    while (!ends) {
      const began = performance.now()
      try {
        const answer = await fetch(`http://127.0.0.1:${order.port}${address}`)
        if (!answer.ok) onFault(`${address}: ${answer.status}`)
        await answer.arrayBuffer()
        askMs.push(performance.now() - began)
      } catch (failure) {
        onFault(`${address}: ${String((failure as Error).cause ?? failure)}`)
      }
      await pause(everyMs)
    }
  }
  const asking = Promise.all(
    order.asks.flatMap(({ path: address, everyMs }) =>
      Array.from({ length: order.pages }, () => ask(address, everyMs)),
    ),
  )

  await pause(order.warmSeconds * 1000)
  for (const reader of sleepers) reader.sleep()
  const counts = (): number[] => sleepers.map(reader => reader.arrivals.length)
  const asleepAt = counts()
  const fromMs = Date.now()
  const receivedAt = total(prompt)
  await pause(order.seconds * 1000)
  const toMs = Date.now()
  const receivedBytes = total(prompt) - receivedAt
  ends = true
  await asking
  for (const reader of sleepers) reader.wake()
  const made = prompt.flatMap(reader =>
    reader.arrivals.filter(({ frame }) => frame.madeMs >= fromMs && frame.madeMs < toMs),
  )
  const ids = new Set(made.map(({ frame }) => frame.id))
  const newest = Math.max(...ids)
  const caughtUp = (reader: Reader): boolean => (reader.arrivals.at(-1)?.frame.id ?? 0) >= newest
  const giveUpMs = Date.now() + WAKE_SECONDS_MAX * 1000
  while (![...prompt, ...sleepers].every(caughtUp) && Date.now() < giveUpMs) await pause(LOOK_AGAIN_MS)

  const within = prompt.map(reader => reader.arrivals.filter(({ atMs }) => atMs >= fromMs && atMs < toMs))
  const all = within.flat()
  return {
    faults,
    latencyMs: all.map(({ frame, atMs }) => atMs - frame.madeMs),
    deltas: all.filter(({ frame }) => frame.kind === 'delta').length,
    wholes: all.filter(({ frame }) => frame.kind === 'tick').length,
    deltaBytesMedian: median(
      all.filter(({ frame }) => frame.kind === 'delta').map(({ frame }) => frame.bytes),
    ),
    receivedBytesPerSecond: receivedBytes / order.seconds,
    askMs,
    thinFrames: thin.map(
      reader => reader.arrivals.filter(({ atMs }) => atMs >= fromMs && atMs < toMs).length,
    ),
    wokenFrames: sleepers.map((reader, index) => {
      const since = reader.arrivals.slice(asleepAt[index])
      const reached = since.findIndex(({ frame }) => frame.id >= newest)
      return reached < 0 ? Number.POSITIVE_INFINITY : reached + 1
    }),
    wokenSkipped: sleepers.map((reader, index) => {
      const got = new Set(reader.arrivals.slice(asleepAt[index]).map(({ frame }) => frame.id))
      return [...ids].filter(id => !got.has(id)).length
    }),
    wokenKeptBytes: sleepers.map((reader, index) =>
      reader.arrivals
        .slice(asleepAt[index])
        .filter(({ frame }) => frame.madeMs >= fromMs && frame.madeMs < toMs)
        .reduce((sum, { frame }) => sum + frame.bytes, 0),
    ),
    frameBytesMax: Math.max(...all.map(({ frame }) => frame.bytes), ...sleepers.flatMap(framesOf)),
    // whenever it came: the last look of the time is at some pages before its end and at others after
    missing: prompt.reduce((sum, reader) => {
      const got = new Set(reader.arrivals.map(({ frame }) => frame.id))
      return sum + [...ids].filter(id => !got.has(id)).length
    }, 0),
  }
}

const framesOf = (reader: Reader): readonly number[] => reader.arrivals.map(({ frame }) => frame.bytes)

const total = (readers: readonly Reader[]): number =>
  readers.reduce((sum, reader) => sum + reader.receivedBytes(), 0)

process.once('message', (order: CrowdOrder) => {
  void run(order).then(report => process.send?.(report, () => process.exit(0)))
})
