/** Which of a partition's lanes a record goes to. */

/** A power of two, four lanes for each handler that may run, so that keys rarely wait for a stranger. */
export const laneCountFor = (ordering: 'key' | 'partition' | 'none', concurrency: number): number =>
  ordering === 'partition' ? 1 : Math.min(256, Math.max(16, 2 ** Math.ceil(Math.log2(concurrency * 4))))

/**
 * By the hash of its key, or by `slot` where nothing orders the record. `laneCount` is a power of two. The hash is not
 * the one that chose the partition: its low bits are equal within a partition.
 */
export const laneIndexOf = (
  ordering: 'key' | 'partition' | 'none',
  laneCount: number,
  item: { readonly keyHash: number | null; readonly slot: number },
): number => {
  const hash = ordering === 'key' ? item.keyHash : null
  return (hash ?? item.slot) & (laneCount - 1)
}
