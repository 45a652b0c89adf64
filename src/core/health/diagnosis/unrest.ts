/**
 * What only the past of a group shows: it rebalances again and again, two processes fight for one static id, members
 * disagree about the assignor, a rebalance does not end.
 */
import { formatDuration, type GroupMember } from '../../model/index.ts'
import type { FindingDraft } from '../finding.ts'
import type { GroupHealth } from '../groups.ts'
import type { MembershipChange } from '../turnover.ts'
import { plain, strong } from '../sentence.ts'
import { aboutGroup, counted, type GroupRule, listed, nameOf } from './evidence.ts'
import { isAtRest } from './idle.ts'

const RECENT_MS = 600_000
/** A restart of one member makes two, leaving and coming back; two restarts happen. */
const REBALANCES_MIN = 4
/** Two: one is a restart. */
const REPLACED_MIN = 2
/** From a join to the end of the rebalance that it makes, with a member that is busy. */
const AGREED_MS = 15_000
/** Kafka's default rebalance timeout is the poll interval, five minutes; half a minute is not normal. */
const UNREST_MS = 30_000

export const unrestRule: GroupRule = ({ group }) => {
  const { turnover } = group
  const recent = turnover.changes.filter(each => turnover.seenMs - each.atMs <= RECENT_MS)
  const conflicts = staticConflicts(group, recent)
  return [
    ...conflicts,
    // two processes that throw each other out also rebalance again and again: one cause, one finding
    ...(conflicts.length === 0 ? rebalancesFinding(group, recent) : []),
    ...assignorFinding(group, recent),
    ...unendingFinding(group),
  ]
}

const rebalancesFinding = (
  group: GroupHealth,
  recent: readonly MembershipChange[],
): readonly FindingDraft[] => {
  const rebalances = recent.filter(each => each.joined.length + each.left.length > 0)
  const [first] = rebalances
  const restless = mostRestless(group, rebalances)
  if (first === undefined || restless === null || rebalances.length < REBALANCES_MIN) return []
  const ago = formatDuration(group.turnover.seenMs - first.atMs)
  return [
    aboutGroup(
      group,
      'rebalances-again',
      'warning',
      [
        plain(' changed its members '),
        strong(`${counted(rebalances.length, 'time')} in ${ago}`),
        plain(`; ${listed([restless.name])} left and came back ${counted(restless.times, 'time')}.`),
      ],
      'It restarts, or is evicted: its processing takes longer than max.poll.interval.ms, or it loses its session. Look at its log at these times. Fewer records a poll (max.poll.records), or a longer interval, keep it in.',
    ),
  ]
}

/**
 * Who left and came back most often, and more than once for each process of that name: six processes on one host often
 * share a client id, and a rolling restart of all of them is not a process that restarts six times.
 */
const mostRestless = (
  { observed }: GroupHealth,
  changes: readonly MembershipChange[],
): { readonly name: string; readonly times: number } | null => {
  const timesOf = (members: readonly GroupMember[]): ReadonlyMap<string, number> =>
    new Map([...Map.groupBy(members, nameOf)].map(([name, some]) => [name, some.length]))
  const left = timesOf(changes.flatMap(each => each.left))
  const joined = timesOf(changes.flatMap(each => each.joined))
  const present = timesOf(observed.members)
  const [best] = [...left]
    .map(([name, times]) => ({ name, times: Math.min(times, joined.get(name) ?? 0) }))
    .filter(({ name, times }) => times > Math.max(1, present.get(name) ?? 0))
    .toSorted((a, b) => b.times - a.times)
  return best ?? null
}

/** Static ids that several member ids held in turn. */
const staticConflicts = (
  group: GroupHealth,
  recent: readonly MembershipChange[],
): readonly FindingDraft[] => {
  const joins = recent.flatMap(({ atMs, joined }) =>
    joined.flatMap(member => (member.instanceId === null ? [] : [{ atMs, member, id: member.instanceId }])),
  )
  const [most, ...others] = [...Map.groupBy(joins, each => each.id)]
    .filter(([, times]) => times.length >= REPLACED_MIN)
    .toSorted(([, a], [, b]) => b.length - a.length)
  if (most === undefined) return []
  const [id, times] = most
  const hosts = [...new Set(times.map(({ member }) => member.host))]
  const ago = formatDuration(group.turnover.seenMs - (times[0]?.atMs ?? 0))
  const also = others.length === 0 ? '' : `, and ${counted(others.length, 'other id')} changed hands as well`
  return [
    aboutGroup(
      group,
      'static-id-conflict',
      times.length > REPLACED_MIN ? 'act' : 'warning',
      [
        plain(': '),
        strong(`${counted(times.length, 'process', 'processes')} in turn took the static id ${id}`),
        plain(` within ${ago}, from ${listed(hosts)}${also}.`),
      ],
      'Two consumers run with the same group.instance.id, and each throws the other out; or one restarts again and again. Give each process an id of its own, such as its host and number.',
    ),
  ]
}

const assignorFinding = (
  group: GroupHealth,
  recent: readonly MembershipChange[],
): readonly FindingDraft[] => {
  const change = recent.findLast(each => each.assignor !== null)
  if (change === undefined || change.assignor === null) return []
  // a member is seen to join a look or two before the group has agreed on what it offers
  const just = recent.filter(each => each.atMs <= change.atMs && change.atMs - each.atMs <= AGREED_MS)
  const came = clientsOf(just.flatMap(each => each.joined))
  const went = clientsOf(just.flatMap(each => each.left))
  const who = [
    ...(came.length > 0 ? [`when ${listed(came)} joined`] : []),
    ...(went.length > 0 ? [`when ${listed(went)} left`] : []),
  ].join(' and ')
  return [
    aboutGroup(
      group,
      'assignors-differ',
      'warning',
      [
        plain(' changed its assignor from '),
        strong(`${change.assignor.from} to ${change.assignor.to}`),
        plain(`${who === '' ? '' : ` ${who}`}, ${formatDuration(group.turnover.seenMs - change.atMs)} ago.`),
      ],
      'Its members do not all offer the same assignors, and the group uses one that all have: who is in decides who gets what, and a member that shares none is refused (INCONSISTENT_GROUP_PROTOCOL). Set partition.assignment.strategy alike in all of them.',
    ),
  ]
}

const clientsOf = (members: readonly GroupMember[]): readonly string[] => [
  ...new Set(members.map(member => member.clientId)),
]

const unendingFinding = (group: GroupHealth): readonly FindingDraft[] => {
  const { state } = group.observed
  const forMs = group.turnover.seenMs - group.turnover.stateSinceMs
  if (isAtRest(group) || forMs < UNREST_MS) return []
  return [
    aboutGroup(
      group,
      'rebalance-unending',
      'warning',
      [
        plain(' has been '),
        strong(`${state} for ${formatDuration(forMs)}`),
        plain(': its rebalance does not end.'),
      ],
      state === 'PreparingRebalance'
        ? 'The classic protocol waits for every member, up to max.poll.interval.ms, and nobody reads meanwhile. One of them is busy in its processing and does not poll.'
        : 'A member has not given up its partitions yet, or was told and does not answer. The coordinator waits for it up to the rebalance timeout.',
    ),
  ]
}
