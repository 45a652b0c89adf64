import { KafkaCode } from '../../core/model/index.ts'

/**
 * What a coordinator's code means for a request about a transaction.
 *
 * - `done`.
 * - `again`: the same request later, to the same coordinator.
 * - `moved`: the same request to whoever coordinates now.
 * - `group-fenced`: the group has given the partitions to others; this transaction must not commit.
 * - `abort`: this transaction must not commit, the next one may.
 * - `fenced`: somebody else has taken over the id. Final: to register again would be to shut out the rightful successor.
 * - `refused`: never, whatever is tried.
 */
export type Verdict = 'done' | 'again' | 'moved' | 'group-fenced' | 'abort' | 'fenced' | 'refused'

/** The answer left the item out. */
const UNANSWERED = -1

const verdicts = new Map<number, Verdict>([
  [KafkaCode.NONE, 'done'],
  [UNANSWERED, 'again'],
  [KafkaCode.REQUEST_TIMED_OUT, 'again'],
  [KafkaCode.NETWORK_EXCEPTION, 'again'],
  [KafkaCode.COORDINATOR_LOAD_IN_PROGRESS, 'again'],
  [KafkaCode.NOT_ENOUGH_REPLICAS, 'again'],
  [KafkaCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND, 'again'],
  // the transaction before, or a predecessor's, is being completed
  [KafkaCode.CONCURRENT_TRANSACTIONS, 'again'],
  // offsets of a topic that this broker has not heard of yet
  [KafkaCode.UNKNOWN_TOPIC_OR_PARTITION, 'again'],
  [KafkaCode.COORDINATOR_NOT_AVAILABLE, 'moved'],
  [KafkaCode.NOT_COORDINATOR, 'moved'],
  [KafkaCode.ILLEGAL_GENERATION, 'group-fenced'],
  [KafkaCode.UNKNOWN_MEMBER_ID, 'group-fenced'],
  [KafkaCode.GROUP_ID_NOT_FOUND, 'group-fenced'],
  [KafkaCode.FENCED_INSTANCE_ID, 'group-fenced'],
  [KafkaCode.FENCED_MEMBER_EPOCH, 'group-fenced'],
  [KafkaCode.STALE_MEMBER_EPOCH, 'group-fenced'],
  [KafkaCode.TRANSACTION_ABORTABLE, 'abort'],
  // asked to commit what the coordinator has aborted by itself, because it was open too long: it was never committed
  [KafkaCode.INVALID_TXN_STATE, 'abort'],
  [KafkaCode.INVALID_PRODUCER_EPOCH, 'fenced'],
  [KafkaCode.PRODUCER_FENCED, 'fenced'],
  [KafkaCode.INVALID_PRODUCER_ID_MAPPING, 'fenced'],
])

export const verdictOf = (code: number): Verdict => verdicts.get(code) ?? 'refused'
