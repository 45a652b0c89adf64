import type { ClusterView, GroupView, Health, PartitionKeysView, Tick, TopicView } from '../api/contract.ts'
import {
  advanceWindow,
  dateFindings,
  defaultThresholds,
  emptyWindow,
  findingsOf,
  forgetHealth,
  groupEvents,
  judgeHealth,
  snapshotEvents,
  type ClusterHealth,
  type FindingDates,
  type FindingDraft,
  type HealthThresholds,
  type HealthWindow,
} from '../core/health/index.ts'
import { CALLED_BY_NPX, ColumnPool, type GroupObservation, type Observation } from '../core/model/index.ts'
import type { Clock, Timer } from '../ports/clock.ts'
import type { Cluster } from '../ports/cluster.ts'
import {
  afterFailure,
  afterLook,
  reconsider,
  startingStatus,
  statusSentence,
  type ClusterStatus,
} from './cluster-status.ts'
import { isoTime } from './figure.ts'
import type { HotKeys } from './hot-keys/hot-keys.ts'
import { keysOfPartition } from './hot-keys/view-keys.ts'
import type { PastAnswer } from './history/answer-past.ts'
import { findingSpans, keepPast, type KeptPast } from './history/keeper.ts'
import type { HistoryQuery, TimeQuery } from './history/read-past.ts'
import { defaultPace, failureText, observe, type Pace } from './observe.ts'
import { clusterView, readersOf, topicView, type DeclaredTopics } from './view-cluster.ts'
import { groupView } from './view-groups.ts'
import { findingView, tickView } from './view-tick.ts'

/**
 * Watches one cluster and holds what is known of it now: the newest judgement, what findings are open since when, and
 * the past where a history file is given. Answers are computed when asked for, from memory and that file alone, so a
 * reader never waits for a broker, also when there is none left.
 *
 * When looks fail, the last figures stay as they are; only the status, the verdicts (which become `unknown`) and the
 * first finding change. Findings of before are held: neither cleared nor newly raised while nothing is seen.
 */
export interface LiveState {
  /** Grows with every change; equal numbers mean equal answers. */
  sequence(): number
  tick(): Tick
  health(): Health
  cluster(): ClusterView
  /** With one partition of it only, where one is named. */
  topic(name: string, partition?: number): TopicView | null
  group(groupId: string): GroupView | null
  /**
   * JSON of the contract's `History` and `GroupHistory`. Null: nothing is kept of it. Rejects with HISTORY_BUSY or
   * HISTORY_UNREADABLE, or as aborted where the signal is.
   */
  history(topic: string, query: HistoryQuery, signal?: AbortSignal): Promise<PastAnswer>
  groupHistory(groupId: string, query: TimeQuery, signal?: AbortSignal): Promise<PastAnswer>
  /** Keys of a partition over the last minute; asking makes them be looked at more closely. Null: no such partition. */
  keys(topic: string, partition: number): PartitionKeysView | null
  /** What is wrong with keeping history; null: nothing, or none is kept. */
  historyNotice(): string | null
  /** Findings that are open, and whether the cluster answers: what alert rules look at. */
  sight(): {
    readonly reachable: boolean
    readonly health: ClusterHealth | null
    readonly findings: readonly FindingDraft[]
  }
  /**
   * The judgement behind the answers; null before the first look. To be read at once: its columns are empty as soon as there
   * is another one.
   */
  judgement(): ClusterHealth | null
  /** Called after every change. Returns how to stop that. */
  subscribe(listener: () => void): () => void
  close(): Promise<void>
}

export interface LiveOptions {
  readonly cluster: Cluster
  readonly clock: Clock
  /** Name for people; null: the cluster's own id. */
  readonly clusterName: string | null
  readonly version: string
  /** What is typed to call the program; absent: what works everywhere. */
  readonly calledAs?: string
  readonly declared?: DeclaredTopics
  readonly thresholds?: Partial<HealthThresholds>
  readonly pace?: Partial<Pace>
  /** What is known about keys; absent: nothing. */
  readonly hotKeys?: HotKeys
  /** Where the past is kept; absent: nothing is. Closed by whoever opened it. */
  readonly history?: KeptPast
}

/** How often silence is noticed while a look hangs. */
const watchdogMs = 1_000

export const startLive = (options: LiveOptions): LiveState => {
  const { cluster, clock } = options
  const pace: Pace = { ...defaultPace, ...options.pace }
  const given: HealthThresholds = { ...defaultThresholds, ...options.thresholds }
  const declared: DeclaredTopics = options.declared ?? new Map()
  const declaredPartitions = new Map([...declared].map(([name, { partitions }]) => [name, partitions]))
  const calledAs = options.calledAs ?? CALLED_BY_NPX
  const past = options.history === undefined ? null : keepPast(options.history)
  const listeners = new Set<() => void>()

  /** Lends looks and judgements their columns. */
  const columns = new ColumnPool()
  let window: HealthWindow = emptyWindow
  let judged: ClusterHealth | null = null
  let status: ClusterStatus = startingStatus(clock.wallMs(), clock.monotonicMs(), pace.lookMs)
  let drafts: readonly FindingDraft[] = []
  let dates: FindingDates = new Map()
  let sequence = 0
  let changedMs = clock.monotonicMs()
  let lastGroups: readonly GroupObservation[] | null = null
  let newestTick: { readonly sequence: number; readonly tick: Tick } | null = null

  const thresholds = (): HealthThresholds => ({
    ...given,
    freshMs: Math.max(given.freshMs, 3 * status.intervalMs),
  })

  const changed = (): void => {
    sequence++
    changedMs = clock.monotonicMs()
    dates = dateFindings(dates, openFindings(), clock.wallMs())
    for (const listener of listeners) listener()
  }

  const noteEvents = (observation: Observation): void => {
    const before = window.looks.at(-1)?.observation.snapshot
    if (before !== undefined) past?.note(snapshotEvents(before, observation.snapshot), observation.atMs)
    if (observation.groups === null) return
    if (lastGroups !== null) past?.note(groupEvents(lastGroups, observation.groups), observation.atMs)
    lastGroups = observation.groups
  }

  /** The judgement before this one ends here: whoever still has it finds its columns empty. */
  const judge = (): ClusterHealth | null => {
    const before = judged
    judged = judgeHealth(window, thresholds(), clock.monotonicMs(), options.hotKeys, columns)
    if (before !== null) forgetHealth(before, columns)
    return judged
  }

  const observer = observe(
    cluster,
    clock,
    {
      onLook: (observation, intervalMs) => {
        if (status.status === 'unreachable')
          past?.note([{ topic: null, text: 'The cluster answers again' }], observation.atMs)
        noteEvents(observation)
        window = advanceWindow(window, observation, given, columns)
        const health = judge()
        columns.turn()
        if (health === null) return
        options.hotKeys?.look(health)
        status = afterLook(status, health, observation.problems, {
          wallMs: observation.atMs,
          nowMs: observation.monotonicMs,
          intervalMs,
        })
        drafts = findingsOf(
          health,
          thresholds(),
          cluster.bootstrapServer,
          options.hotKeys,
          declaredPartitions,
        )
        dates = dateFindings(dates, drafts, observation.atMs)
        past?.record(health, findingSpans(drafts, dates, observation.atMs), observation.atMs)
        changed()
      },
      onFailure: (failure, tries, intervalMs) => {
        const look = { wallMs: clock.wallMs(), nowMs: clock.monotonicMs(), intervalMs }
        become(afterFailure(status, failureText(failure), tries, look))
      },
    },
    pace,
    columns,
  )

  /** The judgement of old figures at a later moment: nothing gets better, verdicts become unknown. */
  const become = (next: ClusterStatus): void => {
    if (next.status === 'unreachable' && status.status !== 'unreachable')
      past?.note([{ topic: null, text: 'No broker answers' }], clock.wallMs())
    status = next
    if (status.status === 'unreachable')
      past?.unseen(
        status.observedWallMs ?? status.sinceWallMs,
        clock.wallMs(),
        status.lastError ?? 'No answer, and no error either.',
      )
    judge()
    changed()
  }

  let timer: Timer | null = null
  const watch = (): void => {
    timer = clock.after(watchdogMs, () => {
      const nowMs = clock.monotonicMs()
      if (nowMs - changedMs >= 2 * watchdogMs) become(reconsider(status, nowMs, clock.wallMs()))
      watch()
    })
  }
  watch()

  const healthView = (): Health => ({
    status: status.status,
    summary: statusSentence(status, judged, clock.monotonicMs()),
    bootstrapServer: cluster.bootstrapServer,
    simulated: cluster.simulated,
    clusterName: options.clusterName ?? judged?.snapshot.clusterId ?? cluster.bootstrapServer,
    brokersAnswering:
      status.status === 'unreachable' ? 0 : (judged?.brokers.filter(broker => broker.info.alive).length ?? 0),
    brokersExpected: judged?.brokers.length ?? 0,
    observedAt: status.observedWallMs === null ? null : isoTime(status.observedWallMs),
    observeIntervalMs: status.intervalMs,
    since: isoTime(status.sinceWallMs),
    lastError: status.lastError,
    failedTries: status.failedTries,
    version: options.version,
    calledAs,
  })

  const openFindings = (): readonly FindingDraft[] => {
    const trouble = past?.trouble() ?? null
    if (status.status !== 'unreachable' && trouble === null) return drafts
    return [
      ...(status.status === 'unreachable' ? [unreachableFinding(status)] : []),
      ...(trouble === null ? [] : [historyFinding(trouble)]),
      ...drafts,
    ]
  }

  const buildTick = (): Tick =>
    tickView(judged, {
      atMs: clock.wallMs(),
      health: healthView(),
      findings: openFindings().map(draft =>
        findingView(draft, dates.get(draft.id)?.sinceMs ?? status.sinceWallMs, {
          calledAs,
          simulated: cluster.simulated,
        }),
      ),
      declared,
    })

  return {
    sequence: () => sequence,
    tick: () => {
      if (newestTick?.sequence !== sequence) newestTick = { sequence, tick: buildTick() }
      return newestTick.tick
    },
    health: healthView,
    cluster: () => clusterView(judged),
    topic: (name, partition) => {
      const topic = judged?.topics.get(name)
      if (judged === null || topic === undefined) return null
      return topicView(topic, judged, readersOf(judged).get(name), declared.get(name), partition)
    },
    group: groupId => {
      const group = judged?.groups.find(each => each.observed.groupId === groupId)
      return group === undefined ? null : groupView(group)
    },
    history: async (topic, query, signal) => past?.topic(topic, query, signal) ?? null,
    groupHistory: async (groupId, query, signal) => past?.group(groupId, query, signal) ?? null,
    keys: (topic, partition) => keysOfPartition(judged, options.hotKeys, topic, partition),
    historyNotice: () => past?.notice() ?? null,
    sight: () => ({
      // until the first look it is not known, and "starting" is no outage
      reachable: status.status !== 'unreachable',
      health: judged,
      findings: openFindings(),
    }),
    judgement: () => judged,
    subscribe: listener => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close: async () => {
      timer?.cancel()
      observer.stop()
    },
  }
}

const unreachableFinding = (status: ClusterStatus): FindingDraft => ({
  id: 'cluster-unreachable',
  severity: 'act',
  kind: 'cluster-unreachable',
  sentence: [
    { text: 'No broker', mark: 'strong' },
    {
      text:
        status.observedWallMs === null
          ? ' has answered yet.'
          : ` has answered since ${isoTime(status.observedWallMs).slice(11, 19)} UTC; everything else here is as of then.`,
      mark: 'plain',
    },
  ],
  cure: `The brokers are down, or a firewall or listener changed. Looking again by itself.${status.lastError === null ? '' : ` Last answer: ${status.lastError}`}`,
  command: null,
})

const historyFinding = (trouble: string): FindingDraft => ({
  id: 'history-not-kept',
  severity: 'warning',
  kind: 'history-not-kept',
  sentence: [
    { text: 'The past', mark: 'strong' },
    { text: ` is not kept now. ${trouble}`, mark: 'plain' },
  ],
  cure: 'Watching goes on, and what is missed stays a gap. Make room in the state folder, or bound history.max-megabytes. Of a damaged file the next start begins a new one, and keeps the old one beside it.',
  command: null,
})
