import type { CountJob, RoutePacked } from '../core/routing/index.ts'
import type { BrokerLink } from '../ports/broker-link.ts'
import type { Clock } from '../ports/clock.ts'
import type { Cluster } from '../ports/cluster.ts'
import type { Codecs } from '../ports/codecs.ts'
import type { GetJson } from '../ports/get-json.ts'
import type { HistoryFile } from '../ports/history-file.ts'
import type { Journal } from '../ports/journal.ts'
import type { LocalBrokers } from '../ports/local-brokers.ts'
import type { Random } from '../ports/random.ts'
import type { PastReader } from '../runtime/history/answer-past.ts'
import type { WorkerOptions, Workers } from '../ports/workers.ts'
import type { Post } from '../ports/webhook.ts'

/**
 * What a verb may do to the outside, handed in by `main.ts`. Verbs import no adapter, so each of them also runs
 * against the simulated cluster and with captured output in a test.
 */
export interface World {
  readonly clock: Clock
  readonly codecs: Codecs
  readonly seededRandom: (seed: number) => Random
  /** Counts generated keys per lane, a billion in about a second. */
  readonly countStructured: (job: CountJob) => Promise<void>
  /** Java's partition of many keys at once, a nanosecond or two a key. */
  readonly routePacked: RoutePacked
  readonly connect: (target: ClusterTarget) => Promise<Connection>
  /** `jarsDir`: another state folder whose Kafka jars are used, so that they are fetched once. */
  readonly localBrokers: (stateDir: string, jarsDir?: string) => LocalBrokers
  /** Worker processes on this machine; none yet. */
  readonly startWorkers: (options: WorkerOptions) => Workers
  readonly openJournal: (file: string) => Promise<Journal>
  /** The past of a cluster, to write; null: in memory. Where the file cannot be had it is in memory too, and says so. */
  readonly openHistory: (path: string | null) => HistoryFile
  /** Reads an open history beside the event loop; to be closed before the file. */
  readonly readPast: (file: HistoryFile) => PastReader
  /** The same to read, also while another process writes it. Rejects with FILE_UNREADABLE. */
  readonly readHistory: (path: string) => HistoryFile
  /** Paths of the history files in a folder, the one written last first. */
  readonly historyFiles: (folder: string) => readonly string[]
  readonly post: Post
  readonly getJson: GetJson
  /** Text of a configuration file. Rejects with FILE_UNREADABLE. */
  readonly readSpecFile: (file: string) => Promise<string>
  /** Folder of the built page; null when it was not built. */
  readonly webRoot: string | null
  readonly io: Io
  readonly version: string
}

export type ClusterTarget =
  | {
      readonly kind: 'kafka'
      readonly bootstrapServer: string
      /** Path of a Java client.properties (TLS, SASL), or null. */
      readonly commandConfig: string | null
      readonly clientId: string
    }
  | {
      readonly kind: 'simulated'
      readonly brokers: number
      readonly seed: number
      /** Partitions under an imagined load, to look at; absent: an empty cluster that answers all requests. */
      readonly imaginedPartitions?: number
    }

export interface Connection {
  readonly cluster: Cluster
  /** A link of its own for each user (producer, consumer), so that their connections do not delay each other. */
  readonly openLink: (clientId: string) => BrokerLink
  readonly close: () => Promise<void>
}

export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  /** What a person types to call the program here: `lanekeeper`, or `npx lanekeeper` in a clone. */
  readonly calledAs: string
  readonly stdin: NodeJS.ReadStream
  readonly stdout: NodeJS.WriteStream
  readonly stderr: NodeJS.WriteStream
  /** For a run that said everything and still does not end with 0, such as `plan` that found a difference. */
  readonly exitWith: (code: number) => void
  /** Aborted by the first SIGINT or SIGTERM; the second ends the process at once with 130. */
  readonly interrupted: AbortSignal
}
