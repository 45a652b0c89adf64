import { Command } from 'commander'
import type { GroupView } from '../api/contract.ts'
import { type FindingDraft, type GroupHealth, sentenceText } from '../core/health/index.ts'
import {
  errorRegistry,
  formatCount,
  formatDuration,
  formatRate,
  LanekeeperError,
  printable,
} from '../core/model/index.ts'
import { diagnoseFrom } from '../runtime/diagnose-group.ts'
import { asCalled } from './called-as.ts'
import { countOption } from './count-option.ts'
import { known } from './known.ts'
import { afterLooking, lookSeconds } from './looking.ts'
import { paint, print, printJson, printTable } from './output.ts'
import { addTargetOptions, type TargetFlags, targetSuffix, withCluster } from './target-options.ts'
import type { Io, World } from './world.ts'

interface DiagnoseFlags extends TargetFlags {
  readonly for: number
  readonly started?: string
}

/** A verdict on a group that has something waiting needs fifteen seconds of looks. */
const LOOK_SECONDS = 18

/** `groups diagnose G`: members, lag, trend, and the reasons in sentences. */
export const groupsDiagnoseCommand = (world: World): Command =>
  addTargetOptions(new Command('diagnose'))
    .description(
      'Why a group is as it is: members, lag in records and time, trend, and reasons with what to do.',
    )
    .argument('<group>', 'group id')
    .option('--started <n>', 'how many consumers you started; says where the missing ones may be')
    .option('--for <seconds>', 'how long to look', lookSeconds, LOOK_SECONDS)
    .addHelpText(
      'before',
      `Examples:
  lanekeeper groups diagnose order-mailer
  lanekeeper groups diagnose order-mailer --started 6    six run, and fewer are in the group
  lanekeeper groups diagnose order-mailer --for 120      members that come and go show only after a while

Exit code 3 when a reason asks for something to be done.
`,
    )
    .action(async (groupId: string, flags: DiagnoseFlags) => diagnose(world, groupId, flags))

const diagnose = async (world: World, groupId: string, flags: DiagnoseFlags): Promise<void> => {
  const { io } = world
  const started = flags.started === undefined ? null : countOption('--started', flags.started, 100_000)
  await withCluster(world, flags, null, async connection => {
    const { view, health } = await afterLooking(world, connection.cluster, flags.for, live => ({
      view: live.group(groupId),
      health: live.judgement(),
    }))
    const { openLink } = connection
    const parts = { openLink, clock: world.clock, codecs: world.codecs, signal: io.interrupted }
    const diagnosis = health === null ? null : await diagnoseFrom(health, groupId, started, parts)
    if (diagnosis === null || view === null)
      throw new LanekeeperError(
        'GROUP_UNKNOWN',
        `The cluster has no consumer group "${printable(groupId)}".`,
        {
          fix: `See which there are: lanekeeper groups${targetSuffix(flags)}`,
        },
      )
    const { group, reasons } = diagnosis
    if (flags.json) printJson(io, asJson(view, started, reasons))
    else show(io, view, group, reasons)
    if (reasons.some(reason => reason.severity !== 'info')) io.exitWith(errorRegistry.DRIFT.exit)
  })
}

const asJson = (view: GroupView, started: number | null, reasons: readonly FindingDraft[]) => ({
  group: view,
  started,
  reasons: reasons.map(({ kind, severity, sentence, cure, topic, partition }) => ({
    kind,
    severity,
    sentence: sentenceText(sentence),
    cure,
    topic: topic ?? null,
    partition: partition ?? null,
  })),
})

const show = (io: Io, view: GroupView, group: GroupHealth, reasons: readonly FindingDraft[]): void => {
  print(io, `${printable(view.groupId)}: ${view.verdict}. ${printable(view.reason)}`)
  print(io, headLine(view, group))
  print(io, lagLine(view))
  print(io, '')
  if (view.memberList.length > 0) {
    printTable(io, memberColumns, memberRows(view, group))
    print(io, '')
  }
  if (reasons.length === 0) print(io, 'Nothing found that explains more than these figures.')
  reasons.forEach(({ severity, sentence, cure }, index) => {
    const style = severity === 'act' ? 'red' : severity === 'warning' ? 'yellow' : 'dim'
    print(io, `${index + 1}. ${paint(io, io.stdout, style, severity)}: ${printable(sentenceText(sentence))}`)
    print(io, `   ${printable(asCalled(io, cure))}`)
  })
}

const headLine = (view: GroupView, group: GroupHealth): string => {
  const hosts = new Set(view.memberList.map(member => member.host)).size
  const members = `${formatCount(view.members)} ${view.members === 1 ? 'member' : 'members'}`
  return [
    `${view.type} protocol`,
    view.state,
    `assignor ${view.assignor ?? 'unknown'}`,
    hosts < 2 ? members : `${members} on ${formatCount(hosts)} hosts`,
    `${formatCount(group.partitions)} partitions of ${view.topics.map(printable).join(', ') || 'no topic'}`,
  ].join(', ')
}

const lagLine = (view: GroupView): string => {
  const trend = known(view.lagTrendPerSecond, perSecond =>
    perSecond > 0 ? `+${formatRate(perSecond)}` : formatRate(perSecond),
  )
  return [
    `lag ${known(view.lagRecords, formatCount)} records`,
    `oldest waits ${known(view.lagMsMax, formatDuration)}`,
    `trend ${trend}`,
    `processed ${known(view.processedPerSecond, formatRate)}`,
    `caught up in ${known(view.catchUpMs, formatDuration)}`,
  ].join(' · ')
}

const memberColumns = [
  { title: 'MEMBER' },
  { title: 'CLIENT' },
  { title: 'HOST' },
  { title: 'PARTITIONS', align: 'right' },
  { title: 'LAG', align: 'right' },
  { title: 'PROCESSED', align: 'right' },
  { title: 'SEEN FOR', align: 'right' },
] as const

const memberRows = (view: GroupView, { topics, turnover }: GroupHealth): readonly (readonly string[])[] =>
  view.memberList.map((member, index) => {
    let processed = 0
    for (const { owner, processedPerSecond } of topics)
      owner.forEach((each, p) => {
        if (each === index) processed += processedPerSecond[p] ?? Number.NaN
      })
    return [
      member.instanceId ?? member.memberId,
      member.clientId,
      member.host,
      formatCount(member.assigned.reduce((sum, topic) => sum + topic.partitions.length, 0)),
      known(member.lagRecords, formatCount),
      formatRate(processed),
      formatDuration(turnover.seenMs - (turnover.memberSinceMs.get(member.memberId) ?? turnover.seenMs)),
    ]
  })
