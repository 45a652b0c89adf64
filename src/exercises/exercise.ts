import type { Block } from '../core/sizing/index.ts'
import type { BrokerLink } from '../ports/broker-link.ts'
import type { Clock } from '../ports/clock.ts'
import type { Cluster } from '../ports/cluster.ts'
import type { Codecs } from '../ports/codecs.ts'
import type { LocalBrokers } from '../ports/local-brokers.ts'
import type { Random } from '../ports/random.ts'

/**
 * Something that engineers practise on: it makes a situation on a cluster, measures it, and says what is to be seen. An
 * exercise is over well only if its lesson really was observed this time.
 */
export interface Exercise {
  readonly name: string
  /** What it shows, in a few words. */
  readonly title: string
  /** Brokers of the cluster that is started for it. */
  readonly brokers: number
  /** It breaks brokers, so it only runs on a cluster of its own. */
  readonly breaksBrokers: boolean
  readonly run: (stage: Stage) => Promise<Lesson>
}

/** What an exercise plays on. */
export interface Stage {
  readonly cluster: Cluster
  /** A link of its own for each client. */
  readonly openLink: (clientId: string) => BrokerLink
  readonly clock: Clock
  readonly codecs: Codecs
  readonly seededRandom: (seed: number) => Random
  /** Begins all names of topics and groups. */
  readonly prefix: string
  readonly replicationFactor: number
  /** The brokers, where they may be broken. */
  readonly brokers: LocalBrokers | null
  /** Topics that are made go here, so that they can be deleted. */
  readonly topics: Set<string>
  /** One sentence per step, for people who wait. */
  readonly say: (text: string) => void
  readonly signal: AbortSignal
}

export interface Lesson {
  /** What was seen, with the figures of this run. */
  readonly blocks: readonly Block[]
  readonly checks: readonly Check[]
  /** Kafka's own commands that show the same, without `--bootstrap-server`. */
  readonly commands: readonly KafkaCommand[]
  /** The figures for programs. */
  readonly figures: Readonly<Record<string, unknown>>
}

export interface Check {
  readonly name: string
  readonly held: boolean
  /** The figure that decided it. */
  readonly evidence: string
}

export interface KafkaCommand {
  readonly shows: string
  /** Script and arguments, such as `kafka-get-offsets.sh --topic orders`. */
  readonly command: string
}
