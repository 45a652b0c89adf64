/**
 * The controller: holds the cluster's metadata and is the only one to change it. What a topic change means is
 * `applyStep` of core/plan, the same function by which plans are checked; who leads is elections.ts. Codes and texts
 * are Kafka's.
 *
 * What it does not do: authorisation, quotas, reassignment of replicas to other brokers. A change is seen by every
 * broker at once; in Kafka a broker may answer from older metadata for a moment.
 */
import {
  type BrokerId,
  type ClusterSnapshot,
  collidingName,
  KafkaCode,
  topicNameProblem,
} from '../model/index.ts'
import { applyStep, type Step } from '../plan/index.ts'
import {
  electPreferred,
  fenceBroker,
  isBehind,
  joinIsr,
  mapTopic,
  preferLeader,
  unfenceBroker,
} from './elections.ts'
import { topicConfigProblem } from './topic-configs.ts'

export interface ControllerOutcome {
  readonly item: string
  /** 0 is success. */
  readonly code: number
  readonly message: string | null
}

export interface NewTopicRequest {
  readonly name: string
  readonly partitions: number
  readonly replicationFactor: number
  readonly configs: ReadonlyMap<string, string>
}

export class Controller {
  #snapshot: ClusterSnapshot
  readonly #random: { next(): number }
  readonly #listeners: (() => void)[] = []

  constructor(snapshot: ClusterSnapshot, random: { next(): number }) {
    this.#snapshot = snapshot
    this.#random = random
  }

  get snapshot(): ClusterSnapshot {
    return this.#snapshot
  }

  /** `listener` runs after every change. */
  onChange(listener: () => void): void {
    this.#listeners.push(listener)
  }

  createTopic(request: NewTopicRequest): ControllerOutcome {
    const { name, partitions, replicationFactor, configs } = request
    const nameProblem = topicNameProblem(name)
    if (nameProblem !== null) return refused(name, KafkaCode.INVALID_TOPIC, nameProblem)
    if (this.#snapshot.topics.has(name))
      return refused(name, KafkaCode.TOPIC_ALREADY_EXISTS, `Topic '${name}' already exists.`)
    const collision = collidingName(name, this.#snapshot.topics.keys())
    if (collision !== null)
      return refused(
        name,
        KafkaCode.INVALID_TOPIC,
        `Topic '${name}' collides with existing topic: ${collision}`,
      )
    if (partitions < 1)
      return refused(name, KafkaCode.INVALID_PARTITIONS, 'Number of partitions must be larger than 0.')
    for (const [key, value] of configs) {
      const problem = topicConfigProblem(key, value)
      if (problem !== null) return refused(name, KafkaCode.INVALID_CONFIG, problem)
    }
    const outcome = this.#apply(
      name,
      { kind: 'create-topic', topic: name, partitions, replicationFactor, configs },
      KafkaCode.INVALID_REPLICATION_FACTOR,
    )
    if (outcome.code === 0) {
      const topicId = Array.from({ length: 8 }, () => hexDigits(this.#random)).join('')
      this.#replace(mapTopic(this.#snapshot, name, info => ({ ...info, topicId })))
    }
    return outcome
  }

  addPartitions(topic: string, count: number): ControllerOutcome {
    const info = this.#snapshot.topics.get(topic)
    if (info === undefined) return unknownTopic(topic)
    const from = info.partitions.length
    if (count <= from) {
      const text =
        count === from
          ? `Topic already has ${from} partition(s).`
          : `The topic ${topic} currently has ${from} partition(s); ${count} would not be an increase.`
      return refused(topic, KafkaCode.INVALID_PARTITIONS, text)
    }
    return this.#apply(
      topic,
      { kind: 'add-partitions', topic, from, to: count },
      KafkaCode.INVALID_REPLICATION_FACTOR,
    )
  }

  /** All changes or none. */
  alterConfigs(topic: string, changes: ReadonlyMap<string, string | null>): ControllerOutcome {
    const info = this.#snapshot.topics.get(topic)
    if (info === undefined) return unknownTopic(topic)
    for (const [key, value] of changes) {
      const problem = topicConfigProblem(key, value)
      if (problem !== null) return refused(topic, KafkaCode.INVALID_CONFIG, problem)
    }
    for (const [key, to] of changes) {
      const from = info.configs?.get(key) ?? null
      this.#apply(topic, { kind: 'alter-config', topic, key, from, to }, KafkaCode.INVALID_CONFIG)
    }
    return succeeded(topic)
  }

  deleteTopic(topic: string): ControllerOutcome {
    if (!this.#snapshot.topics.has(topic)) return unknownTopic(topic)
    const topics = new Map(this.#snapshot.topics)
    topics.delete(topic)
    this.#replace({ ...this.#snapshot, topics })
    return succeeded(topic)
  }

  moveLeader(topic: string, partition: number, leader: BrokerId): ControllerOutcome {
    const item = `${topic}-${partition}`
    const info = this.#snapshot.topics.get(topic)?.partitions[partition]
    if (info === undefined)
      return refused(
        item,
        KafkaCode.UNKNOWN_TOPIC_OR_PARTITION,
        'This server does not host this topic-partition.',
      )
    if (!info.replicas.includes(leader))
      return refused(item, INVALID_REPLICA_ASSIGNMENT, `Broker ${leader} holds no replica of ${item}.`)
    this.#replace(preferLeader(this.#snapshot, topic, partition, leader))
    return this.#snapshot.topics.get(topic)?.partitions[partition]?.leader === leader
      ? succeeded(item)
      : refused(item, PREFERRED_LEADER_NOT_AVAILABLE, 'The preferred leader was not available.')
  }

  fence(id: BrokerId): void {
    this.#replace(fenceBroker(this.#snapshot, id))
  }

  unfence(id: BrokerId): void {
    this.#replace(unfenceBroker(this.#snapshot, id))
  }

  /** False: some leader could not be copied from; try again later. */
  joinIsr(id: BrokerId, isServing: (leader: BrokerId) => boolean): boolean {
    this.#replace(joinIsr(this.#snapshot, id, isServing))
    return !isBehind(this.#snapshot, id)
  }

  electPreferred(): void {
    this.#replace(electPreferred(this.#snapshot))
  }

  #apply(item: string, step: Step, codeWhenImpossible: number): ControllerOutcome {
    const result = applyStep(this.#snapshot, step)
    if (result.ok) {
      this.#replace(result.value)
      return succeeded(item)
    }
    return result.failure.reason === 'already-done'
      ? succeeded(item)
      : refused(item, codeWhenImpossible, result.failure.message)
  }

  #replace(snapshot: ClusterSnapshot): void {
    this.#snapshot = snapshot
    for (const listener of this.#listeners) listener()
  }
}

const INVALID_REPLICA_ASSIGNMENT = 39
const PREFERRED_LEADER_NOT_AVAILABLE = 80

const succeeded = (item: string): ControllerOutcome => ({ item, code: 0, message: null })

const refused = (item: string, code: number, message: string): ControllerOutcome => ({ item, code, message })

const unknownTopic = (topic: string): ControllerOutcome =>
  refused(topic, KafkaCode.UNKNOWN_TOPIC_OR_PARTITION, `The topic '${topic}' does not exist.`)

const hexDigits = (random: { next(): number }): string =>
  Math.floor(random.next() * 65536)
    .toString(16)
    .padStart(4, '0')
