/**
 * Which partitions to read a little of, and where, so that keys become known at a bounded cost.
 *
 * Goal. The keys of a hot partition to a percent within seconds, a rough idea of every other one within a minute, and
 * never more than so many bytes and partitions asked of the brokers, however large the cluster.
 *
 * Method. Partitions come in order of interest (asked for, hot, then a turn that goes through all). Each gets as much as
 * it has that was not read yet, up to a share of what is left of the budget; the interested ones may take more, and as
 * much more as the batch takes that did not fit the last time. Where a partition has more unread than it may get, the
 * place is drawn at random among the unread: always reading the newest would show only the end of each second, and a
 * producer that flushes once a second would look like the only one.
 *
 * Not done: reading what is older than the window, or catching up after a pause. What was not read is not needed; the
 * sample says what part it was.
 */
export interface SampleBudget {
  readonly bytes: number
  readonly partitionBytesMax: number
  /** The same for partitions of interest. */
  readonly interestBytesMax: number
}

export interface SampleCandidate {
  readonly topic: string
  readonly partition: number
  /** First offset not read yet, and the end. */
  readonly from: number
  readonly end: number
  /** On disk, compressed; NaN while unknown. */
  readonly bytesPerRecord: number
  /** Of the batch that did not fit the last time; 0: all did. */
  readonly cutBytes: number
  readonly interest: boolean
}

export interface Sample {
  readonly topic: string
  readonly partition: number
  /** Unread range that the sample stands for. */
  readonly from: number
  readonly end: number
  /** Where to read, and how much at most. */
  readonly offset: number
  readonly maxBytes: number
}

/** A guess for partitions of which nothing was read yet; it is corrected by the first answer. */
const BYTES_PER_RECORD_GUESS = 200
/** A batch's header, and an answer that ends in the middle of a batch brings nothing. */
const BATCH_ROOM_BYTES = 1_024

export const chooseSamples = (
  candidates: readonly SampleCandidate[],
  budget: SampleBudget,
  random: () => number,
): readonly Sample[] => {
  const samples: Sample[] = []
  let left = budget.bytes
  for (const { topic, partition, from, end, bytesPerRecord, cutBytes, interest } of candidates) {
    if (left < BATCH_ROOM_BYTES) break
    const records = end - from
    if (!(records > 0)) continue
    const recordBytes = bytesPerRecord > 0 ? bytesPerRecord : BYTES_PER_RECORD_GUESS
    const most = Math.min(left, interest ? budget.interestBytesMax + cutBytes : budget.partitionBytesMax)
    const wanted = records * recordBytes * 1.25 + BATCH_ROOM_BYTES + cutBytes
    const maxBytes = Math.floor(Math.min(most, wanted))
    const fits = Math.max(1, Math.floor((maxBytes - BATCH_ROOM_BYTES) / recordBytes))
    const room = records - fits
    const offset = wanted <= most || room <= 0 ? from : from + Math.floor(random() * (room + 1))
    samples.push({ topic, partition, from, end, offset, maxBytes })
    left -= maxBytes
  }
  return samples
}
