import type { Look } from './look.ts'

/**
 * Records that come all at once, again and again: devices that report at the full minute, a job that flushes by the
 * clock. Rates over half a minute cannot show it, and everything behind the topic has to bear the peak.
 *
 * Method: what the topic grew by between one look and the next, over the window. It is bursts when `MOST` of all records
 * came within a fifth of the looks or less, in at least two bursts that are apart. At a steady rate a fifth of the looks
 * holds a fifth of the records, and by chance, with `RECORDS_MIN` records, a third.
 */
export interface Bursts {
  /** Part of the records, and how many looks of how many they came in. */
  readonly share: number
  readonly looks: number
  readonly of: number
  /** From the beginning of one burst to the next, on the mean. */
  readonly everyMs: number
  /** Rate of the fullest look over the mean rate. */
  readonly peakOverMean: number
}

const MOST = 0.8
const LOOKS_SHARE_MAX = 0.2
const LOOKS_MIN = 15
const RECORDS_MIN = 200

export const judgeBursts = (looks: readonly Look[], topic: string): Bursts | null => {
  const steps: { readonly atMs: number; readonly perMs: number; readonly records: number }[] = []
  for (let at = 1; at < looks.length; at++) {
    const [before, now] = [looks[at - 1], looks[at]]
    const records = (now?.endTotals.get(topic) ?? Number.NaN) - (before?.endTotals.get(topic) ?? Number.NaN)
    const spanMs = (now?.observation.monotonicMs ?? 0) - (before?.observation.monotonicMs ?? 0)
    // a look that did not see everything, or a topic that began anew, hides what came when
    if (!(records >= 0) || spanMs <= 0) return null
    steps.push({ atMs: now?.observation.monotonicMs ?? 0, perMs: records / spanMs, records })
  }
  const total = steps.reduce((sum, { records }) => sum + records, 0)
  if (steps.length < LOOKS_MIN || total < RECORDS_MIN) return null
  const fullest = steps.toSorted((a, b) => b.records - a.records)
  let share = 0
  let count = 0
  while (share < MOST) share += (fullest[count++]?.records ?? 0) / total
  if (count > steps.length * LOOKS_SHARE_MAX) return null
  const least = fullest[count - 1]?.records ?? 0
  const begins = steps.flatMap(({ records, atMs }, at) =>
    records >= least && (steps[at - 1]?.records ?? 0) < least ? [atMs] : [],
  )
  const [first, last] = [begins[0] ?? 0, begins.at(-1) ?? 0]
  if (begins.length < 2) return null
  const spanMs = (looks.at(-1)?.observation.monotonicMs ?? 0) - (looks[0]?.observation.monotonicMs ?? 0)
  return {
    share,
    looks: count,
    of: steps.length,
    everyMs: (last - first) / (begins.length - 1),
    peakOverMean: Math.max(...steps.map(({ perMs }) => perMs)) / (total / spanMs),
  }
}
