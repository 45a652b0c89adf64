/**
 * What is finished above the frontier, as text beside the committed offset.
 *
 * Goal. Kafka keeps one number per partition, and everything above it is done again after a crash. With many keys side
 * by side most of that is finished already. Kafka also keeps a text beside the number (the commit's metadata, up to
 * `offset.metadata.max.bytes`, 4096 by default), so the finished records travel there and the next owner leaves them
 * out.
 *
 * Method. Runs of unfinished and finished offsets in turn, counted from the committed offset, in base 36:
 * `lk1:1.5.2.1` at offset 100 says that 101 … 105 and 108 are finished. Offsets that hold no record (control batches,
 * compaction) fall into whichever run they lie in; nobody will ever ask for them.
 *
 * Invariants. A text is a promise about finished records only: cut short, or lost altogether, it costs repeats and
 * never a record. It belongs to the offset it was committed with: who resets the group writes another text.
 *
 * Other words may follow behind a blank (core/model/failing-record.ts).
 *
 * What it does not do: remember more than the text holds, or read texts that others wrote.
 */
import type { Offset } from '../core/model/index.ts'

/** Offsets `from` … `to` - 1. */
export interface OffsetRange {
  readonly from: Offset
  readonly to: Offset
}

const PREFIX = 'lk1:'
const RADIX = 36

/** `ranges` ascending, above `frontier`. At most `charsMax` characters: the highest ranges are forgotten first. */
export const finishedText = (frontier: Offset, ranges: readonly OffsetRange[], charsMax: number): string => {
  let text = ''
  let at = frontier
  for (const { from, to } of ranges) {
    const runs = `${(from - at).toString(RADIX)}.${(to - from).toString(RADIX)}`
    const longer = text === '' ? `${PREFIX}${runs}` : `${text}.${runs}`
    if (longer.length > charsMax) break
    text = longer
    at = to
  }
  return text
}

/** The ranges of a text that was committed with `frontier`; none where the text is not ours. */
export const finishedRanges = (frontier: Offset, text: string): readonly OffsetRange[] => {
  const [word = ''] = text.split(' ', 1)
  if (!/^lk1:[0-9a-z]+(\.[0-9a-z]+)*$/.test(word)) return []
  const runs = word
    .slice(PREFIX.length)
    .split('.')
    .map(run => Number.parseInt(run, RADIX))
  const ranges: OffsetRange[] = []
  let at = frontier
  for (let run = 0; run + 1 < runs.length; run += 2) {
    const from = at + (runs[run] as number)
    const to = from + (runs[run + 1] as number)
    if (!Number.isSafeInteger(to)) return []
    ranges.push({ from, to })
    at = to
  }
  return ranges
}

/** Asked for ascending offsets: whether each was finished in an earlier life. */
export class FinishedAhead {
  readonly #ranges: readonly OffsetRange[]
  #at = 0

  constructor(ranges: readonly OffsetRange[]) {
    this.#ranges = ranges
  }

  has(offset: Offset): boolean {
    for (; this.#at < this.#ranges.length; this.#at++) {
      const { from, to } = this.#ranges[this.#at] as OffsetRange
      if (offset < from) return false
      if (offset < to) return true
    }
    return false
  }

  /** Nothing that is still to come was finished. */
  get isSpent(): boolean {
    return this.#at === this.#ranges.length
  }
}
