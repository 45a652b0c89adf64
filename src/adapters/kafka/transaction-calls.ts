/**
 * Transactions as plain calls, in their second protocol (KIP-890, `transaction.version` 2): partitions and groups enter
 * a transaction by the first request that writes to them, and each end of a transaction starts a new epoch.
 *
 * The first protocol is not spoken. Under it a batch that was late could enter the next transaction of the same
 * producer, and hang it for ever. The requests differ from the library's only in their version and in what the answer
 * to EndTxn holds more:
 *
 *     EndTxn 5:  throttle_time_ms error_code producer_id producer_epoch
 */
import { createAPI, endTxnV4, initProducerIdV5, txnOffsetCommitV4 } from '@platformatic/kafka'
import { KafkaCode } from '../../core/model/index.ts'
import type {
  EndTransactionRequest,
  InitTransactionsRequest,
  TransactionalCommitRequest,
  TransactionAnswer,
} from '../../ports/broker-link.ts'
import type { Endpoint } from './addresses.ts'
import { committedTopics, committedCodes } from './group-calls.ts'
import type { Wires } from './wires.ts'

const FEATURE = 'transaction.version'
const SECOND_PROTOCOL = 2
/** A new registration, not the continuation of one: with anything else a second start under the same id is refused. */
const NO_PRODUCER_ID = -1n
const NO_PRODUCER_EPOCH = -1

const endTxnV5 = createAPI<Parameters<typeof endTxnV4.createRequest>, TransactionAnswer>(
  26,
  5,
  endTxnV4.createRequest,
  (_correlation, _key, _version, reader) => {
    reader.readInt32() // throttle time
    return {
      code: reader.readInt16(),
      message: null,
      producerId: reader.readInt64(),
      producerEpoch: reader.readInt16(),
    }
  },
)

const txnOffsetCommitV5 = createAPI<
  Parameters<typeof txnOffsetCommitV4.createRequest>,
  ReturnType<typeof txnOffsetCommitV4.parseResponse>
>(28, 5, txnOffsetCommitV4.createRequest, txnOffsetCommitV4.parseResponse)

export const initTransactions = async (
  wires: Wires,
  coordinator: Endpoint,
  { transactionalId, timeoutMs }: InitTransactionsRequest,
): Promise<TransactionAnswer> => {
  const level = await wires.featureLevel(coordinator, 'control', FEATURE)
  if (level < SECOND_PROTOCOL)
    return {
      code: KafkaCode.UNSUPPORTED_VERSION,
      message: `${FEATURE} of the cluster is ${level}, ${SECOND_PROTOCOL} is needed`,
      producerId: NO_PRODUCER_ID,
      producerEpoch: NO_PRODUCER_EPOCH,
    }
  const answer = await wires.call(coordinator, 'control', initProducerIdV5.api, [
    transactionalId,
    timeoutMs,
    NO_PRODUCER_ID,
    NO_PRODUCER_EPOCH,
  ])
  return {
    code: answer.errorCode,
    message: null,
    producerId: answer.producerId,
    producerEpoch: answer.producerEpoch,
  }
}

export const endTransaction = (
  wires: Wires,
  coordinator: Endpoint,
  { transactionalId, producerId, producerEpoch, decision }: EndTransactionRequest,
): Promise<TransactionAnswer> =>
  wires.call(coordinator, 'control', endTxnV5, [
    transactionalId,
    producerId,
    producerEpoch,
    decision === 'commit',
  ])

export const commitOffsetsInTransaction = async (
  wires: Wires,
  groupCoordinator: Endpoint,
  request: TransactionalCommitRequest,
): Promise<readonly number[]> => {
  const { transactionalId, producerId, producerEpoch, group, memberId, memberEpoch, instanceId } = request
  const answer = await wires.call(groupCoordinator, 'control', txnOffsetCommitV5, [
    transactionalId,
    group,
    producerId,
    producerEpoch,
    memberEpoch,
    memberId,
    instanceId,
    committedTopics(request.offsets),
  ])
  return committedCodes(request.offsets, answer.topics)
}
