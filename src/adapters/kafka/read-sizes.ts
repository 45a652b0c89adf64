/**
 * Bytes on disk, from every broker at once: of each partition the leader's replica, of each broker all replicas
 * together. A replica that is being moved between disks is counted once, where it is now.
 */
import { describeLogDirsV4 } from '@platformatic/kafka'
import type { BrokerDisk, BrokerId, ClusterSnapshot, TopicSizes } from '../../core/model/index.ts'
import { LinkFailure } from '../../ports/broker-link.ts'
import type { BrokerBook } from './addresses.ts'
import type { Wires } from './wires.ts'

type WireLogDirs = ReturnType<typeof describeLogDirsV4.parseResponse>

const ALL_TOPICS = null

export interface Sizes {
  readonly sizes: ReadonlyMap<string, TopicSizes>
  readonly disks: readonly BrokerDisk[]
}

/** Brokers that do not answer have no disk in the result and leave their partitions NaN. */
export const readSizes = async (
  wires: Wires,
  book: BrokerBook,
  snapshot: ClusterSnapshot,
  topics: readonly string[],
): Promise<Sizes> => {
  const sizes = new Map<string, TopicSizes>()
  for (const topic of topics) {
    const count = snapshot.topics.get(topic)?.partitions.length
    if (count !== undefined) sizes.set(topic, { topic, sizeBytes: new Float64Array(count).fill(Number.NaN) })
  }
  const answers = await Promise.all(
    snapshot.brokers
      .filter(each => each.alive)
      .map(async ({ id }) => ({ id, answer: await logDirs(wires, book, id) })),
  )
  const disks: BrokerDisk[] = []
  for (const { id, answer } of answers) {
    if (answer === null || answer.errorCode !== 0) continue
    disks.push(diskOf(id, answer))
    fillLed(id, answer, snapshot, sizes)
  }
  return { sizes, disks }
}

const logDirs = async (wires: Wires, book: BrokerBook, broker: BrokerId): Promise<WireLogDirs | null> => {
  const endpoint = book.endpoint(broker)
  if (endpoint === null) return null
  try {
    return await wires.call(endpoint, 'control', describeLogDirsV4.api, [ALL_TOPICS])
  } catch (error) {
    if (error instanceof LinkFailure && error.kind !== 'authentication') return null
    throw error
  }
}

const diskOf = (broker: BrokerId, answer: WireLogDirs): BrokerDisk => {
  let usedBytes = 0
  let totalBytes = 0
  let usableBytes = 0
  for (const dir of answer.results) {
    if (dir.errorCode !== 0) continue
    for (const topic of dir.topics)
      for (const each of topic.partitions) usedBytes += Number(each.partitionSize)
    // -1 where the broker cannot tell; one such directory makes the sum unknown
    totalBytes += dir.totalBytes < 0n ? Number.NaN : Number(dir.totalBytes)
    usableBytes += dir.usableBytes < 0n ? Number.NaN : Number(dir.usableBytes)
  }
  return { broker, usedBytes, totalBytes, usableBytes }
}

const fillLed = (
  broker: BrokerId,
  answer: WireLogDirs,
  snapshot: ClusterSnapshot,
  sizes: ReadonlyMap<string, TopicSizes>,
): void => {
  for (const dir of answer.results)
    for (const topic of dir.topics) {
      const column = sizes.get(topic.name)?.sizeBytes
      const partitions = snapshot.topics.get(topic.name)?.partitions
      if (column === undefined || partitions === undefined) continue
      for (const each of topic.partitions)
        if (!each.isFutureKey && partitions[each.partitionIndex]?.leader === broker)
          column[each.partitionIndex] = Number(each.partitionSize)
    }
}
