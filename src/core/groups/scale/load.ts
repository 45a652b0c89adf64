import type { ScalePolicy } from './policy.ts'

/** What was seen of a group at one moment. NaN: not known, and never to be read as zero. */
export interface ScaleObservation {
  /** Monotonic milliseconds. */
  readonly nowMs: number
  /** Members of the group now, idle ones included. */
  readonly members: number
  /** Consumers that can have work at all: the partitions, or fewer where the assignor cuts each topic by itself. */
  readonly placesMax: number
  /** How long every partition has had the owner that it has now: rates of before are somebody else's work. */
  readonly steadyMs: number
  readonly partitions: readonly ScalePartition[]
}

export interface ScalePartition {
  readonly topic: string
  readonly partition: number
  readonly arrivingPerSecond: number
  readonly processedPerSecond: number
  readonly lagRecords: number
  /** Age of the oldest record that waits; 0 when nothing does. */
  readonly lagMs: number
  /** Which member reads it; -1: none. */
  readonly owner: number
  /** Records wait and its commit stands still: no count of consumers changes that. */
  readonly stuck: boolean
}

/** The sums behind a decision, over the partitions that a count of consumers can help: neither stuck nor limited. */
export interface ScaleLoad {
  readonly stuck: readonly ScalePartition[]
  /** Partitions of which some figure is missing. While there are any, nothing else here means much. */
  readonly unknown: readonly ScalePartition[]
  readonly arrivingPerSecond: number
  readonly processedPerSecond: number
  readonly backlogRecords: number
  /** Partitions with a late record that more consumers could relieve. */
  readonly late: readonly ScalePartition[]
  /** Partitions with a late record that they could not, furthest behind first. */
  readonly limited: readonly ScaleLimit[]
  /** What one consumer carried while it had more to do than it could; NaN when none was in that state. */
  readonly saturatedPerSecond: number
  /** The most that any consumer carried: it can do at least that. */
  readonly busiestPerSecond: number
}

export interface ScaleLimit {
  readonly partition: ScalePartition
  /** `alone`: its consumer reads nothing else. `too-fast`: more arrives there than a consumer carries. */
  readonly why: 'alone' | 'too-fast'
  /** What a consumer carries, known or seen at the one that reads it. */
  readonly carriesPerSecond: number
}

/**
 * A backlog of this many seconds of its own work: a consumer does all it can. Commits come every five seconds by default,
 * so a consumer at rest also seems to have up to five seconds of work before it.
 */
const SATURATED_SECONDS = 15

/** With this share of its backlog on one of several partitions it is the partition that is at its limit. */
const CONCENTRATED_SHARE = 0.8

/** @param capacityPerSecond what one consumer is known to carry; NaN when unknown. */
export const loadOf = (
  { partitions }: ScaleObservation,
  policy: Pick<ScalePolicy, 'lagTargetMs'>,
  capacityPerSecond: number,
): ScaleLoad => {
  const stuck = partitions.filter(each => each.stuck)
  const moving = partitions.filter(each => !each.stuck)
  const members = byOwner(partitions)
  const limited: ScaleLimit[] = []
  const late: ScalePartition[] = []
  for (const each of moving) {
    if (!(each.lagMs > policy.lagTargetMs)) continue
    const held = (members.get(each.owner) ?? []).filter(other => !other.stuck)
    // alone, the consumer could not do more for it than it now does for all that it holds
    const carriesPerSecond = hasTooMuch(held) ? processed(held) : capacityPerSecond
    if (each.arrivingPerSecond > carriesPerSecond)
      limited.push({ partition: each, why: 'too-fast', carriesPerSecond })
    else if (held.length === 1)
      limited.push({ partition: each, why: 'alone', carriesPerSecond: each.processedPerSecond })
    else late.push(each)
  }
  const beyond = new Set(limited.map(limit => limit.partition))
  const helped = moving.filter(each => !beyond.has(each))
  const sum = (pick: (each: ScalePartition) => number): number =>
    helped.reduce((total, each) => total + pick(each), 0)
  const work = [...members.values()].map(held => held.filter(each => !each.stuck))
  return {
    stuck,
    unknown: moving.filter(
      each =>
        Number.isNaN(each.lagRecords) ||
        Number.isNaN(each.arrivingPerSecond) ||
        Number.isNaN(each.processedPerSecond),
    ),
    arrivingPerSecond: sum(each => each.arrivingPerSecond),
    processedPerSecond: sum(each => each.processedPerSecond),
    backlogRecords: sum(each => each.lagRecords),
    late,
    limited: limited.toSorted((a, b) => b.partition.lagRecords - a.partition.lagRecords),
    saturatedPerSecond: median(work.filter(isSaturated).map(processed)),
    busiestPerSecond: Math.max(0, ...work.map(processed).filter(rate => !Number.isNaN(rate))),
  }
}

const byOwner = (partitions: readonly ScalePartition[]): ReadonlyMap<number, readonly ScalePartition[]> =>
  Map.groupBy(
    partitions.filter(each => each.owner >= 0),
    each => each.owner,
  )

const processed = (held: readonly ScalePartition[]): number =>
  held.reduce((total, each) => total + each.processedPerSecond, 0)

/** Does all it can: its backlog is seconds of its own work. */
const hasTooMuch = (held: readonly ScalePartition[]): boolean => {
  const pace = processed(held)
  return pace > 0 && backlogOf(held) > pace * SATURATED_SECONDS
}

/**
 * Whether a member's pace is what a consumer can do. Not where nearly all of its backlog lies on one of several
 * partitions: then a slow key or a record that is hard holds up that partition, and the consumer has time to spare.
 */
const isSaturated = (held: readonly ScalePartition[]): boolean =>
  hasTooMuch(held) &&
  (held.length === 1 || Math.max(...held.map(each => each.lagRecords)) < backlogOf(held) * CONCENTRATED_SHARE)

const backlogOf = (held: readonly ScalePartition[]): number =>
  held.reduce((total, each) => total + each.lagRecords, 0)

const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted.length === 0 ? Number.NaN : (sorted[sorted.length >> 1] as number)
}
