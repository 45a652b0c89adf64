/**
 * Members without work, each with the reason; and members with much more of it than others.
 *
 * The reasons, the first that holds decides. They are told apart because each has another cure:
 *   topic-unknown   what it subscribes to does not exist
 *   starting        it came a moment ago, or the group has not come to rest
 *   fewer-places    what it may read has fewer partitions than there are members to read it
 *   cut-by-range    enough partitions in all, but each topic by itself has too few, and each leaves out the same members
 *   others-read     subscriptions differ, and what it subscribes to is taken
 *   no-reason       none of these: the assignor gave it nothing
 */
import { formatCount, type GroupMember } from '../../model/index.ts'
import type { FindingDraft } from '../finding.ts'
import type { GroupHealth } from '../groups.ts'
import { plain, strong } from '../sentence.ts'
import {
  aboutGroup,
  counted,
  type GroupEvidence,
  type GroupRule,
  isRange,
  listed,
  nameOf,
  partitionsOf,
  topicsOf,
} from './evidence.ts'

type IdleCause = 'topic-unknown' | 'starting' | 'fewer-places' | 'cut-by-range' | 'others-read' | 'no-reason'

/** Longer than a join and two heartbeats take with Kafka's defaults. */
const STARTING_MS = 15_000

/** Kafka's words for a group at rest. */
const AT_REST = new Set(['Stable', 'Empty', 'Dead'])

export const idleRule: GroupRule = evidence => {
  const { group } = evidence
  const { members } = group.observed
  const idle = members.filter(member => partitionsOf(member) === 0)
  const byCause = Map.groupBy(idle, member => idleCause(member, evidence))
  return [
    ...[...byCause].map(([cause, some]) => idleFinding(cause, some, evidence)),
    ...subscriptionFinding(evidence),
    ...unevenFinding(evidence),
  ]
}

const idleCause = (member: GroupMember, { group, topics }: GroupEvidence): IdleCause => {
  const own = topicsOf(member, group)
  const counts = own.map(topic => topics.get(topic)?.info.partitions.length ?? 0)
  const partitions = counts.reduce((sum, count) => sum + count, 0)
  if (partitions === 0) return 'topic-unknown'
  const { turnover, observed } = group
  const forMs = turnover.seenMs - (turnover.memberSinceMs.get(member.memberId) ?? turnover.seenMs)
  // who was there when watching began may have been there for days
  const isNew = (turnover.memberSinceMs.get(member.memberId) ?? 0) > turnover.watchedSinceMs
  if ((isNew && forMs < STARTING_MS) || !AT_REST.has(observed.state)) return 'starting'
  const rivals = observed.members.filter(other =>
    topicsOf(other, group).some(topic => own.includes(topic)),
  ).length
  if (partitions < rivals) return 'fewer-places'
  if (isRange(group) && Math.max(...counts) < rivals) return 'cut-by-range'
  return observed.members.some(other => !sameTopics(own, topicsOf(other, group)))
    ? 'others-read'
    : 'no-reason'
}

const sameTopics = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every(topic => b.includes(topic))

const idleFinding = (
  cause: IdleCause,
  idle: readonly GroupMember[],
  { group, topics }: GroupEvidence,
): FindingDraft => {
  const { members } = group.observed
  const has = (): string =>
    `${formatCount(idle.length)} ${idle.length === 1 ? 'has' : 'have'} nothing to read`
  switch (cause) {
    case 'fewer-places': {
      const own = new Set(idle.flatMap(member => topicsOf(member, group)))
      const places = [...own].reduce(
        (sum, topic) => sum + (topics.get(topic)?.info.partitions.length ?? 0),
        0,
      )
      const rivals = members.filter(other => topicsOf(other, group).some(topic => own.has(topic))).length
      return aboutGroup(
        group,
        'idle-members',
        'info',
        [
          plain(' has '),
          strong(`${counted(rivals, 'member')} for ${counted(places, 'partition')}`),
          plain(`; ${has()}.`),
        ],
        'One partition is read by one member of a group at a time. Stop the idle ones, or keep them as spares.',
      )
    }
    case 'topic-unknown':
      return aboutGroup(
        group,
        'idle-topic-unknown',
        'warning',
        [
          plain(': '),
          strong(counted(idle.length, 'member')),
          plain(
            ` ${idle.length === 1 ? 'subscribes' : 'subscribe'} to ${listed([...new Set(idle.flatMap(member => member.subscribed))])}, which does not exist here.`,
          ),
        ],
        `Check the topic's name and the bootstrap server of ${listed(idle.map(nameOf))}.`,
      )
    case 'starting':
      return aboutGroup(
        group,
        'idle-starting',
        'info',
        [
          plain(': '),
          strong(counted(idle.length, 'member')),
          plain(
            ` ${idle.length === 1 ? 'has' : 'have'} just joined or ${idle.length === 1 ? 'waits' : 'wait'} for a rebalance (state ${group.observed.state}), and ${idle.length === 1 ? 'has' : 'have'} nothing to read yet.`,
          ),
        ],
        'Look again in half a minute. If it stays like this, a member that does not answer holds up the rebalance.',
      )
    case 'cut-by-range':
      return aboutGroup(
        group,
        'idle-by-range',
        'warning',
        [
          plain(' has partitions enough, but '),
          strong(`${has()} under the range assignor`),
          plain(
            `: it cuts each of ${counted(group.topics.length, 'topic')} by itself, and each leaves out the same members.`,
          ),
        ],
        'Use an assignor that sees all topics: cooperative-sticky (partition.assignment.strategy), or uniform with group.protocol=consumer.',
      )
    case 'others-read':
      return aboutGroup(
        group,
        'idle-others-read',
        'warning',
        [
          plain(': '),
          strong(counted(idle.length, 'member')),
          plain(
            ` ${idle.length === 1 ? 'gets' : 'get'} nothing of ${listed([...new Set(idle.flatMap(member => topicsOf(member, group)))])}, since other members read it.`,
          ),
        ],
        'Members of one group should subscribe to the same topics; those with another subscription belong into a group of their own.',
      )
    case 'no-reason':
      return aboutGroup(
        group,
        'idle-without-reason',
        'warning',
        [
          plain(': '),
          strong(counted(idle.length, 'member')),
          plain(
            ` ${idle.length === 1 ? 'is' : 'are'} idle although there are partitions enough, and the group is at rest.`,
          ),
        ],
        `Assignor ${group.observed.assignor ?? 'unknown'} decided so. Look at what ${listed(idle.map(nameOf))} logged when it joined.`,
      )
  }
}

/** A topic that only some members subscribe to is read by those alone. */
const subscriptionFinding = ({ group, topics }: GroupEvidence): readonly FindingDraft[] => {
  const { members } = group.observed
  const few = group.topics
    .filter(({ topic }) => topics.has(topic))
    .map(({ topic }) => ({ topic, by: members.filter(member => topicsOf(member, group).includes(topic)) }))
    .filter(({ by }) => by.length > 0 && by.length < members.length)
    .toSorted((a, b) => a.by.length - b.by.length)
  const [first] = few
  if (first === undefined) return []
  const rest = members.filter(member => !first.by.includes(member))
  const elsewhere = [...new Set(rest.flatMap(member => topicsOf(member, group)))]
  return [
    aboutGroup(
      group,
      'subscriptions-differ',
      'info',
      [
        plain(`: ${first.topic} is subscribed by `),
        strong(`${formatCount(first.by.length)} of ${counted(members.length, 'member')}`),
        plain(`; the others subscribe to ${listed(elsewhere)}.`),
      ],
      'Only those share its partitions. One group for each set of topics rebalances less and is easier to read.',
    ),
  ]
}

/** By more than one partition, among members that may read the same; each topic cut by itself explains it. */
const unevenFinding = ({ group }: GroupEvidence): readonly FindingDraft[] => {
  const { members, state } = group.observed
  const [first] = members
  if (first === undefined || !AT_REST.has(state)) return []
  if (!members.every(member => sameTopics(topicsOf(first, group), topicsOf(member, group)))) return []
  const counts = members.map(partitionsOf).filter(count => count > 0)
  const [fewest, most] = [Math.min(...counts), Math.max(...counts)]
  // an idle member has a finding of its own
  if (counts.length < 2 || most - fewest < 2) return []
  const range = isRange(group) && group.topics.length > 1
  return [
    aboutGroup(
      group,
      'uneven-assignment',
      'info',
      [
        plain(': members have '),
        strong(`from ${formatCount(fewest)} to ${counted(most, 'partition')}`),
        plain(
          range
            ? ': the range assignor cuts each topic by itself, and the extra partitions of all topics go to the same first members.'
            : `, under assignor ${group.observed.assignor ?? 'unknown'}.`,
        ),
      ],
      range
        ? 'cooperative-sticky, or uniform with group.protocol=consumer, spreads them over all members.'
        : 'A rebalance evens it out; sticky assignors do so only when a member joins or leaves.',
    ),
  ]
}

export const isAtRest = (group: GroupHealth): boolean => AT_REST.has(group.observed.state)
