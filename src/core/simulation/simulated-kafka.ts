/**
 * A Kafka cluster as a deterministic model: put together from its parts, which see each other only through what is
 * handed to them here.
 *
 * - `Controller` holds the metadata; `BrokerProcesses` says which broker runs; `Replicas` hold the logs;
 *   `ProduceService`, `FetchService`, `GroupCoordinator` and `TransactionCoordinator` answer requests; `Agenda` is time.
 * - Whoever drives it calls `agenda.runUntil(now)` before each call and again when `agenda.nextMs()` is due. The same
 *   seed and the same calls at the same times give the same run.
 *
 * What it does not do is said in each part. Besides: no security, no share groups, no network (that
 * is the adapter's).
 */
import { type BrokerId, type BrokerInfo, brokerId, type ClusterSnapshot } from '../model/index.ts'
import { Agenda } from './agenda.ts'
import { BrokerProcesses, type ProcessSettings } from './broker-processes.ts'
import { ClassicGroups } from './classic-groups.ts'
import { Controller } from './controller.ts'
import { Coordinators } from './coordinators.ts'
import type { FaultEvent } from './faults.ts'
import { FetchService } from './fetch.ts'
import { GroupCoordinator, type GroupSettings } from './group-coordinator.ts'
import { ProduceService } from './produce.ts'
import { pick, type SeededRandom, seededRandom, shuffled } from './random.ts'
import { type ReplicaSettings, Replicas } from './replicas.ts'
import { TransactionCoordinator } from './transaction-coordinator.ts'

export interface SimulatedKafkaOptions {
  readonly seed: string | number
  readonly nowMs: number
  readonly brokers: readonly Omit<BrokerInfo, 'alive'>[]
  readonly settings?: Partial<SimulatedKafkaSettings>
}

export type SimulatedKafkaSettings = GroupSettings & ProcessSettings & ReplicaSettings

/** Times as the project's local brokers have them, so that both feel alike. */
export const defaultSettings: SimulatedKafkaSettings = {
  sessionTimeoutMs: 6000,
  heartbeatIntervalMs: 1000,
  brokerSessionMs: 6000,
  bootMs: 2500,
  catchUpMs: 1000,
  replicationMs: 2,
  memoryBytesMax: 256 * 1024 * 1024,
}

export class SimulatedKafka {
  readonly agenda: Agenda
  readonly controller: Controller
  readonly processes: BrokerProcesses
  readonly replicas: Replicas
  readonly producing: ProduceService
  readonly fetching: FetchService
  readonly groups: GroupCoordinator
  readonly classicGroups: ClassicGroups
  readonly transactions: TransactionCoordinator
  readonly settings: SimulatedKafkaSettings
  readonly #coordinators: Coordinators
  readonly #faultRandom: SeededRandom
  #nextProducerId = 1000n

  constructor(options: SimulatedKafkaOptions) {
    const random = seededRandom(options.seed)
    const brokers = options.brokers.map(broker => ({ ...broker, alive: true })).sort((a, b) => a.id - b.id)
    this.settings = { ...defaultSettings, ...options.settings }
    this.#faultRandom = random.fork('faults')
    this.agenda = new Agenda(options.nowMs)
    this.controller = new Controller(
      {
        clusterId: `simulated-${options.seed}`,
        controllerId: brokers[0]?.id ?? null,
        brokers,
        topics: new Map(),
      },
      random.fork('controller'),
    )
    this.#coordinators = new Coordinators(brokers)
    this.controller.onChange(() => this.#coordinators.follow(this.snapshot.brokers))
    this.processes = new BrokerProcesses(
      brokers.map(broker => broker.id),
      this.agenda,
      this.settings,
      this.controller,
    )
    this.replicas = new Replicas(
      this.agenda,
      this.settings,
      this.controller,
      this.processes,
      random.fork('replication'),
    )
    this.transactions = new TransactionCoordinator(this.agenda, () => this.#nextProducerId++, {
      mark: (topic, partition, end) =>
        this.replicas.mark(topic, partition, { ...end, timestampMs: this.agenda.nowMs }),
      markGroup: (group, { producerId, decision }) => this.groups.endTransaction(group, producerId, decision),
    })
    this.producing = new ProduceService(this.agenda, this.controller, this.replicas, this.transactions)
    this.fetching = new FetchService(this.agenda, this.replicas)
    const servedBy = (group: string): BrokerId | null => {
      const coordinator = this.coordinatorOf(group)
      return coordinator !== null && this.processes.isRunning(coordinator) ? coordinator : null
    }
    this.classicGroups = new ClassicGroups(this.agenda, servedBy)
    this.groups = new GroupCoordinator(
      this.agenda,
      this.settings,
      () => this.snapshot,
      servedBy,
      this.classicGroups,
    )
  }

  get snapshot(): ClusterSnapshot {
    return this.controller.snapshot
  }

  /** The broker that serves the group or the transactional id; null: none. */
  coordinatorOf(name: string): BrokerId | null {
    return this.#coordinators.of(name)
  }

  newProducerId(): { readonly code: number; readonly producerId: bigint; readonly producerEpoch: number } {
    return { code: 0, producerId: this.#nextProducerId++, producerEpoch: 0 }
  }

  deleteTopic(topic: string): ReturnType<Controller['deleteTopic']> {
    const outcome = this.controller.deleteTopic(topic)
    if (outcome.code === 0) this.groups.forgetTopic(topic)
    return outcome
  }

  /** Makes one event of a fault plan true now. */
  suffer(event: FaultEvent): void {
    switch (event.kind) {
      case 'kill':
        return this.processes.kill(event.broker)
      case 'stop':
        return this.processes.stop(event.broker)
      case 'start':
        return this.processes.start(event.broker)
      case 'pause':
        return this.processes.pause(event.broker)
      case 'resume':
        return this.processes.resume(event.broker)
      case 'elect-preferred':
        this.#coordinators.electPreferred(this.snapshot.brokers)
        return this.controller.electPreferred()
      case 'move-leaders':
        return this.#moveLeaders(event.partitions)
    }
  }

  #moveLeaders(count: number): void {
    const all = [...this.snapshot.topics.values()].flatMap(info =>
      info.partitions.map(partition => ({ topic: info.name, partition })),
    )
    for (const { topic, partition } of shuffled(this.#faultRandom, all).slice(0, count)) {
      const others = partition.isr.filter(id => id !== partition.leader && this.processes.isRunning(id))
      const leader = pick(this.#faultRandom, others)
      if (leader !== undefined) this.controller.moveLeader(topic, partition.partition, leader)
    }
  }
}

/** `count` brokers, ids from 1, one rack each: the shape of the project's local cluster. */
export const simulatedBrokers = (count: number): Omit<BrokerInfo, 'alive'>[] =>
  Array.from({ length: count }, (_, index) => ({
    id: brokerId(index + 1),
    host: 'simulated',
    port: 9092 + index,
    rack: `rack-${index + 1}`,
  }))
