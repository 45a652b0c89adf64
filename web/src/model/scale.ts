/**
 * Colour scales: a value to a place on the ramp, 0 (least) to 1 (most).
 *
 * Goal: a colour means the same on every topic, every day and every screen, so that a glance can be trusted. Hence
 * fixed ends wherever the measure allows it:
 * - rates and bytes are a share of their topic's mean, on log2 from a half to eight times: the mean sits at a quarter,
 *   ordinary spread stays pale, and each step along the ramp is a doubling;
 * - lag and lag time are symmetric-log (asinh), since 0 is the value that matters most and has no logarithm;
 * - size alone is linear to the 99th percentile, as no fixed end would fit both a topic of bytes and one of terabytes.
 *
 * Values past an end take the end's colour; the ring drawn around outliers says that they passed it.
 */
export interface ScaleTick {
  /** Place on the ramp, 0 to 1. */
  readonly at: number
  readonly label: string
}

const clamp = (unit: number): number => Math.min(1, Math.max(0, unit))

/** Share of the mean → place; 1 (the mean) is at a quarter. */
export const shareToUnit = (share: number): number =>
  Number.isNaN(share) ? Number.NaN : clamp((Math.log2(Math.max(share, 0.5)) + 1) / 4)

const LAG_TIME_LINEAR_MS = 500
const LAG_TIME_END_MS = 600_000
const LAG_LINEAR_RECORDS = 10
const LAG_END_RECORDS = 1_000_000

const symlog = (value: number, linear: number, end: number): number =>
  clamp(Math.asinh(value / linear) / Math.asinh(end / linear))

/** Lag in milliseconds → place, 0 to 10 minutes. */
export const lagTimeToUnit = (milliseconds: number): number =>
  symlog(milliseconds, LAG_TIME_LINEAR_MS, LAG_TIME_END_MS)

/** Lag in records → place, 0 to a million. */
export const lagToUnit = (records: number): number => symlog(records, LAG_LINEAR_RECORDS, LAG_END_RECORDS)

/** Part of the end of the scale → place. */
export const partToUnit = (part: number): number => clamp(part)

export const shareTicks: readonly ScaleTick[] = [
  { at: 0, label: '½×' },
  { at: 0.25, label: '1×' },
  { at: 0.5, label: '2×' },
  { at: 0.75, label: '4×' },
  { at: 1, label: '8×+' },
]

export const lagTimeTicks: readonly ScaleTick[] = [
  { at: 0, label: '0' },
  { at: lagTimeToUnit(1000), label: '1 s' },
  { at: lagTimeToUnit(10_000), label: '10 s' },
  { at: lagTimeToUnit(60_000), label: '1 m' },
  { at: 1, label: '10 m+' },
]

export const lagTicks: readonly ScaleTick[] = [
  { at: 0, label: '0' },
  { at: lagToUnit(100), label: '100' },
  { at: lagToUnit(1000), label: '1k' },
  { at: lagToUnit(10_000), label: '10k' },
  { at: lagToUnit(100_000), label: '100k' },
  { at: 1, label: '1M+' },
]
