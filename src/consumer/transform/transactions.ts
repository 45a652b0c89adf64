import type { Offset } from '../../core/model/index.ts'
import type { RecordHeader } from '../../core/records/index.ts'

/**
 * What `transform` needs of a transactional producer. Whoever puts the parts together hands it in: reading does not
 * depend on writing.
 */
export interface Transactions {
  /** Shuts the last holder of the id out, and aborts what it left open. */
  init(): Promise<void>
  begin(): void
  /** False: taken, but wait for `drained()`. A record that cannot be sent makes `commit` reject. Throws where no transaction is open. */
  send(record: OutgoingRecord): boolean
  drained(): Promise<void>
  addOffsets(offsets: OffsetsOfMember): Promise<void>
  /** Rejects where nothing was committed, or where that is not known. */
  commit(): Promise<void>
  /** Aborts an open transaction. Never rejects. */
  close(): Promise<void>
}

export interface OutgoingRecord {
  readonly topic: string
  readonly key: Uint8Array | string | null
  readonly value: Uint8Array | string | null
  readonly headers?: readonly RecordHeader[]
  readonly timestampMs?: number
  readonly partition?: number
}

export interface OffsetsOfMember {
  readonly group: string
  readonly memberId: string
  readonly memberEpoch: number
  readonly instanceId: string | null
  readonly offsets: readonly { readonly topic: string; readonly partition: number; readonly offset: Offset }[]
}
