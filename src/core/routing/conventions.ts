import { type PartitionCount, type PartitionIndex, utf8Bytes } from '../model/index.ts'
import type { Convention } from './convention.ts'
import { java } from './java.ts'

export const conventions = { java } as const satisfies Record<string, Convention>

export type ConventionName = keyof typeof conventions

/**
 * The partition that clients of `convention` choose for `key` among `count` partitions. Text is encoded as their text
 * serializer does it: UTF-8, and the convention's own substitute for half of a surrogate pair.
 *
 * The answer holds for this count only: another count routes most keys elsewhere.
 */
export const routeKey = (
  convention: ConventionName,
  key: Uint8Array | string,
  count: PartitionCount,
): PartitionIndex => {
  const { partitionOf, partitionOfAscii, loneSurrogate } = conventions[convention]
  if (typeof key !== 'string') return partitionOf(key, key.length, count) as PartitionIndex
  const quick = partitionOfAscii(key, count)
  if (quick !== null) return quick as PartitionIndex
  const bytes = utf8Bytes(key, loneSurrogate)
  return partitionOf(bytes, bytes.length, count) as PartitionIndex
}
