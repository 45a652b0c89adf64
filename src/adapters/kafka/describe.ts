/** The whole cluster, or some topics of it, in one look: one metadata answer, and one answer with all topic configs. */
import { ConfigResourceTypes, describeConfigsV4, describeQuorumV2 } from '@platformatic/kafka'
import {
  brokerId,
  kafkaCodeName,
  KafkaCode,
  type BrokerId,
  type BrokerInfo,
  type ClusterSnapshot,
  type TopicInfo,
} from '../../core/model/index.ts'
import type { Clock } from '../../ports/clock.ts'
import type { WhichConfigs } from '../../ports/cluster.ts'
import type { Endpoint } from './addresses.ts'
import { RequestRefused } from './errors.ts'
import type { Lookup } from './lookup.ts'
import type { DescribedTopics, MetadataReader } from './metadata-codec.ts'
import { markReassigning, readReassigning } from './reassignments.ts'
import type { Wires } from './wires.ts'

const TOPIC = ConfigResourceTypes.TOPIC
/** `config_source`: set on the topic itself, not a broker's default. */
const DYNAMIC_TOPIC_CONFIG = 1

const QUORUM_TOPIC = '__cluster_metadata'
/** The controller's id is worth a word on a page, not a page that hangs with a stuck controller. */
const CONTROLLER_PATIENCE_MS = 300

export type TopicConfigs = ReadonlyMap<string, ReadonlyMap<string, string>>

export interface DescribeTools {
  readonly wires: Wires
  readonly lookup: Lookup
  readonly clock: Clock
  readonly metadata: MetadataReader
  /** Brokers seen in earlier looks, by id; added to by this one. */
  readonly seen: Map<BrokerId, BrokerInfo>
}

export const describe = (
  tools: DescribeTools,
  topics: readonly string[] | null,
  configs: WhichConfigs,
): Promise<ClusterSnapshot> => tools.lookup.askLiveBroker(live => describeFrom(tools, live, topics, configs))

const describeFrom = async (
  tools: DescribeTools,
  live: Endpoint,
  topics: readonly string[] | null,
  which: WhichConfigs,
): Promise<ClusterSnapshot> => {
  const controller = controllerOf(tools, live)
  const reassigning = readReassigning(tools.wires, tools.clock, live)
  const metadata = await tools.lookup.describedFrom(live, tools.metadata.request(topics))
  const existing = existingTopics(metadata)
  const configs =
    which === false
      ? null
      : await readTopicConfigs(
          tools.wires,
          live,
          existing.map(each => each.name),
          which,
        )
  const moving = await reassigning
  return {
    clusterId: metadata.clusterId,
    controllerId: await controller,
    brokers: withAbsentBrokers(tools.seen, metadata.brokers),
    topics: new Map(
      existing.map((info): [string, TopicInfo] => {
        const own = configs === null ? null : (configs.get(info.name) ?? new Map<string, string>())
        return [info.name, markReassigning({ ...info, configs: own }, moving?.get(info.name))]
      }),
    ),
  }
}

/**
 * The configs of topics. Topics that vanished meanwhile are left out.
 *
 * @throws RequestRefused when a topic's configs may not be read
 */
export const readTopicConfigs = async (
  wires: Wires,
  broker: Endpoint,
  topics: readonly string[],
  which: true | 'in-force',
): Promise<TopicConfigs> => {
  if (topics.length === 0) return new Map()
  const { results } = await wires.call(broker, 'control', describeConfigsV4.api, [
    topics.map(resourceName => ({ resourceType: TOPIC, resourceName, configurationKeys: null })),
    false,
    false,
  ])
  const configs = new Map<string, ReadonlyMap<string, string>>()
  for (const result of results) {
    if (result.errorCode === KafkaCode.UNKNOWN_TOPIC_OR_PARTITION) continue
    if (result.errorCode !== 0)
      throw new RequestRefused(
        result.errorCode,
        `the configs of topic "${result.resourceName}" cannot be read: ${kafkaCodeName(result.errorCode)}`,
      )
    const wanted =
      which === 'in-force'
        ? result.configs
        : result.configs.filter(each => each.configSource === DYNAMIC_TOPIC_CONFIG)
    configs.set(
      result.resourceName,
      new Map(
        wanted.flatMap(({ name, value }) => (typeof value !== 'string' ? [] : [[name, value] as const])),
      ),
    )
  }
  return configs
}

const existingTopics = ({ topics }: DescribedTopics): readonly TopicInfo[] =>
  topics.flatMap(({ code, info }) => {
    if (code === KafkaCode.TOPIC_AUTHORIZATION_FAILED)
      throw new RequestRefused(code, `topic "${info.name}" may not be described`)
    // a topic whose partitions wait for a leader exists; one that is unknown or cannot exist does not
    return code === 0 || code === KafkaCode.LEADER_NOT_AVAILABLE ? [info] : []
  })

/**
 * The controller as the quorum knows it. Metadata is no help: under KRaft its `controller_id` is any live broker, a
 * different one at each look. Null when the quorum is not told (no right to ask, nobody answers in time).
 */
const controllerOf = ({ wires, clock }: DescribeTools, live: Endpoint): Promise<BrokerId | null> =>
  new Promise(resolve => {
    const patience = clock.after(CONTROLLER_PATIENCE_MS, () => resolve(null))
    const settle = (controller: BrokerId | null): void => {
      patience.cancel()
      resolve(controller)
    }
    wires
      .call(live, 'quorum', describeQuorumV2.api, [
        [{ topicName: QUORUM_TOPIC, partitions: [{ partitionIndex: 0 }] }],
      ])
      .then(
        answer => {
          const leader = answer.topics[0]?.partitions[0]?.leaderId ?? -1
          settle(leader < 0 ? null : brokerId(leader))
        },
        () => settle(null),
      )
  })

/** Metadata names live brokers only. Those that we saw alive before are shown as gone, not forgotten. */
const withAbsentBrokers = (
  seen: Map<BrokerId, BrokerInfo>,
  present: readonly BrokerInfo[],
): readonly BrokerInfo[] => {
  const brokers = new Map([...seen].map(([id, info]) => [id, { ...info, alive: false }]))
  for (const broker of present) {
    brokers.set(broker.id, broker)
    seen.set(broker.id, broker)
  }
  return [...brokers.values()].toSorted((left, right) => left.id - right.id)
}
