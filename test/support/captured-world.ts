import { PassThrough } from 'node:stream'
import type { Command } from 'commander'
import { withUsageErrors } from '../../src/cli/usage-errors.ts'
import type { Io, World } from '../../src/cli/world.ts'
import { LanekeeperError } from '../../src/core/model/index.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { Cluster } from '../../src/ports/cluster.ts'
import { memoryHistory } from '../../src/adapters/history/open.ts'
import { readInPlace } from '../../src/runtime/history/answer-past.ts'
import { memoryJournal } from './memory-journal.ts'

/**
 * A world in which one cluster exists, every file has the same text, and what a verb says is kept. Parts that a verb
 * under test has no business with reject.
 */
export interface CapturedWorld {
  readonly world: World
  readonly journal: ReturnType<typeof memoryJournal>
  /** Everything said since the last call. */
  readonly take: () => { readonly out: string; readonly err: string; readonly exitCode: number }
}

export interface CapturedOptions {
  readonly cluster: Cluster
  readonly clock: Clock
  /** Text of every configuration file. */
  readonly file?: string
  /** What the person at the terminal types; absent: there is no terminal. */
  readonly typed?: string
  readonly env?: Readonly<Record<string, string>>
  readonly interrupted?: AbortSignal
}

export const capturedWorld = (options: CapturedOptions): CapturedWorld => {
  const journal = memoryJournal()
  const said = { out: '', err: '', exitCode: 0 }
  const terminal = options.typed !== undefined
  const sink = (name: 'out' | 'err'): NodeJS.WriteStream => {
    const stream = new PassThrough()
    stream.on('data', (chunk: Buffer) => {
      said[name] += chunk.toString('utf8')
    })
    return Object.assign(stream, { isTTY: terminal, columns: 100 }) as unknown as NodeJS.WriteStream
  }
  const stdin = new PassThrough()
  if (terminal) stdin.end(options.typed)
  const io: Io = {
    env: { NO_COLOR: '1', ...options.env },
    cwd: '/nowhere',
    calledAs: 'lanekeeper',
    stdin: Object.assign(stdin, { isTTY: terminal }) as unknown as NodeJS.ReadStream,
    stdout: sink('out'),
    stderr: sink('err'),
    exitWith: code => {
      said.exitCode = code
    },
    interrupted: options.interrupted ?? new AbortController().signal,
  }
  const absent = (): never => {
    throw new Error('this verb should not need that')
  }
  const world: World = {
    clock: options.clock,
    codecs: { crc32c: absent, compress: absent, decompress: absent },
    seededRandom: absent,
    countStructured: absent,
    routePacked: absent,
    connect: async () => ({ cluster: options.cluster, openLink: absent, close: async () => {} }),
    localBrokers: () => ({
      start: absent,
      startOne: absent,
      lost: absent,
      stop: absent,
      kill: absent,
      status: async () => [],
    }),
    startWorkers: absent,
    openJournal: async () => journal,
    openHistory: () => memoryHistory(),
    readPast: readInPlace,
    readHistory: absent,
    historyFiles: () => [],
    post: absent,
    getJson: absent,
    readSpecFile: async file => {
      if (options.file === undefined) throw new LanekeeperError('FILE_UNREADABLE', `${file} does not exist.`)
      return options.file
    },
    webRoot: null,
    io,
    version: '0.0.0',
  }
  return {
    world,
    journal,
    take: () => {
      const taken = { ...said }
      Object.assign(said, { out: '', err: '', exitCode: 0 })
      return taken
    },
  }
}

/** Runs a verb as the command line does, with its arguments. */
export const runVerb = async (command: Command, ...args: readonly string[]): Promise<void> => {
  await withUsageErrors(command).parseAsync([...args], { from: 'user' })
}
