import { BatchFault, forEachBatchHeader, isControl, readBatches } from '../../core/records/index.ts'
import type { Sample } from '../../core/sketch/index.ts'
import type { FetchedPartition } from '../../ports/broker-link.ts'
import type { Codecs } from '../../ports/codecs.ts'

/** What one fetched piece of a partition holds. Keys are views that last for the call. */
export interface SampleReader {
  /** A record that stands for `weight` like it. */
  record(key: Uint8Array | null, sizeBytes: number, weight: number): void
  /** After the records of a batch: what they stood for, and what part of the unread range was read. */
  batch(records: number, bytes: number, readShare: number): void
}

export interface ReadPiece {
  /** Of the batches read, on disk. */
  readonly diskBytes: number
  readonly records: number
  /** Offset up to which the sample's range is accounted for. */
  readonly readTo: number
  /** Least size of the batch that did not fit; 0 where all did. */
  readonly cutBytes: number
}

/** A bomb of zeros in a sample is not worth more than this. */
const INFLATED_BYTES_MAX = 32 * 1024 * 1024

/**
 * Reads the whole batches of an answer. Each record's weight is the range that they stand for over the part of it that
 * they cover, so that all of them together stand for all that was written. A batch that cannot be read ends the piece;
 * the consumers of the topic will say so louder than a sample could.
 *
 * What they stand for is the unread range; but where it was read from its beginning and ended before a batch that did not
 * fit, it is only what lies before that batch. Else the small records in front of a large one would stand for it as
 * well, and a partition that is hot by a few large records would look the lighter, the larger they are.
 */
export const readSample = (
  sample: Sample,
  { records: answered, aborted, highWatermark }: FetchedPartition,
  codecs: Codecs,
  reader: SampleReader,
): ReadPiece => {
  const bytes = answered ?? NO_BYTES
  const cutBytes =
    // a broker sends nothing, not even a part of it, where already the first batch does not fit
    bytes.length === 0 && highWatermark > sample.offset ? sample.maxBytes + 1 : cutBatchBytes(bytes)
  const lasts: number[] = []
  let diskBytes = 0
  let covered = 0
  let counted = 0
  let next = sample.offset
  forEachBatchHeader(bytes, header => {
    next = header.baseOffset + header.lastOffsetDelta + 1
    const first = Math.max(header.baseOffset, sample.offset)
    const last = Math.min(header.baseOffset + header.lastOffsetDelta, sample.end - 1)
    if (last < first) return
    covered += last - first + 1
    if (isControl(header.attributes)) return
    lasts.push(header.baseOffset + header.lastOffsetDelta)
    diskBytes += header.sizeBytes
    counted += header.count
  })
  const readTo = cutBytes > 0 && sample.offset === sample.from ? Math.min(next, sample.end) : sample.end
  if (covered === 0) return { diskBytes: 0, records: 0, readTo, cutBytes }
  const readShare = Math.min(1, covered / (readTo - sample.from))
  const weight = 1 / readShare
  let batch = 0
  let batchRecords = 0
  let batchBytes = 0
  const endBatch = (): void => {
    if (batchRecords > 0) reader.batch(batchRecords * weight, batchBytes * weight, readShare)
    batchRecords = 0
    batchBytes = 0
  }
  try {
    readBatches(
      bytes,
      {
        from: sample.offset,
        // what loads a partition is what is written to it, whether or not it is ever committed
        isolation: 'read_uncommitted',
        aborted,
        crc32c: part => codecs.crc32c(part),
        decompress: (codec, packed, maxBytes) => codecs.decompress(codec, packed, maxBytes),
        maxInflatedBytes: INFLATED_BYTES_MAX,
      },
      record => {
        if (record.offset >= sample.end) return
        while (record.offset > (lasts[batch] ?? Number.POSITIVE_INFINITY)) {
          endBatch()
          batch++
        }
        const size = record.sizeBytes
        batchRecords++
        batchBytes += size
        reader.record(record.key, size, weight)
      },
    )
  } catch (failure) {
    if (!(failure instanceof BatchFault)) throw failure
  }
  endBatch()
  return { diskBytes, records: counted, readTo, cutBytes }
}

const NO_BYTES = new Uint8Array()

/** Base offset and length stand before the rest of a batch. */
const LENGTH_AT = 8
const LENGTH_ENDS = 12

const cutBatchBytes = (bytes: Uint8Array): number => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let at = 0; at + LENGTH_ENDS <= bytes.length; ) {
    const size = LENGTH_ENDS + view.getInt32(at + LENGTH_AT)
    if (size <= LENGTH_ENDS) return 0
    if (at + size > bytes.length) return size
    at += size
  }
  return 0
}
