/** What bench/watchers.ts asks of each contestant, and the reading of its costs from /proc. */
import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

/** Where the contestants look, and at what. */
export interface Place {
  readonly bootstrapServer: string
  readonly topics: readonly string[]
  readonly group: string
  /** An empty folder for this contestant's files. */
  readonly folder: string
  /** Free ports on loopback, each asked for once. */
  readonly port: number
}

export interface Watcher {
  /** The process that lives on between refreshes; null: each refresh is a process of its own. */
  readonly pid: number | null
  /** Asks once, as a reader of it would. */
  ask(): Promise<Seen>
  /** The whole of what it has to say about a partition. */
  say(topic: string, partition: number): Promise<string>
  close(): Promise<void>
}

export interface Seen {
  /** Lag in records; the end offset where it shows no lag. Null: not shown. */
  readonly figure: (topic: string, partition: number) => number | null
  /** Partitions with a figure. */
  readonly partitions: number
  /** How much it said, where it is Prometheus' text; null: it is not. */
  readonly said: { readonly series: number; readonly bytes: number } | null
}

export interface Contestant {
  readonly name: string
  /** How figures come to be new. */
  readonly way: string
  readonly start: (place: Place) => Promise<Watcher>
}

/**
 * Figures by topic and partition.
 *
 * @param exposition the text that they are from, where it is Prometheus'
 */
export const seenOf = (figures: ReadonlyMap<string, number>, exposition: string | null = null): Seen => ({
  figure: (topic, partition) => figures.get(`${topic}-${partition}`) ?? null,
  partitions: figures.size,
  said:
    exposition === null
      ? null
      : { series: exposition.match(/^[^#\n]/gm)?.length ?? 0, bytes: Buffer.byteLength(exposition) },
})

/** Clock ticks of /proc are hundredths of a second on every Linux that Node runs on. */
const MS_PER_TICK = 10

interface Stat {
  readonly ownMs: number
  /** Of children that have ended and were waited for. */
  readonly endedMs: number
}

const statOf = (pid: number | 'self'): Stat => {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // the name in brackets may hold anything, so fields are counted from behind it
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const ticks = (first: number): number => Number(fields[first]) + Number(fields[first + 1])
  return { ownMs: ticks(11) * MS_PER_TICK, endedMs: ticks(13) * MS_PER_TICK }
}

const childrenOf = (pid: number): readonly number[] =>
  readdirSync(`/proc/${pid}/task`).flatMap(thread =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  )

/** CPU used so far by one process, in milliseconds. Of a server whose threads come and go, only this can be read safely. */
export const ownCpuMsOf = (pid: number): number => statOf(pid).ownMs

/** CPU used so far by a process and those below it, in milliseconds. */
export const cpuMsOf = (pid: number): number =>
  statOf(pid).ownMs + statOf(pid).endedMs + childrenOf(pid).reduce((sum, child) => sum + cpuMsOf(child), 0)

/** CPU of children of this process that have ended. */
export const endedChildrenCpuMs = (): number => statOf('self').endedMs

/** Resident memory of a process and those below it. */
export const residentMbOf = (pid: number): number => {
  const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Number(kilobytes) / 1024 + childrenOf(pid).reduce((sum, child) => sum + residentMbOf(child), 0)
}

/** A server to be watched; killed by `end`. What it last said is in the error when it ends by itself. */
export const spawnServer = (
  command: string,
  parameters: readonly string[],
  options: { readonly cwd: string; readonly env?: NodeJS.ProcessEnv },
): { readonly child: ChildProcess; readonly said: () => string; readonly end: () => Promise<void> } => {
  const child = spawn(command, parameters, {
    ...options,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  const hear = (chunk: Buffer): void => {
    said = (said + chunk.toString()).slice(-2_000)
  }
  child.stdout.on('data', hear)
  child.stderr.on('data', hear)
  const ended = new Promise<void>(resolve => {
    child.once('close', () => resolve())
    child.once('error', failure => {
      said += failure.message
      resolve()
    })
  })
  return {
    child,
    said: () => said,
    end: async () => {
      child.kill('SIGTERM')
      const late = setTimeout(() => child.kill('SIGKILL'), 5_000)
      await ended
      clearTimeout(late)
    },
  }
}

export const getText = async (url: string): Promise<string> => {
  const answer = await fetch(url, { signal: AbortSignal.timeout(30_000) })
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`)
  return answer.text()
}

/**
 * Samples of one metric by topic and partition.
 * @param labels the names that this exporter gives to topic, partition and group
 */
export const samplesOf = (
  text: string,
  metric: string,
  labels: { readonly topic: string; readonly partition: string; readonly group?: string },
  group: string,
): Map<string, number> => {
  const found = new Map<string, number>()
  for (const line of text.split('\n')) {
    if (!line.startsWith(`${metric}{`)) continue
    const named = new Map(
      [...line.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]),
    )
    if (labels.group !== undefined && named.get(labels.group) !== group) continue
    found.set(
      `${named.get(labels.topic)}-${named.get(labels.partition)}`,
      Number(line.slice(line.lastIndexOf(' '))),
    )
  }
  return found
}

/** The lines of an exposition that are about one partition. */
export const linesAbout = (text: string, topic: string, partition: number): string =>
  text
    .split('\n')
    .filter(line => line.includes(`"${topic}"`) && new RegExp(`partition\\w*="${partition}"`).test(line))
    .join('\n')
