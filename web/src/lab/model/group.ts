/** A group on paper, shared by assignment and rebalancing: topics, members at the start, who then comes and goes. */
import { labLimits } from '../../../../src/api/lab.ts'
import {
  type AssignorName,
  type GroupTopic,
  groupScenes,
  type MemberChange,
  type PlayedScene,
  playScenes,
} from '../../../../src/core/groups/index.ts'
import { topicNameProblem } from '../../../../src/core/model/index.ts'
import type { Setting } from './settings.ts'

export interface LabTopic {
  readonly name: string
  readonly partitions: number
}

export const TOPIC_PARTITIONS_MAX = labLimits.topicPartitions
export const TOPICS_MAX = labLimits.topics
export const MEMBERS_MAX = labLimits.members
const CHANGES_MAX = labLimits.changes

/** `orders:12,payments:8` */
export const topicsSetting = (standard: readonly LabTopic[]): Setting<readonly LabTopic[]> => ({
  standard,
  read: parseTopics,
  print: topics => topics.map(({ name, partitions }) => `${name}:${partitions}`).join(','),
})

export const parseTopics = (text: string): readonly LabTopic[] | undefined => {
  const topics = text.split(',').map(part => {
    const [name = '', count = '', ...more] = part.trim().split(':')
    return { name, partitions: more.length === 0 && /^\d{1,3}$/.test(count) ? Number(count) : 0 }
  })
  const fits =
    topics.length <= TOPICS_MAX &&
    topics.every(
      ({ name, partitions }) =>
        topicNameProblem(name) === null && partitions >= 1 && partitions <= TOPIC_PARTITIONS_MAX,
    ) &&
    new Set(topics.map(topic => topic.name)).size === topics.length
  return fits ? topics : undefined
}

/** `j2l1`: two join, then the oldest leaves. */
export const changesSetting: Setting<readonly MemberChange[]> = {
  standard: [],
  read: text => {
    if (!/^([jl]\d{1,2})*$/.test(text)) return undefined
    const changes = [...text.matchAll(/([jl])(\d+)/g)].map(
      ([, kind, count]): MemberChange => ({ kind: kind === 'j' ? 'join' : 'leave', members: Number(count) }),
    )
    return changes.length <= CHANGES_MAX && changes.every(({ members }) => members > 0) ? changes : undefined
  },
  print: changes => changes.map(({ kind, members }) => `${kind === 'join' ? 'j' : 'l'}${members}`).join(''),
}

export const groupTopics = (topics: readonly LabTopic[]): readonly GroupTopic[] =>
  topics.map(({ name, partitions }) => ({ name, partitions, id: null, racks: null }))

/** Members that are there after all changes. */
export const membersAfter = (start: number, changes: readonly MemberChange[]): number =>
  changes.reduce((count, { kind, members }) => count + (kind === 'join' ? members : -members), start)

/** Changes that can happen: at least one member is left and no more than the page can show. */
export const possibleChanges = (start: number, changes: readonly MemberChange[]): readonly MemberChange[] => {
  let count = start
  return changes.filter(({ kind, members }) => {
    const next = kind === 'join' ? count + members : count - members
    if (next < 1 || next > MEMBERS_MAX) return false
    count = next
    return true
  })
}

export const scenesOf = (
  assignor: AssignorName,
  topics: readonly LabTopic[],
  start: number,
  changes: readonly MemberChange[],
): readonly PlayedScene[] => playScenes(assignor, groupScenes(start, changes, groupTopics(topics)))

export const groupsCommand = (
  topics: readonly LabTopic[],
  start: number,
  changes: readonly MemberChange[],
  assignor: AssignorName | 'all',
): string =>
  [
    `npx lanekeeper groups simulate --topics ${topics.map(({ name, partitions }) => `${name}:${partitions}`).join(',')}`,
    `--members ${start}`,
    ...changes.map(({ kind, members }) => `--${kind} ${members}`),
    ...(assignor === 'all' ? [] : [`--assignor ${assignor}`]),
  ].join(' ')

export const assignorLabels: Readonly<Record<AssignorName, string>> = {
  range: 'Range',
  roundrobin: 'Round-robin',
  sticky: 'Sticky',
  'cooperative-sticky': 'Cooperative sticky',
  serverUniform: 'Server, uniform',
  serverRange: 'Server, range',
}
