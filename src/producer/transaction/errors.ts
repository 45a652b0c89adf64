/** What a transactional producer tells its caller when something is over. */
import { type ErrorCode, KafkaCode, LanekeeperError } from '../../core/model/index.ts'
import type { TransactionPhase, TransactionRequest, TransactionSettings } from './events.ts'

export const misuse = (
  { transactionalId }: TransactionSettings,
  phase: TransactionPhase,
  call: string,
): LanekeeperError =>
  new LanekeeperError(
    'TRANSACTION_STATE',
    `${call}() does not fit: the producer of "${transactionalId}" is ${phase}.`,
    { fix: 'Call init() once; then begin(), send(), addOffsets(), and commit() or abort(), each awaited.' },
  )

export const aborted = ({ transactionalId }: TransactionSettings, cause: LanekeeperError): LanekeeperError =>
  new LanekeeperError(
    'TRANSACTION_ABORTED',
    `The transaction of "${transactionalId}" was not committed: ${cause.message}`,
    {
      fix: 'Begin a new transaction and do the work again: readers of committed records saw nothing of it.',
      cause,
    },
  )

export const fenced = ({ transactionalId }: TransactionSettings, what: string): LanekeeperError =>
  new LanekeeperError('TRANSACTION_FENCED', `The producer of "${transactionalId}" is shut out: ${what}.`, {
    fix: 'Another process has taken over the id. Stop this one; it must not register again.',
  })

export const inDoubt = ({ transactionalId }: TransactionSettings, what: string): LanekeeperError =>
  new LanekeeperError(
    'TRANSACTION_IN_DOUBT',
    `Whether the last transaction of "${transactionalId}" was committed is not known here: ${what}.`,
    {
      fix:
        'Start again under the same transactional id: init() brings the transaction to its end. Then look in the ' +
        'topic, or at the offsets of the group, whether it was committed.',
    },
  )

export const unreachable = (
  { transactionalId, giveUpMs }: TransactionSettings,
  request: TransactionRequest,
  why: string,
): LanekeeperError =>
  new LanekeeperError(
    'CLUSTER_UNREACHABLE',
    `The ${nameOf(request)} of "${transactionalId}" was not answered within ${giveUpMs} ms: ${why}.`,
    {
      fix:
        'Check that the brokers run. An open transaction is aborted after transaction.timeout.ms, or by the next ' +
        'init() under the same id.',
    },
  )

export const groupFenced = (request: TransactionRequest, what: string): LanekeeperError =>
  new LanekeeperError('GROUP_FENCED', `The ${nameOf(request)} was refused: ${what}.`, {
    fix: 'The partitions may belong to another member by now: abort, and go on from the committed offsets.',
  })

export const refusal = (
  { transactionalId }: TransactionSettings,
  request: TransactionRequest,
  code: number,
  what: string,
): LanekeeperError => {
  const text = `The ${nameOf(request)} of "${transactionalId}" was refused: ${what}.`
  const known = refusals.get(code)
  return known === undefined
    ? new LanekeeperError('TRANSACTION_REFUSED', text)
    : new LanekeeperError(known.code, text, { fix: known.fix })
}

const refusals: ReadonlyMap<number, { readonly code: ErrorCode; readonly fix: string }> = new Map([
  [
    KafkaCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
    { code: 'NOT_AUTHORIZED', fix: 'Grant WRITE and DESCRIBE on the transactional id to this principal.' },
  ],
  [
    KafkaCode.GROUP_AUTHORIZATION_FAILED,
    { code: 'NOT_AUTHORIZED', fix: 'Grant READ on the group to this principal.' },
  ],
  [
    KafkaCode.TOPIC_AUTHORIZATION_FAILED,
    { code: 'NOT_AUTHORIZED', fix: 'Grant READ on the topics that the offsets are of to this principal.' },
  ],
  [
    KafkaCode.UNSUPPORTED_VERSION,
    {
      code: 'CLUSTER_TOO_OLD',
      fix: 'Use Kafka 4.0 or later, with: kafka-features.sh upgrade --feature transaction.version=2.',
    },
  ],
  [
    KafkaCode.INVALID_TRANSACTION_TIMEOUT,
    {
      code: 'USAGE',
      fix: 'Set transaction.timeout.ms to at most transaction.max.timeout.ms of the brokers.',
    },
  ],
])

const nameOf = (request: TransactionRequest): string => {
  switch (request.kind) {
    case 'register':
      return 'registration'
    case 'offsets':
      return `commit of offsets of group ${request.offsets.group}`
    case 'end':
      return request.decision
  }
}
