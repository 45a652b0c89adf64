/**
 * Consumers that somebody misses in a group, and where they may be: in another group that reads the same topics under
 * almost the same name, thrown out by one with the same static id, not joined yet, or not here at all.
 */
import { formatCount, formatDuration } from '../../model/index.ts'
import type { FindingDraft } from '../finding.ts'
import type { GroupHealth } from '../groups.ts'
import { groupLink, plain, strong } from '../sentence.ts'
import {
  aboutGroup,
  counted,
  type GroupEvidence,
  type GroupRule,
  listed,
  nameOf,
  topicsOf,
} from './evidence.ts'

export const elsewhereRule: GroupRule = evidence => {
  const alike = groupsAlike(evidence)
  return [...alike.map(other => alikeFinding(evidence, other)), ...missingFinding(evidence, alike)]
}

/** Other groups with members that read a topic of this one and look like the same application. */
const groupsAlike = ({ group, groups }: GroupEvidence): readonly GroupHealth[] => {
  const own = new Set(topicsRead(group))
  return groups.filter(
    other =>
      other.observed.groupId !== group.observed.groupId &&
      other.observed.members.length > 0 &&
      topicsRead(other).some(topic => own.has(topic)) &&
      looksAlike(group, other),
  )
}

const topicsRead = (group: GroupHealth): readonly string[] => [
  ...group.topics.map(({ topic }) => topic),
  ...group.observed.members.flatMap(member => topicsOf(member, group)),
]

const looksAlike = (a: GroupHealth, b: GroupHealth): boolean => {
  const [left, right] = [stemOf(a.observed.groupId), stemOf(b.observed.groupId)]
  if (isMisspelt(left, right)) return true
  const clients = new Set(clientStems(a))
  return clientStems(b).some(client => clients.has(client))
}

/** A slip of the keyboard in a word that is long enough to be one; `eu` and `us` are two words. */
const EDITS_MAX = 2
const WORD_MIN = 4

/** The same name, but for a separator, or for a slip in one of its words. */
export const isMisspelt = (a: string, b: string): boolean => {
  const [left, right] = [a.split(/[-_.]/), b.split(/[-_.]/)]
  if (left.join('') === right.join('')) return true
  if (left.length !== right.length) return false
  const other = left.flatMap((word, index) =>
    word === right[index] ? [] : ([[word, right[index] ?? '']] as const),
  )
  const [pair] = other
  return (
    pair !== undefined &&
    other.length === 1 &&
    Math.min(pair[0].length, pair[1].length) >= WORD_MIN &&
    edits(pair[0], pair[1]) <= EDITS_MAX
  )
}

/** Without what a program puts at the end of a name to make it unique: numbers, a UUID, another hex id. */
const stemOf = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[-_.]?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, '')
    .replace(/([-_.]?(\d+|(?=[a-z]*\d)[0-9a-f]{6,}))+$/, '')

/** Shorter ones (`app`, `web`) are used by everybody. */
const CLIENT_MIN = 6

/**
 * Client ids without their numbers; not those that a library makes up or that hold the group's own name, which would
 * make every group of that library look alike.
 */
const clientStems = ({ observed }: GroupHealth): readonly string[] =>
  observed.members
    .map(({ clientId }) => stemOf(clientId))
    .filter(
      stem =>
        stem.length >= CLIENT_MIN &&
        !/^(consumer|console-consumer|rdkafka|kafkajs|sarama|kafka-python)/.test(stem) &&
        !stem.includes(observed.groupId.toLowerCase()),
    )

/** Letters added, left out or exchanged between two words. */
const edits = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++)
      next[j] = Math.min(
        (row[j] ?? 0) + 1,
        (next[j - 1] ?? 0) + 1,
        (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1),
      )
    row = next
  }
  return row[b.length] ?? 0
}

const alikeFinding = ({ group, started }: GroupEvidence, other: GroupHealth): FindingDraft => {
  const { groupId, members } = other.observed
  const shared = topicsRead(other).filter(topic => topicsRead(group).includes(topic))
  const missing = started !== null && group.observed.members.length < started
  return {
    ...aboutGroup(
      group,
      'group-alike',
      missing ? 'warning' : 'info',
      [
        plain(' does not read '),
        plain(listed([...new Set(shared)])),
        plain(' alone: '),
        groupLink(groupId),
        plain(' looks like the same application and has '),
        strong(counted(members.length, 'member')),
        plain('.'),
      ],
      'Two groups do not share work: each gets every record. If these consumers were meant to share it, give them one group.id.',
    ),
    // one finding for each such group
    id: `group-alike:${group.observed.groupId}:${groupId}`,
  }
}

const RECENT_MS = 600_000

const missingFinding = (
  { group, started }: GroupEvidence,
  alike: readonly GroupHealth[],
): readonly FindingDraft[] => {
  const { members } = group.observed
  if (started === null || members.length >= started) return []
  const elsewhere = alike.reduce((sum, other) => sum + other.observed.members.length, 0)
  const { turnover } = group
  const here = new Set(members.map(nameOf))
  const gone = turnover.changes
    .filter(each => turnover.seenMs - each.atMs <= RECENT_MS)
    .flatMap(({ atMs, left }) => left.map(member => ({ atMs, member })))
    .filter(({ member }) => !here.has(nameOf(member)))
  const instances = members.flatMap(member => member.instanceId ?? [])
  const traces = [
    ...(elsewhere > 0
      ? [
          `${counted(elsewhere, 'consumer')} of that kind ${elsewhere === 1 ? 'is' : 'are'} in another group (above).`,
        ]
      : []),
    ...gone
      .slice(-1)
      .map(({ atMs, member }) => `${nameOf(member)} left ${formatDuration(turnover.seenMs - atMs)} ago.`),
    ...(instances.length > 0
      ? [
          `Its members have static ids (${listed(instances)}): a second process with one of them waits outside (UNRELEASED_INSTANCE_ID), or throws the first out.`,
        ]
      : []),
  ]
  return [
    aboutGroup(
      group,
      'members-missing',
      'warning',
      [
        plain(' has '),
        strong(`${formatCount(members.length)} of ${counted(started, 'consumer')}`),
        plain(' that were started.'),
      ],
      [
        ...traces,
        ...(members.length + elsewhere >= started
          ? []
          : [
              'The others never joined here, or were evicted: look in their log for the group id, the bootstrap server, and a refusal (INCONSISTENT_GROUP_PROTOCOL, GROUP_MAX_SIZE_REACHED, authorization).',
            ]),
      ].join(' '),
    ),
  ]
}
