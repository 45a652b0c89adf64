/**
 * What may be believed of the figures on the page.
 *
 * Two lines can break, and each asks for something else: the line from this page to Lanekeeper (restart it, look at the
 * network), and the line from Lanekeeper to the brokers (look at Kafka). A third case looks like neither: the stream
 * runs, yet the look it carries is old. Every state but `live` and `partial` takes the colour of status away from the
 * figures: nothing counts as good while it is not seen.
 */
import type { HeldTick as Tick } from '../../../src/api/delta.ts'
import { clock, duration } from './text.ts'

export type LinkState =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'open' }
  | {
      readonly kind: 'lost'
      readonly since: string
      readonly tries: number
      readonly error: string
    }

export type Belief =
  | { readonly kind: 'loading' }
  /** This page does not reach Lanekeeper. */
  | { readonly kind: 'lost'; readonly since: string; readonly tries: number; readonly error: string }
  /** Lanekeeper reaches no broker. */
  | {
      readonly kind: 'unreachable'
      readonly since: string
      readonly tries: number
      readonly error: string | null
      readonly observedAt: string | null
    }
  /** Lanekeeper has not finished its first look. */
  | { readonly kind: 'starting' }
  /** The last look is older than three periods. */
  | { readonly kind: 'stale'; readonly observedAt: string }
  /** Some brokers are silent. */
  | { readonly kind: 'partial'; readonly silent: number; readonly expected: number }
  /** No topic to show. */
  | { readonly kind: 'empty' }
  | { readonly kind: 'live' }

const STALE_PERIODS = 3

/** @param tick the newest tick, or undefined before the first */
export const beliefOf = (link: LinkState, tick: Tick | undefined): Belief => {
  if (link.kind === 'lost') return link
  if (tick === undefined) return { kind: 'loading' }
  const { health } = tick
  if (health.status === 'unreachable')
    return {
      kind: 'unreachable',
      since: health.since,
      tries: health.failedTries,
      error: health.lastError,
      observedAt: health.observedAt,
    }
  if (health.observedAt === null) return { kind: 'starting' }
  if (Date.parse(tick.at) - Date.parse(health.observedAt) > STALE_PERIODS * health.observeIntervalMs)
    return { kind: 'stale', observedAt: health.observedAt }
  if (health.brokersAnswering < health.brokersExpected)
    return {
      kind: 'partial',
      silent: health.brokersExpected - health.brokersAnswering,
      expected: health.brokersExpected,
    }
  return tick.topics.some(topic => !topic.internal) ? { kind: 'live' } : { kind: 'empty' }
}

/** Figures keep their colour of status only while they are seen. */
export const isCurrent = (belief: Belief): boolean =>
  belief.kind === 'live' || belief.kind === 'partial' || belief.kind === 'empty'

/** Two or three words on the feed, for the bar. */
export const feedWords = (belief: Belief, observeIntervalMs: number | undefined): string => {
  switch (belief.kind) {
    case 'loading':
      return 'Connecting'
    case 'starting':
      return 'First look'
    case 'lost':
      return 'Not connected'
    case 'unreachable':
      return 'No broker answers'
    case 'stale':
      return `As of ${clock(belief.observedAt)}`
    case 'partial':
    case 'empty':
    case 'live':
      return `Live, every ${duration(observeIntervalMs)}`
  }
}
