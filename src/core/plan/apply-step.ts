import type {
  BrokerId,
  ClusterSnapshot,
  ErrorCode,
  PartitionInfo,
  Result,
  TopicInfo,
} from '../model/index.ts'
import {
  collidingName,
  failed,
  ok,
  PARTITION_COUNT_MAX,
  partitionIndex,
  topicNameProblem,
} from '../model/index.ts'
import { sameConfigValue } from './config-value.ts'
import { placeReplicas } from './place-replicas.ts'
import type { Step } from './plan.ts'

/**
 * What a step means: the cluster before it → the cluster after it.
 *
 * Three answers besides success, because a caller does a different thing with each:
 *  - `already-done`: the effect is there. An interrupted run meets its own finished steps this way and goes on.
 *  - `outdated`: the cluster is neither as the plan found it nor as the step leaves it. Somebody else changed it;
 *    going on would overwrite them. Plan again.
 *  - `impossible`: Kafka would refuse this step on this cluster.
 *
 * Not modelled: ids that Kafka draws (`topicId` is UNASSIGNED_TOPIC_ID), and the random broker at which the
 * controller begins to place.
 */
export interface StepRefused {
  readonly reason: 'already-done' | 'outdated' | 'impossible'
  readonly code: ErrorCode
  readonly message: string
}

/** Kafka's own "no id yet" (Uuid.ZERO_UUID): the controller draws the id when it creates the topic. */
const UNASSIGNED_TOPIC_ID = '0'.repeat(32)

export const applyStep = (snapshot: ClusterSnapshot, step: Step): Result<ClusterSnapshot, StepRefused> => {
  switch (step.kind) {
    case 'create-topic':
      return createTopic(snapshot, step)
    case 'add-partitions':
      return addPartitions(snapshot, step)
    case 'alter-config':
      return alterConfig(snapshot, step)
    case 'reset-offsets':
      return resetOffsets(snapshot, step)
  }
}

/** All steps in turn; ends at the first that is refused. Steps already done change nothing and do not end it. */
export const applySteps = (
  snapshot: ClusterSnapshot,
  steps: readonly Step[],
): Result<ClusterSnapshot, StepRefused> => {
  let state = snapshot
  for (const step of steps) {
    const result = applyStep(state, step)
    if (result.ok) state = result.value
    else if (result.failure.reason !== 'already-done') return result
  }
  return ok(state)
}

type StepOf<Kind extends Step['kind']> = Extract<Step, { kind: Kind }>
type Applied = Result<ClusterSnapshot, StepRefused>

const createTopic = (snapshot: ClusterSnapshot, step: StepOf<'create-topic'>): Applied => {
  const existing = snapshot.topics.get(step.topic)
  if (existing !== undefined)
    return isAsCreated(existing, step)
      ? alreadyDone(`Topic ${step.topic} exists as asked for.`)
      : outdated(`Topic ${step.topic} exists now, and differs from what was to be created.`)
  const nameProblem = topicNameProblem(step.topic)
  if (nameProblem !== null) return impossible('INPUT_INVALID', `${nameProblem}.`)
  const collision = collidingName(step.topic, snapshot.topics.keys())
  if (collision !== null)
    return impossible(
      'TOPIC_NAME_COLLIDES',
      `Kafka does not let ${step.topic} stand beside the existing topic ${collision}: they differ only in "." and "_".`,
    )
  if (!Number.isInteger(step.partitions) || step.partitions < 1 || step.partitions > PARTITION_COUNT_MAX)
    return impossible('INPUT_INVALID', `${step.partitions} is not a partition count.`)
  const tooFew = tooFewBrokers(snapshot, step.topic, step.replicationFactor)
  if (tooFew !== null) return tooFew
  return ok(
    withTopic(snapshot, {
      name: step.topic,
      topicId: UNASSIGNED_TOPIC_ID,
      internal: false,
      partitions: newPartitions(snapshot, 0, step.partitions, step.replicationFactor),
      configs: new Map(step.configs),
    }),
  )
}

const isAsCreated = (topic: TopicInfo, step: StepOf<'create-topic'>): boolean =>
  topic.partitions.length === step.partitions &&
  topic.partitions.every(partition => partition.replicas.length === step.replicationFactor) &&
  [...step.configs].every(([key, value]) => sameConfigValue(topic.configs?.get(key) ?? null, value))

const addPartitions = (snapshot: ClusterSnapshot, step: StepOf<'add-partitions'>): Applied => {
  const topic = snapshot.topics.get(step.topic)
  if (topic === undefined) return outdated(`Topic ${step.topic} is gone.`)
  const current = topic.partitions.length
  if (current === step.to) return alreadyDone(`Topic ${step.topic} has ${step.to} partitions.`)
  if (current !== step.from)
    return outdated(
      `Topic ${step.topic} had ${step.from} partitions when the plan was made and has ${current} now.`,
    )
  if (step.to < current)
    return impossible(
      'PARTITIONS_DECREASE',
      `Kafka cannot take partitions away from ${step.topic}: ${current} → ${step.to}.`,
    )
  if (!Number.isInteger(step.to) || step.to > PARTITION_COUNT_MAX)
    return impossible('INPUT_INVALID', `${step.to} is not a partition count.`)
  // The controller gives new partitions as many replicas as partition 0 has
  const replicationFactor = topic.partitions[0]?.replicas.length ?? 1
  const tooFew = tooFewBrokers(snapshot, step.topic, replicationFactor)
  if (tooFew !== null) return tooFew
  const added = newPartitions(snapshot, current, step.to, replicationFactor)
  return ok(withTopic(snapshot, { ...topic, partitions: [...topic.partitions, ...added] }))
}

const alterConfig = (snapshot: ClusterSnapshot, step: StepOf<'alter-config'>): Applied => {
  const topic = snapshot.topics.get(step.topic)
  if (topic === undefined) return outdated(`Topic ${step.topic} is gone.`)
  if (topic.configs === null) return outdated(`The configs of ${step.topic} were not read.`)
  const current = topic.configs.get(step.key) ?? null
  const shown = (value: string | null): string => value ?? "the broker's default"
  if (sameConfigValue(current, step.to))
    return alreadyDone(`${step.key} of ${step.topic} is ${shown(step.to)}.`)
  if (!sameConfigValue(current, step.from))
    return outdated(
      `${step.key} of ${step.topic} was ${shown(step.from)} when the plan was made and is ${shown(current)} now.`,
    )
  const configs = new Map(topic.configs)
  if (step.to === null) configs.delete(step.key)
  else configs.set(step.key, step.to)
  return ok(withTopic(snapshot, { ...topic, configs }))
}

const resetOffsets = (snapshot: ClusterSnapshot, step: StepOf<'reset-offsets'>): Applied => {
  const { group, topic, moves } = step
  const partitions = snapshot.topics.get(topic)?.partitions.length
  if (partitions === undefined) return outdated(`Topic ${topic} is gone.`)
  if (snapshot.groups === undefined) return outdated(`The offsets of group ${group} were not read.`)
  const found = snapshot.groups.get(group)
  const committed = found?.committed.get(topic) ?? new Float64Array(partitions).fill(Number.NaN)
  const at = (partition: number): number | null => {
    const offset = committed[partition]
    return offset === undefined || Number.isNaN(offset) ? null : offset
  }
  if (moves.every(({ partition, to }) => at(partition) === to))
    return alreadyDone(`Group ${group} stands on ${topic} as asked for.`)
  if (found !== undefined && found.members > 0)
    return impossible(
      'GROUP_ACTIVE',
      `Group ${group} has ${found.members} ${found.members === 1 ? 'member' : 'members'}; its offsets are theirs to move.`,
    )
  const strange = moves.find(({ partition, from, to }) => at(partition) !== from && at(partition) !== to)
  if (strange !== undefined)
    return outdated(
      `Group ${group} stood at ${shownOffset(strange.from)} of ${topic}-${strange.partition} when the plan was made and stands at ${shownOffset(at(strange.partition))} now.`,
    )
  const changed = committed.slice()
  for (const { partition, to } of moves) changed[partition] = to
  const after = { members: 0, committed: new Map(found?.committed).set(topic, changed) }
  return ok({ ...snapshot, groups: new Map(snapshot.groups).set(group, after) })
}

const shownOffset = (offset: number | null): string => (offset === null ? 'no offset' : `offset ${offset}`)

const newPartitions = (
  snapshot: ClusterSnapshot,
  from: number,
  to: number,
  replicationFactor: number,
): readonly PartitionInfo[] => {
  const start = [...snapshot.topics.values()].reduce((sum, topic) => sum + topic.partitions.length, 0)
  return placeReplicas(snapshot.brokers, to - from, replicationFactor, start).map((replicas, index) => ({
    partition: partitionIndex(from + index),
    leader: replicas[0] as BrokerId,
    leaderEpoch: 0,
    replicas,
    isr: replicas,
    offlineReplicas: [],
  }))
}

const withTopic = (snapshot: ClusterSnapshot, topic: TopicInfo): ClusterSnapshot => ({
  ...snapshot,
  topics: new Map(snapshot.topics).set(topic.name, topic),
})

const tooFewBrokers = (
  snapshot: ClusterSnapshot,
  topic: string,
  replicationFactor: number,
): Result<never, StepRefused> | null => {
  if (!Number.isInteger(replicationFactor) || replicationFactor < 1)
    return impossible('INPUT_INVALID', `${replicationFactor} is not a replication factor.`)
  const alive = snapshot.brokers.filter(broker => broker.alive).length
  return replicationFactor <= alive
    ? null
    : impossible(
        'BROKERS_TOO_FEW',
        `Replication factor ${replicationFactor} of ${topic} needs ${replicationFactor} live brokers; the cluster has ${alive}.`,
      )
}

const alreadyDone = (message: string): Result<never, StepRefused> =>
  failed({ reason: 'already-done', code: 'STEP_OUTDATED', message })
const outdated = (message: string): Result<never, StepRefused> =>
  failed({ reason: 'outdated', code: 'STEP_OUTDATED', message })
const impossible = (code: ErrorCode, message: string): Result<never, StepRefused> =>
  failed({ reason: 'impossible', code, message })
