/**
 * What the brokers of a large cluster answer to whoever watches it, as bytes: topics of equally many partitions, three
 * replicas each, and on each topic a group of one member with a record waiting on every partition.
 *
 * Answers are written once, and `prepare` puts the figures of another second where they stand: memory for new answers
 * of megabytes each second would have the collector run through all that the observer keeps, and its time would be
 * counted as the observer's.
 */
import { WireReader, WireWriter } from '../src/adapters/kafka/wire-bytes.ts'
import type { Asked } from '../test/support/answering-wires.ts'

export interface LargeCluster {
  readonly topics: readonly string[]
  readonly partitionsPerTopic: number
  readonly brokers: number
}

const LIST_OFFSETS = 2
const METADATA = 3
const OFFSET_FETCH = 9
const LIST_GROUPS = 16
const DESCRIBE_CONFIGS = 32
const DESCRIBE_LOG_DIRS = 35
const CONSUMER_GROUP_DESCRIBE = 69

const REPLICAS = 3
const EARLIEST = -2

/** Entries of one topic in an answer: all are as long, and the figure is at the same place in each. */
interface Entries {
  readonly bytes: Buffer
  readonly from: number
  readonly stride: number
  readonly at: number
  readonly partitions: Int32Array
  readonly figure: (partition: number, second: number) => number
}

export const largeCluster = ({ topics, partitionsPerTopic, brokers }: LargeCluster) => {
  const ids = Array.from({ length: brokers }, (_, at) => at + 1)
  const every = Array.from({ length: partitionsPerTopic }, (_, p) => p)
  const leaderOf = (topic: number, partition: number): number => ((topic + partition) % brokers) + 1
  const ledBy = (topic: number, broker: number): readonly number[] =>
    every.filter(p => leaderOf(topic, p) === broker)
  const keptBy = (topic: number, broker: number): readonly number[] =>
    every.filter(p => (broker - leaderOf(topic, p) + brokers) % brokers < REPLICAS)
  const groupsOf = (coordinator: number): readonly number[] =>
    topics.flatMap((_, at) => ((at % brokers) + 1 === coordinator ? [at] : []))
  const endOf = (partition: number, second: number): number => second * (1 + (partition % 7))
  const entries: Entries[] = []
  const space = Buffer.allocUnsafe(65_536 + topics.length * partitionsPerTopic * 64)
  /** The same for each answer, which is then copied: what is left behind here would be collected while the observer is measured. */
  const room = (): WireWriter => new WireWriter(space)
  const copyOf = (writer: WireWriter): Buffer => Buffer.from(writer.finish())

  const metadata = (withTopics: boolean, behind: boolean): Buffer => {
    const writer = room().int32(0).compactLength(brokers)
    for (const id of ids)
      writer
        .int32(id)
        .string('broker')
        .int32(9092)
        .nullableString(`rack-${id % 3}`)
        .noTaggedFields()
    writer
      .nullableString('large')
      .int32(1)
      .compactLength(withTopics ? topics.length : 0)
    for (const [at, topic] of withTopics ? topics.entries() : []) {
      writer.int16(0).nullableString(topic).uuidHex(topicIdOf(at)).int8(0).compactLength(every.length)
      for (const p of every) {
        const replicas = Array.from({ length: REPLICAS }, (_, step) => leaderOf(at, p + step))
        // one partition of one topic falls behind and catches up, as always somewhere
        const isr = behind && at === 0 && p === 0 ? replicas.slice(1) : replicas
        writer.int16(0).int32(p).int32(leaderOf(at, p)).int32(0)
        for (const list of [replicas, isr, []]) {
          writer.compactLength(list.length)
          for (const id of list) writer.int32(id)
        }
        writer.noTaggedFields()
      }
      writer.int32(0).noTaggedFields()
    }
    return copyOf(writer.noTaggedFields())
  }

  /** Topics with their entries, where `of` is not empty; the bytes of each entry come from `write`. */
  const listed = (
    writer: WireWriter,
    of: (topic: number) => readonly number[],
    entry: Pick<Entries, 'stride' | 'at' | 'figure'> & { readonly write: (partition: number) => void },
  ): Omit<Entries, 'bytes'>[] => {
    const lists = topics.map((name, topic) => ({ name, partitions: of(topic) }))
    const there = lists.filter(({ partitions }) => partitions.length > 0)
    writer.compactLength(there.length)
    return there.map(({ name, partitions }) => {
      writer.string(name).compactLength(partitions.length)
      const from = writer.finish().length
      partitions.forEach(entry.write)
      writer.noTaggedFields()
      return {
        from,
        partitions: Int32Array.from(partitions),
        stride: entry.stride,
        at: entry.at,
        figure: entry.figure,
      }
    })
  }
  const keep = (writer: WireWriter, lists: readonly Omit<Entries, 'bytes'>[]): Buffer => {
    const bytes = copyOf(writer)
    entries.push(...lists.map(list => ({ ...list, bytes })))
    return bytes
  }

  const offsets = (leader: number, figure: Entries['figure']): Buffer => {
    const writer = room().int32(0)
    const write = (p: number): void =>
      void writer.int32(p).int16(0).int64(-1).int64(0).int32(0).noTaggedFields()
    const lists = listed(writer, topic => ledBy(topic, leader), { stride: 27, at: 14, figure, write })
    return keep(writer.noTaggedFields(), lists)
  }

  const sizes = (broker: number): Buffer => {
    const writer = room().int32(0).int16(0).compactLength(1).int16(0).string('/logs')
    const write = (p: number): void => void writer.int32(p).int64(0).int64(0).int8(0).noTaggedFields()
    const figure = (p: number, second: number): number => endOf(p, second) * 100
    const lists = listed(writer, topic => keptBy(topic, broker), { stride: 22, at: 4, figure, write })
    return keep(writer.int64(1e12).int64(5e11).noTaggedFields().noTaggedFields(), lists)
  }

  const committed = (coordinator: number): Buffer => {
    const writer = room().int32(0).compactLength(groupsOf(coordinator).length)
    const write = (p: number): void =>
      void writer.int32(p).int64(0).int32(0).nullableString('').int16(0).noTaggedFields()
    const figure = (p: number, second: number): number => Math.max(0, endOf(p, second) - 1)
    const lists = groupsOf(coordinator).flatMap(group => {
      writer.string(`group-${group}`)
      const list = listed(writer, topic => (topic === group ? every : []), {
        stride: 20,
        at: 4,
        figure,
        write,
      })
      writer.int16(0).noTaggedFields()
      return list
    })
    return keep(writer.noTaggedFields(), lists)
  }

  const groups = (coordinator: number): Buffer => {
    const writer = room().int32(0).int16(0).compactLength(groupsOf(coordinator).length)
    for (const at of groupsOf(coordinator))
      writer.string(`group-${at}`).string('consumer').string('Stable').string('consumer').noTaggedFields()
    return copyOf(writer.noTaggedFields())
  }

  const members = (coordinator: number): Buffer => {
    const writer = room().int32(0).compactLength(groupsOf(coordinator).length)
    for (const at of groupsOf(coordinator)) {
      const topic = topics[at] ?? ''
      writer.int16(0).nullableString(null).string(`group-${at}`).string('Stable').int32(1).int32(1)
      writer.string('uniform').compactLength(1)
      writer.string('member').nullableString(null).nullableString(null).int32(1).string('client')
      writer.string('/127.0.0.1').compactLength(1).string(topic).nullableString(null)
      for (let assignment = 0; assignment < 2; assignment++) {
        writer.compactLength(1).uuidHex(topicIdOf(at)).string(topic).compactLength(every.length)
        for (const p of every) writer.int32(p)
        writer.noTaggedFields().noTaggedFields()
      }
      writer.noTaggedFields().int32(0).noTaggedFields()
    }
    return copyOf(writer.noTaggedFields())
  }

  const answers = new Map<string, Buffer>([
    [`${METADATA} none`, metadata(false, false)],
    [`${DESCRIBE_CONFIGS}`, copyOf(room().int32(0).compactLength(0).noTaggedFields())],
    ...ids.flatMap((id): [string, Buffer][] => [
      [`${LIST_OFFSETS} end ${id}`, offsets(id, endOf)],
      [`${LIST_OFFSETS} start ${id}`, offsets(id, () => 0)],
      [`${LIST_GROUPS} ${id}`, groups(id)],
      [`${CONSUMER_GROUP_DESCRIBE} ${id}`, members(id)],
      [`${OFFSET_FETCH} ${id}`, committed(id)],
      [`${DESCRIBE_LOG_DIRS} ${id}`, sizes(id)],
    ]),
  ])
  const described = [metadata(true, false), metadata(true, true)] as const
  let described0 = 0

  return {
    /** From now on it is this second there. */
    prepare: (second: number): void => {
      for (const { bytes, from, stride, at, partitions, figure } of entries)
        partitions.forEach((partition, index) => {
          const value = figure(partition, second)
          const place = from + index * stride + at
          bytes.writeInt32BE(Math.floor(value / 2 ** 32), place)
          bytes.writeUInt32BE(value % 2 ** 32, place + 4)
        })
    },
    answer: ({ broker, key, body }: Asked): Buffer => {
      if (key === METADATA && body[0] === 0) return described[described0++ % 2] as Buffer
      const which = key === LIST_OFFSETS ? ` ${isOfStarts(body) ? 'start' : 'end'}` : ''
      const what = key === METADATA ? ' none' : key === DESCRIBE_CONFIGS ? '' : `${which} ${broker}`
      const answer = answers.get(`${key}${what}`)
      // who is the controller, and what it moves, is asked of nobody here
      if (answer === undefined) throw new Error(`request ${key} has no answer`)
      return answer
    },
  }
}

const topicIdOf = (topic: number): string => String(topic + 1).padStart(32, '0')

const isOfStarts = (body: Buffer): boolean => {
  const reader = new WireReader(body)
  reader.int32()
  reader.int8()
  reader.compactLength()
  reader.string()
  reader.compactLength()
  reader.int32()
  reader.int32()
  return reader.offset() === EARLIEST
}
