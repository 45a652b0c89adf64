import type { FastifyError } from 'fastify'
import type { ErrorBody } from '../api/contract.ts'
import { errorRegistry, LanekeeperError, nearest, withCommandsAs } from '../core/model/index.ts'

/**
 * Every answer that is not the one asked for: a row of the registry, as the contract's error body.
 *
 * @param calledAs what is typed to call the program where it runs
 */
export const errorBody = (error: LanekeeperError, calledAs: string): ErrorBody => ({
  error: {
    code: error.code,
    message: withCommandsAs(calledAs, error.message),
    fix: error.fix === null ? null : withCommandsAs(calledAs, error.fix),
    retriable: errorRegistry[error.code].retriable,
  },
})

export const statusOf = (error: LanekeeperError): number => errorRegistry[error.code].http

/**
 * What fastify itself refuses (bad URL encoding, a body too large) becomes a row of the registry too. Of anything
 * unexpected only the fact is told: a stack or a path of this machine is nobody's business on the network.
 */
export const asLanekeeperError = (error: FastifyError | LanekeeperError): LanekeeperError => {
  if (error instanceof LanekeeperError) return error
  const status = error.statusCode ?? 500
  return status >= 400 && status < 500
    ? new LanekeeperError('REQUEST_INVALID', error.message)
    : new LanekeeperError('UNEXPECTED', 'The request could not be answered.')
}

export const unknownName = (
  code: 'TOPIC_UNKNOWN' | 'GROUP_UNKNOWN',
  name: string,
  known: readonly string[],
): LanekeeperError => {
  const noun = code === 'TOPIC_UNKNOWN' ? 'topic' : 'group'
  const close = nearest(name, known)
  return new LanekeeperError(
    code,
    `There is no ${noun} "${name}".`,
    close === null ? {} : { fix: `Did you mean "${close}"?` },
  )
}
