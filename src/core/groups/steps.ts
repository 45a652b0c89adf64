/**
 * A group through several rebalances: what every member brings along is what the same assignor gave it in the step
 * before. State is passed along explicitly; nothing is remembered between calls.
 */
import { type AssignorName, assignors, assignPartitions } from './assign.ts'
import type { Assignment, GroupMember, GroupTopic, Ownership } from './group.ts'

/** A member of a step. `owned` present: it claims that, whatever it got before. */
export interface StepMember {
  readonly id: string
  readonly topics: readonly string[]
  readonly instanceId: string | null
  readonly rack: string | null
  readonly owned: Ownership | null
  /** Of `owned`; null: the generation before this step's. */
  readonly generation: number | null
}

export interface GroupStep {
  readonly members: readonly StepMember[]
  readonly topics: readonly GroupTopic[]
}

/** What one rebalance leaves behind for the next. */
export interface GroupState {
  /** Null before the first rebalance. */
  readonly assignment: Assignment | null
  readonly generation: number
}

export type StepResult =
  | { readonly kind: 'assigned'; readonly assignment: Assignment }
  | { readonly kind: 'impossible'; readonly reason: string }

export const newGroup: GroupState = { assignment: null, generation: 0 }

/** The members of a step as they join, with what they bring. */
export const joiningMembers = (state: GroupState, members: readonly StepMember[]): readonly GroupMember[] =>
  members.map(({ id, topics, instanceId, rack, owned, generation }) => {
    const brings = owned ?? state.assignment?.get(id) ?? null
    return {
      id,
      topics,
      instanceId,
      rack,
      owned: brings,
      generation: brings === null ? -1 : (generation ?? state.generation),
    }
  })

/** One rebalance. A step that cannot occur under this assignor leaves the state as it was. */
export const rebalance = (
  assignor: AssignorName,
  state: GroupState,
  step: GroupStep,
): readonly [GroupState, StepResult] => {
  const members = joiningMembers(state, step.members)
  if (assignors[assignor].style === 'server' && claimedTwice(members))
    return [state, { kind: 'impossible', reason: 'a target assignment never holds a partition twice' }]
  const assignment = assignPartitions(assignor, members, step.topics)
  return [
    { assignment, generation: state.generation + 1 },
    { kind: 'assigned', assignment },
  ]
}

/** All steps of a new group. */
export const rebalanceAll = (assignor: AssignorName, steps: readonly GroupStep[]): readonly StepResult[] => {
  const results: StepResult[] = []
  let state = newGroup
  for (const step of steps) {
    const [next, result] = rebalance(assignor, state, step)
    state = next
    results.push(result)
  }
  return results
}

const claimedTwice = (members: readonly GroupMember[]): boolean => {
  const claimed = new Map<string, Set<number>>()
  for (const { owned } of members)
    for (const [topic, partitions] of owned ?? []) {
      const seen = claimed.get(topic) ?? new Set()
      for (const partition of partitions) {
        if (seen.has(partition)) return true
        seen.add(partition)
      }
      claimed.set(topic, seen)
    }
  return false
}
