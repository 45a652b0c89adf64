import type { FailingRecord, LanekeeperError, Offset } from '../core/model/index.ts'
import type { LatencyFigures } from '../core/sketch/index.ts'
import type { Verdict } from './failures.ts'
import type { RecordFailure } from './figures.ts'
import type { LatencySummary } from './latency.ts'
import type { MemberPhase } from './member.ts'

/** What a consumer tells while it runs. Partitions are written `topic-partition`. */
export type ConsumerEvent =
  | { readonly type: 'assigned'; readonly partitions: readonly string[] }
  | { readonly type: 'revoking'; readonly partitions: readonly string[] }
  /** `inTime` false: handlers still ran, or the commit was not answered, at the deadline. */
  | { readonly type: 'revoked'; readonly partitions: readonly string[]; readonly inTime: boolean }
  | { readonly type: 'lost'; readonly partitions: readonly string[]; readonly reason: string }
  | { readonly type: 'group-trouble'; readonly text: string }
  | {
      readonly type: 'handler-failed'
      readonly partition: string
      readonly offset: Offset
      readonly attempts: number
      /** Null: that was the last attempt; `verdict` says what becomes of the record. */
      readonly retryInMs: number | null
      readonly verdict: Verdict['kind']
      readonly error: unknown
    }
  /** The record is in the dead-letter topic and counts as done. */
  | {
      readonly type: 'dead-lettered'
      readonly partition: string
      readonly offset: Offset
      readonly attempts: number
      readonly error: unknown
    }
  /** It could not be written there; nothing is committed past the record until it can. */
  | {
      readonly type: 'dead-letter-failed'
      readonly partition: string
      readonly offset: Offset
      readonly attempts: number
      readonly retryInMs: number
      readonly error: unknown
    }
  /** The cluster does not know the topic (any more), and has not for three seconds. It is looked for once a second. */
  | { readonly type: 'topic-missing'; readonly topic: string }
  /** `recreated`: it is another topic of the same name, and offsets begin anew. */
  | { readonly type: 'topic-found'; readonly topic: string; readonly recreated: boolean }
  /** The partition stands until it is assigned again; the others go on. */
  | { readonly type: 'partition-stopped'; readonly partition: string; readonly error: LanekeeperError }
  | { readonly type: 'commit-refused'; readonly partition: string; readonly error: LanekeeperError }
  /** The coordinator has them; everything below each offset is done. */
  | { readonly type: 'committed'; readonly offsets: readonly CommittedOffset[] }

/** Of a topic as a whole. */
export type TopicEvent = Extract<ConsumerEvent, { readonly type: 'topic-missing' | 'topic-found' }>

export interface CommittedOffset {
  readonly topic: string
  /** 32 hex digits. */
  readonly topicId: string
  readonly partition: number
  readonly offset: Offset
}

export interface PartitionStats {
  readonly topic: string
  readonly partition: number
  /** Next offset to fetch; -1: not known yet. */
  readonly position: Offset
  /** Lowest unfinished offset. */
  readonly frontier: Offset
  readonly committed: Offset
  /** End of the log as of the last fetch answer, minus the frontier. Null: not known yet. */
  readonly lagRecords: number | null
  readonly queuedRecords: number
  readonly runningHandlers: number
  /** Keys whose records wait behind one that failed for good. */
  readonly parkedKeys: number
  readonly stopped: LanekeeperError | null
  /** Since it was assigned, as the next four. */
  readonly recordsProcessed: number
  readonly recordsDeadLettered: number
  readonly handlerFailures: number
  /** Attempts that followed a failed one. */
  readonly retries: number
  /** How long a call of the handler takes. Measured are the first thousand of the consumer, then one in 17. */
  readonly handlerTime: LatencyFigures
  readonly lastFailure: RecordFailure | null
  /** What holds the partition up now; null: nothing does. */
  readonly failing: FailingRecord | null
}

/** What became of every record: consumed = processed + dead-lettered + in flight + given back, at every moment. */
export interface RecordCounts {
  /** Handed to the lanes. Records that an earlier owner finished are not among them. */
  readonly recordsConsumed: number
  /** Records whose processing ended well. */
  readonly recordsProcessed: number
  readonly recordsDeadLettered: number
  /** Waiting, running or parked. */
  readonly recordsInFlight: number
  /** Dropped unfinished because their partition was lost, given up, or stands; the next owner begins with them. */
  readonly recordsGivenBack: number
  readonly handlerFailures: number
  readonly deadLetterFailures: number
}

export interface ConsumerStats extends RecordCounts {
  readonly phase: MemberPhase
  readonly memberId: string
  readonly memberEpoch: number
  readonly fetches: number
  readonly fetchedBytes: number
  readonly commitRequests: number
  readonly committedOffsets: number
  /** Changes of the assignment: partitions given, taken, or lost. */
  readonly rebalances: number
  /** How often each Kafka error was answered, by its name and the request: `fetch NOT_LEADER_OR_FOLLOWER`. */
  readonly codes: ReadonlyMap<string, number>
  /** Null while it is unknown for any partition. */
  readonly lagRecords: number | null
  /** Offsets that are processed and not committed: what a crash now would repeat, at most. */
  readonly uncommittedOffsets: number
  /** From a record's timestamp to the end of its processing. */
  readonly latency: LatencySummary | null
  /** How long a call of the handler takes, over all partitions. */
  readonly handlerTime: LatencyFigures
  readonly partitions: readonly PartitionStats[]
}

export interface CloseReport {
  /** Every record that was started is finished, and everything finished is committed. */
  readonly clean: boolean
  /** The coordinator was told, or did not know us any more. */
  readonly left: boolean
  readonly uncommittedOffsets: number
  readonly tookMs: number
}
