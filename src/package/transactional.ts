import { nodeCodecs } from '../adapters/codecs/node-codecs.ts'
import { systemClock } from '../adapters/system/clock.ts'
import { LanekeeperError } from '../core/model/index.ts'
import {
  createTransactionalProducer as createCore,
  type GroupMember,
  type GroupOffsets,
  type TransactionalProducer as Core,
  type TransactionPhase,
} from '../producer/transaction/transactional.ts'
import { clientIdOf, connect } from './connect.ts'
import { type ProducerConfig, readProducerConfig } from './producer-options.ts'

export type { GroupMember, GroupOffsets, TransactionPhase }

export interface TransactionalConfig extends Omit<ProducerConfig, 'acks' | 'enable.idempotence'> {
  /** The same after a restart, and no other process's at the same time. */
  readonly 'transactional.id': string
  /** Default 60000: a transaction that is open longer is aborted by the cluster. */
  readonly 'transaction.timeout.ms'?: number
}

/** A transactional producer with its connections. */
export interface TransactionalProducer extends Core {
  /** Aborts an open transaction and closes the connections. Never rejects. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** @throws LanekeeperError USAGE that lists everything wrong with the options. The cluster is first asked by `init`. */
export const createTransactionalProducer = async (
  config: TransactionalConfig,
): Promise<TransactionalProducer> => {
  const {
    'transactional.id': transactionalId,
    'transaction.timeout.ms': transactionTimeoutMs,
    ...rest
  } = config
  const random = { next: Math.random }
  const { options, partitioner, maxBlockMs } = readProducerConfig(rest, random)
  if (typeof transactionalId !== 'string' || transactionalId === '')
    throw new LanekeeperError('USAGE', 'transactional.id is missing.', {
      fix: 'Name one that stays the same over restarts and that no other process uses.',
    })
  const connection = await connect(config)
  const core = createCore({
    link: connection.openLink(clientIdOf(config)),
    clock: systemClock,
    codecs: nodeCodecs,
    random,
    partitioner,
    options: {
      transactionalId,
      ...(transactionTimeoutMs === undefined ? {} : { transactionTimeoutMs }),
      giveUpMs: maxBlockMs,
      producer: options,
    },
  })
  const close = async (): Promise<void> => {
    await core.close()
    await connection.close()
  }
  return {
    transactionalId,
    init: () => core.init(),
    begin: () => core.begin(),
    send: (record, onOutcome) => core.send(record, onOutcome),
    drained: () => core.drained(),
    addOffsets: offsets => core.addOffsets(offsets),
    commit: () => core.commit(),
    abort: () => core.abort(),
    close,
    get phase() {
      return core.phase
    },
    [Symbol.asyncDispose]: close,
  }
}
