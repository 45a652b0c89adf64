import { formatCount, type GroupMember, printable } from '../../model/index.ts'
import type { FindingDraft } from '../finding.ts'
import type { GroupHealth } from '../groups.ts'
import { groupLink, shellWord, type SentencePiece } from '../sentence.ts'
import type { TopicHealth } from '../topics.ts'

/** What a group is diagnosed from. Everything but the group may be missing; then a rule says less, never more. */
export interface GroupEvidence {
  readonly group: GroupHealth
  /** All groups of the cluster; the group itself may be among them. */
  readonly groups: readonly GroupHealth[]
  readonly topics: ReadonlyMap<string, TopicHealth>
  /** How many consumers somebody says were started; null: nobody said. */
  readonly started: number | null
  /** Keys of records that wait on the partition that is furthest behind; null: not sampled. */
  readonly keys: WaitingKeys | null
}

/** A sample of the records that wait on one partition. */
export interface WaitingKeys {
  readonly topic: string
  readonly partition: number
  readonly records: number
  readonly keyless: number
  readonly distinct: number
  /** The key of most of them, as text; null where none has one. */
  readonly top: { readonly key: string; readonly records: number } | null
}

export type GroupRule = (evidence: GroupEvidence) => readonly FindingDraft[]

/** A finding about the group: the sentence begins with its name. `kind` is the finding's id within the group. */
export const aboutGroup = (
  { observed: { groupId } }: GroupHealth,
  kind: string,
  severity: FindingDraft['severity'],
  rest: readonly SentencePiece[],
  cure: string,
): FindingDraft => ({
  id: `${kind}:${groupId}`,
  severity,
  kind,
  sentence: [groupLink(groupId), ...rest],
  cure,
  command: `npx lanekeeper groups diagnose ${shellWord(groupId)}`,
  groupId,
})

export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${formatCount(count)} ${count === 1 ? one : many}`

/** Names in a list, the first few of many. */
export const listed = (names: readonly string[], max = 3): string => {
  const shown = names.slice(0, max).map(printable)
  const more = names.length - shown.length
  if (more > 0) return `${shown.join(', ')} and ${formatCount(more)} more`
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`
}

/** A member as people know it: its static id, or its client id with the host. */
export const nameOf = ({ instanceId, clientId, host }: GroupMember): string =>
  `${instanceId ?? clientId} on ${host}`

export const partitionsOf = (member: GroupMember): number => {
  let total = 0
  for (const partitions of member.assigned.values()) total += partitions.length
  return total
}

/** What a member reads or wants to. A member in the middle of a rebalance may not say; then what the group reads. */
export const topicsOf = (member: GroupMember, group: GroupHealth): readonly string[] =>
  member.subscribed.length > 0 || member.assigned.size > 0
    ? [...new Set([...member.subscribed, ...member.assigned.keys()])]
    : group.topics.map(({ topic }) => topic)

/** Classic `range`, or the server's assignor of that name. */
export const isRange = ({ observed: { assignor } }: GroupHealth): boolean => assignor === 'range'
