import { channel } from 'node:diagnostics_channel'
import type { ConsumerEvent } from '../consumer/consumer.ts'

/**
 * What the channel `lanekeeper:consumer:event` carries: every event of a consumer as `onEvent` gets it, with whose it is.
 * Whoever subscribes is called in the course of the work. Without subscribers an event costs a property read.
 */
export type ConsumerDiagnosticMessage = ConsumerEvent & { readonly clientId: string; readonly group: string }

/** `onEvent` that tells the channel, then `next`. */
export const consumerDiagnostics = (
  clientId: string,
  group: string,
  next: ((event: ConsumerEvent) => void) | undefined,
): ((event: ConsumerEvent) => void) => {
  const events = channel('lanekeeper:consumer:event')
  return event => {
    if (events.hasSubscribers) events.publish({ clientId, group, ...event })
    next?.(event)
  }
}
