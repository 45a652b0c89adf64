/**
 * Whether a group gets on with its work: stopped, stalled, gone backwards, behind; nothing committed. The verdict is
 * that of verdict.ts; here it becomes a sentence with what to do.
 */
import { formatCount, formatDuration, formatRate } from '../../model/index.ts'
import type { FindingDraft } from '../findings.ts'
import type { GroupPartition } from '../groups.ts'
import { partitionLink, plain, strong, type SentencePiece } from '../sentence.ts'
import { aboutGroup, type GroupEvidence, type GroupRule } from './evidence.ts'

export const progressRule: GroupRule = evidence => {
  const { group } = evidence
  const about = (
    kind: string,
    severity: FindingDraft['severity'],
    rest: readonly SentencePiece[],
    cure: string,
  ): readonly FindingDraft[] => [
    {
      ...aboutGroup(group, kind, severity, rest, cure),
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
      return about('group-behind', 'warning', behind(evidence), behindCure(evidence))
    // unknown has a cause of its own (a broker, a missing commit, a young window) and is told there
    case 'ok':
    case 'unknown':
      return []
  }
}

const at = (worst: GroupPartition | null): readonly SentencePiece[] =>
  worst === null ? [] : [plain(', the oldest record on '), partitionLink(worst.topic, worst.partition)]

const behind = ({ group }: GroupEvidence): readonly SentencePiece[] => {
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
const behindCure = ({ group, topics }: GroupEvidence): string => {
  const members = group.observed.members.length
  if (group.catchUpMs > 0) return `At this pace it has caught up in ${formatDuration(group.catchUpMs)}.`
  const { worst } = group
  const arriving = worst === null ? NaN : (topics.get(worst.topic)?.recordsPerSecond[worst.partition] ?? NaN)
  const arrives = Number.isNaN(arriving) ? '' : ` ${formatRate(arriving)} arrive on the furthest partition.`
  if (group.counts.warning === 1)
    return `Only one of ${formatCount(group.partitions)} partitions is behind, so more members cannot help: one member reads a partition.${arrives}`
  if (members >= group.partitions)
    return `There is a member for every partition already; only faster processing or more partitions help.${arrives}`
  return `${formatCount(group.counts.warning)} partitions are behind and ${formatCount(members)} members read ${formatCount(group.partitions)}: more members help, up to one a partition.${arrives}`
}

export const uncommittedRule: GroupRule = ({ group }) => {
  if (group.neverCommitted === 0) return []
  return [
    aboutGroup(
      group,
      'nothing-committed',
      'warning',
      [
        plain(' has committed nothing on '),
        strong(`${formatCount(group.neverCommitted)} of ${formatCount(group.partitions)} partitions`),
        plain(' that hold records.'),
      ],
      group.observed.members.length === 0
        ? 'Its lag there is unknown. Where a consumer of it begins depends on auto.offset.reset: with "latest" it skips what is there.'
        : 'Its lag there is unknown, and a restart begins where auto.offset.reset says. Check that its consumers commit.',
    ),
  ]
}
