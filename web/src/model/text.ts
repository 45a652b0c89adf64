/**
 * Words and figures of the page: the formats of the core, made safe for values that are not known (`null` is the word
 * "unknown", never 0), and times in UTC.
 */
import {
  formatByteRate,
  formatBytes,
  formatCount,
  formatDuration,
  formatRate,
  formatShare,
  formatTimes,
} from '../../../src/core/model/format.ts'

export type Known = number | null | undefined

const orUnknown =
  (format: (value: number) => string) =>
  (value: Known): string =>
    value === null || value === undefined || !Number.isFinite(value) ? 'unknown' : format(value)

export const rate = orUnknown(formatRate)
export const byteRate = orUnknown(formatByteRate)
export const bytes = orUnknown(formatBytes)
/** Partial sums and means are not whole; a count of records is shown as one. */
export const count = orUnknown(value => formatCount(Math.round(value)))
export const duration = orUnknown(formatDuration)
/** A part so small that its digits end is not none. */
export const share = orUnknown(value => (value > 0 && value < 0.0005 ? '<0.1\u00a0%' : formatShare(value)))
export const times = orUnknown(formatTimes)

/** Signed rate of change, "+940/s", "-12/s", "steady". */
export const trend = orUnknown(value =>
  Math.abs(value) < 0.5 ? 'steady' : `${value > 0 ? '+' : '-'}${formatRate(Math.abs(value))}`,
)

/** Offsets are decimal strings, since they may pass 2^53: grouped by hand, never parsed. */
export const offset = (value: string | null): string =>
  value === null ? 'unknown' : value.replace(/\B(?=(\d{3})+(?!\d))/g, ',')

/** 14:31:26, UTC. */
export const clock = (iso: string): string => iso.slice(11, 19)

/** 14:31, UTC. */
export const minute = (iso: string): string => iso.slice(11, 16)

const SECONDS_UNTIL_MS = 120_000

/**
 * How long ago, from two ISO times: seconds for two minutes, then minutes, since a list in which every line counts
 * seconds cannot be read. Never negative: two machines' clocks differ a little.
 */
export const ago = (since: string, now: string): string => {
  const milliseconds = Math.max(0, Date.parse(now) - Date.parse(since))
  if (milliseconds < SECONDS_UNTIL_MS) return `${Math.round(milliseconds / 1000)}\u00a0s`
  const minutes = Math.floor(milliseconds / 60_000)
  return minutes < 60 ? `${minutes}\u00a0m` : formatDuration(minutes * 60_000)
}

/** A setting's duration: "24 h", "7 days", "90 m". */
export const period = (milliseconds: number): string => {
  const units = [
    ['days', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1000],
  ] as const
  const whole = units.find(
    ([unit, size]) => milliseconds % size === 0 && milliseconds / size >= (unit === 'days' ? 2 : 1),
  )
  return whole === undefined ? formatDuration(milliseconds) : `${milliseconds / whole[1]}\u00a0${whole[0]}`
}

/**
 * What a setting's number means, where its name says the unit: retention.ms 86400000 is "24 h", segment.bytes
 * 1073741824 "1.07 GB". Empty where the number needs no explaining.
 */
export const settingWords = (name: string, value: string): string => {
  const number = Number(value)
  const unit = /\.(ms|bytes)$/.exec(name)?.[1]
  if (value === '' || unit === undefined || Number.isNaN(number)) return ''
  // -1 and Long.MAX_VALUE are how Kafka writes "never"
  if (number === -1 || number > 9.2e18) return 'without limit'
  if (number < 1000) return ''
  return unit === 'ms' ? period(number) : bytes(number)
}

/** "1 broker", "3 brokers", "1,514 partitions". */
export const counted = (value: number, one: string, many = `${one}s`): string =>
  `${formatCount(value)} ${value === 1 ? one : many}`

/** "1 record", "1,617 records", "unknown records". */
export const records = (value: Known): string =>
  `${count(value)} ${Math.round(value ?? 0) === 1 ? 'record' : 'records'}`

const WORDS = ['No', 'One', 'Two', 'Three', 'Four', 'Five', 'Six', 'Seven', 'Eight', 'Nine']

/** Small numbers as words, for the start of a sentence: "One", "Two", "12". */
export const numberWord = (value: number): string => WORDS[value] ?? formatCount(value)

/** The first of a list that machines wrote, and how many more there are: three brokers refuse in the same words. */
export const firstAndMore = (text: string, between: string): string => {
  const parts = text.split(between)
  return parts.length === 1 ? text : `${parts[0]} and ${counted(parts.length - 1, 'more', 'more')}`
}

/** For the beginning of a sentence. */
export const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

/** "a", "a and b", "a, b and c". */
export const listed = (items: readonly string[]): string =>
  items.length < 2 ? (items[0] ?? '') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`

/**
 * A figure and its quieter unit: "648k/s" → ["648k", "/s"], "46 MB/s" → ["46", " MB/s"]. A duration of two units
 * ("6 m 07 s") stays whole: half of it small would read as two figures.
 */
export const splitUnit = (text: string): readonly [figure: string, unit: string] => {
  const match = /^([+-]?[\d.,]+[kMGT]?)((?:\u00a0\S+|\/s)\S*)$/.exec(text)
  return match ? [match[1] ?? text, match[2] ?? ''] : [text, '']
}
