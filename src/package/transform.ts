import { nodeCodecs } from '../adapters/codecs/node-codecs.ts'
import { systemClock } from '../adapters/system/clock.ts'
import {
  createTransform,
  type TransformEvent,
  type TransformOptions,
  type TransformOutput,
  type TransformResult,
  type TransformStats,
} from '../consumer/transform/transform.ts'
import { LanekeeperError } from '../core/model/index.ts'
import { createTransactionalProducer } from '../producer/transaction/transactional.ts'
import { clientIdOf, connect } from './connect.ts'
import { type ConnectionOptions, connectionProblems } from './connection-options.ts'

export type { TransformEvent, TransformOptions, TransformOutput, TransformResult, TransformStats }

export interface TransformConfig<Message = undefined> extends ConnectionOptions, TransformOptions<Message> {
  /**
   * The same after a restart, another one in each process of the group. With it, a process that died is made good by its
   * next start at once; without it (default: a new one each time) by the transaction's timeout.
   */
  readonly transactionalId?: string
  /** Aborted: what was started is finished and committed, the group left, and the promise resolves. */
  readonly signal?: AbortSignal
  /** How long that may take. Default 30,000. */
  readonly closeDeadlineMs?: number
}

const CLOSE_DEADLINE_MS = 30_000

/**
 * Exactly-once read-process-write until `signal` is aborted.
 *
 * @throws LanekeeperError what ended it: USAGE, TRANSACTION_FENCED (somebody else uses the transactional id),
 * HANDLER_FAILED, GROUP_REFUSED, NOT_AUTHORIZED, AUTHENTICATION_FAILED, CLUSTER_TOO_OLD
 */
export const transform = async <Message = undefined>(
  config: TransformConfig<Message>,
): Promise<TransformStats> => {
  const problems = connectionProblems(config)
  if (problems.length > 0)
    throw new LanekeeperError('USAGE', 'The transform cannot start with these options.', { problems })
  const { transactionalId, signal, closeDeadlineMs = CLOSE_DEADLINE_MS, ...options } = config
  const id = transactionalId ?? `${config.group}-${crypto.randomUUID()}`
  const connection = await connect(config)
  try {
    const parts = { clock: systemClock, codecs: nodeCodecs, random: { next: Math.random } }
    const writing = connection.openLink(`${clientIdOf(config)}-transform`)
    const running = createTransform<Message>({
      ...parts,
      link: connection.openLink(clientIdOf(config)),
      openTransactions: transactionTimeoutMs =>
        createTransactionalProducer({
          ...parts,
          link: writing,
          options: { transactionalId: id, transactionTimeoutMs },
        }),
      options,
    })
    const close = (): void => void running.close({ deadlineMs: closeDeadlineMs })
    if (signal?.aborted === true) close()
    signal?.addEventListener('abort', close, { once: true })
    try {
      await running.run()
    } finally {
      signal?.removeEventListener('abort', close)
    }
    return running.stats()
  } finally {
    await connection.close()
  }
}
