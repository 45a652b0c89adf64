import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Where everything of the local cluster lies within the state folder. What is downloaded (`kafka/`) and what the
 * cluster holds (`cluster/`) are apart, so that a fresh start keeps the jars.
 */
export interface Layout {
  /** Jars, one folder per Kafka version. */
  readonly kafka: string
  readonly cluster: string
  /** Cluster id, brokers and their ports. */
  readonly shape: string
  /** Who holds the state folder. */
  readonly owner: string
  /** The process that ends the brokers when the owner is gone. */
  readonly guard: string
  /** Held for the moment in which processes are started. */
  readonly starting: string
  readonly log4j: string
  readonly broker: (id: number) => BrokerLayout
}

export interface BrokerLayout {
  readonly folder: string
  readonly data: string
  readonly properties: string
  /** Pid, start time and lifetime of the process. */
  readonly process: string
  /** What the broker logs; kept within bounds by its logging settings. */
  readonly log: string
  /** What the Java machine itself says, of the last start. */
  readonly console: string
}

export const layoutOf = (stateDir: string): Layout => {
  const cluster = join(stateDir, 'cluster')
  return {
    kafka: join(stateDir, 'kafka'),
    cluster,
    shape: join(cluster, 'cluster.json'),
    owner: join(cluster, 'owner.json'),
    guard: join(cluster, 'guard.json'),
    starting: join(cluster, 'starting.json'),
    log4j: join(cluster, 'log4j2.properties'),
    broker: id => {
      const folder = join(cluster, `broker-${id}`)
      return {
        folder,
        data: join(folder, 'data'),
        properties: join(folder, 'server.properties'),
        process: join(folder, 'process.json'),
        log: join(folder, 'server.log'),
        console: join(folder, 'console.log'),
      }
    },
  }
}

/** Ids of all brokers that have a folder, ascending. The folders are looked at, so that a damaged file hides nobody. */
export const brokerIdsIn = (layout: Layout): readonly number[] =>
  existsSync(layout.cluster)
    ? readdirSync(layout.cluster)
        .flatMap(name => /^broker-(\d+)$/.exec(name)?.[1] ?? [])
        .map(Number)
        .sort((a, b) => a - b)
    : []
