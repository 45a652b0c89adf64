/** Which partitions Kafka moves to other brokers at this moment; the controller alone knows. */
import { listPartitionReassignmentsV0 } from '@platformatic/kafka'
import type { TopicInfo } from '../../core/model/index.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Endpoint } from './addresses.ts'
import type { Wires } from './wires.ts'

/** By topic name. */
export type Reassigning = ReadonlyMap<string, ReadonlySet<number>>

/** A state on a page is not worth a look that hangs with a stuck controller. */
const PATIENCE_MS = 300
const TIMEOUT_MS = 1_000
const EVERYTHING = null

/** Null where the controller does not tell in time, or we may not ask. */
export const readReassigning = (wires: Wires, clock: Clock, live: Endpoint): Promise<Reassigning | null> =>
  new Promise(resolve => {
    const patience = clock.after(PATIENCE_MS, () => resolve(null))
    const settle = (found: Reassigning | null): void => {
      patience.cancel()
      resolve(found)
    }
    wires.call(live, 'quorum', listPartitionReassignmentsV0.api, [TIMEOUT_MS, EVERYTHING]).then(
      answer =>
        settle(
          answer.errorCode === 0
            ? new Map(
                answer.topics.map(topic => [
                  topic.name,
                  new Set(topic.partitions.map(each => each.partitionIndex)),
                ]),
              )
            : null,
        ),
      () => settle(null),
    )
  })

/** The topic with its moving partitions marked. Most topics have none and stay as they are. */
export const markReassigning = (topic: TopicInfo, moving: ReadonlySet<number> | undefined): TopicInfo =>
  moving === undefined || moving.size === 0
    ? topic
    : {
        ...topic,
        partitions: topic.partitions.map(each =>
          moving.has(each.partition) ? { ...each, reassigning: true } : each,
        ),
      }
