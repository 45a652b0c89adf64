import type { LaneItem } from '../../src/consumer/lane-work.ts'
import { FetchedRecord } from '../../src/core/records/index.ts'

/** A lane's record that nothing was done with yet; its key is the text's bytes. */
export const laneItem = (offset: number, key: string | null): LaneItem => {
  const bytes = new TextEncoder().encode(key ?? '')
  const { keyHash } = new FetchedRecord(offset, 0, bytes, 0, key === null ? -1 : bytes.length, -1, 0)
  return {
    offset,
    recordCount: 1,
    key: key === null ? null : bytes,
    keyHash,
    heldBytes: 10,
    slot: -1,
    attempts: 0,
    condemned: null,
    declined: false,
  }
}
