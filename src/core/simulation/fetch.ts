/**
 * Fetch and ListOffsets. A fetch is served by any broker with a copy, as clients of today are, and answered when it can
 * return `minBytes`, when any of its partitions has an error to report, or when its time is over. Who reads committed
 * records only reads up to the last stable offset, and is told which transactions before it were aborted.
 * Source: kafka.server.ReplicaManager.fetchMessages, DelayedFetch.
 *
 * What it does not do: fetch sessions, followers that lag behind the high watermark, divergence (no log is ever
 * truncated), answers that cut a batch in two.
 */
import { type BrokerId, KafkaCode, type Offset, type PartitionInfo } from '../model/index.ts'
import type { Agenda } from './agenda.ts'
import type { AbortedTransaction } from './log-transactions.ts'
import type { PartitionLog } from './partition-log.ts'
import type { Replica, Replicas } from './replicas.ts'

export type ReadIsolation = 'read_uncommitted' | 'read_committed'

export interface FetchCall {
  readonly maxWaitMs: number
  readonly minBytes: number
  readonly maxBytes: number
  readonly isolation: ReadIsolation
  readonly partitions: readonly {
    readonly topicId: string
    readonly partition: number
    /** -1: not checked. */
    readonly leaderEpoch: number
    readonly offset: Offset
    readonly maxBytes: number
  }[]
}

export interface FetchedItem {
  readonly topicId: string
  readonly partition: number
  readonly code: number
  readonly highWatermark: Offset
  readonly lastStableOffset: Offset
  readonly logStart: Offset
  /** With read_committed only. */
  readonly aborted: readonly AbortedTransaction[]
  readonly records: Uint8Array | null
  readonly leader: { readonly id: BrokerId; readonly epoch: number } | null
  readonly diverging: null
}

export interface FetchReply {
  readonly throttleMs: number
  readonly code: number
  readonly partitions: readonly FetchedItem[]
}

type Asked = FetchCall['partitions'][number]
type Checked = { readonly replica: Replica } | { readonly code: number; readonly info: PartitionInfo | null }

const START_OF_LOG = -2
const END_OF_LOG = -1

export class FetchService {
  readonly #agenda: Agenda
  readonly #replicas: Replicas

  constructor(agenda: Agenda, replicas: Replicas) {
    this.#agenda = agenda
    this.#replicas = replicas
  }

  fetch(broker: BrokerId, call: FetchCall, reply: (answer: FetchReply) => void): void {
    const watched = new Set<Replica>()
    for (const asked of call.partitions) {
      const checked = this.#check(broker, asked)
      if ('replica' in checked) watched.add(checked.replica)
    }
    const look = (): void => {
      if (this.#isReady(broker, call)) finish()
    }
    const finish = (): void => {
      deadline.cancel()
      for (const replica of watched) replica.waiting.delete(look)
      reply(this.#answer(broker, call))
    }
    const deadline = this.#agenda.after(call.maxWaitMs, finish)
    for (const replica of watched) replica.waiting.add(look)
    look()
  }

  listOffsets(
    broker: BrokerId,
    isolation: ReadIsolation,
    items: readonly { readonly topic: string; readonly partition: number; readonly timestamp: number }[],
  ): { readonly code: number; readonly offset: Offset }[] {
    const asked = new Map<string, number>()
    for (const { topic, partition } of items) {
      const key = `${topic}-${partition}`
      asked.set(key, (asked.get(key) ?? 0) + 1)
    }
    return items.map(({ topic, partition, timestamp }) => {
      if (asked.get(`${topic}-${partition}`) !== 1) return { code: KafkaCode.INVALID_REQUEST, offset: -1 }
      const found = this.#replicas.find(topic, partition)
      if (found === null) return { code: KafkaCode.UNKNOWN_TOPIC_OR_PARTITION, offset: -1 }
      if (found.info.leader !== broker) return { code: KafkaCode.NOT_LEADER_OR_FOLLOWER, offset: -1 }
      const { log } = found.replica
      if (timestamp === END_OF_LOG) return { code: 0, offset: endOf(log, isolation) }
      if (timestamp === START_OF_LOG) return { code: 0, offset: log.startOffset }
      return { code: 0, offset: log.offsetAt(timestamp) }
    })
  }

  #isReady(broker: BrokerId, call: FetchCall): boolean {
    let bytes = 0
    for (const asked of call.partitions) {
      const checked = this.#check(broker, asked)
      if ('code' in checked) return true
      bytes += Math.min(
        checked.replica.log.readableBytes(asked.offset, endOf(checked.replica.log, call.isolation)),
        asked.maxBytes,
      )
    }
    return bytes >= call.minBytes
  }

  /** Partitions in the order asked; what does not fit any more comes empty and is asked for again. */
  #answer(broker: BrokerId, call: FetchCall): FetchReply {
    let left = call.maxBytes
    let nothingYet = true
    const partitions = call.partitions.map((asked): FetchedItem => {
      const checked = this.#check(broker, asked)
      if ('code' in checked) return failedItem(asked, checked.code, checked.info)
      const { log } = checked.replica
      const end = endOf(log, call.isolation)
      const records = log.read(asked.offset, end, Math.min(left, asked.maxBytes), nothingYet)
      if (records !== null) {
        left = Math.max(0, left - records.length)
        nothingYet = false
      }
      return {
        topicId: asked.topicId,
        partition: asked.partition,
        code: 0,
        highWatermark: log.highWatermark,
        lastStableOffset: log.lastStableOffset,
        logStart: log.startOffset,
        aborted: call.isolation === 'read_committed' ? log.transactions.abortedIn(asked.offset, end) : [],
        records,
        leader: null,
        diverging: null,
      }
    })
    return { throttleMs: 0, code: 0, partitions }
  }

  /** Any broker with a copy serves readers (KIP-392); it compares their leader epoch with its own. */
  #check(broker: BrokerId, asked: Asked): Checked {
    const topic = this.#replicas.topicOfId(asked.topicId)
    if (topic === null) return { code: KafkaCode.UNKNOWN_TOPIC_ID, info: null }
    const found = this.#replicas.find(topic.name, asked.partition)
    if (found === null) return { code: KafkaCode.UNKNOWN_TOPIC_OR_PARTITION, info: null }
    const { info, replica } = found
    if (!info.replicas.includes(broker)) return { code: KafkaCode.NOT_LEADER_OR_FOLLOWER, info }
    if (asked.leaderEpoch >= 0 && asked.leaderEpoch < info.leaderEpoch)
      return { code: KafkaCode.FENCED_LEADER_EPOCH, info }
    if (asked.leaderEpoch > info.leaderEpoch) return { code: KafkaCode.UNKNOWN_LEADER_EPOCH, info }
    const { log } = replica
    if (asked.offset < log.startOffset || asked.offset > log.endOffset)
      return { code: KafkaCode.OFFSET_OUT_OF_RANGE, info: null }
    return { replica }
  }
}

/** Up to where a reader of this isolation may read. */
const endOf = (log: PartitionLog, isolation: ReadIsolation): Offset =>
  isolation === 'read_committed' ? log.lastStableOffset : log.highWatermark

const failedItem = (asked: Asked, code: number, info: PartitionInfo | null): FetchedItem => ({
  topicId: asked.topicId,
  partition: asked.partition,
  code,
  highWatermark: -1,
  lastStableOffset: -1,
  logStart: -1,
  aborted: [],
  records: null,
  leader:
    info === null || info.leader === null || code === KafkaCode.UNKNOWN_LEADER_EPOCH
      ? null
      : { id: info.leader, epoch: info.leaderEpoch },
  diverging: null,
})
