/**
 * Where a group shall go on reading: one plan for all the ways to say it.
 *
 * Every target is brought into the log: an offset below its start or above its end would stop the consumer with
 * OFFSET_OUT_OF_RANGE, so it becomes the nearest one that can be read. A partition whose log bounds are not known is
 * refused instead of guessed. Partitions that stand where they shall are left out.
 */
import type { GroupCommits, Offset, TopicOffsets } from '../model/index.ts'
import type { OffsetMove, Plan, Refusal } from '../plan/index.ts'

export type ResetTarget =
  | { readonly kind: 'earliest' }
  | { readonly kind: 'latest' }
  | { readonly kind: 'offset'; readonly offset: Offset }
  /** Forward with a positive number, back with a negative one. */
  | { readonly kind: 'shift'; readonly by: number }
  /** By partition; those that are not in it stay where they are. For files, and for what was looked up by time. */
  | { readonly kind: 'each'; readonly offsets: ReadonlyMap<number, Offset> }

export interface ResetRequest {
  readonly group: string
  readonly topic: string
  /** Null: the cluster does not know the group; it will be created. */
  readonly commits: GroupCommits | null
  readonly log: TopicOffsets
  readonly target: ResetTarget
  /** Null: all partitions of the topic. */
  readonly partitions: readonly number[] | null
}

export const planOffsetReset = (request: ResetRequest): Plan => {
  const { group, topic, commits, log, partitions } = request
  if (commits !== null && commits.members > 0)
    return planOf([], [membersRefusal(group, topic, commits.members)])
  const committed = commits?.committed.get(topic)
  const moves: OffsetMove[] = []
  const refusals: Refusal[] = []
  for (const partition of partitions ?? log.end.keys()) {
    const [start, end] = [log.start[partition] ?? Number.NaN, log.end[partition] ?? Number.NaN]
    const current = committed?.[partition] ?? Number.NaN
    const from = Number.isNaN(current) ? null : current
    if (Number.isNaN(start) || Number.isNaN(end)) {
      refusals.push(unknownRefusal(topic, partition))
      continue
    }
    const wanted = wantedOffset(request.target, partition, from, start, end)
    if (wanted === null) continue
    const to = Math.min(end, Math.max(start, wanted))
    if (to !== from) moves.push({ partition, from, to })
  }
  return planOf(moves.length === 0 ? [] : [{ kind: 'reset-offsets', group, topic, moves }], refusals)
}

const planOf = (steps: Plan['steps'], refusals: Plan['refusals']): Plan => ({
  steps,
  refusals,
  unchanged: [],
})

/** Null: the target says nothing about this partition. */
const wantedOffset = (
  target: ResetTarget,
  partition: number,
  from: Offset | null,
  start: Offset,
  end: Offset,
): Offset | null => {
  switch (target.kind) {
    case 'earliest':
      return start
    case 'latest':
      return end
    case 'offset':
      return target.offset
    case 'shift':
      return from === null ? null : from + target.by
    case 'each':
      return target.offsets.get(partition) ?? null
  }
}

const membersRefusal = (group: string, topic: string, members: number): Refusal => ({
  topic,
  code: 'GROUP_ACTIVE',
  message: `Group ${group} has ${members} ${members === 1 ? 'member' : 'members'}: they would go on from where they are and commit over it.`,
  fix: 'Stop its consumers, wait until the group is empty, and repeat the command.',
})

const unknownRefusal = (topic: string, partition: number): Refusal => ({
  topic,
  code: 'CLUSTER_UNREACHABLE',
  message: `${topic}-${partition}: its leader does not say where its log begins and ends.`,
  fix: 'Repeat the command when the partition has a leader.',
})
