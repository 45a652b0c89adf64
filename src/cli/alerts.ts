import { resolve } from 'node:path'
import { Command } from 'commander'
import {
  alertsSchema,
  type AlertGroup,
  type Alerts,
  type AnswerSchema,
  doneSchema,
  sentSchema,
  silenceSchema,
} from '../api/alerts.ts'
import { apiBase, errorBodySchema } from '../api/contract.ts'
import {
  type ErrorCode,
  errorRegistry,
  formatDuration,
  LanekeeperError,
  printable,
} from '../core/model/index.ts'
import { tokenFrom } from '../server/access.ts'
import { durationMs } from './duration-option.ts'
import { paint, print, printJson, printTable, say } from './output.ts'
import type { Io, World } from './world.ts'

/**
 * `alerts`: what fires, from a running `serve` or `up`, and the two things that people do about it. A client of the
 * HTTP API: alerts live in the process that watches, and there may be none on this machine.
 */
interface AlertFlags {
  readonly url?: string
  readonly tokenFile?: string
  readonly json: boolean
}

const DEFAULT_URL = 'http://127.0.0.1:7400'
const TIMEOUT_MS = 5_000

export const alertsCommand = (world: World): Command => {
  const command = new Command('alerts')
    .description('What fires now; acknowledge it, or silence it. Speaks to a running `serve` or `up`.')
    .addHelpText(
      'before',
      `Examples:
  lanekeeper alerts
  lanekeeper alerts ack group-behind --note "more members start" --token-file token
  lanekeeper alerts silence hot-partition user-actions --for 2h --reason "campaign" --token-file token
  lanekeeper alerts unsilence 3f0c… --token-file token
  lanekeeper alerts test ops --token-file token
`,
    )
  addServerOptions(command.command('list', { isDefault: true }))
    .description('What fires, nearly fires, and is silenced')
    .action(async (flags: AlertFlags) => list(world, flags))
  addServerOptions(command.command('ack'))
    .description('Somebody takes care: no reminders until it clears')
    .argument('<rule>', 'name of the rule')
    .argument('[subject]', 'topic, group or "broker 2"; all that fire when left out')
    .option('--note <text>', 'what is being done', '')
    .action(async (rule: string, subject: string | undefined, flags: AlertFlags & { note: string }) => {
      const body = { rule, subject: subject ?? null, note: flags.note }
      await change(world, flags, 'POST', '/alerts/ack', body, doneSchema)
      done(world.io, flags, `Acknowledged: ${rule}${subject === undefined ? '' : ` on ${subject}`}.`)
    })
  addServerOptions(command.command('silence'))
    .description('Tell nobody of it for a while')
    .argument('<rule>', 'name of the rule')
    .argument('[subject]', 'topic, group or "broker 2"; every one when left out')
    .requiredOption('--for <time>', 'how long: 30m, 2h, 7d', minutes)
    .option('--reason <text>', 'why, for the others', '')
    .action(
      async (
        rule: string,
        subject: string | undefined,
        flags: AlertFlags & { for: number; reason: string },
      ) => {
        const minutes = Math.round(flags.for / 60_000)
        const body = { rule, subject: subject ?? null, minutes, reason: flags.reason }
        const silence = await change(world, flags, 'POST', '/alerts/silences', body, silenceSchema)
        done(
          world.io,
          flags,
          `Silenced until ${silence.until}. End it before: lanekeeper alerts unsilence ${silence.id}`,
          silence,
        )
      },
    )
  addServerOptions(command.command('unsilence'))
    .description('End a silence')
    .argument('<id>', 'as `alerts` lists it')
    .action(async (id: string, flags: AlertFlags) => {
      // half a letter (a lone surrogate) cannot be in an address, and in no id: it becomes the sign of what is unreadable
      const path = `/alerts/silences/${encodeURIComponent(id.toWellFormed())}`
      await change(world, flags, 'DELETE', path, null, doneSchema)
      done(world.io, flags, 'The silence has ended.')
    })
  addServerOptions(command.command('test'))
    .description('Send a test message to a webhook')
    .argument('<webhook>', 'as the configuration file names it')
    .action(async (webhook: string, flags: AlertFlags) => {
      await change(world, flags, 'POST', '/alerts/test', { webhook }, sentSchema)
      done(world.io, flags, `Sent to ${webhook}; \`lanekeeper alerts\` shows what it answered.`)
    })
  return command
}

const addServerOptions = (command: Command): Command =>
  command
    .option('--url <address>', `of the server, ${DEFAULT_URL} by default (env LANEKEEPER_URL)`)
    .option('--token-file <file>', 'the file that the server was started with (env LANEKEEPER_TOKEN_FILE)')
    .option('--json', 'data as JSON on stdout', false)

const serverUrl = (io: Io, flags: AlertFlags): string => {
  const url = flags.url ?? (io.env['LANEKEEPER_URL'] || DEFAULT_URL)
  if (/^https?:/.test(url) && URL.canParse(url)) return url
  throw new LanekeeperError('USAGE', `--url ${url}: not an address.`, { fix: `Write it as ${DEFAULT_URL}.` })
}

const done = (io: Io, flags: AlertFlags, sentence: string, data: object = {}): void => {
  if (flags.json) printJson(io, { done: true, ...data })
  else say(io, printable(sentence))
}

const change = async <Answer>(
  world: World,
  flags: AlertFlags,
  method: 'POST' | 'DELETE',
  path: string,
  body: object | null,
  schema: AnswerSchema<Answer>,
): Promise<Answer> => {
  const file = flags.tokenFile ?? (world.io.env['LANEKEEPER_TOKEN_FILE'] || undefined)
  const headers: Record<string, string> = body === null ? {} : { 'content-type': 'application/json' }
  if (file !== undefined)
    headers['authorization'] =
      `Bearer ${tokenFrom(await world.readSpecFile(resolve(world.io.cwd, file)), file)}`
  const init = { method, headers, ...(body === null ? {} : { body: JSON.stringify(body) }) }
  return request(serverUrl(world.io, flags), path, init, schema)
}

/**
 * Refusals of the server become errors of ours: its code, its words, its advice. An answer that `schema` does not know
 * comes from something else that listens there; taking it would tell of a silence that nobody keeps. 204 answers null.
 */
const request = async <Answer>(
  url: string,
  path: string,
  init: RequestInit,
  schema: AnswerSchema<Answer>,
): Promise<Answer> => {
  let answer: Response
  try {
    answer = await fetch(new URL(apiBase + path, url), { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) })
  } catch (cause) {
    throw new LanekeeperError('SERVER_UNREACHABLE', `No Lanekeeper server answers at ${url}.`, {
      fix: 'Start one with `lanekeeper serve`, or name its address with --url.',
      cause,
    })
  }
  const body: unknown = answer.status === 204 ? null : await answer.json().catch(() => undefined)
  const done = schema.safeParse(body)
  if (answer.ok && done.success) return done.data
  const refused = errorBodySchema.safeParse(body)
  if (answer.ok || !refused.success || !isCode(refused.data.error.code))
    throw new LanekeeperError(
      'SERVER_UNREACHABLE',
      `What answers at ${url} is no Lanekeeper server of this version (${answer.status}).`,
      { fix: 'Start one with `lanekeeper serve`, or name its address with --url.' },
    )
  const { code, message, fix } = refused.data.error
  throw new LanekeeperError(code, message, fix === null ? {} : { fix })
}

const isCode = (code: string): code is ErrorCode => Object.hasOwn(errorRegistry, code)

const list = async ({ io }: World, flags: AlertFlags): Promise<void> => {
  const alerts = await request(serverUrl(io, flags), '/alerts', {}, alertsSchema)
  if (flags.json) printJson(io, alerts)
  else printAlerts(io, alerts)
}

const printAlerts = (io: Io, alerts: Alerts): void => {
  if (alerts.held) print(io, 'The cluster is not seen: alerts are held, neither fired nor cleared.')
  if (alerts.groups.length === 0) print(io, `Nothing fires; ${alerts.rules.length} rules are watched.`)
  else
    printTable(
      io,
      [
        { title: 'STATE' },
        { title: 'SEVERITY' },
        { title: 'RULE' },
        { title: 'SUBJECT' },
        { title: 'VALUE', align: 'right' },
        { title: 'SINCE' },
        { title: 'WHAT' },
      ],
      alerts.groups.flatMap(alertRows),
    )
  if (alerts.silences.length > 0) {
    print(io, '')
    printTable(
      io,
      [
        { title: 'SILENCE' },
        { title: 'RULE' },
        { title: 'SUBJECT' },
        { title: 'UNTIL' },
        { title: 'REASON' },
      ],
      alerts.silences.map(({ id, rule, subject, until, reason }) => [
        id,
        rule,
        subject ?? 'all',
        until,
        reason,
      ]),
    )
  }
  const failed = alerts.deliveries.filter(delivery => delivery.state === 'failed')
  for (const delivery of failed.slice(0, 3))
    print(
      io,
      paint(
        io,
        io.stdout,
        'yellow',
        printable(
          `Not delivered to ${delivery.webhook} at ${delivery.at}: ${delivery.subject}; ${delivery.error ?? 'no answer'} after ${delivery.tries} tries.`,
        ),
      ),
    )
}

const alertRows = (group: AlertGroup): readonly (readonly string[])[] => [
  ...group.alerts
    .slice(0, SUBJECTS_SHOWN)
    .map(alert => [
      alert.silence === null ? (alert.acknowledged === null ? alert.state : 'acknowledged') : 'silenced',
      group.severity,
      group.rule,
      alert.subject,
      alert.valueText,
      alert.firedAt ?? `nearly: ${formatDuration(alert.evidenceMs)} of ${formatDuration(group.fireAfterMs)}`,
      alert.text,
    ]),
  ...(group.count > SUBJECTS_SHOWN
    ? [['', '', group.rule, `and ${group.count - SUBJECTS_SHOWN} more`, '', '', '']]
    : []),
]

/** A rule that fires on 40 groups is one thing to know, not 40 lines. */
const SUBJECTS_SHOWN = 5

function minutes(text: string): number {
  return durationMs(text, { from: 60_000, to: 365 * 86_400_000 })
}
