import { type ErrorCode, KafkaCode } from '../../core/model/index.ts'

/**
 * What a partition's produce code means for its batch.
 *
 * - `appended`: it is in the log. DUPLICATE_SEQUENCE_NUMBER says that an earlier try put it there.
 * - `stale-leader`: not appended here; ask who leads.
 * - `late-copies`: appended or not, it is not on enough replicas in time. Never a failure: the same bytes again.
 * - `too-large`: not appended, and it never will be as it is; its records may be, in smaller batches.
 * - `refused`: not appended, and the same batch never will be. Later batches may be.
 * - `fenced`: the broker's memory of our sequence disagrees with ours. Only stopping keeps the order.
 */
export type CodeMeaning = 'appended' | 'stale-leader' | 'late-copies' | 'too-large' | 'refused' | 'fenced'

const LISTENER_NOT_FOUND = 72
/** The adapter's code for an item that the broker left out of its answer. */
const LEFT_OUT = -1

const meanings = new Map<number, CodeMeaning>([
  [KafkaCode.NONE, 'appended'],
  [KafkaCode.DUPLICATE_SEQUENCE_NUMBER, 'appended'],
  [KafkaCode.UNKNOWN_TOPIC_OR_PARTITION, 'stale-leader'],
  [KafkaCode.LEADER_NOT_AVAILABLE, 'stale-leader'],
  [KafkaCode.NOT_LEADER_OR_FOLLOWER, 'stale-leader'],
  [KafkaCode.BROKER_NOT_AVAILABLE, 'stale-leader'],
  [KafkaCode.REPLICA_NOT_AVAILABLE, 'stale-leader'],
  [KafkaCode.KAFKA_STORAGE_ERROR, 'stale-leader'],
  [LISTENER_NOT_FOUND, 'stale-leader'],
  [KafkaCode.FENCED_LEADER_EPOCH, 'stale-leader'],
  [KafkaCode.UNKNOWN_LEADER_EPOCH, 'stale-leader'],
  [LEFT_OUT, 'late-copies'],
  [KafkaCode.REQUEST_TIMED_OUT, 'late-copies'],
  [KafkaCode.NOT_ENOUGH_REPLICAS, 'late-copies'],
  [KafkaCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND, 'late-copies'],
  [KafkaCode.NETWORK_EXCEPTION, 'late-copies'],
  // the transaction before is decided, and its markers are still being written
  [KafkaCode.CONCURRENT_TRANSACTIONS, 'late-copies'],
  // damaged on the way: the bytes here are whole, and the broker appended nothing
  [KafkaCode.CORRUPT_MESSAGE, 'late-copies'],
  [KafkaCode.MESSAGE_TOO_LARGE, 'too-large'],
  [KafkaCode.RECORD_LIST_TOO_LARGE, 'too-large'],
  [KafkaCode.OUT_OF_ORDER_SEQUENCE_NUMBER, 'fenced'],
  [KafkaCode.INVALID_PRODUCER_EPOCH, 'fenced'],
  [KafkaCode.UNKNOWN_PRODUCER_ID, 'fenced'],
  [KafkaCode.PRODUCER_FENCED, 'fenced'],
])

export const meaningOf = (code: number): CodeMeaning => meanings.get(code) ?? 'refused'

/** True where the batch may be in the log although the answer was not a success. */
export const mayBeAppended = (code: number): boolean =>
  code === LEFT_OUT ||
  code === KafkaCode.REQUEST_TIMED_OUT ||
  code === KafkaCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND ||
  code === KafkaCode.NETWORK_EXCEPTION

/** Our error for a code that refuses for good. */
export const errorOf = (code: number): ErrorCode => {
  switch (code) {
    case KafkaCode.MESSAGE_TOO_LARGE:
    case KafkaCode.RECORD_LIST_TOO_LARGE:
      return 'RECORD_TOO_LARGE'
    case KafkaCode.TOPIC_AUTHORIZATION_FAILED:
    case KafkaCode.CLUSTER_AUTHORIZATION_FAILED:
    case KafkaCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
      return 'NOT_AUTHORIZED'
    case KafkaCode.INVALID_TOPIC:
    case KafkaCode.UNKNOWN_TOPIC_OR_PARTITION:
      return 'TOPIC_UNKNOWN'
    default:
      return 'DELIVERY_FAILED'
  }
}
