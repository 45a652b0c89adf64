/**
 * The marker that ends a transaction in a partition: a control batch of one record, whose key says how it ended.
 *
 *     key:   version int16 = 0, type int16 (0 abort, 1 commit)
 *     value: version int16 = 0, coordinator epoch int32
 *
 * Source: org.apache.kafka.common.record.ControlRecordType, EndTransactionMarker.
 */
import { BatchBuilder } from './batch-builder.ts'
import { writeInt16, writeInt32 } from './bytes.ts'

export interface Marker {
  readonly producerId: bigint
  /** The epoch after the transaction: with it the partition refuses whatever is late. */
  readonly producerEpoch: number
  readonly decision: 'commit' | 'abort'
  readonly timestampMs: number
}

/** A sealed marker batch of 78 bytes. */
export const markerBatch = (marker: Marker, crc32c: (bytes: Uint8Array) => number): Uint8Array => {
  const key = new Uint8Array(4)
  writeInt16(key, 2, marker.decision === 'commit' ? 1 : 0)
  const value = new Uint8Array(6)
  writeInt32(value, 2, 0)
  const builder = new BatchBuilder(128)
  builder.append(marker.timestampMs, key, value)
  return builder
    .seal({
      producerId: marker.producerId,
      producerEpoch: marker.producerEpoch,
      baseSequence: -1,
      transactional: true,
      control: true,
      codec: 'none',
      crc32c,
    })
    .slice()
}
