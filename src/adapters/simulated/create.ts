import type { BrokerId, BrokerInfo } from '../../core/model/index.ts'
import {
  type FaultPlan,
  type NetworkFaults,
  noNetworkFaults,
  seededRandom,
  SimulatedKafka,
  type SimulatedKafkaSettings,
  simulatedBrokers,
} from '../../core/simulation/index.ts'
import type { BrokerLink } from '../../ports/broker-link.ts'
import type { Clock, Timer } from '../../ports/clock.ts'
import type { Cluster, ItemOutcome } from '../../ports/cluster.ts'
import { SimulatedCluster } from './cluster.ts'
import type { NetworkSettings } from './connection.ts'
import { Driver } from './driver.ts'
import { SimulatedLink } from './link.ts'

export interface SimulatedClusterOptions {
  /** How many brokers (one rack each), or which. */
  readonly brokers: number | readonly Omit<BrokerInfo, 'alive'>[]
  readonly seed: string | number
  readonly clock: Clock
  readonly settings?: Partial<SimulatedKafkaSettings>
  readonly network?: Partial<NetworkSettings>
}

export interface SimulatedClusterHandle {
  readonly cluster: Cluster
  /** A link with connections of its own. */
  readonly openLink: (clientId: string) => BrokerLink
  readonly faults: SimulatedFaults
  readonly close: () => Promise<void>
}

/** What can be broken. The broker functions throw RangeError when the broker is not in a state for it. */
export interface SimulatedFaults {
  /** SIGKILL: connections break, the controller notices after the broker session. */
  kill(broker: BrokerId): void
  /** SIGTERM: leaders move away first. */
  stop(broker: BrokerId): void
  /** The process again, after a kill or a stop. */
  start(broker: BrokerId): void
  /** SIGSTOP: connections stay, nothing is answered. */
  pause(broker: BrokerId): void
  /** SIGCONT: what was sent meanwhile is done now. */
  resume(broker: BrokerId): void
  moveLeader(topic: string, partition: number, leader: BrokerId): ItemOutcome
  /** From now on, for all links. */
  setNetwork(faults: Partial<NetworkFaults>): void
  /** Times count from now. */
  follow(plan: FaultPlan): void
}

/** Timeouts as the Kafka adapter has them. */
const defaultNetwork: NetworkSettings = { latencyMs: 1, connectTimeoutMs: 1500, requestTimeoutMs: 4000 }

/** A whole cluster without Kafka: for demonstrations, and as the partner of the contract and simulation tests. */
export const createSimulatedCluster = (options: SimulatedClusterOptions): SimulatedClusterHandle => {
  const { clock, seed } = options
  const network = { ...defaultNetwork, ...options.network }
  const random = seededRandom(seed)
  const kafka = new SimulatedKafka({
    seed,
    nowMs: clock.monotonicMs(),
    brokers: typeof options.brokers === 'number' ? simulatedBrokers(options.brokers) : options.brokers,
    ...(options.settings === undefined ? {} : { settings: options.settings }),
  })
  const driver = new Driver(kafka, clock)
  const links: BrokerLink[] = []
  const planned: Timer[] = []
  let networkFaults = noNetworkFaults

  return {
    cluster: new SimulatedCluster(driver, network.latencyMs * 2),
    openLink: clientId => {
      const link = new SimulatedLink(
        driver,
        clientId,
        network,
        random.fork(`link-${links.length}-${clientId}`),
        () => networkFaults,
      )
      links.push(link)
      return link
    },
    faults: {
      kill: broker => driver.run(({ processes }) => processes.kill(broker)),
      stop: broker => driver.run(({ processes }) => processes.stop(broker)),
      start: broker => driver.run(({ processes }) => processes.start(broker)),
      pause: broker => driver.run(({ processes }) => processes.pause(broker)),
      resume: broker => driver.run(({ processes }) => processes.resume(broker)),
      moveLeader: (topic, partition, leader) =>
        driver.run(({ controller }) => controller.moveLeader(topic, partition, leader)),
      setNetwork: faults => {
        networkFaults = { ...networkFaults, ...faults }
      },
      follow: plan => {
        for (const event of plan)
          planned.push(clock.after(event.atMs, () => driver.run(model => model.suffer(event))))
      },
    },
    close: async () => {
      for (const timer of planned) timer.cancel()
      await Promise.all(links.map(link => link.close()))
      driver.close()
    },
  }
}
