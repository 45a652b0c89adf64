export { BatchBuilder, type BatchMemory, type SealOptions } from './batch-builder.ts'
export { BatchFault, type BatchFaultKind } from './batch-fault.ts'
export {
  assignOffsets,
  type BatchHeader,
  compressionOf,
  forEachBatchHeader,
  isControl,
  isLogAppendTime,
  isTransactional,
  readBatchHeader,
} from './batch-header.ts'
export { crc32c } from './crc32c.ts'
export { type Marker, markerBatch } from './marker.ts'
export {
  BatchReader,
  headersEnd,
  readBatches,
  type ReadOptions,
  type ReadResult,
  type RecordVisitor,
} from './read-batches.ts'
export { FetchedRecord, type RecordHeader } from './record.ts'
