import fc from 'fast-check'
import {
  type BrokerInfo,
  brokerId,
  type ClusterSnapshot,
  collisionKey,
  partitionCount,
  type TopicSpec,
} from '../../src/core/model/index.ts'
import { applySteps, type Step } from '../../src/core/plan/index.ts'

/** Clusters and declarations for property tests: small enough to be many, odd enough to find the seams. */

/** Names that break programs which use objects as maps, beside plain ones. No two collide for Kafka. */
export const topicNames = fc.uniqueArray(
  fc.oneof(
    fc.constantFrom('__proto__', 'constructor', 'a', 'b-1', 'user-actions', 'toString', '-', '...'),
    fc.stringMatching(/^[a-zA-Z0-9_-]{1,12}$/),
  ),
  { maxLength: 6, selector: collisionKey },
)

export const topicConfigs: fc.Arbitrary<ReadonlyMap<string, string>> = fc
  .tuple(
    fc.option(fc.constantFrom('-1', '60000', '604800000', '9223372036854775807')),
    fc.option(fc.constantFrom('delete', 'compact', 'compact,delete')),
    fc.option(fc.constantFrom('0.5', '0.50', '1.0E-5')),
    fc.option(fc.constantFrom('1', '2')),
  )
  .map(
    values =>
      new Map(
        ['retention.ms', 'cleanup.policy', 'min.cleanable.dirty.ratio', 'min.insync.replicas'].flatMap(
          (key, index) => {
            const value = values[index]
            return value === null || value === undefined ? [] : [[key, value] as const]
          },
        ),
      ),
  )

export const brokers: fc.Arbitrary<readonly BrokerInfo[]> = fc
  .uniqueArray(fc.nat({ max: 40 }), { minLength: 3, maxLength: 9 })
  .chain(ids =>
    fc
      .array(fc.constantFrom('rack-a', 'rack-b', 'rack-c', null), {
        minLength: ids.length,
        maxLength: ids.length,
      })
      .map(racks =>
        ids.map((id, index) => ({
          id: brokerId(id),
          host: `host-${id}`,
          port: 9092,
          rack: racks[index] ?? null,
          alive: true,
        })),
      ),
  )

export const specsNamed = (names: readonly string[]): fc.Arbitrary<readonly TopicSpec[]> =>
  fc.tuple(...names.map(specNamed))

const specNamed = (name: string): fc.Arbitrary<TopicSpec> =>
  fc.record({
    name: fc.constant(name),
    partitions: fc.integer({ min: 1, max: 30 }).map(partitionCount),
    replicationFactor: fc.integer({ min: 2, max: 3 }),
    configs: topicConfigs,
    key: fc.constant('user_id'),
    ordering: fc.constantFrom('per-key', 'none'),
  })

export const specs: fc.Arbitrary<readonly TopicSpec[]> = topicNames.chain(specsNamed)

export const creationOf = (spec: TopicSpec): Step => ({
  kind: 'create-topic',
  topic: spec.name,
  partitions: spec.partitions,
  replicationFactor: spec.replicationFactor,
  configs: spec.configs,
})

/** A cluster that holds exactly the topics of `topics`, placed as Kafka would. */
export const clusterWith = (nodes: readonly BrokerInfo[], topics: readonly TopicSpec[]): ClusterSnapshot => {
  const empty: ClusterSnapshot = { clusterId: 'test', controllerId: null, brokers: nodes, topics: new Map() }
  const result = applySteps(empty, topics.map(creationOf))
  if (!result.ok) throw new Error(result.failure.message)
  return result.value
}

export const clusters: fc.Arbitrary<ClusterSnapshot> = fc
  .tuple(brokers, specs)
  .map(([nodes, topics]) => clusterWith(nodes, topics))

/** A cluster and declarations about it: some name its topics, some name topics that do not exist yet. */
export const clustersAndSpecs: fc.Arbitrary<{
  readonly snapshot: ClusterSnapshot
  readonly specs: readonly TopicSpec[]
}> = topicNames.chain(names =>
  fc
    .tuple(
      brokers,
      fc.subarray(names as string[]).chain(specsNamed),
      fc.subarray(names as string[]).chain(specsNamed),
    )
    .map(([nodes, existing, declared]) => ({ snapshot: clusterWith(nodes, existing), specs: declared })),
)
