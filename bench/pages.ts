import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { apiBase } from '../src/api/contract.ts'
import { numberOption } from './number-option.ts'
import type { CrowdOrder, CrowdReport } from './pages/crowd.ts'
import type { Vitals } from './pages/vitals.ts'
import { serveSimulated } from './simulated-serve.ts'

/**
 * Two hundred open pages over 200,000 partitions: `lanekeeper serve --simulated` in a process of its own, a look a
 * second, and a crowd of connections that follow the event stream and ask what the overview asks. Ten of them read
 * slowly, ten not at all until they wake at the end.
 *
 * Printed: CPU of the server a second and how late its event loop runs, with nobody and with the crowd; its memory in the
 * first and in the last third; time from a look to its last byte at a page; what slow pages got; what a scrape and an
 * ask took meanwhile. Fails if a page got a delta that does not follow what it holds, missed a look although it reads,
 * that slept was sent more of its sleep than the system's own buffers hold, or never the newest, or was refused. How much
 * that is the system says (Linux): a short run of a small cluster fits them, and then nothing need be left out.
 *
 * Not longer than some 40 s: the server ends the line of who takes nothing for a minute, and a page then opens a new one.
 *
 *     node bench/pages.ts [--partitions 200000] [--pages 200] [--seconds 40] [--plain]
 */
const partitions = numberOption('--partitions', 200_000)
const pages = numberOption('--pages', 200)
const seconds = numberOption('--seconds', 40)
const gzip = !process.argv.includes('--plain')
const slow = Math.ceil(pages / 20)
const aloneSeconds = 10
const warmSeconds = 10
const scrapeEveryMs = 5000

const overviewAsks = [
  { path: `${apiBase}/alerts`, everyMs: 5_000 },
  { path: `${apiBase}/topics/clicks/history?minutes=60`, everyMs: 15_000 },
  { path: `${apiBase}/topics/clicks/history?minutes=60&cells=0`, everyMs: 15_000 },
] satisfies CrowdOrder['asks']

interface Served {
  readonly port: number
  readonly vitals: Vitals[]
  readonly process: ChildProcess
}

const serve = async (): Promise<Served> => {
  const { url, server } = await serveSimulated(partitions, join(import.meta.dirname, 'pages', 'vitals.ts'))
  const vitals: Vitals[] = []
  server.on('message', message => vitals.push(message as Vitals))
  return { port: Number(new URL(url).port), vitals, process: server }
}

const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))

const percentile = (values: readonly number[], part: number): number =>
  values.toSorted((a, b) => a - b)[
    Math.min(values.length - 1, Math.max(0, Math.ceil(part * values.length) - 1))
  ] ?? Number.NaN

const scrapes = async (port: number, times: number[], ends: () => boolean): Promise<void> => {
  while (!ends()) {
    const began = performance.now()
    const answer = await fetch(`http://127.0.0.1:${port}/metrics`)
    const bytes = (await answer.arrayBuffer()).byteLength
    if (!answer.ok || bytes === 0) throw new Error(`/metrics answered ${answer.status}, ${bytes} bytes`)
    times.push(performance.now() - began)
    await pause(scrapeEveryMs)
  }
}

/** @param vitals of consecutive seconds */
const used = (vitals: readonly Vitals[]) => ({
  cpuPerSecondMs: ((vitals.at(-1)?.cpuMs ?? 0) - (vitals[0]?.cpuMs ?? 0)) / (vitals.length - 1),
  loopDelayP99Ms: percentile(
    vitals.map(each => each.loopDelayP99Ms),
    0.5,
  ),
  loopDelayMaxMs: Math.max(...vitals.map(each => each.loopDelayMaxMs)),
})

const memory = (vitals: readonly Vitals[]) => {
  const third = Math.floor(vitals.length / 3)
  const rssMegabytes = (part: readonly Vitals[]): number =>
    percentile(
      part.map(each => each.rssBytes),
      0.5,
    ) / 1e6
  return {
    rssFirstThirdMegabytes: rssMegabytes(vitals.slice(0, third)),
    rssLastThirdMegabytes: rssMegabytes(vitals.slice(-third)),
    rssMaxMegabytes: Math.max(...vitals.map(each => each.rssBytes)) / 1e6,
  }
}

const checked = (report: CrowdReport): CrowdReport => {
  const { faults, missing, wokenFrames } = report
  if (faults.length > 0) throw new Error(`pages complain: ${faults.join('; ')}`)
  // what the system's own buffers of both ends may hold, and the frame that was being written: the server keeps no more
  const mayBeKept = systemBufferBytes() + 2 * report.frameBytesMax
  if (report.wokenKeptBytes.some(kept => kept > mayBeKept))
    throw new Error(`${Math.max(...report.wokenKeptBytes)} bytes were kept for a page that slept`)
  if (wokenFrames.some(frames => !Number.isFinite(frames)))
    throw new Error('a page that slept never caught up')
  if (missing > report.wholes) throw new Error(`pages that read missed ${missing} looks`)
  return report
}

/** The most that Linux buffers of one connection, where it is written to and where it is read. */
const systemBufferBytes = (): number =>
  ['tcp_wmem', 'tcp_rmem']
    .map(name => Number(readFileSync(`/proc/sys/net/ipv4/${name}`, 'utf8').trim().split(/\s+/).at(-1)))
    .reduce((sum, bytes) => sum + bytes, 0)

const rounded = (row: object): object =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      typeof value === 'number' ? Math.round(value * 10) / 10 : (value as unknown),
    ]),
  )

const server = await serve()
try {
  await pause(2 * aloneSeconds * 1000)
  const alone = used(server.vitals.slice(-aloneSeconds))
  const crowd = fork(join(import.meta.dirname, 'pages', 'crowd.ts'))
  const order: CrowdOrder = {
    port: server.port,
    pages,
    thin: slow,
    asleep: slow,
    gzip,
    warmSeconds,
    seconds,
    asks: overviewAsks,
  }
  crowd.send(order)
  await pause(warmSeconds * 1000)
  const begin = server.vitals.length
  const times: number[] = []
  let ends = false
  const scraping = scrapes(server.port, times, () => ends)
  const reported = once(crowd, 'message') as Promise<[CrowdReport]>
  await pause(seconds * 1000)
  const vitals = server.vitals.slice(begin)
  ends = true
  const [report] = await reported
  await scraping
  const { latencyMs, askMs, thinFrames, wokenFrames, deltas, wholes } = report
  const row = rounded({
    partitions,
    pages,
    gzip,
    ...used(vitals),
    cpuPerSecondAloneMs: alone.cpuPerSecondMs,
    loopDelayP99AloneMs: alone.loopDelayP99Ms,
    ...memory(vitals),
    deltas,
    wholes,
    missed: report.missing,
    deltaKilobytes: report.deltaBytesMedian / 1000,
    receivedMegabytesPerSecond: report.receivedBytesPerSecond / 1e6,
    toPageP50Ms: percentile(latencyMs, 0.5),
    toPageP99Ms: percentile(latencyMs, 0.99),
    asks: askMs.length,
    askP50Ms: percentile(askMs, 0.5),
    askP99Ms: percentile(askMs, 0.99),
    scrapeP50Ms: percentile(times, 0.5),
    scrapeMaxMs: Math.max(...times),
    slowFramesMax: Math.max(...thinFrames),
    wokenFramesMax: Math.max(...wokenFrames),
    wokenSkippedMin: Math.min(...report.wokenSkipped),
    wokenKeptMegabytesMax: Math.max(...report.wokenKeptBytes) / 1e6,
  })
  console.table(Object.entries(row).map(([figure, value]) => ({ figure, value: value as unknown })))
  console.log(JSON.stringify({ bench: 'pages', node: process.version, seconds, row }))
  checked(report)
} finally {
  server.process.kill('SIGINT')
  await once(server.process, 'exit')
}
