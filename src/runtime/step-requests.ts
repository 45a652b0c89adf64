import type { Step } from '../core/plan/index.ts'
import type { Cluster, ItemOutcome } from '../ports/cluster.ts'

/** Steps that travel in one request. */
export type Batch =
  | { readonly kind: 'create-topics'; readonly steps: readonly StepOf<'create-topic'>[] }
  | { readonly kind: 'add-partitions'; readonly steps: readonly [StepOf<'add-partitions'>] }
  | {
      readonly kind: 'alter-configs'
      readonly topic: string
      readonly steps: readonly StepOf<'alter-config'>[]
    }
  | { readonly kind: 'reset-offsets'; readonly steps: readonly [StepOf<'reset-offsets'>] }

type StepOf<Kind extends Step['kind']> = Extract<Step, { kind: Kind }>

/**
 * The controller takes at most 10,000 metadata records from one request (`MAX_RECORDS_PER_USER_OP`), and a partition
 * is one. Well below that, a request also ends within an ordinary timeout on a slow machine. A larger topic goes alone.
 */
const PARTITIONS_PER_REQUEST_MAX = 2_000

/** Neighbouring steps of one kind joined; the order of the plan is kept. */
export const batchesOf = (steps: readonly Step[]): readonly Batch[] => {
  const batches: Batch[] = []
  for (const step of steps) {
    const joined = join(batches.at(-1), step)
    if (joined !== null) batches[batches.length - 1] = joined
    else batches.push(alone(step))
  }
  return batches
}

const join = (batch: Batch | undefined, step: Step): Batch | null => {
  if (batch?.kind === 'create-topics' && step.kind === 'create-topic') {
    const partitions = batch.steps.reduce((sum, one) => sum + one.partitions, step.partitions)
    return partitions <= PARTITIONS_PER_REQUEST_MAX ? { ...batch, steps: [...batch.steps, step] } : null
  }
  // Together, because Kafka checks some configs against each other: a lower and an upper bound may have to move at once
  if (batch?.kind === 'alter-configs' && step.kind === 'alter-config' && batch.topic === step.topic)
    return { ...batch, steps: [...batch.steps, step] }
  return null
}

const alone = (step: Step): Batch => {
  switch (step.kind) {
    case 'create-topic':
      return { kind: 'create-topics', steps: [step] }
    case 'add-partitions':
      return { kind: 'add-partitions', steps: [step] }
    case 'alter-config':
      return { kind: 'alter-configs', topic: step.topic, steps: [step] }
    case 'reset-offsets':
      return { kind: 'reset-offsets', steps: [step] }
  }
}

/** Sends the steps of a batch that are `wanted`; one outcome for each, in order. Rejects as `Cluster` does. */
export const sendBatch = async (
  cluster: Cluster,
  batch: Batch,
  wanted: (step: Step) => boolean,
): Promise<ReadonlyMap<Step, ItemOutcome>> => {
  switch (batch.kind) {
    case 'create-topics': {
      const steps = batch.steps.filter(wanted)
      const outcomes = await cluster.createTopics(
        steps.map(({ topic, partitions, replicationFactor, configs }) => ({
          name: topic,
          partitions,
          replicationFactor,
          configs,
        })),
      )
      const byTopic = new Map(outcomes.map(outcome => [outcome.item, outcome]))
      return new Map(steps.map(step => [step, byTopic.get(step.topic) ?? unanswered(step.topic)]))
    }
    case 'add-partitions': {
      const [step] = batch.steps
      return new Map([[step, await cluster.addPartitions(step.topic, step.to)]])
    }
    case 'alter-configs':
      return alterConfigs(cluster, batch.topic, batch.steps.filter(wanted))
    case 'reset-offsets': {
      const [step] = batch.steps
      return new Map([[step, await resetOffsets(cluster, step)]])
    }
  }
}

/** The step is one thing to whoever planned it: the first partition that was refused speaks for it. */
const resetOffsets = async (
  cluster: Cluster,
  { group, topic, moves }: StepOf<'reset-offsets'>,
): Promise<ItemOutcome> => {
  const outcomes = await cluster.setGroupOffsets(
    group,
    topic,
    moves.map(({ partition, to }) => ({ partition, offset: to })),
  )
  const refused = outcomes.find(outcome => outcome.code !== 0)
  return refused ?? { item: topic, code: 0, message: null }
}

/**
 * Kafka takes all configs of a topic in one request or none. When it refuses, one bad value would hold back the good
 * ones, so each is then tried by itself.
 */
const alterConfigs = async (
  cluster: Cluster,
  topic: string,
  steps: readonly StepOf<'alter-config'>[],
): Promise<ReadonlyMap<Step, ItemOutcome>> => {
  const together = await cluster.alterTopicConfigs(topic, new Map(steps.map(step => [step.key, step.to])))
  if (together.code === 0 || steps.length === 1) return new Map(steps.map(step => [step, together]))
  const outcomes = new Map<Step, ItemOutcome>()
  for (const step of steps)
    outcomes.set(step, await cluster.alterTopicConfigs(topic, new Map([[step.key, step.to]])))
  return outcomes
}

/** Kafka's UNKNOWN_SERVER_ERROR. */
const unanswered = (item: string): ItemOutcome => ({
  item,
  code: -1,
  message: 'the broker gave no answer for it',
})
