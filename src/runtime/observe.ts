import {
  emptySnapshot,
  LanekeeperError,
  newColumns,
  type BrokerDisk,
  type BrokerId,
  type ClusterSnapshot,
  type Columns,
  type GroupObservation,
  type Observation,
  type TopicInfo,
  type TopicOffsets,
  type TopicSizes,
} from '../core/model/index.ts'
import type { Clock } from '../ports/clock.ts'
import { sleep } from '../ports/clock.ts'
import type { Cluster } from '../ports/cluster.ts'

/**
 * Looks at a cluster again and again.
 *
 * Invariants:
 * - One look at a time. A cluster that answers slowly is asked more seldom, never more, so that watching never makes a
 *   sick cluster sicker: looks take at most a quarter of the time, by the median of the last three. One slow look among
 *   quick ones (a collection of garbage, sizes of many segments) is no sick cluster, and an incident must not be seen
 *   later for it; it is still followed by a rest as long as it took. The pace in force is reported.
 * - What says nothing of how the cluster answers does not slow the pace: the first look, which also connects and runs code
 *   that was never run, and looks that failed, which have their own pause. With them, whoever began on a busy machine
 *   waited up to ten seconds for each of the next two looks, and so did whoever saw a cluster come back.
 * - A look that failed yields a failure, never an observation with zeros. Nobody needs to restart anything: the next
 *   look, a little later, is the recovery.
 * - Groups are read before offsets. The other way round, a commit made in between would lie beyond the end it is
 *   compared with, and the lag would come out negative.
 *
 * What is long and changes seldom is not asked for with every look. Starts and sizes are read together, for a log that
 * became smaller is understood only with its front; and not with a look that reads metadata, so that no look is as long as
 * all of that. Where looks are so far apart that each reads metadata, they come with one of those after all.
 *
 * Metadata is read every few seconds only, and at once after a look with a partition that did not answer: its leader
 * has probably moved. Where that does not help three times in a row the leader has not moved but is in trouble, and the
 * largest of all answers, asked for with every look, would be a part of it: then every few seconds must do again.
 */
export interface Observer {
  /** What a look in progress still brings is dropped. */
  stop(): void
}

export interface ObserverListener {
  onLook(observation: Observation, intervalMs: number): void
  /** Nothing was seen. `tries` counts failures in a row. */
  onFailure(failure: unknown, tries: number, intervalMs: number): void
}

export interface Pace {
  /** From the start of a look to the start of the next, while the cluster answers quickly. */
  readonly lookMs: number
  readonly metadataMs: number
  /** Topic configs change by hand; asking for them every few seconds would be most of the traffic. */
  readonly configsMs: number
  /** Starts move when retention or somebody deletes; asking with every look would be half of all that is asked. */
  readonly startsMs: number
  /** DescribeLogDirs walks every segment of every replica on the broker. */
  readonly sizesMs: number
  readonly slowestMs: number
  /** After a failure the pause doubles up to this; also how soon a returning cluster is noticed. */
  readonly failedMs: number
}

export const defaultPace: Pace = {
  lookMs: 1_000,
  metadataMs: 5_000,
  configsMs: 60_000,
  startsMs: 10_000,
  sizesMs: 10_000,
  slowestMs: 10_000,
  failedMs: 5_000,
}

/** So often in a row metadata is read at once, because of what did not answer. */
const urgentMax = 3

/** Looks take at most one part in this many of the time. */
const partsOfTime = 4

/** @param columns lends what each look reads; whoever listens gives it back */
export const observe = (
  cluster: Cluster,
  clock: Clock,
  listener: ObserverListener,
  pace: Pace = defaultPace,
  columns: Columns = newColumns,
): Observer => {
  const stopping = new AbortController()
  const looker = createLooker(cluster, clock, pace, columns)

  const run = async (): Promise<void> => {
    let intervalMs = pace.lookMs
    /** Of looks that brought something, since the last that did not. */
    let tookMs: readonly number[] = []
    let begun = false
    let tries = 0
    for (;;) {
      const startedMs = clock.monotonicMs()
      // no race with the stop: a promise that stays open holds on to whatever won against it, which is every look
      const outcome = await looker.look().then(
        observation => ({ observation }),
        (failure: unknown) => ({ failure }),
      )
      if (stopping.signal.aborted) return
      const newestMs = clock.monotonicMs() - startedMs
      if ('observation' in outcome) {
        tries = 0
        if (begun) tookMs = [...tookMs, newestMs].slice(-LOOKS_OF_PACE)
        intervalMs = intervalFor(tookMs, pace)
        listener.onLook(outcome.observation, intervalMs)
      } else {
        tries++
        tookMs = []
        intervalMs = Math.max(pace.lookMs, Math.min(pace.failedMs, intervalMs * 2))
        listener.onFailure(outcome.failure, tries, intervalMs)
      }
      begun = true
      try {
        const restMs = Math.max(pace.lookMs / 2, Math.min(pace.slowestMs, newestMs))
        await sleep(clock, Math.max(intervalMs - newestMs, restMs), stopping.signal)
      } catch {
        return
      }
    }
  }

  void run()
  return { stop: () => stopping.abort(new Error('stopped')) }
}

/** Of fewer than all three the longest counts: who has only just begun to look knows nothing better. */
const LOOKS_OF_PACE = 3

/** From the start of a look to the start of the next, by how long the last ones took. */
export const intervalFor = (tookMs: readonly number[], pace: Pace): number => {
  const ascending = tookMs.toSorted((a, b) => a - b)
  const usualMs = ascending[ascending.length < LOOKS_OF_PACE ? ascending.length - 1 : 1] ?? 0
  return Math.min(pace.slowestMs, Math.max(pace.lookMs, usualMs * partsOfTime))
}

interface Looker {
  look(): Promise<Observation>
}

const createLooker = (cluster: Cluster, clock: Clock, pace: Pace, columns: Columns): Looker => {
  let snapshot: ClusterSnapshot | null = null
  let describedMs = -Infinity
  let configsMs = -Infinity
  let sizesMs = -Infinity
  let startsMs = -Infinity
  /** Looks in a row that something was missing from. */
  let incomplete = 0
  let before: Pick<Observation, 'snapshot' | 'offsets'> = { snapshot: emptySnapshot, offsets: new Map() }

  const describe = async (nowMs: number): Promise<ClusterSnapshot> => {
    const configs = nowMs - configsMs >= pace.configsMs
    const fresh = await cluster.describe({ configs })
    snapshot = configs ? fresh : withKnownConfigs(fresh, snapshot)
    describedMs = nowMs
    if (configs) configsMs = nowMs
    return snapshot
  }

  return {
    look: async () => {
      const nowMs = clock.monotonicMs()
      const known = nowMs - describedMs < pace.metadataMs ? snapshot : null
      const isDue = (readMs: number, everyMs: number): boolean =>
        nowMs - readMs >= (known === null ? 2 * everyMs : everyMs)
      const sizesToo = isDue(sizesMs, pace.sizesMs)
      const both = sizesToo || isDue(startsMs, pace.startsMs)
      const seen = known ?? (await describe(nowMs))
      const topics = [...seen.topics.keys()]
      const problems: string[] = []
      let complete = true
      const suspectMetadata = (): void => {
        complete = false
        if (incomplete < urgentMax) describedMs = -Infinity
      }
      // a part that fails leaves the others standing; metadata may be why, so it is read anew
      const attempt = async <Value>(what: string, part: Promise<Value>): Promise<Value | null> => {
        try {
          return await part
        } catch (failure) {
          problems.push(`${what}: ${failureText(failure)}`)
          suspectMetadata()
          return null
        }
      }
      const untold = new Set<BrokerId>()
      const groups: readonly GroupObservation[] | null = await attempt(
        'Groups',
        cluster.readGroups(seen, undefined, { columns, onSilence: broker => untold.add(broker) }),
      )
      const read = await cluster.readOffsets(seen, topics, both ? 'both' : 'ends', columns)
      if (both) startsMs = nowMs
      const offsets = both ? read : withKnownStarts(read, seen, before)
      // a topic that is new, grew or was made anew: its starts come with the next look
      if (!both && startsMissing(offsets)) startsMs = -Infinity
      before = { snapshot: seen, offsets }
      const lookedMs = clock.monotonicMs()
      const atMs = clock.wallMs()
      const unanswered = countUnanswered(seen, offsets)
      if (unanswered.partitions > 0) suspectMetadata()
      if (unanswered.partitions > 0 && unanswered.partitions === unanswered.of)
        throw new LanekeeperError(
          'CLUSTER_UNREACHABLE',
          `No leader of the ${unanswered.of} partitions told its offsets.`,
        )
      let sizes: ReadonlyMap<string, TopicSizes> = new Map()
      let disks: readonly BrokerDisk[] | null = null
      if (sizesToo) {
        sizesMs = nowMs
        const told = await attempt('Sizes', cluster.readSizes(seen, topics))
        if (told !== null) ({ sizes, disks } = told)
      }
      incomplete = complete ? 0 : incomplete + 1
      const groupsUntold = [...untold]
      return {
        atMs,
        monotonicMs: lookedMs,
        snapshot: seen,
        offsets,
        sizes,
        disks,
        groups,
        groupsUntold,
        problems,
      }
    },
  }
}

/** Configs read earlier stay valid for the same topic; a recreated one has another id. */
const withKnownConfigs = (fresh: ClusterSnapshot, known: ClusterSnapshot | null): ClusterSnapshot => ({
  ...fresh,
  topics: new Map(
    [...fresh.topics].map(([name, topic]): [string, TopicInfo] => {
      const old = known?.topics.get(name)
      return [
        name,
        topic.configs === null && old?.topicId === topic.topicId ? { ...topic, configs: old.configs } : topic,
      ]
    }),
  ),
})

/** Starts of the look before, for topics that are still the same ones. */
const withKnownStarts = (
  read: ReadonlyMap<string, TopicOffsets>,
  snapshot: ClusterSnapshot,
  before: Pick<Observation, 'snapshot' | 'offsets'>,
): ReadonlyMap<string, TopicOffsets> =>
  new Map(
    [...read].map(([name, offsets]): [string, TopicOffsets] => {
      const old = before.offsets.get(name)?.start
      const same = snapshot.topics.get(name)?.topicId === before.snapshot.topics.get(name)?.topicId
      return same && old?.length === offsets.start.length
        ? [name, { ...offsets, start: knownStarts(old, offsets) }]
        : [name, offsets]
    }),
  )

/** An end below the start that was known is a log that was cut: then the start is not known. Mostly it is the column of before. */
const knownStarts = (old: Float64Array, { end, start }: TopicOffsets): Float64Array => {
  for (let p = 0; p < old.length; p++)
    if (!((old[p] as number) <= (end[p] as number)))
      return old.map((was, at) => (was <= (end[at] as number) ? was : (start[at] as number)))
  return old
}

const startsMissing = (offsets: ReadonlyMap<string, TopicOffsets>): boolean => {
  for (const { end, start } of offsets.values())
    for (let p = 0; p < end.length; p++)
      if (!Number.isNaN(end[p] as number) && Number.isNaN(start[p] as number)) return true
  return false
}

const countUnanswered = (
  snapshot: ClusterSnapshot,
  offsets: ReadonlyMap<string, TopicOffsets>,
): { readonly partitions: number; readonly of: number } => {
  let partitions = 0
  let of = 0
  for (const topic of snapshot.topics.values()) {
    const end = offsets.get(topic.name)?.end
    // a column that is known tells the same without a word on who leads each partition
    if (end !== undefined && end.length === topic.partitions.length && !hasUnknown(end)) {
      of += end.length
      continue
    }
    topic.partitions.forEach((partition, p) => {
      // nobody could have answered for a partition without a leader
      if (partition.leader === null) return
      of++
      if (Number.isNaN(end?.[p] ?? NaN)) partitions++
    })
  }
  return { partitions, of }
}

const hasUnknown = (column: Float64Array): boolean => {
  for (let p = 0; p < column.length; p++) if (Number.isNaN(column[p] as number)) return true
  return false
}

/** One line for people. A `LanekeeperError` is written for them; of anything else only the message is. */
export const failureText = (failure: unknown): string =>
  failure instanceof Error ? failure.message : String(failure)
