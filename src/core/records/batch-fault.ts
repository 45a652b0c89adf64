import { LanekeeperError, type Offset } from '../model/index.ts'

/**
 * - `corrupt`: checksum or a length is wrong; the bytes are not what was written.
 * - `not-inflated`: the batch would inflate past the limit, or is not what its codec writes.
 * - `unsupported`: an older record format or an unknown codec.
 * - `incomplete`: the answer holds not even one whole batch, which no broker sends since Kafka 0.10.1.
 */
export type BatchFaultKind = 'corrupt' | 'not-inflated' | 'unsupported' | 'incomplete'

/** A batch that cannot be read. The records before it have been handed out; reading on would skip it. */
export class BatchFault extends LanekeeperError {
  readonly kind: BatchFaultKind
  /** Where reading must stop: base offset of the batch, or the offset asked for where not even that is known. */
  readonly offset: Offset

  constructor(kind: BatchFaultKind, where: string, offset: Offset, what: string, cause?: unknown) {
    super('FETCH_STOPPED', `${where} at offset ${offset}: ${what}`, cause === undefined ? {} : { cause })
    this.name = 'BatchFault'
    this.kind = kind
    this.offset = offset
  }
}
