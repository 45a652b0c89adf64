/**
 * Four brokers on four racks, three copies of each partition, two needed. A rack is lost without warning while messages
 * are written; it comes back; and at the end every acknowledged message is in the log, once.
 */
import { readTopic } from '../consumer/reader.ts'
import {
  type BrokerId,
  type ClusterSnapshot,
  formatCount,
  formatDuration,
  LanekeeperError,
  readUtf8,
} from '../core/model/index.ts'
import { heading, table, text } from '../core/sizing/index.ts'
import { sleep } from '../ports/clock.ts'
import { createProducer } from '../producer/producer.ts'
import { makeTopic, until } from './clients.ts'
import type { Exercise, Lesson, Stage } from './exercise.ts'

const BROKERS = 4
const PARTITIONS = 12
/** In a second: enough to see a stall, far below what the cluster carries. */
const RATE = 400
const TICK_MS = 25
const CALM_MS = 3_000
/** After the loss: session of the broker, elections, and some seconds of writing without it. */
const WITHOUT_MS = 15_000
const BACK_DEADLINE_MS = 120_000
const FLUSH_DEADLINE_MS = 60_000

const run = async (stage: Stage): Promise<Lesson> => {
  const { brokers, clock } = stage
  if (brokers === null)
    throw new LanekeeperError(
      'USAGE',
      'This exercise ends a broker, so it runs on a cluster of its own only.',
      {
        fix: 'Leave --bootstrap-server out.',
      },
    )
  const topic = await makeTopic(stage, 'racks', PARTITIONS, new Map([['min.insync.replicas', '2']]))
  const placed = await until(stage, 'all copies are in sync', BACK_DEADLINE_MS, async () => {
    const seen = await describe(stage, topic)
    return shapeOf(seen, topic).behind === 0 ? seen : null
  })
  const lost = mostLeaders(placed, topic)
  const writing = startWriting(stage, topic)

  stage.say(`writing ${RATE} messages a second`)
  await sleep(clock, CALM_MS, stage.signal)
  stage.say(`rack ${rackOf(placed, lost)} is lost: broker ${lost} is killed`)
  const killedMs = clock.monotonicMs()
  await brokers.kill(lost)
  await sleep(clock, WITHOUT_MS, stage.signal)
  const without = await describe(stage, topic)

  stage.say(`broker ${lost} starts again and catches up`)
  const startedMs = clock.monotonicMs()
  await brokers.startOne(lost)
  await until(stage, 'all copies are in sync again', BACK_DEADLINE_MS, async () =>
    shapeOf(await describe(stage, topic), topic).behind === 0 ? true : null,
  )
  const wholeAgainMs = clock.monotonicMs() - startedMs
  const written = await writing.stop()
  return lessonOf({
    topic,
    lost,
    placed,
    without,
    written,
    stalledMs: written.stalledMs(killedMs),
    wholeAgainMs,
    log: await readBack(stage, topic),
  })
}

const describe = ({ cluster }: Stage, topic: string): Promise<ClusterSnapshot> =>
  cluster.describe({ topics: [topic] })

const rackOf = ({ brokers }: ClusterSnapshot, id: BrokerId): string =>
  brokers.find(broker => broker.id === id)?.rack ?? 'unknown'

const partitionsOf = (snapshot: ClusterSnapshot, topic: string) =>
  snapshot.topics.get(topic)?.partitions ?? []

const shapeOf = (snapshot: ClusterSnapshot, topic: string) => {
  const partitions = partitionsOf(snapshot, topic)
  return {
    behind: partitions.filter(({ isr, replicas }) => isr.length < replicas.length).length,
    leaderless: partitions.filter(({ leader }) => leader === null).length,
    inSyncMin: Math.min(...partitions.map(({ isr }) => isr.length)),
  }
}

/** The broker whose loss is felt most; of several the last, which is not in the controller quorum. */
const mostLeaders = (snapshot: ClusterSnapshot, topic: string): BrokerId => {
  const leads = (id: BrokerId): number =>
    partitionsOf(snapshot, topic).filter(({ leader }) => leader === id).length
  const [most] = snapshot.brokers.map(({ id }) => id).toSorted((a, b) => leads(b) - leads(a) || b - a)
  if (most === undefined) throw new LanekeeperError('CLUSTER_UNREACHABLE', 'No broker is known.')
  return most
}

interface Written {
  readonly acknowledged: number
  readonly failed: number
  readonly inDoubt: number
  /** Longest time after `fromMs` in which a partition acknowledged nothing. */
  readonly stalledMs: (fromMs: number) => number
}

const startWriting = (stage: Stage, topic: string): { readonly stop: () => Promise<Written> } => {
  const { clock, codecs, openLink, prefix, seededRandom } = stage
  const producer = createProducer({
    link: openLink(`${prefix}-writer`),
    clock,
    codecs,
    random: seededRandom(2),
  })
  const acknowledgedAt: number[][] = Array.from({ length: PARTITIONS }, () => [])
  let sent = 0
  let running = true
  const loop = async (): Promise<void> => {
    const startedMs = clock.monotonicMs()
    while (running) {
      const due = Math.floor(((clock.monotonicMs() - startedMs) * RATE) / 1000)
      for (; sent < due; sent++)
        producer.send({ topic, key: `key-${sent % 240}`, value: String(sent) }, outcome => {
          if (outcome.kind === 'acknowledged') acknowledgedAt[outcome.partition]?.push(clock.monotonicMs())
        })
      await sleep(clock, TICK_MS)
    }
  }
  const looping = loop()
  return {
    stop: async () => {
      running = false
      await looping
      const { acknowledged, failed, inDoubt } = await producer.close({ deadlineMs: FLUSH_DEADLINE_MS })
      return {
        acknowledged,
        failed,
        inDoubt,
        stalledMs: fromMs => Math.max(...acknowledgedAt.map(times => longestGap(times, fromMs))),
      }
    },
  }
}

const longestGap = (times: readonly number[], fromMs: number): number => {
  let longest = 0
  let before = fromMs
  for (const time of times) {
    if (time < fromMs) continue
    longest = Math.max(longest, time - before)
    before = time
  }
  return longest
}

const readBack = async (
  stage: Stage,
  topic: string,
): Promise<{ readonly messages: number; readonly repeated: number }> => {
  const seen = new Set<string>()
  let messages = 0
  await readTopic({
    link: stage.openLink(`${stage.prefix}-reader`),
    clock: stage.clock,
    codecs: stage.codecs,
    topics: [topic],
    from: 'earliest',
    until: 'end',
    signal: stage.signal,
    onRecord: ({ value }) => {
      messages++
      if (value !== null) seen.add(readUtf8(value, 0, value.length))
    },
  })
  return { messages, repeated: messages - seen.size }
}

interface Seen {
  readonly topic: string
  readonly lost: BrokerId
  readonly placed: ClusterSnapshot
  readonly without: ClusterSnapshot
  readonly written: Written
  readonly stalledMs: number
  readonly wholeAgainMs: number
  readonly log: { readonly messages: number; readonly repeated: number }
}

const lessonOf = (seen: Seen): Lesson => {
  const { topic, lost, placed, without, written, stalledMs, wholeAgainMs, log } = seen
  const partitions = partitionsOf(placed, topic)
  const racks = partitions.map(({ replicas }) => new Set(replicas.map(id => rackOf(placed, id))).size)
  const shape = shapeOf(without, topic)
  const moved = partitionsOf(without, topic).filter(
    ({ leader }, p) => leader !== partitions[p]?.leader && leader !== null,
  ).length
  const led = partitions.filter(({ leader }) => leader === lost).length
  const copies = partitions.filter(({ replicas }) => replicas.includes(lost)).length
  const missing = written.acknowledged - (log.messages - log.repeated)
  return {
    blocks: [
      heading('The partitions'),
      table(
        ['partition', 'copies on racks', '>leader before', '>leader without', 'in sync without'],
        partitions.map(({ partition, replicas, leader }, p) => [
          `P${partition}`,
          replicas.map(id => rackOf(placed, id)).join(' '),
          String(leader ?? 'none'),
          String(partitionsOf(without, topic)[p]?.leader ?? 'none'),
          (partitionsOf(without, topic)[p]?.isr ?? []).join(' '),
        ]),
      ),
      heading('What that means'),
      text(
        `Broker ${lost}, the whole of ${rackOf(placed, lost)}, held ${formatCount(copies)} copies and led ${formatCount(led)} partitions. Each partition has its three copies on three of the four racks, so two were left everywhere, which is what min.insync.replicas=2 asks for: nothing stopped being written for good.`,
      ),
      text(
        `Until the controller had noticed and elected, a partition acknowledged nothing for up to ${formatDuration(stalledMs)}; that is the broker's session timeout and a second or two. The producer kept these messages and sent them to the new leaders.`,
      ),
      text(
        `Back again, the broker had fetched what it missed ${formatDuration(wholeAgainMs)} after its start. With two racks and three copies one rack would hold two copies of some partitions, and losing it would leave one: with min.insync.replicas=2 those stop being written.`,
      ),
    ],
    checks: [
      {
        name: 'no two copies of a partition share a rack',
        held: racks.every(count => count === 3),
        evidence: `${PARTITIONS} partitions on ${new Set(placed.brokers.map(({ rack }) => rack)).size} racks, 3 each`,
      },
      {
        name: 'without the rack every partition has a leader and two copies in sync',
        held: shape.leaderless === 0 && shape.inSyncMin >= 2,
        evidence: `${shape.leaderless} without a leader, fewest in sync ${shape.inSyncMin}, ${moved} leaders moved`,
      },
      {
        name: 'every message was acknowledged',
        held: written.failed === 0 && written.inDoubt === 0,
        evidence: `${formatCount(written.acknowledged)} acknowledged, ${written.failed} refused, ${written.inDoubt} in doubt`,
      },
      {
        name: 'all of them are in the log, once',
        held: missing === 0 && log.repeated === 0,
        evidence: `${formatCount(missing)} missing, ${formatCount(log.repeated)} repeated`,
      },
    ],
    commands: [
      { shows: 'leader, copies and who is in sync', command: `kafka-topics.sh --describe --topic ${topic}` },
      {
        shows: 'partitions with a copy that is behind',
        command: 'kafka-topics.sh --describe --under-replicated-partitions',
      },
    ],
    figures: {
      lost,
      leadersMoved: moved,
      stalledMs,
      wholeAgainMs,
      acknowledged: written.acknowledged,
      missing,
      repeated: log.repeated,
    },
  }
}

export const fourBrokers: Exercise = {
  name: 'four-brokers',
  title: 'four brokers on four racks lose one of them while messages are written',
  brokers: BROKERS,
  breaksBrokers: true,
  run,
}
