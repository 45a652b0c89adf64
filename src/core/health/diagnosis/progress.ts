/**
 * Whether a group gets on with its work: stopped, stalled, gone backwards, behind; nothing committed. The verdict is
 * that of verdict.ts; here it becomes a sentence with what to do.
 */
import { formatCount, formatDuration, formatRate, formatShare, formatTimes } from '../../model/index.ts'
import type { FindingDraft } from '../finding.ts'
import type { GroupPartition } from '../group-topic.ts'
import { heldOf } from '../groups.ts'
import { partitionLink, plain, strong, type SentencePiece } from '../sentence.ts'
import { aboutGroup, counted, type GroupEvidence, type GroupRule, nameOf } from './evidence.ts'
import { type LagOwner, lagOwner } from './slow-member.ts'

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
    case 'stalled': {
      // what its consumers explain themselves is told there (held.ts)
      const stalled = group.counts.stalled - heldOf(group.topics)
      if (stalled === 0) return []
      return about(
        'group-stalled',
        'act',
        [
          plain(' stands still on '),
          strong(`${formatCount(stalled)} of ${formatCount(group.partitions)} partitions`),
          ...at(group.worst),
          plain(': records wait and no commit moves.'),
        ],
        stalledCure(evidence),
      )
    }
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

/**
 * A member that works on its other partitions is well, and so is its broker: then it is the record. A group that stands
 * still everywhere has another trouble.
 */
const stalledCure = ({ group }: GroupEvidence): string => {
  const { worst } = group
  const on = group.topics.find(({ topic }) => topic === worst?.topic)
  const holder = worst === null ? -1 : (on?.owner[worst.partition] ?? -1)
  const member = group.observed.members[holder]
  const goesOn = group.topics.some(({ owner, processedPerSecond }) =>
    owner.some((each, p) => each === holder && (processedPerSecond[p] ?? 0) > 0),
  )
  const position = worst === null ? Number.NaN : (on?.committed[worst.partition] ?? Number.NaN)
  return worst !== null && member !== undefined && goesOn
    ? `${nameOf(member)} goes on with its other partitions, so it is the record${Number.isNaN(position) ? '' : ` at offset ${position}`} that it cannot handle (a poison pill): look at it with lanekeeper consume, mend the handler, send it to a dead-letter topic, or step over it. More members do not help.`
    : 'A record that fails again and again, a handler that hangs, or a member that lost its broker. More members do not help; look at the member that holds the partition.'
}

const behind = (evidence: GroupEvidence): readonly SentencePiece[] => {
  const { group } = evidence
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
  return [...lead, ...on, ...ownedBy(lagOwner(evidence)), ...growth]
}

const ownedBy = (owner: LagOwner | null): readonly SentencePiece[] =>
  owner === null
    ? []
    : [
        plain('; '),
        strong(formatShare(owner.share)),
        plain(
          ` of what waits is on the ${counted(owner.partitions, 'partition')} of ${nameOf(owner.member)}`,
        ),
      ]

/** Well within what chance and keys make of a few partitions. */
const NO_BUSIER = 1.5

/** Says whether more members can help: not when one partition is the limit, not beyond one member a partition. */
const behindCure = (evidence: GroupEvidence): string => {
  const { group, topics } = evidence
  const owner = lagOwner(evidence)
  const members = group.observed.members.length
  if (group.catchUpMs > 0) return `At this pace it has caught up in ${formatDuration(group.catchUpMs)}.`
  if (owner !== null && owner.arrivingOverMean < NO_BUSIER)
    return `Its partitions get ${formatTimes(owner.arrivingOverMean)} the mean: the consumer is slow, not the producer fast. Look at ${nameOf(owner.member)} (its host, its database, its garbage collector) and restart or replace it; another member takes its partitions over. More members or partitions do not make it faster.`
  const { worst } = group
  const arriving = worst === null ? NaN : (topics.get(worst.topic)?.recordsPerSecond[worst.partition] ?? NaN)
  const arrives = Number.isNaN(arriving) ? '' : ` ${formatRate(arriving)} arrive on the furthest partition.`
  if (group.counts.warning === 1)
    return `Only one of ${formatCount(group.partitions)} partitions is behind, so more members cannot help: one member reads a partition.${arrives}`
  if (members >= group.partitions)
    return `There is a member for every partition already; only faster processing or more partitions help.${arrives}`
  return `${formatCount(group.counts.warning)} partitions are behind and ${members === 1 ? '1 member reads' : `${formatCount(members)} members read`} ${formatCount(group.partitions)}: more members help, up to one a partition.${arrives}`
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
        : 'Check that its consumers commit: mostly enable.auto.commit is off, and nothing commits by hand. Until then its lag is unknown, and a restart begins where auto.offset.reset says: "latest" skips what was not read, "earliest" repeats everything.',
    ),
  ]
}
