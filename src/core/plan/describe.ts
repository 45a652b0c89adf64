import type { ClusterSnapshot } from '../model/index.ts'
import { formatCount, printable } from '../model/index.ts'
import type { OffsetMove, Step } from './plan.ts'

/** A step's name within its plan: the same for the same change, so that journals of two runs can be compared. */
export const stepId = (step: Step): string => {
  switch (step.kind) {
    case 'create-topic':
      return `create-topic:${step.topic}`
    case 'add-partitions':
      return `add-partitions:${step.topic}:${step.from}-${step.to}`
    case 'alter-config':
      return `alter-config:${step.topic}:${step.key}`
    case 'reset-offsets':
      return `reset-offsets:${step.group}:${step.topic}`
  }
}

/** The step as one sentence for people, safe for a terminal. */
export const describeStep = (step: Step): string => {
  switch (step.kind) {
    case 'create-topic': {
      const configs = [...step.configs].map(([key, value]) => `${key}=${value}`).join(', ')
      return printable(
        `Create topic ${step.topic} with ${formatCount(step.partitions)} ${step.partitions === 1 ? 'partition' : 'partitions'}, replication factor ${step.replicationFactor}${configs === '' ? '' : `, ${configs}`}.`,
      )
    }
    case 'add-partitions':
      return printable(
        `Add ${formatCount(step.to - step.from)} partitions to ${step.topic}: ${formatCount(step.from)} → ${formatCount(step.to)}.`,
      )
    case 'alter-config':
      return printable(
        step.to === null
          ? `Remove ${step.key} from ${step.topic} (was ${step.from}); the broker's default holds again.`
          : `Set ${step.key} of ${step.topic} to ${step.to} (was ${step.from ?? "the broker's default"}).`,
      )
    case 'reset-offsets':
      return printable(
        `Set the offsets of group ${step.group} on ${formatCount(step.moves.length)} ${step.moves.length === 1 ? 'partition' : 'partitions'} of ${step.topic}: ${consequence(step.moves)}.`,
      )
  }
}

/** What the group will do that it would not have done. */
const consequence = (moves: readonly OffsetMove[]): string => {
  let again = 0
  let leftOut = 0
  for (const { from, to } of moves) {
    if (from === null) continue
    if (to < from) again += from - to
    else leftOut += to - from
  }
  return `${formatCount(again)} records are read again, ${formatCount(leftOut)} are left out`
}

/** What a plan asks of the cluster. No step here moves existing data, so there are no bytes to count. */
export interface PlanCost {
  readonly topicsCreated: number
  readonly partitionsCreated: number
  /** Logs that brokers open: partitions × replication factor. Each holds file handles and memory from then on. */
  readonly replicasCreated: number
  readonly configsChanged: number
  readonly offsetsMoved: number
}

export const costOf = (steps: readonly Step[], snapshot: ClusterSnapshot): PlanCost => {
  const cost = {
    topicsCreated: 0,
    partitionsCreated: 0,
    replicasCreated: 0,
    configsChanged: 0,
    offsetsMoved: 0,
  }
  for (const step of steps) {
    switch (step.kind) {
      case 'create-topic':
        cost.topicsCreated++
        cost.partitionsCreated += step.partitions
        cost.replicasCreated += step.partitions * step.replicationFactor
        break
      case 'add-partitions': {
        const replicas = snapshot.topics.get(step.topic)?.partitions[0]?.replicas.length ?? 1
        cost.partitionsCreated += step.to - step.from
        cost.replicasCreated += (step.to - step.from) * replicas
        break
      }
      case 'alter-config':
        cost.configsChanged++
        break
      case 'reset-offsets':
        cost.offsetsMoved += step.moves.length
        break
    }
  }
  return cost
}
