/**
 * Figures as people read them, the same in the terminal and on the page: three significant figures, decimal units,
 * a no-break space before a unit, the word "unknown" for what is not known. Rules: docs/design.md, "Numbers".
 */
const NBSP = '\u00a0'

const threeFigures = (value: number): string => {
  if (value === 0) return '0'
  const magnitude = Math.floor(Math.log10(Math.abs(value)))
  return value.toFixed(Math.min(20, Math.max(0, 2 - magnitude)))
}

const trimZeros = (text: string): string => (text.includes('.') ? text.replace(/\.?0+$/, '') : text)

const scaled = (value: number, units: readonly string[]): string => {
  let rest = value
  let unit = 0
  // 999.6 would print as "1000": step up as soon as rounding reaches the next unit
  while (Math.abs(rest) >= 999.5 && unit < units.length - 1) {
    rest /= 1000
    unit++
  }
  return `${trimZeros(threeFigures(rest))}${units[unit] ?? ''}`
}

/** 9,999 in full with commas; above that 12.4k, 3.21M. */
export const formatCount = (value: number): string => {
  if (!Number.isFinite(value)) return 'unknown'
  if (Math.abs(value) < 10_000 && Number.isInteger(value)) return value.toLocaleString('en-US')
  return scaled(value, ['', 'k', 'M', 'G', 'T'])
}

/** 412/s, 12.4k/s. */
export const formatRate = (perSecond: number): string =>
  Number.isFinite(perSecond) ? `${scaled(perSecond, ['', 'k', 'M', 'G', 'T'])}/s` : 'unknown'

/** 293 kB, 1.28 TB (decimal). */
export const formatBytes = (bytes: number): string =>
  Number.isFinite(bytes)
    ? scaled(bytes, [`${NBSP}B`, `${NBSP}kB`, `${NBSP}MB`, `${NBSP}GB`, `${NBSP}TB`, `${NBSP}PB`])
    : 'unknown'

export const formatByteRate = (perSecond: number): string =>
  Number.isFinite(perSecond) ? `${formatBytes(perSecond)}/s` : 'unknown'

/** 271 ms, 4.2 s, 6 m 07 s, 1 h 03 m. */
export const formatDuration = (milliseconds: number): string => {
  if (!Number.isFinite(milliseconds)) return 'unknown'
  if (milliseconds < 999.5) return `${trimZeros(threeFigures(Math.max(0, milliseconds)))}${NBSP}ms`
  const seconds = milliseconds / 1000
  if (seconds < 59.95) return `${trimZeros(seconds.toFixed(1))}${NBSP}s`
  const whole = Math.round(seconds)
  const pad = (value: number): string => String(value).padStart(2, '0')
  if (whole < 3600) return `${Math.floor(whole / 60)}${NBSP}m${NBSP}${pad(whole % 60)}${NBSP}s`
  const minutes = Math.round(whole / 60)
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)}${NBSP}h${NBSP}${pad(minutes % 60)}${NBSP}m`
  return `${trimZeros((minutes / 1440).toFixed(1))}${NBSP}days`
}

/** 9.4×; two decimals under 3, because 1.21 and 1.25 differ where 9.41 and 9.45 do not. */
export const formatTimes = (ratio: number): string =>
  Number.isFinite(ratio)
    ? `${ratio < 3 ? ratio.toFixed(2) : ratio < 100 ? trimZeros(ratio.toFixed(1)) : formatCount(Math.round(ratio))}×`
    : 'unknown'

/** 0.812 → 81 %. */
export const formatShare = (share: number): string =>
  Number.isFinite(share)
    ? `${trimZeros(share * 100 < 10 ? (share * 100).toFixed(1) : (share * 100).toFixed(0))}${NBSP}%`
    : 'unknown'

/**
 * Text that came from Kafka (keys, group ids, client ids) made safe for a terminal: control characters and
 * bidirectional overrides become visible escapes, so that a key cannot clear the screen or reorder a line.
 */
export const printable = (text: string): string =>
  text.replace(
    // eslint-disable-next-line no-control-regex
    /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g,
    character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
