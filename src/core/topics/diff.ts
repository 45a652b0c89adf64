import type { ClusterSnapshot, TopicInfo, TopicSpec } from '../model/index.ts'
import { formatCount, formatShare } from '../model/index.ts'
import { applyStep, type Plan, type Refusal, type Step } from '../plan/index.ts'
import { compareTopic } from './compare.ts'
import { movedKeys } from './moved-keys.ts'

/**
 * Declared topics against a cluster → the plan that makes the cluster as declared.
 *
 * Rules:
 *  - What is not declared is left alone: other topics, and configs the file does not name.
 *  - Each difference becomes a step or a refusal, never both and never nothing, so a refused partition count does not
 *    hold back the same topic's retention.
 *  - A step is planned only if `applyStep` accepts it on the snapshot as the steps before it leave it. What Kafka
 *    would refuse is therefore known before anything is touched.
 *  - No step may leave a partition with fewer replicas than `min.insync.replicas`: with acks=all nobody could write.
 *
 * Specs have distinct names (configuration checks it) and their order, like the snapshot's, does not matter.
 */
export const diffTopics = (specs: readonly TopicSpec[], snapshot: ClusterSnapshot): Plan => {
  const steps: Step[] = []
  const refusals: Refusal[] = []
  const unchanged: string[] = []
  let state = snapshot
  for (const spec of specs.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const topic = snapshot.topics.get(spec.name)
    if (compareTopic(spec, topic).change === 'unchanged') {
      unchanged.push(spec.name)
      continue
    }
    for (const wish of topic === undefined ? [creation(spec)] : changes(spec, topic)) {
      if ('code' in wish) {
        refusals.push(wish)
        continue
      }
      const result = applyStep(state, wish)
      if (result.ok) {
        state = result.value
        steps.push(wish)
      } else {
        const { code, message } = result.failure
        refusals.push({
          topic: spec.name,
          code,
          message,
          fix: fixes[code] ?? 'Correct the file, then plan again.',
        })
      }
    }
  }
  return { steps: steps.toSorted((a, b) => rank[a.kind] - rank[b.kind]), refusals, unchanged }
}

/** New topics first, so that they are sent together; `toSorted` is stable, so names stay in order within a kind. */
const rank: Record<Step['kind'], number> = {
  'create-topic': 0,
  'add-partitions': 1,
  'alter-config': 2,
  'reset-offsets': 3,
}

const creation = (spec: TopicSpec): Step | Refusal =>
  lockedOut(spec.name, spec.configs.get('min.insync.replicas'), spec.replicationFactor) ?? {
    kind: 'create-topic',
    topic: spec.name,
    partitions: spec.partitions,
    replicationFactor: spec.replicationFactor,
    configs: spec.configs,
  }

const changes = (spec: TopicSpec, topic: TopicInfo): readonly (Step | Refusal)[] =>
  compareTopic(spec, topic)
    .properties.filter(one => one.change !== 'unchanged')
    .map(one => {
      switch (one.kind) {
        case 'partitions':
          return partitionChange(spec, topic)
        case 'replication-factor':
          return replicationChange(spec, one.actual ?? 'unknown')
        case 'config':
          return configChange(topic, one.property, one.actual, one.declared)
      }
    })

const partitionChange = (spec: TopicSpec, topic: TopicInfo): Step | Refusal => {
  const from = topic.partitions.length
  const to = spec.partitions
  if (to < from)
    return {
      topic: spec.name,
      code: 'PARTITIONS_DECREASE',
      message: `${spec.name} has ${formatCount(from)} partitions and the file says ${formatCount(to)}: Kafka cannot take partitions away.`,
      fix: `Write partitions: ${from}, or create a new topic with ${to} and move the data there.`,
    }
  if (spec.ordering === 'none') return { kind: 'add-partitions', topic: spec.name, from, to }
  const { share, moved, of } = movedKeys(from, to)
  return {
    topic: spec.name,
    code: 'ORDER_WOULD_BREAK',
    message:
      `${spec.name} keeps order per ${spec.key ?? 'key'}, and going from ${formatCount(from)} to ${formatCount(to)} partitions ` +
      `moves ${formatShare(share)} of all keys (${moved} of ${of} hash values): new records of a moved key ` +
      'would be read beside its old ones still waiting in the other partition.',
    fix:
      `Write partitions: ${from}; to grow, create a topic with ${to} partitions, let consumers finish the old one, ` +
      'then switch producers. If no reader needs the order, write ordering: none.',
  }
}

const replicationChange = (spec: TopicSpec, actual: string): Refusal => ({
  topic: spec.name,
  code: 'REPLICATION_CHANGE',
  message: `${spec.name} has replication factor ${actual} and the file says ${spec.replicationFactor}: changing it copies the topic's data between brokers.`,
  fix: `Write replication-factor: ${actual}, or reassign the partitions with kafka-reassign-partitions.`,
})

const configChange = (topic: TopicInfo, key: string, from: string | null, to: string): Step | Refusal => {
  const fewest = topic.partitions.reduce(
    (least, partition) => Math.min(least, partition.replicas.length),
    Number.POSITIVE_INFINITY,
  )
  const refusal = key === 'min.insync.replicas' ? lockedOut(topic.name, to, fewest) : null
  return refusal ?? { kind: 'alter-config', topic: topic.name, key, from, to }
}

/**
 * The file may be right for the replication factor it declares and still lock writers out of the topic there is:
 * declared 3 and 2 in sync, on a topic that has one replica. Raising the replicas is refused; so must this be.
 */
const lockedOut = (topic: string, minInsyncReplicas: string | undefined, replicas: number): Refusal | null =>
  minInsyncReplicas !== undefined && Number(minInsyncReplicas) > replicas
    ? {
        topic,
        code: 'REPLICATION_CHANGE',
        message: `min.insync.replicas ${minInsyncReplicas} on ${topic} with ${replicas} replicas a partition would refuse every write with acks=all.`,
        fix: `Raise the replication factor first, or write min.insync.replicas: ${Math.max(1, replicas - 1)}.`,
      }
    : null

const fixes: Partial<Record<Refusal['code'], string>> = {
  BROKERS_TOO_FEW: 'Start the missing brokers, or lower replication-factor.',
  TOPIC_NAME_COLLIDES: 'Use another name, or use one of "." and "_" throughout.',
}
