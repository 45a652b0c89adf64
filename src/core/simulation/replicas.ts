/**
 * All partition logs, and the rule by which a high watermark moves: a moment after an append, when every process of
 * the in-sync set is running. While one of them is silent and still in sync, nothing moves; that ends when the
 * controller takes it out of the set.
 *
 * Memory is bounded by one budget for the whole cluster. When it is spent, the partition that is being written to
 * is cut to its fair share, so that one hot partition does not push out the others.
 *
 * What it does not do: followers of different speed. Copies all arrive at one drawn moment.
 */
import type { BrokerId, Offset, PartitionInfo, TopicInfo } from '../model/index.ts'
import { type BatchHeader, crc32c, type Marker, markerBatch, readBatchHeader } from '../records/index.ts'
import type { Agenda } from './agenda.ts'
import type { BrokerProcesses } from './broker-processes.ts'
import type { Controller } from './controller.ts'
import { PartitionLog } from './partition-log.ts'
import { between } from './random.ts'
import { numericConfig } from './topic-configs.ts'

export interface Replica {
  readonly topic: string
  readonly partition: number
  readonly log: PartitionLog
  /** Run at whatever may let a waiting request go on: high watermark, leader or in-sync set moved. */
  readonly waiting: Set<() => void>
}

export interface ReplicaSettings {
  /** From append to copies on all followers, drawn between half and one and a half times. */
  readonly replicationMs: number
  readonly memoryBytesMax: number
}

export class Replicas {
  readonly #agenda: Agenda
  readonly #settings: ReplicaSettings
  readonly #controller: Controller
  readonly #processes: BrokerProcesses
  readonly #random: { next(): number }
  readonly #byTopicId = new Map<string, Replica[]>()
  #count = 0
  #sizeBytes = 0

  constructor(
    agenda: Agenda,
    settings: ReplicaSettings,
    controller: Controller,
    processes: BrokerProcesses,
    random: { next(): number },
  ) {
    this.#agenda = agenda
    this.#settings = settings
    this.#controller = controller
    this.#processes = processes
    this.#random = random
    controller.onChange(() => {
      this.#dropDeleted()
      this.#sweep()
    })
    processes.onRunning(() => this.#sweep())
  }

  /** The partition's metadata and log; null when the topic or the partition does not exist. */
  find(topic: string, partition: number): { readonly info: PartitionInfo; readonly replica: Replica } | null {
    const topicInfo = this.#controller.snapshot.topics.get(topic)
    const info = topicInfo?.partitions[partition]
    if (topicInfo === undefined || info === undefined) return null
    return { info, replica: this.#replica(topicInfo, partition) }
  }

  topicOfId(topicId: string): TopicInfo | null {
    const name = this.#byTopicId.get(topicId)?.[0]?.topic
    const known = name === undefined ? undefined : this.#controller.snapshot.topics.get(name)
    if (known?.topicId === topicId) return known
    for (const info of this.#controller.snapshot.topics.values()) if (info.topicId === topicId) return info
    return null
  }

  append(replica: Replica, batch: Uint8Array, header: BatchHeader, leaderEpoch: number): Offset {
    const { log } = replica
    const before = log.sizeBytes
    const baseOffset = log.append(batch, header, leaderEpoch)
    log.trim(this.#sizeLimit(replica))
    this.#sizeBytes += log.sizeBytes - before
    const { replicationMs } = this.#settings
    this.#agenda.after(between(this.#random, replicationMs / 2, replicationMs * 1.5), () =>
      this.#replicate(replica),
    )
    return baseOffset
  }

  /** Writes the marker that ends a producer's transaction. False: nobody leads the partition, try again later. */
  mark(topic: string, partition: number, marker: Marker): boolean {
    const found = this.find(topic, partition)
    // a deleted topic has taken its part of the transaction with it
    if (found === null) return true
    const { info, replica } = found
    if (info.leader === null || !this.#processes.isRunning(info.leader)) return false
    const batch = markerBatch(marker, crc32c)
    const offset = this.append(replica, batch, readBatchHeader(batch, 0), info.leaderEpoch)
    replica.log.producers.fence(marker.producerId, marker.producerEpoch)
    replica.log.transactions.ended(marker.producerId, offset, marker.decision)
    return true
  }

  /** Bytes of one copy of the topic's partitions. */
  sizesOf(info: TopicInfo): readonly number[] {
    return info.partitions.map(({ partition }) => this.#replica(info, partition).log.sizeBytes)
  }

  #replica(info: TopicInfo, partition: number): Replica {
    let replicas = this.#byTopicId.get(info.topicId)
    if (replicas === undefined) {
      replicas = []
      this.#byTopicId.set(info.topicId, replicas)
    }
    for (let next = replicas.length; next <= partition; next++) {
      replicas.push({ topic: info.name, partition: next, log: new PartitionLog(), waiting: new Set() })
      this.#count++
    }
    return replicas[partition] as Replica
  }

  #sizeLimit({ topic }: Replica): number {
    const configs = this.#controller.snapshot.topics.get(topic)?.configs ?? null
    const retentionBytes = numericConfig(configs, 'retention.bytes')
    const share =
      this.#sizeBytes > this.#settings.memoryBytesMax ? this.#settings.memoryBytesMax / this.#count : Infinity
    return Math.min(share, retentionBytes < 0 ? Infinity : retentionBytes)
  }

  #replicate(replica: Replica): void {
    const info = this.#controller.snapshot.topics.get(replica.topic)?.partitions[replica.partition]
    const inSync: readonly BrokerId[] = info?.isr ?? []
    const copying = info?.leader !== null && inSync.every(id => this.#processes.isRunning(id))
    if (inSync.length > 0 && copying && replica.log.replicated()) wake(replica)
  }

  /** After a change of leaders, in-sync sets or processes: whoever waits looks again, copies that stood go on. */
  #sweep(): void {
    for (const replicas of this.#byTopicId.values()) {
      for (const replica of replicas) {
        wake(replica)
        if (replica.log.highWatermark < replica.log.endOffset)
          this.#agenda.after(this.#settings.replicationMs, () => this.#replicate(replica))
      }
    }
  }

  #dropDeleted(): void {
    const live = new Set([...this.#controller.snapshot.topics.values()].map(info => info.topicId))
    for (const [topicId, replicas] of this.#byTopicId) {
      if (live.has(topicId)) continue
      this.#byTopicId.delete(topicId)
      this.#count -= replicas.length
      for (const replica of replicas) {
        this.#sizeBytes -= replica.log.sizeBytes
        wake(replica)
      }
    }
  }
}

const wake = (replica: Replica): void => {
  for (const look of replica.waiting) look()
}
