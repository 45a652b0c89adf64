import { writeFile } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { Command, InvalidArgumentError } from 'commander'
import { LanekeeperError } from '../core/model/index.ts'
import { reportFacts } from '../runtime/report/facts.ts'
import { reportHtml, reportMarkdown } from '../runtime/report/print.ts'
import { reportParts } from '../runtime/report/write.ts'
import { durationMs } from './duration-option.ts'
import { CLUSTER_NAME, historyPath } from './history-place.ts'
import { print, printJson, say } from './output.ts'
import { DEFAULT_STATE_DIR } from './target-options.ts'
import type { World } from './world.ts'

interface ReportFlags {
  readonly since: number
  readonly until?: number
  readonly format?: 'md' | 'html'
  readonly out?: string
  readonly bootstrapServer?: string
  readonly stateDir: string
  readonly json: boolean
}

const DAY_MS = 86_400_000

/** `report`: the past as one document, from the history that `serve` and `up` keep. Asks no broker. */
export const reportCommand = (world: World): Command =>
  new Command('report')
    .description('What happened, as one document with pictures, from the history that `serve` and `up` keep.')
    .option('--since <time>', 'how far back: 30m, 24h, 7d', past, DAY_MS)
    .option('--until <time>', 'end that long ago instead of now', past)
    .option('--format <md|html>', 'Markdown or HTML; by the name of --out where it is given, else md', format)
    .option('--out <file>', 'write there instead of to stdout')
    .option(
      '--bootstrap-servers, --bootstrap-server <host:port,…>',
      'of the cluster; the one recorded last when left out (env LANEKEEPER_BOOTSTRAP_SERVER)',
    )
    .option('--state-dir <dir>', 'where history is kept', DEFAULT_STATE_DIR)
    .option(
      '--json',
      'where the report was written, as JSON; the facts without pictures when to stdout',
      false,
    )
    .addHelpText(
      'before',
      `Examples:
  lanekeeper report --since 24h > day.md
  lanekeeper report --since 7d --out week.html
  lanekeeper report --since 2h --until 1h --bootstrap-server kafka:9092 --out incident.html
`,
    )
    .action(async (flags: ReportFlags) => report(world, flags))

const report = async (world: World, flags: ReportFlags): Promise<void> => {
  const { io, clock } = world
  const toMs = clock.wallMs() - (flags.until ?? 0)
  const fromMs = clock.wallMs() - flags.since
  if (fromMs >= toMs)
    throw new LanekeeperError('USAGE', '--until ends before --since begins.', {
      fix: 'Both count back from now: --since 2h --until 1h is the hour before the last.',
    })
  const path = findHistory(world, flags)
  const file = world.readHistory(path)
  try {
    const facts = reportFacts(file, file.document(CLUSTER_NAME) ?? basename(path, '.sqlite'), fromMs, toMs)
    const html = (flags.format ?? (flags.out?.endsWith('.html') === true ? 'html' : 'md')) === 'html'
    const parts = reportParts(facts)
    const document = html ? reportHtml(parts) : reportMarkdown(parts)
    if (flags.out === undefined) {
      if (flags.json) printJson(io, { history: path, parts: parts.filter(part => part.kind !== 'picture') })
      else print(io, document.trimEnd())
      return
    }
    await write(resolve(io.cwd, flags.out), flags.out, document)
    if (flags.json) printJson(io, { history: path, written: flags.out, bytes: Buffer.byteLength(document) })
    else say(io, `Written to ${flags.out}, from ${path}.`)
  } finally {
    file.close()
  }
}

const findHistory = (world: World, flags: ReportFlags): string => {
  const server = flags.bootstrapServer ?? (world.io.env['LANEKEEPER_BOOTSTRAP_SERVER'] || undefined)
  const known = world.historyFiles(resolve(world.io.cwd, flags.stateDir, 'history'))
  const wanted = server === undefined ? known[0] : historyPath(world, flags.stateDir, server)
  if (wanted !== undefined && known.includes(wanted)) return wanted
  throw new LanekeeperError(
    'FILE_UNREADABLE',
    server === undefined
      ? `No history is kept under ${flags.stateDir}.`
      : `No history of ${server} is kept under ${flags.stateDir}.`,
    {
      fix: 'History is written while `lanekeeper serve` or `up` runs; name their folder with --state-dir.',
      problems: known.map(path => `there is ${basename(path)}`),
    },
  )
}

const write = async (path: string, named: string, text: string): Promise<void> => {
  try {
    await writeFile(path, text)
  } catch (cause) {
    throw new LanekeeperError('FILE_UNREADABLE', `${named} cannot be written.`, {
      fix: 'Check the folder and its rights.',
      cause,
    })
  }
}

function past(text: string): number {
  return durationMs(text, { from: 1_000, to: 366 * DAY_MS })
}

function format(text: string): 'md' | 'html' {
  if (text === 'md' || text === 'html') return text
  throw new InvalidArgumentError('md or html.')
}
