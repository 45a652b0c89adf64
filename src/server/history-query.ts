import { z } from 'zod'
import { LanekeeperError } from '../core/model/index.ts'
import type { HistoryQuery, TimeQuery } from '../runtime/history/read-past.ts'

/** A raster has at most this many rows of pixels; more would be megabytes that no screen can show. */
const cellsMax = 500

/** A year and a day: as far as anything is kept. */
const minutesMax = 366 * 24 * 60

/**
 * Which part of the past: `from` and `to` as times, or the last `minutes`. The step follows from the span and from how
 * many columns a picture has; `step` asks for a longer one.
 */
const timeFields = {
  from: z.iso.datetime({ offset: true }).optional(),
  to: z.iso.datetime({ offset: true }).optional(),
  minutes: z.coerce.number().int().min(1).max(minutesMax).default(60),
  /** Seconds. */
  step: z.coerce.number().int().min(1).max(604_800).optional(),
  columns: z.coerce.number().int().min(10).max(1_000).default(360),
}

const partition = z.coerce.number().int().min(0).max(10_000_000).optional()

const topicQuery = z.object({
  ...timeFields,
  measure: z.enum(['recordsPerSecond', 'lagRecords']).default('recordsPerSecond'),
  partition,
  cells: z.coerce.number().int().min(0).max(cellsMax).default(cellsMax),
})
const partitionQuery = z.object({ partition })
const timeQuery = z.object(timeFields)

export const parseTopicQuery = (query: unknown, nowMs: number): HistoryQuery => {
  const fields = parse(topicQuery, query)
  return {
    ...timesOf(fields, nowMs),
    measure: fields.measure,
    partition: fields.partition ?? null,
    cellsMax: fields.cells,
  }
}

/** The one partition of a topic that is asked for; undefined: all of them. */
export const parsePartitionQuery = (query: unknown): number | undefined =>
  parse(partitionQuery, query).partition

export const parseTimeQuery = (query: unknown, nowMs: number): TimeQuery =>
  timesOf(parse(timeQuery, query), nowMs)

const timesOf = (fields: z.infer<typeof timeQuery>, nowMs: number): TimeQuery => {
  const toMs = fields.to === undefined ? nowMs : Date.parse(fields.to)
  const fromMs = fields.from === undefined ? toMs - fields.minutes * 60_000 : Date.parse(fields.from)
  if (!(fromMs < toMs) || toMs - fromMs > minutesMax * 60_000)
    throw new LanekeeperError('REQUEST_INVALID', 'from must lie before to, by a year at most.', {
      fix: 'Such as ?from=2026-03-14T10:00:00Z&to=2026-03-14T12:00:00Z, or ?minutes=60.',
    })
  return { fromMs, toMs, stepMs: (fields.step ?? 0) * 1000, columnsMax: fields.columns }
}

const parse = <Schema extends z.ZodType>(schema: Schema, query: unknown): z.infer<Schema> => {
  const parsed = schema.safeParse(query)
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.map(issue => `${issue.path.join('.')}: ${issue.message}`)
  throw new LanekeeperError('REQUEST_INVALID', problems.join('; '), {
    fix: 'measure is recordsPerSecond or lagRecords; minutes is 1 to 527040; from and to are times such as 2026-03-14T10:00:00Z.',
  })
}

/** In OpenAPI's words. */
export const partitionParameters = [
  parameter('partition', { type: 'integer', minimum: 0 }, 'List this partition only; absent: all of them'),
]

export const timeParameters = [
  parameter('from', { type: 'string', format: 'date-time' }, 'Beginning; absent: `minutes` before `to`'),
  parameter('to', { type: 'string', format: 'date-time' }, 'End; absent: now'),
  parameter('minutes', { type: 'integer', minimum: 1, maximum: minutesMax, default: 60 }),
  parameter('step', { type: 'integer', minimum: 1, maximum: 604_800 }, 'Least step, seconds'),
  parameter('columns', { type: 'integer', minimum: 10, maximum: 1_000, default: 360 }, 'Most steps answered'),
]

export const topicParameters = [
  parameter(
    'measure',
    { type: 'string', enum: ['recordsPerSecond', 'lagRecords'], default: 'recordsPerSecond' },
    'What the raster shows',
  ),
  parameter('partition', { type: 'integer', minimum: 0 }, 'One partition by itself, beside the raster'),
  parameter(
    'cells',
    { type: 'integer', minimum: 0, maximum: cellsMax, default: cellsMax },
    'Most cells of a step in the raster; 0: no raster',
  ),
  ...timeParameters,
]

function parameter(name: string, schema: object, description?: string): object {
  return { name, in: 'query', required: false, ...(description === undefined ? {} : { description }), schema }
}
