import { LanekeeperError } from '../core/model/index.ts'

const AGO = /^(\d{1,6})(s|m|h|d)$/
const UNITS_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
const ISO = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?)?(Z|[+-]\d\d:?\d\d)?$/

/**
 * A moment as people write it: `2026-01-31T12:00:00Z` (UTC where no zone is said, as Kafka's own tools take it) or
 * `15m`, fifteen minutes ago. Milliseconds since 1970.
 */
export const timeOption = (option: string, text: string, nowMs: number): number => {
  const ago = AGO.exec(text)
  if (ago !== null) return nowMs - Number(ago[1]) * UNITS_MS[ago[2] as keyof typeof UNITS_MS]
  const zone = ISO.exec(text)
  const atMs = zone === null ? Number.NaN : Date.parse(zone[4] === undefined ? withZone(text) : text)
  if (Number.isNaN(atMs))
    throw new LanekeeperError('USAGE', `${option} ${text}: not a time.`, {
      fix: `Write ${option} 2026-01-31T12:00:00Z, or ${option} 15m for fifteen minutes ago.`,
    })
  return atMs
}

/** A date alone is UTC already; with a time of day, JavaScript would take it as local. */
const withZone = (text: string): string => (text.includes('T') ? `${text}Z` : text)
