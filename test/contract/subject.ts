/** What the contract suite needs of whatever it is run on, and the small tools its parts share. */
import assert from 'node:assert/strict'
import { nodeCodecs } from '../../src/adapters/codecs/node-codecs.ts'
import {
  type BrokerId,
  brokerId,
  type ClusterSnapshot,
  type Offset,
  type TopicInfo,
} from '../../src/core/model/index.ts'
import { BatchBuilder, crc32c, type FetchedRecord, readBatches } from '../../src/core/records/index.ts'
import type {
  BrokerLink,
  CommitRequest,
  FetchedPartition,
  HeartbeatAnswer,
  Isolation,
  ProduceResult,
} from '../../src/ports/broker-link.ts'
import { type Clock, sleep } from '../../src/ports/clock.ts'
import type { Cluster } from '../../src/ports/cluster.ts'

export interface Subject {
  readonly cluster: Cluster
  readonly openLink: (clientId: string) => BrokerLink
  readonly clock: Clock
  /** Prefix of every topic and group this run makes, so that runs on a shared cluster do not meet. */
  readonly prefix: string
  /** Lets a test's work come to its end; on simulated time somebody must move the clock. */
  readonly run: <Value>(work: Promise<Value>) => Promise<Value>
  readonly close: () => Promise<void>
}

/** One test's view of the subject: a link of its own, topics that are deleted in the end. */
export class Bench {
  readonly cluster: Cluster
  readonly link: BrokerLink
  readonly clock: Clock
  readonly #subject: Subject
  readonly #label: string
  readonly #topics: string[] = []
  readonly #links: BrokerLink[] = []
  #names = 0

  constructor(subject: Subject, label: string) {
    this.#subject = subject
    this.#label = label
    this.cluster = subject.cluster
    this.clock = subject.clock
    this.link = this.openLink()
  }

  openLink(): BrokerLink {
    const link = this.#subject.openLink(`${this.#subject.prefix}-${this.#label}`)
    this.#links.push(link)
    return link
  }

  name(): string {
    return `${this.#subject.prefix}-${this.#label}-${this.#names++}`
  }

  /**
   * A fresh topic, known to the link, all replicas in sync. It keeps everything unless its configs are named: the
   * records' timestamps are of 2023, and retention, which is first seen to 30 s after a broker's start, would take them
   * away under a test that is slow to read them.
   */
  async topic(
    partitions: number,
    options: { readonly replicationFactor?: number; readonly configs?: Record<string, string> } = {},
  ): Promise<TopicInfo> {
    const name = this.name()
    this.#topics.push(name)
    const replicationFactor = options.replicationFactor ?? 3
    const configs = new Map(Object.entries(options.configs ?? { 'retention.ms': '-1' }))
    const [outcome] = await this.cluster.createTopics([{ name, partitions, replicationFactor, configs }])
    assert.deepEqual(outcome, { item: name, code: 0, message: null })
    await this.link.metadata([name])
    return this.described(name)
  }

  forget(topic: string): void {
    this.#topics.push(topic)
  }

  async snapshot(...topics: string[]): Promise<ClusterSnapshot> {
    return this.cluster.describe({ topics, configs: true })
  }

  async described(topic: string): Promise<TopicInfo> {
    const info = (await this.snapshot(topic)).topics.get(topic)
    assert.ok(info, `topic ${topic} is described`)
    return info
  }

  async leaderOf(topic: string, partition: number): Promise<BrokerId> {
    const leader = (await this.described(topic)).partitions[partition]?.leader
    assert.ok(leader !== null && leader !== undefined, `${topic}-${partition} has a leader`)
    return leader
  }

  /** Waits for a condition, and fails with `what` when it does not come true in time. */
  async eventually(what: string, condition: () => Promise<boolean>, limitMs = 20_000): Promise<void> {
    const untilMs = this.clock.monotonicMs() + limitMs
    while (!(await condition())) {
      if (this.clock.monotonicMs() > untilMs) assert.fail(`within ${limitMs} ms: ${what}`)
      await sleep(this.clock, 50)
    }
  }

  async produce(topic: string, partition: number, batch: Uint8Array): Promise<ProduceResult> {
    const broker = await this.leaderOf(topic, partition)
    return this.produceTo(broker, topic, partition, batch)
  }

  async produceTo(
    broker: BrokerId,
    topic: string,
    partition: number,
    batch: Uint8Array,
    acks: -1 | 1 = -1,
    transactionalId?: string,
  ): Promise<ProduceResult> {
    const answer = await this.link.produce(broker, 'produce', {
      acks,
      ...(transactionalId === undefined ? {} : { transactionalId }),
      timeoutMs: 5000,
      items: [{ topic, partition, batch }],
    })
    const [result] = answer.results
    assert.ok(result)
    return result
  }

  async fetch(
    info: TopicInfo,
    partition: number,
    offset: Offset,
    options: {
      readonly broker?: BrokerId
      readonly leaderEpoch?: number
      readonly maxBytes?: number
      readonly maxWaitMs?: number
      readonly topicId?: string
      readonly isolation?: Isolation
    } = {},
  ): Promise<FetchedPartition> {
    const broker = options.broker ?? (await this.leaderOf(info.name, partition))
    const maxBytes = options.maxBytes ?? 1_000_000
    const answer = await this.link.fetch(broker, 'fetch', {
      maxWaitMs: options.maxWaitMs ?? 500,
      minBytes: 1,
      maxBytes,
      isolation: options.isolation ?? 'read_uncommitted',
      partitions: [
        {
          topic: info.name,
          topicId: options.topicId ?? info.topicId,
          partition,
          leaderEpoch: options.leaderEpoch ?? -1,
          offset,
          lastFetchedEpoch: -1,
          maxBytes,
        },
      ],
    })
    assert.equal(answer.code, 0)
    const [fetched] = answer.partitions
    assert.ok(fetched)
    return fetched
  }

  async close(): Promise<void> {
    if (this.#topics.length > 0) await this.cluster.deleteTopics(this.#topics)
    await Promise.all(this.#links.map(link => link.close()))
  }
}

/** A member that beats once per call and remembers what it was told. */
export class TestMember {
  epoch = 0
  owned: readonly { readonly topicId: string; readonly partitions: readonly number[] }[] = []
  assigned: TestMember['owned'] = []
  rebalanceTimeoutMs = 30_000
  readonly memberId: string
  readonly #link: BrokerLink
  readonly #coordinator: BrokerId
  readonly #group: string
  topics: readonly string[]
  readonly #instanceId: string | null

  constructor(
    link: BrokerLink,
    coordinator: BrokerId,
    group: string,
    memberId: string,
    topics: readonly string[],
    instanceId: string | null = null,
  ) {
    this.#link = link
    this.#coordinator = coordinator
    this.#group = group
    this.memberId = memberId
    this.topics = topics
    this.#instanceId = instanceId
  }

  /** Sends a complete heartbeat; a good one updates epoch and assignment, never what is owned. */
  async beat(
    changes: { readonly epoch?: number; readonly owned?: TestMember['owned'] } = {},
  ): Promise<HeartbeatAnswer> {
    const memberEpoch = changes.epoch ?? this.epoch
    const answer = await this.#link.groupHeartbeat(this.#coordinator, {
      group: this.#group,
      memberId: this.memberId,
      memberEpoch,
      instanceId: this.#instanceId,
      rackId: null,
      rebalanceTimeoutMs: this.rebalanceTimeoutMs,
      topics: this.topics,
      assignor: null,
      owned: changes.owned ?? (memberEpoch === 0 ? [] : this.owned),
    })
    if (answer.code === 0 && memberEpoch >= 0) {
      this.epoch = answer.memberEpoch
      this.assigned = answer.assignment ?? this.assigned
    }
    return answer
  }

  /** Beats and does at once what it is told, as a member without work would. */
  async settle(): Promise<void> {
    const answer = await this.beat()
    assert.equal(answer.code, 0, answer.message ?? '')
    this.owned = this.assigned
  }

  get count(): number {
    return this.assigned.reduce((sum, { partitions }) => sum + partitions.length, 0)
  }

  commit(offsets: CommitRequest['offsets'], epoch = this.epoch): Promise<readonly number[]> {
    return this.#link.commitOffsets(this.#coordinator, {
      group: this.#group,
      memberId: this.memberId,
      memberEpoch: epoch,
      instanceId: this.#instanceId,
      offsets,
    })
  }
}

const utf8 = new TextEncoder()
const text = new TextDecoder()

/** One batch of records, with sequence numbers when a producer is given. The key is what stands before a colon. */
export const batchOf = (
  values: readonly string[],
  producer: {
    readonly id: bigint
    readonly epoch?: number
    readonly sequence: number
    readonly transactional?: boolean
  } | null = null,
  timestampMs = 1_700_000_000_000,
): Uint8Array => {
  const builder = new BatchBuilder(1024)
  values.forEach((value, index) =>
    builder.append(timestampMs + index, utf8.encode(value.split(':')[0]), utf8.encode(value)),
  )
  return builder
    .seal({
      producerId: producer?.id ?? -1n,
      producerEpoch: producer === null ? -1 : (producer.epoch ?? 0),
      baseSequence: producer?.sequence ?? -1,
      transactional: producer?.transactional ?? false,
      codec: 'none',
      crc32c,
    })
    .slice()
}

/** `offset:value` of every record. */
export const recordsIn = (
  fetched: FetchedPartition,
  from: Offset,
  isolation: Isolation = 'read_uncommitted',
): string[] => {
  const found: string[] = []
  if (fetched.records === null) return found
  readBatches(
    fetched.records,
    {
      from,
      isolation,
      aborted: fetched.aborted,
      crc32c,
      decompress: nodeCodecs.decompress,
      maxInflatedBytes: 1_000_000,
    },
    (record: FetchedRecord) => {
      const value = text.decode(record.value ?? undefined)
      assert.equal(text.decode(record.key ?? undefined), value.split(':')[0])
      found.push(`${record.offset}:${value}`)
    },
  )
  return found
}

export const otherThan = (snapshot: ClusterSnapshot, broker: BrokerId): BrokerId => {
  const other = snapshot.brokers.find(each => each.id !== broker)
  assert.ok(other, 'the suite needs a second broker')
  return other.id
}

export const noSuchBroker = brokerId(987_654)
