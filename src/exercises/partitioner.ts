/**
 * Lanes with a meaning: priority messages on P0, EMEA on 1 to 3, APAC on 4 to 6, AMER on 7 to 9, anything else by hash.
 * The same messages also go by the plain hash of their key, and both are read by the same consumer under a backlog: what
 * a lane of its own is worth to priority messages, and what it costs.
 */
import { readTopic } from '../consumer/reader.ts'
import {
  formatCount,
  formatDuration,
  formatShare,
  type PartitionCount,
  partitionCount,
  readUtf8,
  utf8Bytes,
} from '../core/model/index.ts'
import { hashStrategy, laneOf, reservedStrategy, type Strategy } from '../core/routing/index.ts'
import { heading, table, text } from '../core/sizing/index.ts'
import { sleep } from '../ports/clock.ts'
import type { ProducerRecord } from '../producer/outcome.ts'
import { closeAll, makeTopic, startConsumer, until, writeAll } from './clients.ts'
import type { Exercise, Lesson, Stage } from './exercise.ts'

const PARTITIONS = 10
const MESSAGES = 20_000
const KEYS_EACH = 300
const HANDLER_MS = 2
const READ_DEADLINE_MS = 60_000

/** Shares of the traffic; what has no label goes by the hash of its key over all lanes. */
const traffic: readonly {
  readonly label: string
  readonly share: number
  readonly lanes: readonly number[]
}[] = [
  { label: 'priority', share: 0.02, lanes: [0] },
  { label: 'EMEA', share: 0.4, lanes: [1, 2, 3] },
  { label: 'APAC', share: 0.3, lanes: [4, 5, 6] },
  { label: 'AMER', share: 0.2, lanes: [7, 8, 9] },
  { label: 'other', share: 0.08, lanes: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] },
]

const reserved = reservedStrategy(
  traffic
    .filter(({ label }) => label !== 'other')
    .map(({ label, lanes }) => ({ label, first: lanes[0] ?? 0, last: lanes.at(-1) ?? 0 })),
  'all',
)

interface Message {
  readonly label: string
  readonly key: string
}

const messagesOf = (stage: Stage): readonly Message[] => {
  const random = stage.seededRandom(5)
  return Array.from({ length: MESSAGES }, () => {
    let left = random.next()
    const label = traffic.find(({ share }) => (left -= share) < 0)?.label ?? 'other'
    return { label, key: `${label}:${Math.floor(random.next() * KEYS_EACH)}` }
  })
}

interface Played {
  readonly topic: string
  /** Messages by label and lane, read back from the log. */
  readonly placed: ReadonlyMap<string, Float64Array>
  /** Keys that lie on more than one lane. */
  readonly scatteredKeys: number
  /** From the start of reading until the last message of a label was handled. */
  readonly readyMs: ReadonlyMap<string, number>
}

const play = async (
  stage: Stage,
  name: string,
  strategy: Strategy,
  messages: readonly Message[],
): Promise<Played> => {
  const topic = await makeTopic(stage, `lanes-${name}`, PARTITIONS)
  const count = partitionCount(PARTITIONS)
  stage.say(
    `${formatCount(MESSAGES)} messages by ${name === 'hash' ? 'the hash of the key' : 'priority and region'}`,
  )
  await writeAll(
    stage,
    messages.map(message => record(topic, strategy, message, count)),
  )
  const { placed, scatteredKeys } = await readBack(stage, topic)
  return { topic, placed, scatteredKeys, readyMs: await handleAll(stage, topic, placed) }
}

const record = (
  topic: string,
  strategy: Strategy,
  { label, key }: Message,
  count: PartitionCount,
): ProducerRecord => {
  const labelled = label === 'other' ? {} : { label }
  const partition = laneOf(strategy, { key: utf8Bytes(key), ...labelled }, 0, count)
  return { topic, key, value: label, ...(partition === null ? {} : { partition }) }
}

const readBack = async (stage: Stage, topic: string) => {
  const placed = new Map(traffic.map(({ label }) => [label, new Float64Array(PARTITIONS)]))
  const laneOfKey = new Map<string, number>()
  const scattered = new Set<string>()
  await readTopic({
    link: stage.openLink(`${stage.prefix}-reader`),
    clock: stage.clock,
    codecs: stage.codecs,
    topics: [topic],
    from: 'earliest',
    until: 'end',
    signal: stage.signal,
    onRecord: ({ key, value, partition }) => {
      const lanes = placed.get(value === null ? '' : readUtf8(value, 0, value.length))
      if (lanes !== undefined) lanes[partition] = (lanes[partition] ?? 0) + 1
      const name = key === null ? '' : readUtf8(key, 0, key.length)
      if ((laneOfKey.get(name) ?? partition) !== partition) scattered.add(name)
      laneOfKey.set(name, partition)
    },
  })
  return { placed, scatteredKeys: scattered.size }
}

/** One consumer, one message of a partition at a time, everything waiting already. */
const handleAll = async (
  stage: Stage,
  topic: string,
  placed: ReadonlyMap<string, Float64Array>,
): Promise<ReadonlyMap<string, number>> => {
  const left = new Map(
    [...placed].map(([label, lanes]) => [label, lanes.reduce((sum, each) => sum + each, 0)]),
  )
  const readyMs = new Map<string, number>()
  const startedMs = stage.clock.monotonicMs()
  const consumer = startConsumer(stage, `${topic}-consumer`, {
    group: topic,
    topics: [topic],
    ordering: 'partition',
    handler: async ({ value }) => {
      await sleep(stage.clock, HANDLER_MS)
      const label = value === null ? '' : readUtf8(value, 0, value.length)
      const now = (left.get(label) ?? 0) - 1
      left.set(label, now)
      if (now === 0) readyMs.set(label, stage.clock.monotonicMs() - startedMs)
    },
  })
  try {
    await until(stage, 'all messages are handled', READ_DEADLINE_MS, () =>
      readyMs.size === traffic.length ? true : null,
    )
  } finally {
    await closeAll([consumer])
  }
  return readyMs
}

const run = async (stage: Stage): Promise<Lesson> => {
  const messages = messagesOf(stage)
  const lanes = await play(stage, 'reserved', reserved, messages)
  const hash = await play(stage, 'hash', hashStrategy('java'), messages)
  return lessonOf(lanes, hash)
}

const sumOf = (counts: Float64Array | undefined): number => counts?.reduce((sum, each) => sum + each, 0) ?? 0

const lessonOf = (lanes: Played, hash: Played): Lesson => {
  const astray = traffic.filter(
    ({ label, lanes: own }) =>
      lanes.placed.get(label)?.some((count, p) => count > 0 && !own.includes(p)) ?? true,
  )
  const written = traffic.reduce((sum, { label }) => sum + sumOf(lanes.placed.get(label)), 0)
  const priority = sumOf(lanes.placed.get('priority'))
  const strangers = lanes.placed.get('other')?.[0] ?? 0
  const totals = (played: Played): Float64Array =>
    Float64Array.from({ length: PARTITIONS }, (_, p) =>
      traffic.reduce((sum, { label }) => sum + (played.placed.get(label)?.[p] ?? 0), 0),
    )
  const [laneMs, hashMs] = [
    lanes.readyMs.get('priority') ?? Number.NaN,
    hash.readyMs.get('priority') ?? Number.NaN,
  ]
  return {
    blocks: [
      heading('Where the messages lie'),
      table(
        ['label', ...Array.from({ length: PARTITIONS }, (_, p) => `>P${p}`)],
        [
          ...traffic.map(({ label }) => [label, ...Array.from(lanes.placed.get(label) ?? [], formatCount)]),
          ['all, by lanes', ...Array.from(totals(lanes), formatCount)],
          ['all, by hash', ...Array.from(totals(hash), formatCount)],
        ],
      ),
      heading('What a lane of its own is worth'),
      table(
        ['last message handled after', '>lanes', '>hash'],
        traffic.map(({ label }) => [
          label,
          formatDuration(lanes.readyMs.get(label) ?? Number.NaN),
          formatDuration(hash.readyMs.get(label) ?? Number.NaN),
        ]),
      ),
      text(
        `With the same backlog and the same consumer the ${formatCount(priority)} priority messages were done after ${formatDuration(laneMs)} instead of ${formatDuration(hashMs)}: nothing stands before them on P0 but the messages without a label.`,
      ),
      text(
        `Those are ${formatCount(strangers)} on P0, because all ten lanes are reserved and "anything else" is hashed over all. With two more partitions for the rest P0 would be priority alone.`,
      ),
      text(
        `The price is evenness: EMEA sends ${formatShare(sumOf(lanes.placed.get('EMEA')) / written)} and has 3 of ${PARTITIONS} lanes, whatever the others do. A key keeps its lane as long as its label stays; a message that becomes urgent overtakes its own key.`,
      ),
    ],
    checks: [
      {
        name: 'every message lies on a lane of its label',
        held: astray.length === 0 && written === MESSAGES,
        evidence: `${formatCount(written)} read back${astray.length === 0 ? '' : `; astray: ${astray.map(({ label }) => label).join(', ')}`}`,
      },
      {
        name: 'no key lies on two lanes',
        held: lanes.scatteredKeys === 0,
        evidence: `${formatCount(lanes.scatteredKeys)} keys do`,
      },
      {
        name: 'messages without a label lie on reserved lanes, too',
        held: strangers > 0,
        evidence: `${formatCount(strangers)} on P0`,
      },
      {
        name: 'priority messages are done sooner than by hash',
        held: laneMs < hashMs,
        evidence: `${formatDuration(laneMs)} instead of ${formatDuration(hashMs)}`,
      },
    ],
    commands: [
      { shows: 'messages of each lane', command: `kafka-get-offsets.sh --topic ${lanes.topic}` },
      {
        shows: 'what lies on P0',
        command: `kafka-console-consumer.sh --topic ${lanes.topic} --partition 0 --offset 0 --max-messages 10 --formatter-property print.key=true`,
      },
    ],
    figures: {
      messages: MESSAGES,
      placed: Object.fromEntries([...lanes.placed].map(([label, counts]) => [label, [...counts]])),
      readyMs: {
        lanes: Object.fromEntries(lanes.readyMs),
        hash: Object.fromEntries(hash.readyMs),
      },
    },
  }
}

export const partitioner: Exercise = {
  name: 'partitioner',
  title: 'priority on P0, regions on lanes of their own, the rest by hash',
  brokers: 1,
  breaksBrokers: false,
  run,
}
