import { Command } from 'commander'
import type { GroupSummary, GroupView } from '../api/contract.ts'
import { formatCount, formatDuration, formatRate, LanekeeperError, printable } from '../core/model/index.ts'
import type { LiveState } from '../runtime/live-state.ts'
import { groupsDiagnoseCommand } from './groups-diagnose.ts'
import { groupsScaleCommand } from './groups-scale/command.ts'
import { groupsSimulateCommand } from './groups-simulate.ts'
import { known } from './known.ts'
import { afterLooking, DEFAULT_LOOK_SECONDS, lookSeconds } from './looking.ts'
import { type Column, print, printJson, printTable, say } from './output.ts'
import { addTargetOptions, type TargetFlags, targetSuffix, withCluster } from './target-options.ts'
import type { Io, World } from './world.ts'

interface GroupsFlags extends TargetFlags {
  readonly for: number
}

/**
 * `groups`: all consumer groups; `groups show G`: one with its members and its worst partitions; `groups diagnose G`: why
 * it is as it is; `groups scale G`: how many members it should have; `groups simulate`: assignment on paper.
 */
export const groupsCommand = (world: World): Command => {
  const withLooking = (command: Command): Command =>
    addTargetOptions(command).option('--for <seconds>', 'how long to look', lookSeconds, DEFAULT_LOOK_SECONDS)

  const show = withLooking(new Command('show'))
    .description('One group: verdict with its reason, members, partitions furthest behind.')
    .argument('<group>', 'group id')
    .action(async (groupId: string, flags: GroupsFlags) =>
      withCluster(world, flags, null, ({ cluster }) =>
        afterLooking(world, cluster, flags.for, live => showGroup(world.io, live, groupId, flags)),
      ),
    )

  return withLooking(new Command('groups'))
    .description('List consumer groups: verdict, members, lag in records and time, trend.')
    .addHelpText(
      'before',
      `Examples:
  lanekeeper groups --bootstrap-server kafka:9092
  lanekeeper groups show timeline-builder --for 20
  lanekeeper groups diagnose timeline-builder
  lanekeeper groups scale timeline-builder
  lanekeeper groups simulate --topics orders:12 --members 4 --join 1
`,
    )
    .enablePositionalOptions()
    .addCommand(show)
    .addCommand(groupsDiagnoseCommand(world))
    .addCommand(groupsScaleCommand(world))
    .addCommand(groupsSimulateCommand(world))
    .action(async (flags: GroupsFlags) =>
      withCluster(world, flags, null, ({ cluster }) =>
        afterLooking(world, cluster, flags.for, live => listGroups(world.io, live, flags)),
      ),
    )
}

const listGroups = (io: Io, live: LiveState, flags: GroupsFlags): void => {
  const { groups, health } = live.tick()
  if (flags.json) printJson(io, groups)
  else if (groups.length === 0)
    say(io, `${health.bootstrapServer} has no consumer groups that this user may see.`)
  else printTable(io, groupColumns, groupRows(groups))
}

const showGroup = (io: Io, live: LiveState, groupId: string, flags: GroupsFlags): void => {
  const group = live.group(groupId)
  if (group === null)
    throw new LanekeeperError('GROUP_UNKNOWN', `The cluster has no consumer group "${printable(groupId)}".`, {
      fix: `See which there are: lanekeeper groups${targetSuffix(flags)}`,
    })
  if (flags.json) printJson(io, group)
  else printGroup(io, group)
}

export const groupColumns: readonly Column[] = [
  { title: 'GROUP' },
  { title: 'VERDICT' },
  { title: 'STATE' },
  { title: 'MEMBERS', align: 'right' },
  { title: 'LAG', align: 'right' },
  { title: 'BEHIND', align: 'right' },
  { title: 'TREND', align: 'right' },
  { title: 'PROCESSED', align: 'right' },
  { title: 'TOPICS' },
]

/** One line for each group, worst first. */
export const groupRows = (groups: readonly GroupSummary[]): readonly (readonly string[])[] =>
  groups
    .toSorted((a, b) => verdictRank[a.verdict] - verdictRank[b.verdict] || (a.groupId < b.groupId ? -1 : 1))
    .map(group => [
      group.groupId,
      group.verdict,
      group.state,
      formatCount(group.members),
      known(group.lagRecords, formatCount),
      known(group.lagMsMax, formatDuration),
      known(group.lagTrendPerSecond, trend => (trend > 0 ? `+${formatRate(trend)}` : formatRate(trend))),
      known(group.processedPerSecond, formatRate),
      group.topics.join(', '),
    ])

const verdictRank: Readonly<Record<GroupSummary['verdict'], number>> = {
  stopped: 0,
  stalled: 1,
  rewinding: 2,
  warning: 3,
  unknown: 4,
  ok: 5,
}

const printGroup = (io: Io, group: GroupView): void => {
  print(io, `${printable(group.groupId)}: ${group.verdict}. ${printable(group.reason)}`)
  print(
    io,
    `${group.type} protocol, ${group.state}, assignor ${group.assignor ?? 'unknown'}, coordinator ${known(group.coordinator, String)}`,
  )
  print(io, '')
  if (group.memberList.length === 0) print(io, 'No members.')
  else
    printTable(
      io,
      [
        { title: 'MEMBER' },
        { title: 'CLIENT' },
        { title: 'HOST' },
        { title: 'PARTITIONS', align: 'right' },
        { title: 'LAG', align: 'right' },
      ],
      group.memberList.map(member => [
        member.instanceId ?? member.memberId,
        member.clientId,
        member.host,
        formatCount(member.assigned.reduce((sum, topic) => sum + topic.partitions.length, 0)),
        known(member.lagRecords, formatCount),
      ]),
    )
  if (group.worstPartitions.length === 0) return
  print(io, '')
  printTable(
    io,
    [{ title: 'FURTHEST BEHIND' }, { title: 'LAG', align: 'right' }, { title: 'BEHIND', align: 'right' }],
    group.worstPartitions.map(each => [
      `${each.topic}-${each.partition}`,
      known(each.lagRecords, formatCount),
      known(each.lagMs, formatDuration),
    ]),
  )
}
