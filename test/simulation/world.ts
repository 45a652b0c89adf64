/** One seeded run: a topic, a fault plan, a bad network, two members and more that come and go, and what was seen. */
import { nodeCodecs } from '../../src/adapters/codecs/node-codecs.ts'
import type { SimulatedClusterHandle } from '../../src/adapters/simulated/create.ts'
import { type Consumer, createConsumer } from '../../src/consumer/consumer.ts'
import type { TopicInfo } from '../../src/core/model/index.ts'
import {
  between,
  drawFaultPlan,
  integerBelow,
  type SeededRandom,
  seededRandom,
} from '../../src/core/simulation/index.ts'
import { sleep } from '../../src/ports/clock.ts'
import { type Bench, recordsIn } from '../contract/subject.ts'
import { SimulatedClock } from '../support/simulated-clock.ts'
import type { Effect } from './judge.ts'
import { simulatedBench } from './stage.ts'

export const PARTITIONS = 6
const KEYS = 20
const ROUNDS = 120
const FAULTS_UNTIL_MS = 60_000
const GROUP = 'group'

export interface RunReport {
  readonly faults: readonly string[]
  readonly log: readonly (readonly string[])[]
  readonly effects: readonly Effect[]
  readonly written: ReadonlyMap<string, number>
  /** Fell back: `topic-partition from … to …`. */
  readonly commitsBackwards: readonly string[]
  readonly committed: readonly number[]
  /** What the writer said of its records. */
  readonly unacknowledged: readonly string[]
  readonly simulatedMs: number
}

/** What writes in a run: `send` never waits, `finish` resolves when everything has its outcome. */
export interface Writer {
  send(key: string, value: string): void
  /** Values that were not acknowledged. */
  finish(): Promise<readonly string[]>
}

export type OpenWriter = (
  cluster: SimulatedClusterHandle,
  clock: SimulatedClock,
  topic: TopicInfo,
  random: SeededRandom,
) => Writer

export const simulate = (seed: string, openWriter: OpenWriter): Promise<RunReport> => {
  const clock = new SimulatedClock()
  return clock.run(play(seed, clock, openWriter))
}

const play = async (seed: string, clock: SimulatedClock, openWriter: OpenWriter): Promise<RunReport> => {
  const random = seededRandom(`${seed}/run`)
  const { world, bench } = simulatedBench(seed, clock, 'world')
  const topic = await bench.topic(PARTITIONS, { configs: { 'min.insync.replicas': '2' } })
  const brokers = (await world.cluster.describe()).brokers.map(broker => broker.id)
  const faults = drawFaultPlan(random.fork('plan'), {
    brokers,
    fromMs: 500,
    untilMs: FAULTS_UNTIL_MS,
    quietMs: 3000,
    awayMs: 15_000,
    recoveryMs: 5000,
  })
  world.faults.follow(faults)
  world.faults.setNetwork({
    requestLost: 0.004,
    answerLost: 0.004,
    answerLate: 0.004,
    produceLate: 0.01,
    lateMs: between(random, 50, 6000),
  })

  const members = new Members(world, clock, topic.name)
  const commits = watchCommits(bench, topic.name)
  members.join()
  members.join()
  const writer = openWriter(world, clock, topic, random.fork('writer'))
  const written = new Map<string, number>()
  for (let round = 0; round < ROUNDS; round++) {
    for (let record = 0; record < KEYS / 2; record++) {
      const key = `k${integerBelow(random, KEYS)}`
      const number = written.get(key) ?? 0
      written.set(key, number + 1)
      writer.send(key, `${key}:${number}`)
    }
    if (round % 40 === 20) members.join()
    if (round % 40 === 35) members.leave()
    await sleep(clock, FAULTS_UNTIL_MS / ROUNDS)
  }
  world.faults.setNetwork({ requestLost: 0, answerLost: 0, answerLate: 0, produceLate: 0 })
  const unacknowledged = await writer.finish()
  const ends = await endsOf(bench, topic.name)
  await bench.eventually(
    'the group has committed everything',
    async () => (await commits.look()).every((offset, partition) => offset === ends[partition]),
    120_000,
  )
  await members.close()
  const report = {
    faults: faults.map(fault => fault.kind),
    log: await readLog(bench, topic, ends),
    effects: members.effects,
    written,
    commitsBackwards: commits.backwards,
    committed: await commits.look(),
    unacknowledged,
    simulatedMs: clock.monotonicMs(),
  }
  await commits.stop()
  await bench.close()
  await world.close()
  return report
}

class Members {
  readonly effects: Effect[] = []
  readonly #world: SimulatedClusterHandle
  readonly #clock: SimulatedClock
  readonly #topic: string
  readonly #running: { readonly consumer: Consumer; readonly run: Promise<void> }[] = []
  readonly #ending: Promise<unknown>[] = []
  #joined = 0
  #periods = 0

  constructor(world: SimulatedClusterHandle, clock: SimulatedClock, topic: string) {
    this.#world = world
    this.#clock = clock
    this.#topic = topic
  }

  join(): void {
    const memberId = `member-${this.#joined++}`
    const text = new TextDecoder()
    const periodOf = new Map<string, number>()
    const consumer = createConsumer({
      link: this.#world.openLink(memberId),
      clock: this.#clock,
      codecs: nodeCodecs,
      options: {
        group: GROUP,
        topics: [this.#topic],
        memberId,
        commit: 'periodic',
        autoCommitIntervalMs: 200,
        maxPollIntervalMs: 10_000,
        handler: record => {
          if (!record.owned()) return
          const { partition, offset } = record
          const period = periodOf.get(`${this.#topic}-${partition}`) ?? 0
          this.effects.push({ partition, offset, period, value: text.decode(record.value ?? undefined) })
        },
        onEvent: event => {
          if (event.type === 'assigned')
            for (const name of event.partitions) periodOf.set(name, ++this.#periods)
        },
      },
    })
    this.#running.push({ consumer, run: consumer.run() })
  }

  /** The oldest member leaves in order. */
  leave(): void {
    const oldest = this.#running.shift()
    if (oldest === undefined) return
    this.#ending.push(
      oldest.consumer.close({ deadlineMs: 30_000 }),
      oldest.run.catch(() => undefined),
    )
  }

  async close(): Promise<void> {
    while (this.#running.length > 0) this.leave()
    await Promise.all(this.#ending)
  }
}

/** Looks at committed offsets four times a second of simulated time. */
const watchCommits = (bench: Bench, topic: string) => {
  const backwards: string[] = []
  const highest = new Array<number>(PARTITIONS).fill(0)
  let stopped = false
  const look = async (): Promise<readonly number[]> => {
    const [group] = await bench.cluster.readGroups(await bench.snapshot(topic), [GROUP])
    const committed = [...(group?.committed.get(topic) ?? highest.map(() => NaN))]
    committed.forEach((offset, partition) => {
      const before = highest[partition] ?? 0
      if (offset < before) backwards.push(`${topic}-${partition} from ${before} to ${offset}`)
      if (offset > before) highest[partition] = offset
    })
    return committed.map(offset => (Number.isNaN(offset) ? 0 : offset))
  }
  const watch = async (): Promise<void> => {
    while (!stopped) {
      await look()
      await sleep(bench.clock, 250)
    }
  }
  const watching = watch()
  return {
    backwards,
    look,
    stop: () => {
      stopped = true
      return watching
    },
  }
}

const endsOf = async (bench: Bench, topic: string): Promise<readonly number[]> => {
  const offsets = (await bench.cluster.readOffsets(await bench.snapshot(topic), [topic])).get(topic)
  return [...(offsets?.end ?? [])]
}

const readLog = (bench: Bench, topic: TopicInfo, ends: readonly number[]): Promise<string[][]> =>
  Promise.all(
    ends.map(async (end, partition) => {
      const values: string[] = []
      while (values.length < end) {
        const fetched = await bench.fetch(topic, partition, values.length)
        values.push(...recordsIn(fetched, values.length).map(record => record.slice(record.indexOf(':') + 1)))
      }
      return values
    }),
  )
