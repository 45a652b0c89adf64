/**
 * Which part of the past the pictures of a page show, as its address says it: the last hour unless `last` names another
 * span, or a fixed time `from`–`to`. One range for the whole page, so that its pictures can be compared.
 */
import type { View } from './route.ts'

export type TimeRange =
  | { readonly kind: 'last'; readonly id: string; readonly minutes: number }
  | { readonly kind: 'fixed'; readonly from: string; readonly to: string }

const HOUR = 60
export const SPANS = [
  { id: '10m', label: '10 m', minutes: 10 },
  { id: '1h', label: '1 h', minutes: HOUR },
  { id: '6h', label: '6 h', minutes: 6 * HOUR },
  { id: '24h', label: '24 h', minutes: 24 * HOUR },
  { id: '7d', label: '7 days', minutes: 7 * 24 * HOUR },
  { id: '30d', label: '30 days', minutes: 30 * 24 * HOUR },
] as const

const DEFAULT_SPAN = SPANS[1]
/** Shorter than this a picture has no columns. */
const SPAN_MS_MIN = 60_000

export const rangeOf = (view: View): TimeRange => {
  const { from, to } = view
  if (from !== undefined && to !== undefined && isTime(from) && isTime(to) && from < to)
    return { kind: 'fixed', from, to }
  const span = SPANS.find(each => each.id === view.last) ?? DEFAULT_SPAN
  return { kind: 'last', id: span.id, minutes: span.minutes }
}

const isTime = (text: string): boolean =>
  /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?Z$/.test(text) && !Number.isNaN(Date.parse(text))

/** The range as the query of a history. */
export const rangeQuery = (range: TimeRange): string =>
  range.kind === 'last' ? `minutes=${range.minutes}` : `from=${range.from}&to=${range.to}`

/** What the address says for a range; absent keys are taken away. */
export const rangeView = (
  range: TimeRange,
): { readonly [Key in 'last' | 'from' | 'to']: string | undefined } =>
  range.kind === 'fixed'
    ? { last: undefined, from: range.from, to: range.to }
    : { last: range.id === DEFAULT_SPAN.id ? undefined : range.id, from: undefined, to: undefined }

const NOW_WITHIN = 0.1

/** Half its length earlier or later; later than now is the running range of that length again. */
export const shifted = (range: TimeRange, direction: -1 | 1, now: string): TimeRange => {
  const nowMs = Date.parse(now)
  const [fromMs, toMs] = bounds(range, nowMs)
  const lengthMs = toMs - fromMs
  const by = (direction * lengthMs) / 2
  // some time has passed since the range was taken from now: it leads back to now all the same
  if (toMs + by >= nowMs - lengthMs * NOW_WITHIN) return runningOf(lengthMs)
  return fixed(fromMs + by, toMs + by)
}

/** A part of a picture, as shares of its width, in either order. */
export const partOf = (range: readonly [fromMs: number, toMs: number], a: number, b: number): TimeRange => {
  const [fromMs, toMs] = range
  const middle = (part: number): number => fromMs + Math.min(1, Math.max(0, part)) * (toMs - fromMs)
  const [first, last] = [middle(Math.min(a, b)), middle(Math.max(a, b))]
  const short = Math.max(0, SPAN_MS_MIN - (last - first)) / 2
  return fixed(first - short, last + short)
}

const bounds = (range: TimeRange, nowMs: number): readonly [number, number] =>
  range.kind === 'fixed'
    ? [Date.parse(range.from), Date.parse(range.to)]
    : [nowMs - range.minutes * 60_000, nowMs]

const runningOf = (lengthMs: number): TimeRange => {
  const minutes = lengthMs / 60_000
  const span = SPANS.toSorted((a, b) => Math.abs(a.minutes - minutes) - Math.abs(b.minutes - minutes))[0]
  return { kind: 'last', ...pick(span ?? DEFAULT_SPAN) }
}

const pick = ({ id, minutes }: { readonly id: string; readonly minutes: number }) => ({ id, minutes })

/** To the second: an address that people read to each other. */
const fixed = (fromMs: number, toMs: number): TimeRange => ({
  kind: 'fixed',
  from: toSecond(fromMs),
  to: toSecond(toMs),
})

const toSecond = (atMs: number): string => `${new Date(atMs).toISOString().slice(0, 19)}Z`

const DAY_MS = 86_400_000

/** 14:31, or "14 Mar 14:31" where the picture spans more than a day. UTC. */
export const axisTime = (iso: string, spanMs: number): string => {
  const time = iso.slice(11, 16)
  if (spanMs <= DAY_MS) return time
  const month = new Date(iso).toLocaleString('en-US', { month: 'short', timeZone: 'UTC' })
  return `${Number(iso.slice(8, 10))} ${month} ${time}`
}

/** "Last hour", "14:02 to 14:47 UTC". */
export const rangeWords = (range: TimeRange): string => {
  if (range.kind === 'last') return `Last ${SPANS.find(span => span.id === range.id)?.label ?? ''}`
  const spanMs = Date.parse(range.to) - Date.parse(range.from)
  const old = Math.max(spanMs, range.from.slice(0, 10) === range.to.slice(0, 10) ? 0 : DAY_MS + 1)
  return `${axisTime(range.from, old)} to ${axisTime(range.to, old)} UTC`
}
