import { channel } from 'node:diagnostics_channel'
import type { ObservedAnswer, ObservedRequest, ProduceObserver } from '../producer/observer.ts'

/**
 * What the channels carry, beside `clientId`: `lanekeeper:producer:request` an `ObservedRequest` as it leaves,
 * `lanekeeper:producer:answer` an `ObservedAnswer`, also where no answer came. Whoever subscribes is called in the course
 * of the work. Without subscribers a request costs two property reads.
 */
export type DiagnosticMessage = (ObservedRequest | ObservedAnswer) & { readonly clientId: string }

export const producerDiagnostics = (clientId: string): ProduceObserver => {
  const requests = channel('lanekeeper:producer:request')
  const answers = channel('lanekeeper:producer:answer')
  return {
    requested: request => {
      if (requests.hasSubscribers) requests.publish({ clientId, ...request })
    },
    answered: answer => {
      if (answers.hasSubscribers) answers.publish({ clientId, ...answer })
    },
  }
}
