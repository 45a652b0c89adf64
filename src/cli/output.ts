import { styleText } from 'node:util'
import { LanekeeperError, errorRegistry, printable } from '../core/model/index.ts'
import { asCalled } from './called-as.ts'
import type { Io } from './world.ts'

/**
 * What people and scripts read. Data goes to stdout, everything else to stderr; colour and animation only on a
 * terminal that wants them.
 */
export type Style = 'bold' | 'dim' | 'red' | 'yellow' | 'green' | 'cyan'

const wantsColour = (io: Io, stream: NodeJS.WriteStream): boolean => {
  if (io.env['NO_COLOR'] !== undefined && io.env['NO_COLOR'] !== '') return false
  if (io.env['FORCE_COLOR'] !== undefined && io.env['FORCE_COLOR'] !== '0') return true
  return stream.isTTY === true && io.env['TERM'] !== 'dumb'
}

export const paint = (io: Io, stream: NodeJS.WriteStream, style: Style, text: string): string =>
  wantsColour(io, stream) ? styleText(style, text, { validateStream: false }) : text

/** One line of data. */
export const print = (io: Io, text: string): void => {
  io.stdout.write(`${text}\n`)
}

/** One line of talk; its commands can be typed as they stand. */
export const say = (io: Io, text: string): void => {
  io.stderr.write(`${asCalled(io, text)}\n`)
}

export const printJson = (io: Io, value: unknown): void => {
  print(io, JSON.stringify(value))
}

export interface Column {
  readonly title: string
  readonly align?: 'left' | 'right'
}

const widthOf = (text: string): number => Array.from(text).length

/** A plain table: two spaces between columns, headings dim, no lines; the same text in a terminal and in a pipe. */
export const printTable = (
  io: Io,
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): void => {
  const widths = columns.map((column, index) =>
    Math.max(widthOf(column.title), ...rows.map(row => widthOf(row[index] ?? ''))),
  )
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, index) => {
        const gap = ' '.repeat(Math.max(0, (widths[index] ?? 0) - widthOf(cell)))
        return columns[index]?.align === 'right' ? gap + cell : cell + gap
      })
      .join('  ')
      .trimEnd()
  print(io, paint(io, io.stdout, 'dim', line(columns.map(column => column.title))))
  for (const row of rows) print(io, line(row.map(printable)))
}

/**
 * Prints a failure and returns the exit code: what and where, every problem, what to do. With `--json` the same as
 * one object on stdout, so that a script needs no second parser.
 */
export const reportFailure = (io: Io, thrown: unknown, json: boolean): number => {
  const failure = refusedFile(thrown) ?? thrown
  if (json) printJson(io, { error: errorAsJson(failure) })
  else if (failure instanceof LanekeeperError) {
    say(io, `${paint(io, io.stderr, 'red', 'error')} ${failure.code}: ${failure.message}`)
    for (const problem of failure.problems) say(io, `  ${problem}`)
    if (failure.fix !== null) say(io, indent(failure.fix))
  } else say(io, `${paint(io, io.stderr, 'red', 'error')} UNEXPECTED: ${stackOf(failure)}`)
  return exitCodeOf(failure)
}

/** What `error` holds in a `--json` object. */
export const errorAsJson = (thrown: unknown) => {
  const failure = refusedFile(thrown) ?? thrown
  if (!(failure instanceof LanekeeperError))
    return { code: 'UNEXPECTED', message: stackOf(failure), fix: null, problems: [], retriable: false }
  const { code, message, fix, problems } = failure
  return { code, message, fix, problems, retriable: errorRegistry[code].retriable }
}

const exitCodeOf = (thrown: unknown): number => {
  const failure = refusedFile(thrown) ?? thrown
  return errorRegistry[failure instanceof LanekeeperError ? failure.code : 'UNEXPECTED'].exit
}

const stackOf = (failure: unknown): string =>
  failure instanceof Error ? (failure.stack ?? failure.message) : String(failure)

/**
 * Ends a verb that told its result and then `failure`, if there is one. With `--json` that result is one object and holds
 * the failure already (`errorAsJson`): a second object would be no JSON any more, so that only the exit code is left.
 */
export const endAfterResult = (io: Io, failure: unknown, json: boolean): void => {
  if (failure !== null && !json) throw failure
  if (io.interrupted.aborted) io.exitWith(INTERRUPTED_EXIT)
  else if (failure !== null) io.exitWith(exitCodeOf(failure))
}

/** As a shell tells that a signal ended the program. */
const INTERRUPTED_EXIT = 130

/** What the machine may refuse about a file or a folder, in words. None of it is a mistake of the program. */
const refusals: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the disk is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EEXIST: 'a file of that name is in the way',
  ENOTDIR: 'a part of the path is a file and no folder',
  ENAMETOOLONG: 'the path is too long',
  EMFILE: 'too many files are open',
}

/** Why the machine refused a file operation, in words; its code where there are none. */
export const refusalOf = (thrown: unknown): string => {
  const { code = String(thrown) } = thrown as NodeJS.ErrnoException
  return refusals[code] ?? code
}

/** The error of a file operation that the machine refused, with the path instead of a stack; null for all others. */
const refusedFile = (thrown: unknown): LanekeeperError | null => {
  if (!(thrown instanceof Error)) return null
  const { code, path, syscall } = thrown as NodeJS.ErrnoException
  // a file that is missing may be a mistake of ours; a folder that cannot be made is none
  const why = code === 'ENOENT' && syscall === 'mkdir' ? 'no folder can be made there' : refusals[code ?? '']
  if (why === undefined || syscall === undefined) return null
  return new LanekeeperError('FILE_UNREADABLE', `${path ?? syscall}: ${why}.`, {
    fix: 'Make room or give the rights, or name another place, such as another --state-dir.',
    cause: thrown,
  })
}

const indent = (text: string): string =>
  text
    .split('\n')
    .map(line => `  ${line}`)
    .join('\n')
