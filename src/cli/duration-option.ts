import { InvalidArgumentError } from 'commander'
import { formatDuration } from '../core/model/index.ts'

const units = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** `30s`, `5m`, `24h`, `7d` → milliseconds, for commander; without a unit it could be any of them, so it is refused. */
export const durationMs = (text: string, limits: { readonly from: number; readonly to: number }): number => {
  const match = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text)
  const value = match === null ? NaN : Number(match[1]) * units[match[2] as keyof typeof units]
  if (!(value >= limits.from && value <= limits.to))
    throw new InvalidArgumentError(
      `A whole number with its unit (30s, 5m, 24h, 7d), from ${formatDuration(limits.from)} to ${formatDuration(limits.to)}.`,
    )
  return value
}
