import { formatCount, formatDuration, formatRate } from '../model/index.ts'
import type { ClusterHealth } from './assess.ts'
import type { FindingDraft } from './findings.ts'
import type { GroupHealth, GroupPartition } from './groups.ts'
import { groupLink, partitionLink, plain, shellWord, strong, type SentencePiece } from './sentence.ts'

/** Groups that stopped, stalled, rewound or fell behind; that never committed; that have members without work. */
export const groupFindings = (health: ClusterHealth): readonly FindingDraft[] =>
  health.groups.flatMap(group => [
    ...verdictFinding(group, health),
    ...uncommittedFinding(group),
    ...idleFinding(group),
  ])

const verdictFinding = (group: GroupHealth, health: ClusterHealth): readonly FindingDraft[] => {
  const about = (
    kind: string,
    severity: FindingDraft['severity'],
    rest: readonly SentencePiece[],
    cure: string,
  ): readonly FindingDraft[] => [
    {
      id: `${kind}:${group.observed.groupId}`,
      severity,
      kind,
      sentence: [groupLink(group.observed.groupId), ...rest],
      cure,
      command: `npx lanekeeper groups show ${shellWord(group.observed.groupId)}`,
      groupId: group.observed.groupId,
      ...(group.worst === null ? {} : { topic: group.worst.topic, partition: group.worst.partition }),
    },
  ]
  const waiting = strong(`${formatCount(group.lagRecords)} records`)
  switch (group.verdict) {
    case 'stopped':
      return about(
        'group-stopped',
        'act',
        group.observed.members.length === 0
          ? [plain(' has no members, and '), waiting, plain(' wait.')]
          : [
              plain(' leaves '),
              strong(`${formatCount(group.counts.stopped)} partitions`),
              plain(' to nobody, and '),
              waiting,
              plain(' wait.'),
            ],
        'Start its consumers, or delete the group if nobody needs it. Records older than the topic keeps are lost to it.',
      )
    case 'stalled':
      return about(
        'group-stalled',
        'act',
        [
          plain(' stands still on '),
          strong(`${formatCount(group.counts.stalled)} of ${formatCount(group.partitions)} partitions`),
          ...at(group.worst),
          plain(': records wait and no commit moves.'),
        ],
        'A record that fails again and again, a handler that hangs, or a member that lost its broker. More members do not help; look at the member that holds the partition.',
      )
    case 'rewinding':
      return about(
        'group-rewinding',
        'warning',
        [
          plain(' went backwards on '),
          strong(`${formatCount(group.counts.rewinding)} of ${formatCount(group.partitions)} partitions`),
          plain(': records are read again.'),
        ],
        'Somebody reset its offsets, or two consumers commit for one partition. If it was not you, look for a second consumer with this group id.',
      )
    case 'warning':
      return about('group-behind', 'warning', behind(group), behindCure(group, health))
    // unknown has a cause of its own (a broker, a missing commit, a young window) and is told there
    case 'ok':
    case 'unknown':
      return []
  }
}

const at = (worst: GroupPartition | null): readonly SentencePiece[] =>
  worst === null ? [] : [plain(', the oldest record on '), partitionLink(worst.topic, worst.partition)]

const behind = (group: GroupHealth): readonly SentencePiece[] => {
  const { worst } = group
  const age =
    worst === null || Number.isNaN(worst.lagMs)
      ? plain(' is behind by longer than history reaches')
      : strong(` ${formatDuration(worst.lagMs)}`)
  const on: readonly SentencePiece[] =
    worst === null ? [] : [plain(' on '), partitionLink(worst.topic, worst.partition)]
  const lead = age.mark === 'strong' ? [plain(' is'), age, plain(' behind')] : [age]
  const trend = group.lagTrendPerSecond
  const growth: readonly SentencePiece[] = Number.isNaN(trend)
    ? [plain('.')]
    : trend > 0
      ? [plain(', and '), strong(formatCount(trend)), plain(' records further each second.')]
      : [plain(', catching up by '), strong(formatRate(-trend)), plain('.')]
  return [...lead, ...on, ...growth]
}

/** Says whether more members can help: not when one partition is the limit, not beyond one member a partition. */
const behindCure = (group: GroupHealth, health: ClusterHealth): string => {
  const members = group.observed.members.length
  if (group.catchUpMs > 0) return `At this pace it has caught up in ${formatDuration(group.catchUpMs)}.`
  const { worst } = group
  const arriving =
    worst === null ? NaN : (health.topics.get(worst.topic)?.recordsPerSecond[worst.partition] ?? NaN)
  const arrives = Number.isNaN(arriving) ? '' : ` ${formatRate(arriving)} arrive on the furthest partition.`
  if (group.counts.warning === 1)
    return `Only one of ${formatCount(group.partitions)} partitions is behind, so more members cannot help: one member reads a partition.${arrives}`
  if (members >= group.partitions)
    return `There is a member for every partition already; only faster processing or more partitions help.${arrives}`
  return `${formatCount(group.counts.warning)} partitions are behind and ${formatCount(members)} members read ${formatCount(group.partitions)}: more members help, up to one a partition.${arrives}`
}

const uncommittedFinding = (group: GroupHealth): readonly FindingDraft[] => {
  if (group.neverCommitted === 0) return []
  const { groupId, members } = group.observed
  return [
    {
      id: `nothing-committed:${groupId}`,
      severity: 'warning',
      kind: 'nothing-committed',
      sentence: [
        groupLink(groupId),
        plain(' has committed nothing on '),
        strong(`${formatCount(group.neverCommitted)} of ${formatCount(group.partitions)} partitions`),
        plain(' that hold records.'),
      ],
      cure:
        members.length === 0
          ? 'Its lag there is unknown. Where a consumer of it begins depends on auto.offset.reset: with "latest" it skips what is there.'
          : 'Its lag there is unknown, and a restart begins where auto.offset.reset says. Check that its consumers commit.',
      command: `npx lanekeeper groups show ${shellWord(groupId)}`,
      groupId,
    },
  ]
}

const idleFinding = (group: GroupHealth): readonly FindingDraft[] => {
  const members = group.observed.members.length
  if (members <= group.partitions || group.partitions === 0 || group.idleMembers === 0) return []
  const { groupId } = group.observed
  return [
    {
      id: `idle-members:${groupId}`,
      severity: 'info',
      kind: 'idle-members',
      sentence: [
        groupLink(groupId),
        plain(' has '),
        strong(`${formatCount(members)} members for ${formatCount(group.partitions)} partitions`),
        plain(
          `; ${formatCount(group.idleMembers)} ${group.idleMembers === 1 ? 'has' : 'have'} nothing to read.`,
        ),
      ],
      cure: 'One partition is read by one member of a group at a time. Stop the idle ones, or keep them as spares.',
      command: `npx lanekeeper groups show ${shellWord(groupId)}`,
      groupId,
    },
  ]
}
