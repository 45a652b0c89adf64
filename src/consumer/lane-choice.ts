/** Which of a partition's lanes a record goes to. */

/** A power of two, four lanes for each handler that may run, so that keys rarely wait for a stranger. */
export const laneCountFor = (ordering: 'key' | 'partition' | 'none', concurrency: number): number =>
  ordering === 'partition' ? 1 : Math.min(256, Math.max(16, 2 ** Math.ceil(Math.log2(concurrency * 4))))

/** By key, or by `slot` where nothing orders the record. `laneCount` is a power of two. */
export const laneIndexOf = (
  ordering: 'key' | 'partition' | 'none',
  laneCount: number,
  key: Uint8Array | null,
  slot: number,
): number => (key === null || ordering === 'none' ? slot : hashKey(key)) & (laneCount - 1)

/** FNV-1a with a final fold. Not the hash that chose the partition: its low bits are equal within a partition. */
const hashKey = (key: Uint8Array): number => {
  let hash = 0x811c9dc5
  for (let index = 0; index < key.length; index++) hash = Math.imul(hash ^ (key[index] as number), 0x01000193)
  return hash ^ (hash >>> 15)
}
