/**
 * How long which fineness is kept. Each tier is rolled up from the one before it, so the picture of a day does not need
 * 86,400 rows, and a year fits the disk.
 *
 * For 1,500 partitions a step is 12 kB: 22 MB of seconds, 52 MB of ten seconds, 121 MB of minutes and 105 MB of hours
 * when all are full. A smaller bound on the file shortens the tier that has most steps.
 */
export interface Tier {
  readonly stepMs: number
  readonly keepMs: number
}

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

export const tiers: readonly Tier[] = [
  { stepMs: 1_000, keepMs: 30 * minuteMs },
  { stepMs: 10_000, keepMs: 12 * hourMs },
  { stepMs: minuteMs, keepMs: 7 * dayMs },
  { stepMs: hourMs, keepMs: 365 * dayMs },
]

export const stepOf = (tier: number): number => tiers[tier]?.stepMs ?? hourMs

export const stepStart = (atMs: number, stepMs: number): number => Math.floor(atMs / stepMs) * stepMs

/** Steps of a picture that read as round. Five seconds at least: looks a second apart now and then skip a second. */
const pictureStepsMs = [
  ...[5, 10, 20, 30].map(seconds => seconds * 1000),
  ...[1, 2, 5, 10, 15, 30].map(minutes => minutes * minuteMs),
  ...[1, 2, 6, 12, 24, 24 * 7].map(hours => hours * hourMs),
]

/** The shortest round step with which the span has at most so many columns. */
export const pictureStepMs = (spanMs: number, columnsMax: number, stepMsMin = 0): number =>
  pictureStepsMs.find(stepMs => stepMs >= stepMsMin && spanMs / stepMs <= columnsMax) ??
  Math.max(stepMsMin, stepStart(spanMs / columnsMax, dayMs) + dayMs)
