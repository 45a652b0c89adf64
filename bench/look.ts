/**
 * CPU of one look at a large cluster on our side: from questions to every broker to findings.
 *
 *     node bench/look.ts [--partitions 20000,100000,200000] [--brokers 20] [--looks 40]
 *
 * The brokers are simulated links: they answer at once with the bytes that a broker would send, so encoding, decoding and
 * everything behind it is in these figures, and no network. Every partition has a record waiting in a group, which is the
 * dear case. Metadata is new every five looks, starts and sizes are every ten, as the observer asks for them. Prints a table of
 * medians with least and greatest over the looks, by part, and one line of JSON.
 */
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import type { Endpoint } from '../src/adapters/kafka/addresses.ts'
import { decodeListOffsets } from '../src/adapters/kafka/list-offsets-codec.ts'
import { OffsetReader } from '../src/adapters/kafka/read-offsets.ts'
import { WireWriter } from '../src/adapters/kafka/wire-bytes.ts'
import {
  advanceWindow,
  defaultThresholds,
  emptyWindow,
  findingsOf,
  judgeHealth,
} from '../src/core/health/index.ts'
import { brokerId, type ClusterSnapshot, type TopicOffsets } from '../src/core/model/index.ts'
import { broker, groupOf, snapshotOf, topic } from '../test/support/scripted-cluster.ts'

const { values: args } = parseArgs({
  options: {
    partitions: { type: 'string', default: '20000,100000,200000' },
    brokers: { type: 'string', default: '20' },
    looks: { type: 'string', default: '40' },
  },
})
const TOPICS = 20
const brokers = Number(args.brokers)
const looks = Number(args.looks)
const WARM_UP = 35

type Part = 'ask' | 'takeIn' | 'judge' | 'find'

const micros = (since: NodeJS.CpuUsage): number => {
  const used = process.cpuUsage(since)
  return used.user + used.system
}

/** What the leaders of `snapshot` would answer, as bytes; `second` grows every end. */
const answersOf = (
  snapshot: ClusterSnapshot,
  second: number,
  which: 'end' | 'start',
): ReadonlyMap<number, Buffer> => {
  const byLeader = new Map<number, Map<string, number[]>>()
  for (const { name, partitions } of snapshot.topics.values())
    for (const { partition, leader } of partitions) {
      const topics = byLeader.get(leader ?? -1) ?? new Map<string, number[]>()
      byLeader.set(leader ?? -1, topics)
      const list = topics.get(name) ?? []
      topics.set(name, list)
      list.push(partition)
    }
  const answers = new Map<number, Buffer>()
  for (const [leader, topics] of byLeader) {
    const count = [...topics.values()].reduce((sum, list) => sum + list.length, 0)
    const writer = new WireWriter(64 + topics.size * 64 + count * 32).int32(0).compactLength(topics.size)
    for (const [name, partitions] of topics) {
      writer.string(name).compactLength(partitions.length)
      for (const p of partitions)
        writer
          .int32(p)
          .int16(0)
          .int64(-1)
          .int64(which === 'start' ? 0 : second * (1 + (p % 7)))
          .int32(0)
          .noTaggedFields()
      writer.noTaggedFields()
    }
    answers.set(leader, writer.noTaggedFields().finish())
  }
  return answers
}

/** Links that answer at once: starts where the question asks for them, ends otherwise. */
const linksOf = (
  answers: () => { readonly ends: ReadonlyMap<number, Buffer>; readonly starts: ReadonlyMap<number, Buffer> },
) => {
  let asked = new Set<number>()
  return {
    /** A look begins: the first request to a broker in it asks for ends, the second for starts. */
    begin: () => {
      asked = new Set()
    },
    wires: {
      call: ({ broker: id }: Endpoint) => {
        const { ends, starts } = answers()
        const which = asked.has(id ?? -1) ? starts : ends
        asked.add(id ?? -1)
        return Promise.resolve(decodeListOffsets(which.get(id ?? -1) ?? Buffer.alloc(0)))
      },
    } as unknown as ConstructorParameters<typeof OffsetReader>[0],
  }
}

const book = {
  endpoint: (id: number): Endpoint => ({ address: { host: 'broker', port: 9092 }, broker: brokerId(id) }),
} as unknown as ConstructorParameters<typeof OffsetReader>[1]

/** As the observer keeps them between two readings. */
const withStarts = (read: ReadonlyMap<string, TopicOffsets>): ReadonlyMap<string, TopicOffsets> =>
  new Map([...read].map(([name, offsets]) => [name, { ...offsets, start: offsets.start.map(() => 0) }]))

const measure = async (partitions: number) => {
  const perTopic = partitions / TOPICS
  const names = Array.from({ length: TOPICS }, (_, at) => `topic-${at}`)
  const ids = Array.from({ length: brokers }, (_, at) => at + 1)
  const describe = (): ClusterSnapshot =>
    snapshotOf(
      names.map((name, at) =>
        topic(
          name,
          perTopic,
          [0, 1, 2].map(step => ids[(at + step) % brokers] ?? 1),
        ),
      ),
      ids.map(id => broker(id)),
    )
  const every = Array.from({ length: perTopic }, (_, p) => p)
  let snapshot = describe()
  let ends: ReadonlyMap<number, Buffer> = new Map()
  let starts: ReadonlyMap<number, Buffer> | null = null
  const links = linksOf(() => ({ ends, starts: starts ?? new Map() }))
  const reader = new OffsetReader(links.wires, book)
  let window = emptyWindow
  const taken: Record<Part, number>[] = []
  for (let second = 0; second < WARM_UP + looks; second++) {
    // making the answers is no part of the figures, and takes longer than all that is
    if (second % 5 === 0) {
      snapshot = describe()
      ends = answersOf(snapshot, second, 'end')
      starts ??= answersOf(snapshot, second, 'start')
    }
    links.begin()
    const asked = process.cpuUsage()
    const read = await reader.read(snapshot, names, second % 10 === 0 ? 'both' : 'ends')
    const offsets = second % 10 === 0 ? read : withStarts(read)
    const ask = micros(asked)
    const groups = names.map((name, at) =>
      groupOf(
        `group-${at}`,
        name,
        (offsets.get(name)?.end ?? new Float64Array()).map(end => Math.max(0, end - 1)),
        [every],
      ),
    )
    const sizes = new Map(
      second % 10 === 0
        ? names.map(name => [
            name,
            { topic: name, sizeBytes: (offsets.get(name)?.end ?? new Float64Array()).map(end => end * 100) },
          ])
        : [],
    )
    const seen = {
      atMs: second * 1000,
      monotonicMs: second * 1000,
      snapshot,
      offsets,
      sizes,
      disks: null,
      groups,
      problems: [],
    }
    const took = process.cpuUsage()
    window = advanceWindow(window, seen, defaultThresholds)
    const takeIn = micros(took)
    const judging = process.cpuUsage()
    const health = judgeHealth(window, defaultThresholds, second * 1000)
    const judge = micros(judging)
    const finding = process.cpuUsage()
    if (health !== null) findingsOf(health, defaultThresholds, 'broker:9092')
    if (second >= WARM_UP) taken.push({ ask, takeIn, judge, find: micros(finding) })
  }
  const totals = taken
    .map(({ ask, takeIn, judge, find }) => ask + takeIn + judge + find)
    .toSorted((a, b) => a - b)
  const median = (values: readonly number[]): number =>
    values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN
  const ms = (value: number): number => Math.round(value / 100) / 10
  return {
    partitions,
    lookMs: ms(median(totals)),
    least: ms(totals[0] ?? Number.NaN),
    greatest: ms(totals.at(-1) ?? Number.NaN),
    askMs: ms(median(taken.map(each => each.ask))),
    takeInMs: ms(median(taken.map(each => each.takeIn))),
    judgeMs: ms(median(taken.map(each => each.judge))),
    findMs: ms(median(taken.map(each => each.find))),
  }
}

const rows = []
for (const partitions of args.partitions.split(',').map(Number)) rows.push(await measure(partitions))
console.table(rows)
console.log(
  JSON.stringify({ bench: 'look', node: process.version, cpu: cpus()[0]?.model, brokers, looks, rows }),
)
