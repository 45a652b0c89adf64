/**
 * Bytes on disk, from every broker at once: of each partition the leader's replica, of each broker all replicas
 * together. A replica that is being moved between disks is counted once, where it is now.
 */
import type { BrokerDisk, BrokerId, ClusterSnapshot, TopicSizes } from '../../core/model/index.ts'
import { LinkFailure } from '../../ports/broker-link.ts'
import type { BrokerBook } from './addresses.ts'
import { describeAllLogDirsV4, type DirSums, type SizeTaker } from './log-dirs-codec.ts'
import type { Wires } from './wires.ts'

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
  const leaders = leadersOf(snapshot, topics)
  const sums = await Promise.all(
    snapshot.brokers
      .filter(each => each.alive)
      .map(async ({ id }) => ({
        id,
        dirs: await logDirs(wires, book, id, topic => ledBy(id, leaders.get(topic), sizes.get(topic))),
      })),
  )
  const disks = sums.flatMap(({ id, dirs }) => (dirs === null ? [] : [{ broker: id, ...dirs }]))
  return { sizes, disks }
}

const logDirs = async (
  wires: Wires,
  book: BrokerBook,
  broker: BrokerId,
  takerOf: (topic: string) => SizeTaker | undefined,
): Promise<DirSums | null> => {
  const endpoint = book.endpoint(broker)
  if (endpoint === null) return null
  try {
    return await wires.call(endpoint, 'control', describeAllLogDirsV4(takerOf), [])
  } catch (error) {
    if (error instanceof LinkFailure && error.kind !== 'authentication') return null
    throw error
  }
}

/** Fills the column of a topic with what this broker leads. */
const ledBy = (
  broker: BrokerId,
  leaders: Int32Array | undefined,
  sizes: TopicSizes | undefined,
): SizeTaker | undefined => {
  if (leaders === undefined || sizes === undefined) return undefined
  const { sizeBytes: column } = sizes
  return (partition, sizeBytes, future) => {
    if (!future && leaders[partition] === broker) column[partition] = sizeBytes
  }
}

/**
 * By topic; index = partition, -1: nobody. Brokers answer for three times as many replicas as there are partitions, and
 * fetching as many objects from memory would be most of what reading their answers costs.
 */
const leadersOf = ({ topics }: ClusterSnapshot, names: readonly string[]): ReadonlyMap<string, Int32Array> =>
  new Map(
    names.map(name => [
      name,
      Int32Array.from(topics.get(name)?.partitions ?? [], ({ leader }) => leader ?? -1),
    ]),
  )
