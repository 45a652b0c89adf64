import { formatCount } from '../model/index.ts'
import { type AssignorName, assignors } from './assign.ts'
import type { IdleReason, StepReport } from './report.ts'

/** What a step did, in sentences: balance, movement, pause, idle members with their reason. */
export const explainStep = (assignor: AssignorName, report: StepReport): readonly string[] => [
  balanceSentence(assignor, report),
  ...movementSentences(report),
  ...pauseSentences(assignor, report),
  ...idleSentences(report),
]

const count = (value: number, one: string, many = `${one}s`): string =>
  `${formatCount(value)} ${value === 1 ? one : many}`

const balanceSentence = (assignor: AssignorName, { members, fewest, most }: StepReport): string => {
  if (members.length === 1) return `The only member has ${count(most, 'partition')}.`
  if (most - fewest <= 1)
    return fewest === most
      ? `Every member has ${count(most, 'partition')}.`
      : `Members have ${formatCount(fewest)} or ${formatCount(most)} partitions: as even as it gets.`
  const reason =
    assignor === 'range' || assignor === 'serverRange'
      ? ': each topic is cut by itself, and the extra partitions of all topics go to the same first members'
      : ''
  return `Members have from ${formatCount(fewest)} to ${formatCount(most)} partitions${reason}.`
}

const movementSentences = ({ moved, movedAtLeast, orphaned }: StepReport): readonly string[] => {
  const sentences: string[] = []
  if (orphaned > 0)
    sentences.push(
      `${count(orphaned, 'partition')} of members that left ${orphaned === 1 ? 'needs a new owner' : 'need new owners'}.`,
    )
  if (moved > 0) {
    const bound =
      movedAtLeast === null
        ? ''
        : moved > movedAtLeast
          ? `; ${formatCount(movedAtLeast)} would have been enough`
          : ', the fewest possible'
    sentences.push(
      `${count(moved, 'partition')} ${moved === 1 ? 'moves' : 'move'} between members that stay${bound}.`,
    )
  }
  return sentences
}

const pauseSentences = (
  assignor: AssignorName,
  { pausedPartitions, pausedMembers, unassigned }: StepReport,
): readonly string[] => {
  if (pausedPartitions === 0) return []
  const members = count(pausedMembers, 'member')
  const partitions = count(pausedPartitions, 'partition')
  const verb = pausedMembers === 1 ? 'stops' : 'stop'
  switch (assignors[assignor].style) {
    case 'eager':
      return [
        `The whole group stands still: ${members} ${verb} reading ${partitions} until all have joined again.`,
      ]
    case 'cooperative':
      return [
        `${members} ${verb} reading ${partitions}; the rest goes on.${unassigned > 0 ? ` ${count(unassigned, 'partition')} ${unassigned === 1 ? 'has' : 'have'} no reader until the second rebalance, which follows at once.` : ''}`,
      ]
    case 'server':
      return [
        `${members} ${verb} reading ${partitions}, each at its own heartbeat; the rest goes on, nobody waits.`,
      ]
  }
}

const idleText: Readonly<Record<IdleReason, string>> = {
  'subscribes-to-nothing': 'none of the topics subscribed to exists',
  'too-few-partitions':
    'there are fewer partitions than members, and a partition has one reader in a group; more partitions or fewer members',
  'cut-per-topic':
    'each topic alone has fewer partitions than members and leaves out the same ones; sticky or uniform assignment would use them',
  waits: 'its share must first be given up by others',
  'others-subscribe': 'other subscribers of the same topics hold all partitions',
}

const idleSentences = ({ members }: StepReport): readonly string[] => {
  const byReason = Map.groupBy(
    members.filter(member => member.idle !== null),
    member => member.idle as IdleReason,
  )
  return [...byReason].map(([reason, idle]) => `${count(idle.length, 'member')} idle: ${idleText[reason]}.`)
}
