import { type BrokerId, KafkaCode } from '../../core/model/index.ts'
import {
  drawNetworkFault,
  type NetworkFaults,
  pick,
  type SeededRandom,
  type SimulatedKafka,
} from '../../core/simulation/index.ts'
import {
  type BrokerLink,
  type Channel,
  type CommitRequest,
  type CoordinatorKind,
  type EndTransactionRequest,
  type FetchAnswer,
  type FetchRequest,
  type HeartbeatAnswer,
  type HeartbeatRequest,
  type InitTransactionsRequest,
  type Isolation,
  LinkFailure,
  type MetadataAnswer,
  type OffsetFetchAnswer,
  type OffsetFetchRequest,
  type ProduceAnswer,
  type ProduceRequest,
  type TransactionalCommitRequest,
  type TransactionAnswer,
} from '../../ports/broker-link.ts'
import type {
  ClassicMember,
  JoinGroupAnswer,
  JoinGroupRequest,
  SyncGroupAnswer,
  SyncGroupRequest,
} from '../../ports/classic-group.ts'
import { Connection, type NetworkSettings, type Serve } from './connection.ts'
import type { Driver } from './driver.ts'

/** Raced questions, and joins that wait for others, have connections of their own, as on a real cluster. */
type AnyChannel = Channel | 'lookup' | 'rebalance'

/** The data plane over simulated connections. Its laws are in the port. */
export class SimulatedLink implements BrokerLink {
  readonly #driver: Driver
  readonly #clientId: string
  readonly #settings: NetworkSettings
  readonly #latency: SeededRandom
  readonly #faultRandom: SeededRandom
  readonly #networkFaults: () => NetworkFaults
  readonly #connections = new Map<string, Connection>()
  readonly #stopListening: () => void
  #closed = false

  constructor(
    driver: Driver,
    clientId: string,
    settings: NetworkSettings,
    random: SeededRandom,
    networkFaults: () => NetworkFaults,
  ) {
    this.#driver = driver
    this.#clientId = clientId
    this.#settings = settings
    this.#latency = random.fork('latency')
    this.#faultRandom = random.fork('faults')
    this.#networkFaults = networkFaults
    this.#stopListening = driver.kafka.processes.onDown(id => this.#brokerDown(id))
  }

  metadata(topics: readonly string[] | null): Promise<MetadataAnswer> {
    return this.#race(kafka => metadataOf(kafka, topics))
  }

  async findCoordinator(name: string, kind: CoordinatorKind = 'group'): Promise<BrokerId> {
    const coordinator = await this.#race(kafka => kafka.coordinatorOf(name))
    if (coordinator === null)
      throw new LinkFailure('unknown-broker', null, `no coordinator of ${kind} "${name}"`)
    return coordinator
  }

  initProducerId(): ReturnType<BrokerLink['initProducerId']> {
    const running = this.#brokers().filter(id => this.#driver.kafka.processes.isRunning(id))
    const broker = pick(this.#latency, running)
    if (broker === undefined) return Promise.reject(new LinkFailure('refused', null, 'no broker answers'))
    return this.#ask(broker, 'control', kafka => kafka.newProducerId())
  }

  produce(broker: BrokerId, channel: Channel, request: ProduceRequest): Promise<ProduceAnswer> {
    // the batch is copied when it is "written": the caller may reuse its buffer only after the answer, but a late
    // copy of the request must carry the bytes of then
    const items = request.items.map(item => ({ ...item, batch: item.batch.slice() }))
    return this.#send(
      broker,
      channel,
      reply => this.#driver.run(({ producing }) => producing.produce(broker, { ...request, items }, reply)),
      request.timeoutMs,
      true,
    )
  }

  initTransactions(coordinator: BrokerId, request: InitTransactionsRequest): Promise<TransactionAnswer> {
    const { transactionalId, timeoutMs } = request
    return this.#ask(coordinator, 'control', kafka =>
      kafka.coordinatorOf(transactionalId) === coordinator
        ? kafka.transactions.init(transactionalId, timeoutMs)
        : notCoordinator,
    )
  }

  commitOffsetsInTransaction(
    groupCoordinator: BrokerId,
    request: TransactionalCommitRequest,
  ): Promise<readonly number[]> {
    return this.#ask(groupCoordinator, 'control', kafka =>
      kafka.coordinatorOf(request.group) === groupCoordinator
        ? kafka.groups.commitInTransaction(request, () =>
            kafka.transactions.enterGroup(request, request.group),
          )
        : request.offsets.map(() => KafkaCode.NOT_COORDINATOR),
    )
  }

  endTransaction(coordinator: BrokerId, request: EndTransactionRequest): Promise<TransactionAnswer> {
    return this.#ask(coordinator, 'control', kafka =>
      kafka.coordinatorOf(request.transactionalId) === coordinator
        ? kafka.transactions.end(request, request.decision)
        : notCoordinator,
    )
  }

  fetch(broker: BrokerId, channel: Channel, request: FetchRequest): Promise<FetchAnswer> {
    return this.#send(
      broker,
      channel,
      reply => this.#driver.run(({ fetching }) => fetching.fetch(broker, request, reply)),
      request.maxWaitMs,
      false,
    )
  }

  listOffsets(
    broker: BrokerId,
    isolation: Isolation,
    items: Parameters<BrokerLink['listOffsets']>[2],
  ): ReturnType<BrokerLink['listOffsets']> {
    return this.#ask(broker, 'control', ({ fetching }) => fetching.listOffsets(broker, isolation, items))
  }

  groupHeartbeat(coordinator: BrokerId, request: HeartbeatRequest): Promise<HeartbeatAnswer> {
    return this.#ask(coordinator, 'control', kafka =>
      kafka.coordinatorOf(request.group) === coordinator
        ? kafka.groups.heartbeat(request, this.#clientId)
        : { code: KafkaCode.NOT_COORDINATOR, message: null, memberEpoch: 0, intervalMs: 0, assignment: null },
    )
  }

  joinGroup(coordinator: BrokerId, request: JoinGroupRequest): Promise<JoinGroupAnswer> {
    return this.#send<JoinGroupAnswer>(
      coordinator,
      'rebalance',
      reply =>
        this.#driver.run(kafka => {
          if (kafka.coordinatorOf(request.group) === coordinator)
            kafka.classicGroups.join(request, this.#clientId, reply)
          else reply({ ...notJoined, memberId: request.memberId })
        }),
      request.rebalanceTimeoutMs,
      false,
    )
  }

  syncGroup(coordinator: BrokerId, request: SyncGroupRequest): Promise<SyncGroupAnswer> {
    return this.#send<SyncGroupAnswer>(
      coordinator,
      'rebalance',
      reply =>
        this.#driver.run(kafka => {
          if (kafka.coordinatorOf(request.group) === coordinator) kafka.classicGroups.sync(request, reply)
          else reply({ code: KafkaCode.NOT_COORDINATOR, assignment: new Uint8Array() })
        }),
      request.waitMs,
      false,
    )
  }

  heartbeatClassic(coordinator: BrokerId, request: ClassicMember): Promise<number> {
    return this.#ask(coordinator, 'control', kafka =>
      kafka.coordinatorOf(request.group) === coordinator
        ? kafka.classicGroups.heartbeat(request)
        : KafkaCode.NOT_COORDINATOR,
    )
  }

  leaveGroup(coordinator: BrokerId, request: Omit<ClassicMember, 'generation'>): Promise<number> {
    return this.#ask(coordinator, 'control', kafka =>
      kafka.coordinatorOf(request.group) === coordinator
        ? kafka.classicGroups.leave(request)
        : KafkaCode.NOT_COORDINATOR,
    )
  }

  commitOffsets(coordinator: BrokerId, request: CommitRequest): Promise<readonly number[]> {
    return this.#ask(coordinator, 'control', kafka =>
      kafka.coordinatorOf(request.group) === coordinator
        ? kafka.groups.commit(request)
        : request.offsets.map(() => KafkaCode.NOT_COORDINATOR),
    )
  }

  fetchOffsets(coordinator: BrokerId, request: OffsetFetchRequest): Promise<OffsetFetchAnswer> {
    return this.#ask(coordinator, 'control', kafka =>
      kafka.coordinatorOf(request.group) === coordinator
        ? kafka.groups.fetchOffsets(request)
        : { code: KafkaCode.NOT_COORDINATOR, offsets: [] },
    )
  }

  groupSessionTimeoutMs(): Promise<number> {
    return this.#race(kafka => kafka.settings.sessionTimeoutMs)
  }

  abandon(broker: BrokerId, channel: Channel): void {
    this.#connections
      .get(connectionKey(broker, channel))
      ?.fail('closed', `connection to broker ${broker} was abandoned`)
  }

  close(): Promise<void> {
    this.#closed = true
    this.#stopListening()
    for (const connection of this.#connections.values()) connection.fail('closed', 'the link is closed')
    return Promise.resolve()
  }

  #brokers(): readonly BrokerId[] {
    return this.#driver.kafka.snapshot.brokers.map(broker => broker.id)
  }

  /** Asks every broker at once and takes the first answer; rejects when none came. */
  async #race<Answer>(read: (kafka: SimulatedKafka) => Answer): Promise<Answer> {
    try {
      return await Promise.any(this.#brokers().map(id => this.#ask(id, 'lookup', read)))
    } catch (cause) {
      const failures = cause instanceof AggregateError ? (cause.errors as unknown[]) : []
      const first = failures.find(failure => failure instanceof LinkFailure)
      throw new LinkFailure(first?.kind ?? 'closed', null, 'no broker answers', cause)
    }
  }

  #ask<Answer>(
    broker: BrokerId,
    channel: AnyChannel,
    read: (kafka: SimulatedKafka) => Answer,
  ): Promise<Answer> {
    return this.#send(broker, channel, reply => reply(this.#driver.run(read)), 0, false)
  }

  #send<Answer>(
    broker: BrokerId,
    channel: AnyChannel,
    serve: Serve<Answer>,
    extraMs: number,
    isProduce: boolean,
  ): Promise<Answer> {
    if (this.#closed) return Promise.reject(new LinkFailure('closed', broker, 'the link is closed'))
    if (this.#driver.kafka.processes.state(broker) === undefined)
      return Promise.reject(new LinkFailure('unknown-broker', broker, `there is no broker ${broker}`))
    const fault = drawNetworkFault(this.#faultRandom, this.#networkFaults(), isProduce)
    return this.#connection(broker, channel).send(serve, extraMs, fault)
  }

  #connection(broker: BrokerId, channel: AnyChannel): Connection {
    const key = connectionKey(broker, channel)
    const existing = this.#connections.get(key)
    if (existing !== undefined) return existing
    const opened = new Connection(this.#driver, broker, this.#settings, this.#latency, () =>
      this.#connections.delete(key),
    )
    this.#connections.set(key, opened)
    return opened
  }

  #brokerDown(id: BrokerId): void {
    for (const [key, connection] of this.#connections) {
      if (key.startsWith(`${id}/`)) connection.fail('closed', `broker ${id} closed the connection`)
    }
  }
}

const notCoordinator: TransactionAnswer = {
  code: KafkaCode.NOT_COORDINATOR,
  message: null,
  producerId: -1n,
  producerEpoch: -1,
}

const notJoined: JoinGroupAnswer = {
  code: KafkaCode.NOT_COORDINATOR,
  generation: -1,
  memberId: '',
  leader: '',
  protocol: '',
  skipAssignment: false,
  members: [],
}

const connectionKey = (broker: BrokerId, channel: AnyChannel): string => `${broker}/${channel}`

const metadataOf = ({ snapshot }: SimulatedKafka, topics: readonly string[] | null): MetadataAnswer => ({
  brokers: snapshot.brokers
    .filter(broker => broker.alive)
    .map(({ id, host, port, rack }) => ({ id, host, port, rack })),
  topics: (topics ?? [...snapshot.topics.keys()]).map(name => {
    const info = snapshot.topics.get(name)
    return info === undefined
      ? { name, code: KafkaCode.UNKNOWN_TOPIC_OR_PARTITION, topicId: NO_TOPIC_ID, partitions: [] }
      : {
          name,
          code: 0,
          topicId: info.topicId,
          partitions: info.partitions.map(({ leader, leaderEpoch }) => ({
            leader: leader ?? -1,
            leaderEpoch,
          })),
        }
  }),
})

const NO_TOPIC_ID = '0'.repeat(32)
