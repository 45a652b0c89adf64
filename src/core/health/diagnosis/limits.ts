/**
 * Where one partition, one key or one member holds the group back: what waits lies in one place, and everybody else
 * keeps up. More members do not help there, which is what people try first.
 */
import { formatCount, formatRate, formatShare, formatTimes, printable } from '../../model/index.ts'
import type { FindingDraft } from '../finding.ts'
import type { GroupTopicHealth } from '../group-topic.ts'
import type { GroupHealth } from '../groups.ts'
import { code, partitionLink, plain, strong } from '../sentence.ts'
import {
  aboutGroup,
  counted,
  type GroupEvidence,
  type GroupRule,
  nameOf,
  type WaitingKeys,
} from './evidence.ts'
import { lagOwner } from './slow-member.ts'

/** Of all records that wait. */
const CONCENTRATED_SHARE = 0.8
/** Fewer are a moment's work, wherever they lie. */
const RECORDS_MIN = 100
/** One key has the partition to itself; below half, other keys are what it is busy with. */
const KEY_SHARE = 0.5

export interface GroupLimit {
  readonly topic: string
  readonly partition: number
  readonly lagRecords: number
  /** Of all that waits. */
  readonly share: number
  /** Lag over the median of the other partitions, an idle one counted as 1: so many times the others. */
  readonly timesOthers: number
}

/** The partition on which nearly everything waits; null where there is no such one. */
export const limitingPartition = (group: GroupHealth): GroupLimit | null => {
  const all = group.topics.flatMap(({ topic, lagRecords }) =>
    Array.from(lagRecords, (lag, partition) => ({ topic, partition, lag })),
  )
  const known = all.filter(({ lag }) => !Number.isNaN(lag)).toSorted((a, b) => b.lag - a.lag)
  const [first, ...others] = known
  if (first === undefined || others.length === 0 || first.lag < RECORDS_MIN) return null
  const total = known.reduce((sum, { lag }) => sum + lag, 0)
  const share = first.lag / total
  if (share < CONCENTRATED_SHARE) return null
  const median = others[others.length >> 1]?.lag ?? 0
  const { topic, partition, lag } = first
  return { topic, partition, lagRecords: lag, share, timesOthers: lag / Math.max(1, median) }
}

export const limitRule: GroupRule = evidence => {
  // where nobody reads, what waits lies wherever the last one left it
  if (evidence.group.observed.members.length === 0) return []
  const limit = limitingPartition(evidence.group)
  if (limit === null) return memberFinding(evidence)
  // a record that cannot be got past is the reason, and is told with its place (held.ts)
  return isHeld(evidence.group, limit) ? [] : [partitionFinding(evidence, limit)]
}

const isHeld = ({ topics }: GroupHealth, { topic, partition }: GroupLimit): boolean =>
  topics.some(each => each.topic === topic && each.held.has(partition))

const partitionFinding = ({ group, topics, keys }: GroupEvidence, limit: GroupLimit): FindingDraft => {
  const { topic, partition, lagRecords, share, timesOthers } = limit
  const waiting = keys?.topic === topic && keys.partition === partition ? keys : null
  const hot = waiting === null ? null : hotKey(waiting)
  const others = limit.timesOthers < 2 ? '' : `, ${formatTimes(timesOthers)} the others`
  const arriving = topics.get(topic)?.recordsPerSecond[partition] ?? Number.NaN
  const processed = topicOf(group, topic)?.processedPerSecond[partition] ?? Number.NaN
  const rates = Number.isNaN(arriving + processed)
    ? ''
    : ` ${formatRate(arriving)} arrive there, ${formatRate(processed)} are processed.`
  return {
    ...aboutGroup(
      group,
      hot === null ? 'limited-by-partition' : 'limited-by-key',
      'warning',
      [
        plain(' is held back by '),
        partitionLink(topic, partition),
        plain(': '),
        strong(`${formatShare(share)} of what waits`),
        plain(` is there (${counted(lagRecords, 'record')}${others})`),
        ...(hot === null
          ? [plain('.')]
          : [
              plain('; of the records that wait '),
              strong(formatShare(hot.share)),
              plain(' have one key, '),
              code(printable(hot.key)),
              plain('.'),
            ]),
      ],
      `More members cannot help: one member reads a partition.${rates} ${cureOf(waiting, hot)}`,
    ),
    topic,
    partition,
  }
}

const hotKey = ({ records, top }: WaitingKeys): { readonly key: string; readonly share: number } | null =>
  top !== null && top.records >= records * KEY_SHARE ? { key: top.key, share: top.records / records } : null

const cureOf = (waiting: WaitingKeys | null, hot: { readonly key: string } | null): string => {
  if (waiting === null)
    return 'Look whether it is one key: lanekeeper groups diagnose samples what waits, lanekeeper lint keys the topic.'
  if (hot !== null)
    return 'A key goes to one partition, so more partitions do not split it either. If the key stands for nobody in particular (GUEST), send such records without a key or with the session; if it is one customer, give it a bucket, or a topic of its own.'
  if (waiting.keyless * 2 >= waiting.records)
    return `Most of what waits there has no key (${formatShare(waiting.keyless / waiting.records)}): a producer that sends keyless records to one partition, or a partition set by hand.`
  return `No key stands out (${formatCount(waiting.distinct)} keys in ${counted(waiting.records, 'record')} sampled): many keys met there, or its records are dear to process. More partitions spread them, where order across the change is not needed.`
}

const topicOf = (group: GroupHealth, name: string): GroupTopicHealth | undefined =>
  group.topics.find(({ topic }) => topic === name)

/** Nearly all that waits is on the partitions of one member, and on several of them. */
const memberFinding = (evidence: GroupEvidence): readonly FindingDraft[] => {
  const { group } = evidence
  const owner = group.lagRecords >= RECORDS_MIN ? lagOwner(evidence) : null
  if (owner === null || owner.partitions < 2) return []
  return [
    aboutGroup(
      group,
      'limited-by-member',
      'warning',
      [
        plain(' is held back by one member, '),
        strong(printable(nameOf(owner.member))),
        plain(
          `: ${formatShare(owner.share)} of what waits is on its ${counted(owner.partitions, 'partition')}.`,
        ),
      ],
      'The others keep up with as much. Look at that process and its machine: CPU, garbage collection, a slow downstream. Restarting it gives its partitions to others.',
    ),
  ]
}
