import { type Columns, newColumns } from '../model/index.ts'
import type { Look, LookedLag } from './look.ts'
import { sinceRecreated } from './rates.ts'

/**
 * What the looks of the last `evidenceMs` say about every partition's commits, as a byte of flags each.
 *
 * Each look is noted once, where it is taken in (lag.ts): per partition a byte of what it saw, and of the step since the
 * look before. A judgement is those bytes of the last looks, joined a word at a time; the offsets of those looks, sixteen
 * times as many bytes, are not gone through again.
 *
 * The oldest of the looks counts without its step, which began before the time that is judged, or on a topic that was
 * another one. A look that did not see the group, or was taken before a partition was added, knows nothing of it.
 */
export interface Trail {
  /** Lent. */
  readonly flags: Uint8Array
  /** The looks reach back `evidenceMs`, and no two neighbours are further apart than `freshMs`. */
  readonly covers: boolean
  /** The oldest of these looks saw the group: whoever joined since then has not had the time to commit anything. */
  readonly isOld: boolean
  /** Of the oldest of these looks. */
  readonly oldest: LookedLag | undefined
  /** Of the newest look that is at least half of `evidenceMs` old. */
  readonly lately: LookedLag | undefined
}

/** Some look did not know the lag. */
export const LAG_MISSING = 1
/** Nothing waited at some look, or it is not known whether anything did. */
export const IDLE = 2
/** Some look knew a committed offset. */
export const COMMITTED = 4
/** Some look knew the lag. */
export const LAG_KNOWN = 8
/** The committed offset went backwards between two looks. */
export const WENT_BACK = 16
/** The committed offset moved between two looks, or was not known at one of them. */
export const MOVED = 32
/** It did not stand still while something waited. */
export const NOT_STILL = IDLE | MOVED

const OF_THE_STEP = WENT_BACK | MOVED
const NOT_SEEN = LAG_MISSING | IDLE

/** What one look tells of a partition. @param stepped from the committed offset of the look before; NaN: one is not known */
export const noted = (committed: number, lagRecords: number, stepped: number): number => {
  // most partitions are well, and then one step tells: it is between two offsets that are known
  if (stepped > 0 && lagRecords > 0) return LAG_KNOWN | COMMITTED | MOVED
  return (
    (lagRecords === lagRecords ? LAG_KNOWN : LAG_MISSING) |
    (lagRecords > 0 ? 0 : IDLE) |
    (committed === committed ? COMMITTED : 0) |
    (stepped < 0 ? WENT_BACK : 0) |
    (stepped === 0 ? 0 : MOVED)
  )
}

/** Over `looks`, oldest first, from the newest that is older than `evidenceMs` on. */
export const trailOf = (
  looks: readonly Look[],
  topic: string,
  lagIn: (look: Look) => LookedLag | undefined,
  partitions: number,
  { evidenceMs, freshMs }: { readonly evidenceMs: number; readonly freshMs: number },
  columns: Columns = newColumns,
): Trail => {
  const newestMs = looks.at(-1)?.observation.monotonicMs ?? 0
  const ageMs = ({ observation }: Look): number => newestMs - observation.monotonicMs
  const same = sinceRecreated(looks, topic)
  const judged = same.slice(
    Math.max(
      0,
      same.findLastIndex(look => ageMs(look) >= evidenceMs),
    ),
  )
  const flags = columns.flags(partitions)
  let longestGapMs = 0
  judged.forEach((look, at) => {
    const before = judged[at - 1]
    if (before !== undefined) longestGapMs = Math.max(longestGapMs, ageMs(before) - ageMs(look))
    join(flags, lagIn(look)?.noted ?? NOTHING, before === undefined ? ~OF_THE_STEP : ~0)
  })
  const [oldest] = judged
  const reaches = oldest !== undefined && ageMs(oldest) >= evidenceMs
  const lagThen = oldest === undefined ? undefined : lagIn(oldest)
  const lately =
    judged[
      Math.max(
        0,
        judged.findLastIndex(look => ageMs(look) >= evidenceMs / 2),
      )
    ]
  return {
    flags,
    covers: reaches && longestGapMs <= freshMs,
    isOld: reaches && lagThen !== undefined,
    oldest: lagThen,
    lately: lately === undefined ? undefined : lagIn(lately),
  }
}

const NOTHING = newColumns.flags(0)

const join = (flags: Uint8Array, noted: Uint8Array, mask: number): void => {
  const into = new Uint32Array(flags.buffer)
  const words = new Uint32Array(noted.buffer)
  const four = (mask & 0xff) * 0x01010101
  for (let at = 0; at < words.length; at++) into[at] = (into[at] as number) | ((words[at] as number) & four)
  for (let p = noted.length; p < flags.length; p++) flags[p] = (flags[p] as number) | NOT_SEEN
}
