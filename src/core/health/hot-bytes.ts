import type { RecordSizesSeen } from './key-evidence.ts'
import { medianOf } from './median.ts'
import { chanceOfAtLeast, type SkewThresholds } from './skew.ts'

/**
 * The partition that is hot by its bytes, though not by its records: a few large records among small ones load a
 * broker's disk and network, its followers, and every consumer behind them, and no count of records shows it.
 *
 * Hot is, as in skew.ts, `hotTimesMean` times the median partition, and beyond chance. Chance is judged as if all that an
 * ordinary partition carries came in records as large as the one that a byte of this partition lies in: a median of 1 MB
 * is then twenty records of 50 kB, and that a partition gets forty where twenty are ordinary is no proof. That is the
 * dearest way in which luck could have done it, so what is left is no luck. How large that record is cannot be told from
 * the mean (one of a megabyte among a thousand small ones makes the same mean as a thousand of a kilobyte), so it takes a
 * sample; without one the partition is suspect, and nothing is said. The sample must also show larger records than
 * elsewhere: a writer that sends few records at a time, to one partition, makes them take more on disk, for a batch has a
 * head of 61 bytes and small ones compress badly; that is no weight anybody needs to mend.
 *
 * Bytes of a partition are measured (rates.ts); where they are not known the partition is neither hot nor a yardstick.
 */
export interface HotBytes {
  /** The busiest by bytes. */
  readonly partition: number
  readonly bytesPerSecond: number
  readonly medianPerSecond: number
  readonly meanPerSecond: number
  /** Mean size of its records on disk, and of the records of all others. */
  readonly recordBytes: number
  readonly othersRecordBytes: number
  /** False: it may be luck, or it is not known whether it is. */
  readonly beyondChance: boolean
}

/** Twice the bytes may be half as many records again, each half as large again. */
const LARGER_TIMES = 1.4

/**
 * @param ballsPerRecord of chance: below 1 where keys are few (skew.ts) or records of a partition come in clumps; asked only
 *   where the sample shows larger records, for it goes through all looks of the topic
 * @param sizesOf the records of a partition, sampled
 * @param room for as many figures as a column has, written over
 */
export const judgeHotBytes = (
  recordsPerSecond: Float64Array,
  bytesPerSecond: Float64Array,
  windowMs: number,
  thresholds: SkewThresholds,
  ballsPerRecord: (partition: number) => number,
  sizesOf: (partition: number) => RecordSizesSeen | null,
  room?: Float64Array,
): HotBytes | null => {
  let known = 0
  let bytes = 0
  let records = 0
  let hottest = -1
  for (let p = 0; p < bytesPerSecond.length; p++) {
    const rate = bytesPerSecond[p] as number
    if (Number.isNaN(rate)) continue
    known++
    bytes += rate
    records += recordsPerSecond[p] as number
    if (hottest < 0 || rate > (bytesPerSecond[hottest] as number)) hottest = p
  }
  const most = bytesPerSecond[hottest] ?? 0
  if (known < 2 || !(most > 0)) return null
  const median = medianOf(bytesPerSecond, bytes / known, known, room)
  if (most < thresholds.hotTimesMean * median) return null
  const own = recordsPerSecond[hottest] as number
  const recordBytes = most / own
  const seen = sizesOf(hottest)
  const isBeyondChance = (): boolean => {
    if (seen === null || seen.meanBytes < LARGER_TIMES * seen.othersMeanBytes) return false
    const ballBytes = (recordBytes * seen.lumpiness) / ballsPerRecord(hottest)
    const ballsIn = (perSecond: number): number => (perSecond * windowMs) / 1000 / ballBytes
    return known * chanceOfAtLeast(ballsIn(most), ballsIn(median)) < thresholds.chanceProbability
  }
  return {
    partition: hottest,
    bytesPerSecond: most,
    medianPerSecond: median,
    meanPerSecond: bytes / known,
    recordBytes,
    othersRecordBytes: (bytes - most) / (records - own),
    beyondChance: isBeyondChance(),
  }
}
