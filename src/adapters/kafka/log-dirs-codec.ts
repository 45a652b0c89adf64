/**
 * DescribeLogDirs, version 4, told partition by partition while it is read: a broker answers for every replica that it
 * has, and of most of them only the sum is wanted.
 *
 *     answer:    throttle_time_ms error_code [ error_code log_dir [ name [ partition ] ] total_bytes usable_bytes ]
 *     partition: partition_index partition_size offset_lag is_future_key
 */
import { type API, createAPI, describeLogDirsV4 } from '@platformatic/kafka'
import { WireReader } from './wire-bytes.ts'

/** Is told of each replica of a topic. `future`: it is being moved here from another disk of the broker. */
export type SizeTaker = (partition: number, sizeBytes: number, future: boolean) => void

/** Of all directories that the broker can read. */
export interface DirSums {
  readonly usedBytes: number
  /** NaN where the broker cannot tell; one such directory makes the sum unknown. */
  readonly totalBytes: number
  readonly usableBytes: number
}

/** Null: the broker refused. */
export const describeAllLogDirsV4 = (
  takerOf: (topic: string) => SizeTaker | undefined,
): API<[], DirSums | null> =>
  createAPI(
    35,
    4,
    () => describeLogDirsV4.createRequest(ALL_TOPICS),
    (_correlation, _key, _version, reader) => readLogDirs(reader.buffer.slice(reader.position), takerOf),
  )

const ALL_TOPICS = null

/** @throws UnreadableAnswer */
export const readLogDirs = (
  bytes: Buffer,
  takerOf: (topic: string) => SizeTaker | undefined,
): DirSums | null => {
  const reader = new WireReader(bytes)
  reader.int32() // throttle time
  const refused = reader.int16() !== 0
  let usedBytes = 0
  let totalBytes = 0
  let usableBytes = 0
  for (let left = reader.compactLength(); left > 0; left--) {
    const unreadable = reader.int16() !== 0
    reader.string() // path
    let used = 0
    for (let more = reader.compactLength(); more > 0; more--) {
      const take = takerOf(reader.string())
      for (let count = reader.compactLength(); count > 0; count--) {
        const at = reader.skip(21)
        reader.taggedFields()
        const sizeBytes = reader.offsetAt(at + 4)
        used += sizeBytes
        take?.(reader.int32At(at), sizeBytes, reader.int8At(at + 20) !== 0)
      }
      reader.taggedFields()
    }
    const [total, usable] = [bytesOrUnknown(reader), bytesOrUnknown(reader)]
    reader.taggedFields()
    if (unreadable) continue
    usedBytes += used
    totalBytes += total
    usableBytes += usable
  }
  return refused ? null : { usedBytes, totalBytes, usableBytes }
}

const bytesOrUnknown = (reader: WireReader): number => {
  const value = Number(reader.bigint64())
  return value < 0 ? Number.NaN : value
}
