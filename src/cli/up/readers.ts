import type { GroupConfig } from '../../config/config.ts'
import { createConsumer, type Consumer } from '../../consumer/consumer.ts'
import { LatencySketch, type LatencySummary } from '../../consumer/latency.ts'
import { LanekeeperError } from '../../core/model/index.ts'
import { OrderCheck, type OrderCounts } from '../../workload/order-check.ts'
import type { WatchedConsumer } from '../../server/consumer-metrics.ts'
import type { Connection, World } from '../world.ts'

/**
 * The consumer groups of the file, run as members in this process: each checks the order of every key and commits after
 * processing. Members of a group share one check, since partitions wander between them.
 */
export interface Readers {
  readonly consumers: readonly Consumer[]
  /** The same with what brokers see them under. */
  readonly watched: readonly WatchedConsumer[]
  /** By group. */
  checks(): ReadonlyMap<string, OrderCounts>
  /** Produced to processed, of records written since `measureLatency` was called; null before the first. */
  latency(): LatencySummary | null
  measureLatency(): void
  /** Records in the log that are not processed; null while some partition's end is not known. */
  lagRecords(): number | null
  /** Resolves when every member has drained, committed and left, or at the deadline. */
  close(deadlineMs: number): Promise<void>
}

export const startReaders = (
  world: World,
  connection: Connection,
  groups: readonly GroupConfig[],
  onTrouble: (text: string) => void,
): Readers => {
  const { clock } = world
  let measuredFromMs = Number.POSITIVE_INFINITY
  const latency = new LatencySketch()
  const checks = new Map<string, OrderCheck>()
  const consumers: Consumer[] = []
  const watched: WatchedConsumer[] = []
  for (const group of groups) {
    const check = new OrderCheck()
    checks.set(group.name, check)
    for (let member = 1; member <= group.members; member++) {
      const clientId = `${group.name}-${member}`
      const consumer = createConsumer({
        link: connection.openLink(clientId),
        clock,
        codecs: world.codecs,
        options: {
          group: group.name,
          topics: group.topics,
          ordering: 'key',
          handler: record => {
            check.check(record)
            if (record.timestampMs >= measuredFromMs) latency.add(clock.wallMs() - record.timestampMs)
          },
        },
      })
      consumers.push(consumer)
      watched.push({ clientId, groupId: group.name, consumer })
      consumer.run().catch((failure: unknown) => {
        onTrouble(
          `${clientId} stopped: ${failure instanceof LanekeeperError ? failure.message : String(failure)}`,
        )
      })
    }
  }
  return {
    consumers,
    watched,
    checks: () => new Map([...checks].map(([group, check]) => [group, check.counts()])),
    latency: () => latency.summary(),
    measureLatency: () => {
      measuredFromMs = clock.wallMs()
    },
    lagRecords: () =>
      consumers.reduce<number | null>((sum, consumer) => {
        const { lagRecords } = consumer.stats()
        return sum === null || lagRecords === null ? null : sum + lagRecords
      }, 0),
    close: async deadlineMs => {
      await Promise.all(consumers.map(consumer => consumer.close({ deadlineMs })))
    },
  }
}
