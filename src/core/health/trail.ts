import type { Series } from './rates.ts'

/**
 * What the looks of the last `evidenceMs` say about every partition's commits, as a byte of flags each.
 *
 * Column by column and not partition by partition: 200,000 partitions are then a few passes over arrays, where an array
 * of past figures for each of them would be most of the cost of a look.
 */
export interface Trail {
  readonly flags: Uint8Array
  /** The looks reach back `evidenceMs`, and no two neighbours are further apart than `freshMs`. */
  readonly covers: boolean
  /** The oldest of these looks saw the group: whoever joined since then has not had the time to commit anything. */
  readonly isOld: boolean
  /** Of the oldest of these looks. */
  readonly committedThen: Float64Array | undefined
  readonly lagThen: Float64Array | undefined
  /** Of the newest look that is at least half of `evidenceMs` old. */
  readonly committedLately: Float64Array | undefined
}

/** Some look did not know the lag. */
export const LAG_MISSING = 1
/** The committed offset went backwards between two looks. */
export const WENT_BACK = 2
/** The committed offset moved or was not known, or nothing waited at some look: it did not stand still. */
export const NOT_STILL = 4
/** Some look knew a committed offset. */
export const COMMITTED = 8
/** Some look knew the lag. */
export const LAG_KNOWN = 16

/** `committed` and `lags` have the same times, oldest first; the looks since the last one older than `evidenceMs` count. */
export const trailOf = (
  committed: Series,
  lags: Series,
  partitions: number,
  { evidenceMs, freshMs }: { readonly evidenceMs: number; readonly freshMs: number },
): Trail => {
  const newestMs = committed.atMs.at(-1) ?? 0
  const first = Math.max(
    0,
    committed.atMs.findLastIndex(atMs => newestMs - atMs >= evidenceMs),
  )
  const flags = new Uint8Array(partitions)
  let longestGapMs = 0
  let before: Float64Array | undefined
  for (let at = first; at < committed.atMs.length; at++) {
    if (at > first)
      longestGapMs = Math.max(longestGapMs, (committed.atMs[at] ?? 0) - (committed.atMs[at - 1] ?? 0))
    const column = committed.columns[at]
    addLook(flags, column, lags.columns[at], at > first ? before : column)
    before = column
  }
  return {
    flags,
    isOld:
      committed.columns[first] !== undefined && newestMs - (committed.atMs[first] ?? newestMs) >= evidenceMs,
    committedThen: committed.columns[first],
    lagThen: lags.columns[first],
    committedLately:
      committed.columns[
        Math.max(
          first,
          committed.atMs.findLastIndex(atMs => newestMs - atMs >= evidenceMs / 2),
        )
      ],
    covers: newestMs - (committed.atMs[first] ?? newestMs) >= evidenceMs && longestGapMs <= freshMs,
  }
}

/** A column that is absent or, read before partitions were added, shorter, knows nothing of the rest. */
const addLook = (
  flags: Uint8Array,
  committed: Float64Array | undefined,
  lags: Float64Array | undefined,
  before: Float64Array | undefined,
): void => {
  const count = flags.length
  const [lagNow, positionNow, positionThen] = [
    whole(lags, count),
    whole(committed, count),
    whole(before, count),
  ]
  for (let p = 0; p < count; p++) {
    const lag = lagNow[p] as number
    const position = positionNow[p] as number
    const step = position - (positionThen[p] as number)
    // most partitions are well, and then one step tells: it is between two offsets that are known
    if (step > 0 && lag === lag) {
      flags[p] = (flags[p] as number) | MOVED
      continue
    }
    let seen = lag === lag ? LAG_KNOWN : LAG_MISSING
    if (position === position) seen |= COMMITTED
    if (step < 0) seen |= WENT_BACK
    if (!(lag > 0) || step !== 0) seen |= NOT_STILL
    flags[p] = (flags[p] as number) | seen
  }
}

const MOVED = LAG_KNOWN | COMMITTED | NOT_STILL

const whole = (column: Float64Array | undefined, count: number): Float64Array => {
  if (column !== undefined && column.length >= count) return column
  const full = new Float64Array(count).fill(Number.NaN)
  if (column !== undefined) full.set(column)
  return full
}
