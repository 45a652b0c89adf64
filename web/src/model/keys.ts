/** What the keys table shows of a partition's keys. */
import type { PartitionKeysView } from '../../../src/api/contract.ts'
import { share } from './text.ts'

type KeyRow = PartitionKeysView['keys'][number]

/** A key below this share is one of many; four rows tell more than twenty that look alike. */
const SHOWN_SHARE_MIN = 0.005
const SHOWN_MIN = 4
const SHOWN_MAX = 10

/** The keys worth a row: the heaviest few, and any beyond that which still carry something. */
export const heaviestKeys = ({ keys }: PartitionKeysView): readonly KeyRow[] =>
  keys.filter((key, at) => at < SHOWN_MIN || (at < SHOWN_MAX && (key.bytes.share ?? 0) >= SHOWN_SHARE_MIN))

/** What the rows leave over, without the records that have no key; null where that is nothing. */
export const othersShare = (
  { keys, distinctKeys, keyless }: PartitionKeysView,
  shown: readonly KeyRow[],
): { readonly keys: number; readonly share: number } | null => {
  const others = Math.max(keys.length, distinctKeys ?? 0) - shown.length
  if (others <= 0) return null
  const rest = shown.reduce((left, key) => left - (key.bytes.share ?? 0), 1 - (keyless.share ?? 0))
  return { keys: others, share: Math.max(0, rest) }
}

/** "± 1.2 %", and nothing where every record was counted. */
export const shareWithError = ({ share: value, low, high }: KeyRow['bytes']): string => {
  if (value === null || low === null || high === null) return ''
  const half = Math.max(value - low, high - value)
  return half < 0.0005 ? '' : `± ${share(half)}`
}
