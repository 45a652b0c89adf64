/**
 * The live feed: one event stream, the newest tick, and what pausing and losing the line do to it.
 *
 * Invariants: within one opening what is shown never goes back in time (a server that was moved may have a clock behind
 * the one before it); while paused the shown tick does not change, yet the stream is read on, so that findings are
 * counted and going on shows the present at once; the line counts as lost when the stream says so OR when it is silent
 * for several periods, since a half-open connection reports nothing.
 *
 * The browser would reconnect an EventSource by itself, but only after some errors, at a pace of its own and without
 * telling when: the page says when the next try is, so it makes the tries.
 */
import type { GroupSummary } from '../../../src/api/contract.ts'
import type { HeldTick as Tick } from '../../../src/api/delta.ts'
import type { LinkState } from '../model/connection.ts'
import { createShownMaps, type ShownMaps } from '../model/shown-maps.ts'
import { tickOf } from '../model/tick-news.ts'
import { type StreamEvent, tickStream } from './stream.ts'

export interface LiveState {
  readonly link: LinkState
  /** The tick to show. */
  readonly tick: Tick | undefined
  readonly paused: { readonly since: string; readonly newFindings: number } | undefined
  /** When the next try is made, while the line is lost (ISO). */
  readonly nextTryAt: string | undefined
  /** Lag of groups since the page was opened; one array a group, appended in place. */
  readonly groupHistory: ReadonlyMap<string, readonly GroupSample[]>
}

export interface GroupSample {
  readonly at: string
  readonly lagRecords: number | null
  readonly lagMsMax: number | null
  readonly processedPerSecond: number | null
}

export interface LiveFeed {
  readonly subscribe: (listener: () => void) => () => void
  readonly state: () => LiveState
  readonly maps: ShownMaps
  readonly togglePause: () => void
  readonly tryNow: () => void
  readonly close: () => void
}

const EVENTS_PATH = '/api/v1/events'
const RETRY_MS_FIRST = 1000
const RETRY_MS_MAX = 10_000
/** Silence of so many periods (and never under 8 s: a busy broker may hold one look that long) is a lost line. */
const SILENT_PERIODS = 5
const SILENT_MS_MIN = 8000
/** An hour at one sample a second. */
const GROUP_SAMPLES_MAX = 3600

export const openLiveFeed = (): LiveFeed => {
  let state: LiveState = {
    link: { kind: 'connecting' },
    tick: undefined,
    paused: undefined,
    nextTryAt: undefined,
    groupHistory: new Map(),
  }
  let newest: Tick | undefined
  /** Nothing came on this opening of the stream yet. */
  let justOpened = true
  let findingsWhenPaused = new Set<string>()
  let retryTimer: ReturnType<typeof setTimeout> | undefined
  let silenceTimer: ReturnType<typeof setTimeout> | undefined
  let closed = false
  let cluster: string | undefined
  const listeners = new Set<() => void>()

  const publish = (change: Partial<LiveState>): void => {
    state = { ...state, ...change }
    for (const listener of listeners) listener()
  }

  const connect = (): void => {
    clearTimeout(retryTimer)
    justOpened = true
    stream.open()
    watchSilence()
  }

  const follow = (event: StreamEvent): void => {
    if (event.kind === 'error') lose('the connection was refused or cut')
    else {
      const tick = tickOf(event.news, newest)
      maps.take(tick, event.maps)
      receive(tick)
    }
  }

  const watchSilence = (): void => {
    clearTimeout(silenceTimer)
    const periodMs = newest?.health.observeIntervalMs ?? 1000
    silenceTimer = setTimeout(
      () => lose('the connection is open but silent'),
      Math.max(SILENT_MS_MIN, SILENT_PERIODS * periodMs),
    )
  }

  const receive = (tick: Tick): void => {
    watchSilence()
    if (newest !== undefined && tick.at < newest.at && !justOpened) return
    justOpened = false
    newest = tick
    const groupHistory = remember(isOfSameCluster(tick) ? state.groupHistory : new Map(), tick)
    const paused =
      state.paused === undefined
        ? undefined
        : {
            ...state.paused,
            newFindings: tick.findings.filter(finding => !findingsWhenPaused.has(finding.id)).length,
          }
    publish({
      link: { kind: 'open' },
      nextTryAt: undefined,
      tick: paused === undefined ? tick : state.tick,
      paused,
      groupHistory,
    })
  }

  /** A server that was started anew may watch another cluster, with groups of the same names. */
  const isOfSameCluster = ({ cluster: { clusterId } }: Tick): boolean => {
    // before its first look it does not know which one
    if (clusterId === '') return true
    const same = cluster === undefined || cluster === clusterId
    cluster = clusterId
    return same
  }

  const lose = (error: string): void => {
    if (closed) return
    stream.close()
    clearTimeout(silenceTimer)
    clearTimeout(retryTimer)
    const before = state.link
    const tries = before.kind === 'lost' ? before.tries + 1 : 1
    const since = before.kind === 'lost' ? before.since : new Date().toISOString()
    const waitMs = Math.min(RETRY_MS_MAX, RETRY_MS_FIRST * 2 ** (tries - 1))
    retryTimer = setTimeout(connect, waitMs)
    publish({
      link: { kind: 'lost', since, tries, error },
      nextTryAt: new Date(Date.now() + waitMs).toISOString(),
    })
  }

  const stream = tickStream(EVENTS_PATH, follow)
  const maps = createShownMaps(stream.show)
  connect()

  return {
    subscribe: listener => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    state: () => state,
    maps,
    togglePause: () => {
      if (state.paused !== undefined) {
        publish({ paused: undefined, tick: newest })
        return
      }
      findingsWhenPaused = new Set(newest?.findings.map(finding => finding.id))
      publish({ paused: { since: new Date().toISOString(), newFindings: 0 } })
    },
    tryNow: connect,
    close: () => {
      closed = true
      stream.close()
      clearTimeout(retryTimer)
      clearTimeout(silenceTimer)
    },
  }
}

/** Samples are appended in place; the map is new, so that a page that reads it draws again. */
const remember = (
  history: LiveState['groupHistory'],
  tick: Tick,
): ReadonlyMap<string, readonly GroupSample[]> =>
  new Map(
    tick.groups.map(group => [
      group.groupId,
      [...(history.get(group.groupId) ?? []), sampleOf(tick, group)].slice(-GROUP_SAMPLES_MAX),
    ]),
  )

const sampleOf = (tick: Tick, group: GroupSummary): GroupSample => ({
  at: tick.at,
  lagRecords: group.lagRecords,
  lagMsMax: group.lagMsMax,
  processedPerSecond: group.processedPerSecond,
})
