/**
 * A group on paper: it starts with some members, then members join and leave, and each time the assignor decides. The
 * same for the command line and the page, so that both show the same figures.
 */
import type { AssignorName } from './assign.ts'
import type { Assignment, GroupTopic } from './group.ts'
import { reportStep, type StepReport } from './report.ts'
import { type GroupStep, joiningMembers, newGroup, rebalance, type StepMember } from './steps.ts'

export interface MemberChange {
  /** New members come, or the oldest leave. */
  readonly kind: 'join' | 'leave'
  readonly members: number
}

export interface Scene {
  readonly title: string
  readonly step: GroupStep
}

export interface PlayedScene {
  /** `follow-up` for the rebalances that a cooperative group adds. */
  readonly title: string
  readonly report: StepReport
  readonly assignment: Assignment
}

/** A cooperative group has settled long before, unless its assignor oscillates. */
const FOLLOW_UPS_MAX = 8

/**
 * Scenes of a group whose members all subscribe to all `topics`. Members are called consumer-00 and so on.
 * @param start members at the start, at least 1. A change must leave at least one.
 */
export const groupScenes = (
  start: number,
  changes: readonly MemberChange[],
  topics: readonly GroupTopic[],
): readonly Scene[] => {
  const everJoined = changes.reduce((sum, { kind, members }) => sum + (kind === 'join' ? members : 0), start)
  const digits = Math.max(2, String(everJoined - 1).length)
  // one list for all: assignors see at a glance that subscriptions are equal
  const names = topics.map(topic => topic.name)
  const member = (index: number): StepMember => ({
    id: `consumer-${String(index).padStart(digits, '0')}`,
    topics: names,
    instanceId: null,
    rack: null,
    owned: null,
    generation: null,
  })
  let oldest = 0
  let end = start
  const scene = (title: string): Scene => ({
    title,
    step: { topics, members: Array.from({ length: end - oldest }, (_, index) => member(oldest + index)) },
  })
  const scenes = [scene(`start with ${start}`)]
  for (const { kind, members } of changes) {
    if (kind === 'join') end += members
    else oldest += members
    if (oldest >= end) throw new RangeError(`${members} leave, and nobody is left`)
    scenes.push(scene(`${members} ${kind}${members === 1 ? 's' : ''}`))
  }
  return scenes
}

/** Every scene with its follow-ups: a cooperative group rebalances again until nothing waits. */
export const playScenes = (assignor: AssignorName, scenes: readonly Scene[]): readonly PlayedScene[] => {
  const played: PlayedScene[] = []
  let group = newGroup
  for (const { title, step } of scenes)
    for (let followUp = 0; followUp <= FOLLOW_UPS_MAX; followUp++) {
      const members = joiningMembers(group, step.members)
      const [next, result] = rebalance(assignor, group, step)
      if (result.kind === 'impossible') throw new RangeError(result.reason)
      const { assignment } = result
      const report = reportStep(assignor, group.assignment, members, step.topics, assignment)
      played.push({ title: followUp === 0 ? title : 'follow-up', report, assignment })
      group = next
      if (report.unassigned === 0) break
    }
  return played
}
