/**
 * `dlq replay`: letters back to the end of their partitions, in the order of their keys or not at all.
 *
 * Between the reading of the source and the writing somebody may write the key: that cannot be prevented from outside,
 * so it is looked for afterwards and told.
 */
import { REPLAY_HEADER } from '../../consumer/dead-letter.ts'
import { readTopic } from '../../consumer/reader.ts'
import { letterName, ReplayOrder, replayOf, type SourceRecord } from '../../consumer/replay-order.ts'
import { errorRegistry, formatCount, LanekeeperError, printable } from '../../core/model/index.ts'
import type { BrokerLink } from '../../ports/broker-link.ts'
import type { Cluster } from '../../ports/cluster.ts'
import { createProducer, type Producer } from '../../producer/producer.ts'
import { confirm } from '../confirm.ts'
import { printJson, say } from '../output.ts'
import { clusterName, type TargetFlags } from '../target-options.ts'
import type { Connection, World } from '../world.ts'
import { letterId, letterNamed, type ReadLetter, readLetters } from './letters.ts'

export interface ReplayFlags extends TargetFlags {
  readonly all: boolean
  readonly key?: string
  readonly onlyInOrder: boolean
  readonly allowReorder: boolean
  readonly yes: boolean
}

interface Sources {
  readonly order: ReplayOrder
  /** By `topic-partition`: where its log ended when it was read. */
  readonly ends: ReadonlyMap<string, number>
}

interface Sorted {
  readonly inOrder: readonly ReadLetter[]
  readonly replayed: readonly ReadLetter[]
  readonly refused: readonly { readonly letter: ReadLetter; readonly reason: string }[]
}

const CLOSE_DEADLINE_MS = 30_000
/** What the topic took once it takes again; the limit is its own. */
const RECORD_BYTES_MAX = 32 * 1024 * 1024

export const replayLetters = async (
  world: World,
  connection: Connection,
  topic: string,
  ids: readonly string[],
  flags: ReplayFlags,
): Promise<void> => {
  const { io } = world
  const link = connection.openLink('lanekeeper-dlq')
  const { letters } = await readLetters(world, connection, topic, flags)
  const chosen = chosenLetters(letters, ids, flags)
  const sources = await readSources(world, connection.cluster, link, letters)
  const sorted = sortedBy(sources.order, chosen)
  if (sorted.refused.length > 0 && !flags.onlyInOrder && !flags.allowReorder)
    throw new LanekeeperError(
      'REPLAY_OUT_OF_ORDER',
      `${formatCount(sorted.refused.length)} of ${formatCount(chosen.length)} letters cannot go back in the order of their keys; nothing was replayed.`,
      {
        problems: sorted.refused.map(({ letter, reason }) =>
          printable(`${letterId(letter)} (key ${keyText(letter)}): ${reason}`),
        ),
        fix: 'Replay the others with --only-in-order; or, if old values may follow newer ones, all with --allow-reorder.',
      },
    )
  const outOfOrder = flags.allowReorder ? sorted.refused.map(({ letter }) => letter) : []
  const sent = inSourceOrder(sources.order, [...sorted.inOrder, ...outOfOrder])
  if (sent.length > 0) {
    const question = `Write ${formatCount(sent.length)} ${sent.length === 1 ? 'letter' : 'letters'} back to ${topicsOf(sent)} on ${clusterName(connection.cluster)}?`
    if (!(await confirm(io, question, flags))) {
      say(io, 'Nothing was replayed.')
      return
    }
  }
  const replays = await writeBack(world, connection, sent)
  const overtaken = await overtakenLetters(world, link, sources, replays, sorted.inOrder)
  conclude(world, sorted, replays.length, overtaken, flags)
}

const chosenLetters = (
  letters: readonly ReadLetter[],
  ids: readonly string[],
  { all, key }: ReplayFlags,
): readonly ReadLetter[] => {
  if ([ids.length > 0, all, key !== undefined].filter(Boolean).length !== 1)
    throw new LanekeeperError('USAGE', 'Say which letters: ids, --key, or --all.', {
      fix: 'Write lanekeeper dlq replay TOPIC 0:17 0:18, or --key KEY, or --all.',
    })
  if (all) return letters
  if (key !== undefined) return letters.filter(letter => letter.key !== null && keyText(letter) === key)
  return ids.map(id => letterNamed(letters, id))
}

const decoder = new TextDecoder()
const keyText = ({ key }: ReadLetter): string => (key === null ? 'none' : decoder.decode(key))

const sourceOf = ({ topic, partition }: { readonly topic: string; readonly partition: number }): string =>
  `${topic}-${partition}`

/** Reads every source partition from its first letter to its end. */
const readSources = async (
  world: World,
  cluster: Cluster,
  link: BrokerLink,
  letters: readonly ReadLetter[],
): Promise<Sources> => {
  const topics = [...new Set(letters.map(letter => letter.origin.topic))]
  const snapshot = await cluster.describe({ topics })
  const logs = await cluster.readOffsets(snapshot, topics)
  const firsts = new Map<string, { topic: string; partition: number; offset: number }>()
  const starts = new Map<string, number>()
  const ends = new Map<string, number>()
  for (const { origin } of letters) {
    const { topic, partition, offset } = origin
    const start = logs.get(topic)?.start[partition]
    const end = logs.get(topic)?.end[partition]
    if (start === undefined || end === undefined) continue
    if (Number.isNaN(start) || Number.isNaN(end))
      throw new LanekeeperError('CLUSTER_UNREACHABLE', `The leader of ${sourceOf(origin)} does not answer.`, {
        fix: 'Repeat the command when the partition has a leader.',
      })
    starts.set(sourceOf(origin), start)
    ends.set(sourceOf(origin), end)
    const first = Math.max(start, Math.min(offset, firsts.get(sourceOf(origin))?.offset ?? offset))
    firsts.set(sourceOf(origin), { topic, partition, offset: first })
  }
  const order = new ReplayOrder(letters, starts)
  const from = [...firsts.values()].filter(first => first.offset < (ends.get(sourceOf(first)) ?? 0))
  await readFrom(world, link, from, record => order.see(record))
  return { order, ends }
}

const readFrom = async (
  world: World,
  link: BrokerLink,
  from: readonly { readonly topic: string; readonly partition: number; readonly offset: number }[],
  onRecord: (record: SourceRecord) => void,
): Promise<void> => {
  if (from.length === 0) return
  const report = await readTopic({
    link,
    clock: world.clock,
    codecs: world.codecs,
    topics: [...new Set(from.map(each => each.topic))],
    from,
    until: 'end',
    onRecord,
    signal: world.io.interrupted,
  })
  if (!report.complete) throw world.io.interrupted.reason
}

const sortedBy = (order: ReplayOrder, letters: readonly ReadLetter[]): Sorted => {
  const inOrder: ReadLetter[] = []
  const replayed: ReadLetter[] = []
  const refused: { readonly letter: ReadLetter; readonly reason: string }[] = []
  const places = new Set<string>()
  for (const letter of letters) {
    const verdict = order.verdict(letter)
    // a letter whose write was in doubt may stand there twice
    const place = `${sourceOf(letter.origin)}@${letter.origin.offset}`
    if (verdict.kind === 'replayed' || places.has(place)) replayed.push(letter)
    else if (verdict.kind === 'refused') refused.push({ letter, reason: verdict.reason })
    else inOrder.push(letter)
    places.add(place)
  }
  return { inOrder, replayed, refused }
}

const inSourceOrder = (order: ReplayOrder, letters: readonly ReadLetter[]): readonly ReadLetter[] =>
  letters.toSorted((a, b) => order.placeOf(a) - order.placeOf(b))

const topicsOf = (letters: readonly ReadLetter[]): string =>
  printable([...new Set(letters.map(letter => letter.origin.topic))].join(', '))

interface Replay {
  readonly letter: ReadLetter
  readonly offset: number
}

/** Partition by partition at once; within one, each waits for the one before: a gap in the middle would break order. */
const writeBack = async (
  world: World,
  connection: Connection,
  letters: readonly ReadLetter[],
): Promise<readonly Replay[]> => {
  if (letters.length === 0) return []
  const producer = createProducer({
    link: connection.openLink('lanekeeper-dlq-replay'),
    clock: world.clock,
    codecs: world.codecs,
    random: world.seededRandom(0),
    options: { lingerMs: 0, maxRequestBytes: RECORD_BYTES_MAX },
  })
  try {
    const partitions = [...Map.groupBy(letters, letter => sourceOf(letter.origin)).values()]
    const replays = await Promise.all(
      partitions.map(async list => {
        const done: Replay[] = []
        for (const letter of list) done.push({ letter, offset: await writeOne(producer, letter) })
        return done
      }),
    )
    return replays.flat()
  } finally {
    await producer.close({ deadlineMs: CLOSE_DEADLINE_MS })
  }
}

const text = new TextEncoder()

/** Offset of the replay. Rejects with DELIVERY_FAILED or DELIVERY_IN_DOUBT. */
const writeOne = (producer: Producer, letter: ReadLetter): Promise<number> => {
  const { origin, key, value, headers } = letter
  const { topic, partition, timestampMs } = origin
  const record = {
    topic,
    partition,
    key,
    value,
    headers: [
      ...headers.filter(header => header.key !== REPLAY_HEADER),
      { key: REPLAY_HEADER, value: text.encode(letterName(letter)) },
    ],
    ...(Number.isNaN(timestampMs) ? {} : { timestampMs }),
  }
  return new Promise((resolve, reject) => {
    producer.send(record, outcome => {
      if (outcome.kind === 'acknowledged') resolve(outcome.offset)
      else
        reject(
          new LanekeeperError(
            outcome.kind === 'failed' ? outcome.code : 'DELIVERY_IN_DOUBT',
            `Letter ${letterId(letter)} could not be written back: ${outcome.why}`,
            { fix: 'Run the replay again: it finds in the log what has arrived, and goes on behind it.' },
          ),
        )
    })
  })
}

/** Letters whose key was written by somebody else between our look and our write. */
const overtakenLetters = async (
  world: World,
  link: BrokerLink,
  { ends }: Sources,
  replays: readonly Replay[],
  inOrder: readonly ReadLetter[],
): Promise<readonly ReadLetter[]> => {
  const keyed = replays.filter(({ letter }) => letter.key !== null && inOrder.includes(letter))
  const from = new Map(
    keyed.map(({ letter: { origin } }) => [
      sourceOf(origin),
      { topic: origin.topic, partition: origin.partition, offset: ends.get(sourceOf(origin)) ?? 0 },
    ]),
  )
  const strangers = new Map<string, number>()
  await readFrom(world, link, [...from.values()], record => {
    if (record.key === null || replayOf(record.headers) !== null) return
    const name = `${sourceOf(record)}/${decoder.decode(record.key)}`
    if (!strangers.has(name)) strangers.set(name, record.offset)
  })
  return keyed.flatMap(({ letter, offset }) => {
    const seen = strangers.get(`${sourceOf(letter.origin)}/${keyText(letter)}`)
    return seen !== undefined && seen < offset ? letter : []
  })
}

const conclude = (
  { io }: World,
  { replayed, refused }: Sorted,
  sent: number,
  overtaken: readonly ReadLetter[],
  flags: ReplayFlags,
): void => {
  const skipped = flags.allowReorder ? [] : refused
  if (flags.json)
    printJson(io, {
      replayed: sent,
      alreadyReplayed: replayed.length,
      refused: skipped.map(({ letter, reason }) => ({ id: letterId(letter), reason })),
      overtaken: overtaken.map(letterId),
    })
  else {
    say(io, `${formatCount(sent)} replayed, ${formatCount(replayed.length)} were replayed before.`)
    for (const { letter, reason } of skipped)
      say(io, printable(`left: ${letterId(letter)} (key ${keyText(letter)}): ${reason}`))
    for (const letter of overtaken)
      say(
        io,
        printable(
          `overtaken: key ${keyText(letter)} was written while letter ${letterId(letter)} was replayed; its older value now follows the newer one.`,
        ),
      )
  }
  if (skipped.length > 0 || overtaken.length > 0) io.exitWith(errorRegistry.CRITERIA_MISSED.exit)
}
