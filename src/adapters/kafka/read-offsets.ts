/**
 * First and last offset of every partition: per leader one request for the ends and one for the starts (Kafka refuses
 * the same partition twice in one), all brokers at once. A leader that does not answer leaves its partitions NaN and
 * delays nobody beyond the request timeout.
 */
import type { BrokerId, ClusterSnapshot, TopicOffsets } from '../../core/model/index.ts'
import { LinkFailure } from '../../ports/broker-link.ts'
import type { BrokerBook, Endpoint } from './addresses.ts'
import {
  EARLIEST,
  encodeListOffsets,
  LATEST,
  listOffsetsV9,
  type OffsetQuestion,
} from './list-offsets-codec.ts'
import type { Wires } from './wires.ts'

interface Place {
  readonly topic: string
  readonly partition: number
}

/** @throws LinkFailure only for refused credentials, which no waiting cures */
export const readOffsets = async (
  wires: Wires,
  book: BrokerBook,
  snapshot: ClusterSnapshot,
  topics: readonly string[],
): Promise<ReadonlyMap<string, TopicOffsets>> => {
  const columns = emptyColumns(snapshot, topics)
  const requests = [...placesByLeader(snapshot, topics)].flatMap(([leader, places]) => {
    const endpoint = book.endpoint(leader)
    return endpoint === null
      ? []
      : [
          fill(wires, endpoint, places, LATEST, columns, 'end'),
          fill(wires, endpoint, places, EARLIEST, columns, 'start'),
        ]
  })
  await Promise.all(requests)
  return columns
}

const emptyColumns = (
  snapshot: ClusterSnapshot,
  topics: readonly string[],
): ReadonlyMap<string, TopicOffsets> =>
  new Map(
    topics.flatMap((topic): [string, TopicOffsets][] => {
      const info = snapshot.topics.get(topic)
      if (info === undefined) return []
      const unknown = (): Float64Array => new Float64Array(info.partitions.length).fill(Number.NaN)
      return [[topic, { topic, end: unknown(), start: unknown() }]]
    }),
  )

const placesByLeader = (
  snapshot: ClusterSnapshot,
  topics: readonly string[],
): ReadonlyMap<BrokerId, readonly Place[]> => {
  const byLeader = new Map<BrokerId, Place[]>()
  for (const topic of topics)
    for (const { partition, leader } of snapshot.topics.get(topic)?.partitions ?? []) {
      if (leader === null) continue
      const places = byLeader.get(leader)
      if (places === undefined) byLeader.set(leader, [{ topic, partition }])
      else places.push({ topic, partition })
    }
  return byLeader
}

const fill = async (
  wires: Wires,
  leader: Endpoint,
  places: readonly Place[],
  timestamp: number,
  columns: ReadonlyMap<string, TopicOffsets>,
  column: 'end' | 'start',
): Promise<void> => {
  const questions = places.map((place): OffsetQuestion => ({ ...place, timestamp }))
  try {
    const listed = await wires.call(leader, 'control', listOffsetsV9, [
      encodeListOffsets('read_uncommitted', questions),
    ])
    for (const { topic, partitions, codes, offsets } of listed)
      partitions.forEach((partition, index) => {
        if (codes[index] !== 0) return
        const into = columns.get(topic)?.[column]
        if (into !== undefined) into[partition] = offsets[index] ?? Number.NaN
      })
  } catch (error) {
    if (!(error instanceof LinkFailure) || error.kind === 'authentication') throw error
  }
}
