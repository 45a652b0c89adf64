import type { BrokerLink } from '../../ports/broker-link.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Cluster } from '../../ports/cluster.ts'
import { BrokerBook, parseBootstrapServers } from './addresses.ts'
import { KafkaCluster } from './cluster.ts'
import { KafkaLink } from './link.ts'
import { loadSecurity, type KafkaSecurity } from './security.ts'
import { Wires } from './wires.ts'

export interface KafkaOptions {
  /** `host:port` each; one that answers is enough. */
  readonly bootstrapServers: readonly string[]
  /** Shown in the brokers' logs and quotas. */
  readonly clientId: string
  /** Absent or null: plain connections without authentication. */
  readonly security?: KafkaSecurity | null
  /** How long a broker may take to answer, beyond what a request itself lets it wait. Default 4 s. */
  readonly requestTimeoutMs?: number
  /** How long a connection may take to open, and again to give its first answer. Default 1.5 s. */
  readonly connectTimeoutMs?: number
  readonly clock: Clock
}

export interface KafkaConnection {
  readonly cluster: Cluster
  /** A data plane with connections of its own. */
  openLink(clientId: string): BrokerLink
  /** Closes the cluster and every link that was opened. */
  close(): Promise<void>
}

/** Long enough for a broker in a garbage collection, short enough that a dead one does not stop the work for long. */
const REQUEST_TIMEOUT_MS = 4000
const CONNECT_TIMEOUT_MS = 1500

/**
 * Prepares the way to a cluster. Connections are made when they are first needed, so that an unreachable cluster is
 * told by the first question, and a program that outlives its cluster needs no second way to start.
 *
 * @throws LanekeeperError USAGE for addresses that cannot be read, FILE_UNREADABLE for PEM files
 */
export const connectKafka = async (options: KafkaOptions): Promise<KafkaConnection> => {
  const book = new BrokerBook(parseBootstrapServers(options.bootstrapServers))
  const secure = await loadSecurity(options.security ?? null)
  const opened: Wires[] = []
  const openWires = (clientId: string): Wires => {
    const wires = new Wires({
      clientId,
      secure,
      clock: options.clock,
      connectTimeoutMs: options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
      requestTimeoutMs: options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS,
    })
    opened.push(wires)
    return wires
  }
  const bootstrapServer = options.bootstrapServers.join(',')
  return {
    cluster: new KafkaCluster(bootstrapServer, openWires(options.clientId), book, options.clock),
    openLink: clientId => new KafkaLink(openWires(clientId), book),
    close: () => {
      for (const wires of opened) wires.close()
      return Promise.resolve()
    },
  }
}
