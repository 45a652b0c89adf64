/**
 * First and last offset of every partition: per leader one request for the ends and one for the starts (Kafka refuses
 * the same partition twice in one), all brokers at once. A leader that does not answer leaves its partitions NaN and
 * delays nobody beyond the request timeout.
 *
 * The same questions are asked every second as long as the metadata is the same, so their bytes are kept: for 200,000
 * partitions writing them costs more than sending them. Only the bytes: an object for each partition would be gone through
 * by every collection of garbage.
 */
import type { BrokerId, ClusterSnapshot, Columns, TopicInfo, TopicOffsets } from '../../core/model/index.ts'
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

export class OffsetReader {
  readonly #wires: Wires
  readonly #book: BrokerBook
  #asked: Questions | null = null

  constructor(wires: Wires, book: BrokerBook) {
    this.#wires = wires
    this.#book = book
  }

  /** @throws LinkFailure only for refused credentials, which no waiting cures */
  async read(
    snapshot: ClusterSnapshot,
    topics: readonly string[],
    which: 'both' | 'ends',
    lent: Columns,
  ): Promise<ReadonlyMap<string, TopicOffsets>> {
    if (this.#asked === null || !isSame(this.#asked, snapshot, topics))
      this.#asked = {
        snapshot,
        topics: [...topics],
        ends: null,
        starts: null,
        unknown: unknownColumns(snapshot, topics),
      }
    const asked = this.#asked
    const ends = (asked.ends ??= questionsByLeader(snapshot, topics, LATEST))
    const starts = which === 'both' ? (asked.starts ??= questionsByLeader(snapshot, topics, EARLIEST)) : null
    const columns = new Map(
      [...asked.unknown].map(([topic, column]) => [
        topic,
        {
          topic,
          end: lent.figures(column.length),
          start: starts === null ? column : column.slice(),
        },
      ]),
    )
    await Promise.all(
      [...ends].flatMap(([leader, question]) => {
        const endpoint = this.#book.endpoint(leader)
        if (endpoint === null) return []
        const asking = [this.#fill(endpoint, question, columns, 'end')]
        const ofStarts = starts?.get(leader)
        if (ofStarts !== undefined) asking.push(this.#fill(endpoint, ofStarts, columns, 'start'))
        return asking
      }),
    )
    return columns
  }

  async #fill(
    leader: Endpoint,
    question: Buffer,
    columns: ReadonlyMap<string, TopicOffsets>,
    column: 'end' | 'start',
  ): Promise<void> {
    const filling = listOffsetsV9(topic => {
      const into = columns.get(topic)?.[column]
      return into === undefined
        ? undefined
        : (partition, code, offset) => {
            if (code === 0) into[partition] = offset
          }
    })
    try {
      await this.#wires.call(leader, 'control', filling, [question])
    } catch (error) {
      if (!(error instanceof LinkFailure) || error.kind === 'authentication') throw error
    }
  }
}

/** What was asked last, ready to be sent again. */
interface Questions {
  readonly snapshot: ClusterSnapshot
  readonly topics: readonly string[]
  /** By leader; null: not asked since. */
  ends: ReadonlyMap<BrokerId, Buffer> | null
  starts: ReadonlyMap<BrokerId, Buffer> | null
  /** A column of each topic in which nothing is known; never written to. */
  readonly unknown: ReadonlyMap<string, Float64Array>
}

/** New metadata mostly says what the old one said: only partitions and their leaders decide what is asked of whom. */
const isSame = (asked: Questions, snapshot: ClusterSnapshot, topics: readonly string[]): boolean =>
  asked.topics.length === topics.length &&
  asked.topics.every((topic, at) => topic === topics[at]) &&
  (asked.snapshot === snapshot ||
    topics.every(topic => haveSameLeaders(asked.snapshot.topics.get(topic), snapshot.topics.get(topic))))

const haveSameLeaders = (before: TopicInfo | undefined, after: TopicInfo | undefined): boolean => {
  if (before === undefined || after === undefined) return before === after
  return (
    before.partitions === after.partitions ||
    (before.partitions.length === after.partitions.length &&
      before.partitions.every(({ partition, leader }, at) => {
        const now = after.partitions[at]
        return now?.partition === partition && now.leader === leader
      }))
  )
}

const unknownColumns = (
  snapshot: ClusterSnapshot,
  topics: readonly string[],
): ReadonlyMap<string, Float64Array> =>
  new Map(
    topics.flatMap((topic): [string, Float64Array][] => {
      const info = snapshot.topics.get(topic)
      return info === undefined ? [] : [[topic, new Float64Array(info.partitions.length).fill(Number.NaN)]]
    }),
  )

const questionsByLeader = (
  snapshot: ClusterSnapshot,
  topics: readonly string[],
  timestamp: number,
): ReadonlyMap<BrokerId, Buffer> => {
  const byLeader = new Map<BrokerId, OffsetQuestion[]>()
  for (const topic of topics)
    for (const { partition, leader } of snapshot.topics.get(topic)?.partitions ?? []) {
      if (leader === null) continue
      const questions = byLeader.get(leader)
      if (questions === undefined) byLeader.set(leader, [{ topic, partition, timestamp }])
      else questions.push({ topic, partition, timestamp })
    }
  return new Map(
    [...byLeader].map(([leader, questions]) => [leader, encodeListOffsets('read_uncommitted', questions)]),
  )
}
