/**
 * Record batch v2 on the wire. Source: org.apache.kafka.common.record.DefaultRecordBatch.
 *
 *     0 baseOffset         int64   set by the broker at append
 *     8 batchLength        int32   bytes after this field
 *    12 partitionLeaderEpoch int32 set by the broker at append
 *    16 magic              int8    2
 *    17 crc                uint32  CRC-32C of everything from `attributes` on
 *    21 attributes         int16
 *    23 lastOffsetDelta    int32
 *    27 baseTimestamp      int64
 *    35 maxTimestamp       int64
 *    43 producerId         int64
 *    51 producerEpoch      int16
 *    53 baseSequence       int32
 *    57 recordCount        int32
 *    61 records, compressed as one piece or not at all
 *
 * The broker's two fields lie before the checksum, so that it can set them without touching the batch.
 */
import type { CompressionName } from '../model/index.ts'

export const BASE_OFFSET = 0
export const BATCH_LENGTH = 8
export const LEADER_EPOCH = 12
export const MAGIC = 16
export const CRC = 17
export const ATTRIBUTES = 21
export const LAST_OFFSET_DELTA = 23
export const BASE_TIMESTAMP = 27
export const MAX_TIMESTAMP = 35
export const PRODUCER_ID = 43
export const PRODUCER_EPOCH = 51
export const BASE_SEQUENCE = 53
export const RECORD_COUNT = 57
export const RECORDS = 61

/** `baseOffset` and `batchLength` are not counted by `batchLength`. */
export const LENGTH_COUNTS_FROM = 12
export const MAGIC_2 = 2

export const COMPRESSION_MASK = 0x07
export const LOG_APPEND_TIME = 0x08
export const TRANSACTIONAL = 0x10
export const CONTROL = 0x20

/** Position = the codec's number in `attributes`. */
export const CODECS: readonly CompressionName[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd']
