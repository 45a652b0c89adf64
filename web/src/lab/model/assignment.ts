/** Assignment: who has which partition after members came and went, by each assignor. */
import {
  type AssignorName,
  assignorNames,
  explainStep,
  type MemberReport,
  type PlayedScene,
} from '../../../../src/core/groups/index.ts'
import {
  changesSetting,
  type LabTopic,
  MEMBERS_MAX,
  possibleChanges,
  scenesOf,
  topicsSetting,
} from './group.ts'
import { codecOf, oneOf, type Settings, whole } from './settings.ts'
import type { MemberChange } from '../../../../src/core/groups/index.ts'

export interface AssignmentSettings {
  readonly topics: readonly LabTopic[]
  readonly members: number
  readonly changes: readonly MemberChange[]
  readonly assignor: AssignorName
}

const settings: Settings<AssignmentSettings> = {
  topics: topicsSetting([
    { name: 'user-actions', partitions: 12 },
    { name: 'content', partitions: 6 },
  ]),
  members: whole(1, MEMBERS_MAX, 4),
  changes: { ...changesSetting, standard: [{ kind: 'join', members: 1 }] },
  assignor: oneOf(assignorNames, 'cooperative-sticky'),
}

const codec = codecOf(settings)

export const assignmentCodec: typeof codec = {
  ...codec,
  read: given => {
    const read = codec.read(given)
    return { ...read, changes: possibleChanges(read.members, read.changes) }
  },
}

/** A partition beside what happened to it in the last step. */
export interface Chip {
  readonly topic: number
  readonly partition: number
  /** `kept`: had it before too. `gained`: from another, or new. `lost`: had it, and somebody else gets it. */
  readonly fate: 'kept' | 'gained' | 'lost'
}

export interface MemberRow {
  readonly id: string
  readonly report: MemberReport | null
  readonly chips: readonly Chip[]
  /** It left in this step. */
  readonly gone: boolean
}

export interface AssignmentStep {
  readonly title: string
  readonly rows: readonly MemberRow[]
  readonly sentences: readonly string[]
  readonly moved: number
  readonly paused: number
  readonly unassigned: number
}

export const assignmentSteps = ({
  topics,
  members,
  changes,
  assignor,
}: AssignmentSettings): readonly AssignmentStep[] => {
  const scenes = scenesOf(assignor, topics, members, changes)
  return scenes.map((scene, index) => stepOf(assignor, topics, scene, scenes[index - 1]))
}

const stepOf = (
  assignor: AssignorName,
  topics: readonly LabTopic[],
  scene: PlayedScene,
  before: PlayedScene | undefined,
): AssignmentStep => {
  const { report, assignment } = scene
  const gone = [...(before?.assignment.keys() ?? [])].filter(id => !assignment.has(id))
  const rowOf = (id: string): MemberRow => ({
    id,
    report: report.members.find(member => member.memberId === id) ?? null,
    gone: !assignment.has(id),
    chips: topics.flatMap(({ name, partitions }, topic) => {
      const now = new Set(assignment.get(id)?.get(name))
      const had = new Set(before?.assignment.get(id)?.get(name))
      return Array.from({ length: partitions }, (_, partition) => partition).flatMap((partition): Chip[] => {
        if (now.has(partition))
          return [{ topic, partition, fate: before === undefined || had.has(partition) ? 'kept' : 'gained' }]
        return had.has(partition) ? [{ topic, partition, fate: 'lost' }] : []
      })
    }),
  })
  return {
    title: scene.title,
    rows: [...gone, ...assignment.keys()].map(rowOf),
    sentences: explainStep(assignor, report),
    moved: report.moved,
    paused: report.pausedPartitions,
    unassigned: report.unassigned,
  }
}

/** All assignors over the same changes: what the way to the end has cost, and how even the end is. */
export interface AssignorCost {
  readonly assignor: AssignorName
  readonly fewest: number
  readonly most: number
  readonly idle: number
  readonly moved: number
  readonly paused: number
  readonly rebalances: number
}

export const assignorCosts = ({ topics, members, changes }: AssignmentSettings): readonly AssignorCost[] =>
  assignorNames.map(assignor => {
    const scenes = scenesOf(assignor, topics, members, changes)
    const last = scenes.at(-1)?.report
    const sum = (pick: (scene: PlayedScene) => number): number =>
      scenes.reduce((total, scene) => total + pick(scene), 0)
    return {
      assignor,
      fewest: last?.fewest ?? 0,
      most: last?.most ?? 0,
      idle: last?.members.filter(member => member.idle !== null).length ?? 0,
      moved: sum(({ report }) => report.moved),
      paused: sum(({ report }) => report.pausedPartitions),
      rebalances: scenes.length,
    }
  })
