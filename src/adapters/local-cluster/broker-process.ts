import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, existsSync, openSync, readSync, statfsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { formatBytes, LanekeeperError } from '../../core/model/index.ts'
import { isRecord, readJson, writeJson } from './files.ts'
import type { BrokerLayout, Layout } from './layout.ts'
import type { Environment } from './prerequisites.ts'
import { identify, isAlive, type ProcessIdentity } from './process-table.ts'

/**
 * One broker as a process. Its file in the state folder is the truth about it: any command, from any terminal, finds
 * the process there, and so does the guard.
 */
export interface BrokerProcess extends ProcessIdentity {
  /** `owner`: ends with whoever holds the state folder. `nobody`: runs until it is stopped. */
  readonly lifetime: 'owner' | 'nobody'
  /** ISO 8601. */
  readonly startedAt: string
}

const isBrokerProcess = (value: unknown): value is BrokerProcess =>
  isRecord(value) &&
  typeof value['pid'] === 'number' &&
  typeof value['startTime'] === 'string' &&
  typeof value['startedAt'] === 'string' &&
  (value['lifetime'] === 'owner' || value['lifetime'] === 'nobody')

/** The running process of a broker; null when it does not run. */
export const runningProcess = (broker: BrokerLayout): BrokerProcess | null => {
  const process_ = readJson(broker.process, isBrokerProcess)
  return process_ !== null && isAlive(process_) ? process_ : null
}

/** How to run Kafka's classes. */
export interface JavaCommand {
  readonly java: string
  readonly libs: string
  readonly env: Environment
}

/**
 * One gigabyte of heap held 1,500 partitions with three copies; brokers stay below half of it. A broker out of memory
 * ends at once instead of limping on, half alive, in everybody's metadata.
 */
const BROKER_FLAGS = [
  '-Xms256m',
  '-Xmx1g',
  '-XX:+UseG1GC',
  '-XX:TieredStopAtLevel=1',
  '-XX:+ExitOnOutOfMemoryError',
  '-Djava.awt.headless=true',
]

/**
 * Starts a broker and notes it, in one go without a pause: a kill -9 between the two would leave a broker that nobody
 * knows of.
 *
 * A session of its own (`detached`) keeps the terminal's Ctrl-C away: the brokers would go down while the producer
 * still drains into them.
 */
export const startProcess = (
  { java, libs, env }: JavaCommand,
  layout: Layout,
  id: number,
  note: Pick<BrokerProcess, 'lifetime' | 'startedAt'>,
): ChildProcess => {
  const broker = layout.broker(id)
  const console_ = openSync(broker.console, 'w')
  try {
    const child = spawn(
      java,
      [
        ...BROKER_FLAGS,
        `-Dlog4j2.configurationFile=${layout.log4j}`,
        `-Dlanekeeper.log=${broker.log}`,
        '-cp',
        join(libs, '*'),
        'kafka.Kafka',
        broker.properties,
      ],
      { cwd: broker.folder, detached: true, stdio: ['ignore', console_, console_], env: { ...env } },
    )
    // a failed spawn also reports here; without a listener it would end this process
    child.on('error', () => {})
    const identity = child.pid === undefined ? null : identify(child.pid)
    if (identity === null)
      throw new LanekeeperError('BROKER_START_FAILED', `Broker ${id}: ${java} cannot be started.`)
    writeJson(broker.process, { ...identity, ...note } satisfies BrokerProcess)
    child.unref()
    return child
  } finally {
    closeSync(console_)
  }
}

const TAIL_BYTES = 16 * 1024
const TAIL_LINES = 15

/** Below that a disk counts as full: a broker ends when it cannot open one more segment with its indexes. */
const FREE_BYTES_MIN = 16 * 1024 * 1024

/**
 * What a broker said last: the Java machine's own words first, since they are rare and tell the most. Before them what
 * a broker cannot say: with a full disk its log ends as well, in the middle of a sentence about something else.
 */
export const lastWords = (
  broker: BrokerLayout,
  logFrom: number,
  freeBytes = bytesFree(broker.folder),
): readonly string[] => [
  ...(freeBytes < FREE_BYTES_MIN
    ? [`The disk of ${broker.folder} is full: ${formatBytes(freeBytes)} are left.`]
    : []),
  ...tail(broker.console, 0),
  ...tail(broker.log, logFrom),
]

const bytesFree = (folder: string): number => {
  const { bavail, bsize } = statfsSync(folder)
  return bavail * bsize
}

/** Size of the log, to tell later what a new start added. */
export const logSize = (broker: BrokerLayout): number =>
  existsSync(broker.log) ? statSync(broker.log).size : 0

const tail = (file: string, from: number): readonly string[] => {
  if (!existsSync(file)) return []
  const size = statSync(file).size
  const begin = Math.max(from <= size ? from : 0, size - TAIL_BYTES)
  const buffer = Buffer.alloc(size - begin)
  const descriptor = openSync(file, 'r')
  try {
    readSync(descriptor, buffer, 0, buffer.length, begin)
  } finally {
    closeSync(descriptor)
  }
  return buffer
    .toString('utf8')
    .split('\n')
    .filter(line => line.trim() !== '')
    .slice(-TAIL_LINES)
}
