import type { BrokerId, ClusterSnapshot, LanekeeperError } from '../core/model/index.ts'

/**
 * One look at the cluster: metadata of all topics, without configs. Rejects while no broker answers; a supervisor asks
 * again. Handed in by `main.ts`, since a supervisor of processes speaks no Kafka.
 */
export type ClusterProbe = (bootstrapServer: string) => Promise<ClusterSnapshot>

/** Real Kafka brokers on this machine: fetch the jars, format, start, watch, kill, stop. All on loopback. */
export interface LocalBrokers {
  /**
   * Starts the brokers that do not run yet, data kept, and resolves when every one of them answers and every
   * partition that can have a leader has one. Rejects with PREREQUISITE_MISSING, STATE_DIR_HELD or
   * BROKER_START_FAILED (with the last lines of the broker's log).
   */
  start(options: LocalStart): Promise<LocalStarted>
  /** Starts one broker again, after a kill or a stop. */
  startOne(id: BrokerId): Promise<void>
  /**
   * SIGTERM and wait (controlled shutdown: leaders move away first), SIGKILL after the deadline. Without ids: all; or,
   * called by the owner, those that end with it, and the state folder is given back.
   */
  stop(ids?: readonly BrokerId[]): Promise<void>
  /** SIGKILL at once: an exercise in losing a broker. */
  kill(id: BrokerId): Promise<void>
  /** Why brokers that `start` started here no longer run (BROKER_ENDED); null while all of them do. */
  lost(): LanekeeperError | null
  /** From the state folder and the process table; asks no broker. */
  status(): Promise<readonly LocalBrokerStatus[]>
}

export interface LocalStart {
  /** 1 … 6. Null: as many as the state folder remembers, or three. */
  readonly brokers: number | null
  /** Remove all data first. Refused while brokers run. */
  readonly fresh: boolean
  /** `owner`: the brokers end when this process ends, however it ends. `nobody`: they stay until stopped. */
  readonly lifetime: 'owner' | 'nobody'
  /** One sentence per stage, for people. */
  readonly onProgress: (text: string) => void
  /** Aborted: brokers started so far are ended again, and `start` rejects with the signal's reason. */
  readonly interrupted?: AbortSignal
}

export interface LocalStarted {
  readonly bootstrapServer: string
  /** Brokers that ran before, started by somebody else; they are left running. */
  readonly alreadyRunning: readonly BrokerId[]
  readonly kafkaVersion: string
}

export interface LocalBrokerStatus {
  readonly id: BrokerId
  readonly rack: string
  readonly host: string
  readonly port: number
  readonly pid: number | null
  readonly running: boolean
  readonly residentBytes: number | null
  readonly startedAt: string | null
  readonly logFile: string
}
