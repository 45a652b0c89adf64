/**
 * One seeded run of a whole group: members join, leave, are stopped, go on and are killed, static ones restart and fight
 * for an instance id, while brokers fall, coordinators move and answers come late or never.
 */
import { nodeCodecs } from '../../src/adapters/codecs/node-codecs.ts'
import { createSimulatedCluster, type SimulatedClusterHandle } from '../../src/adapters/simulated/create.ts'
import { type Consumer, createConsumer } from '../../src/consumer/consumer.ts'
import {
  between,
  drawFaultPlan,
  integerBelow,
  pick,
  type SeededRandom,
  seededRandom,
} from '../../src/core/simulation/index.ts'
import { sleep } from '../../src/ports/clock.ts'
import { createProducer } from '../../src/producer/producer.ts'
import { type GroupEffect, type GroupVerdict, judgeGroup, type PeriodEnd } from '../support/group-judge.ts'
import { SimulatedClock } from '../support/simulated-clock.ts'
import { MemberProcess } from './member-process.ts'

const TOPIC = 'run'
const GROUP = 'group'
const PARTITIONS = 6
const KEYS = 20
const WINDOW_RECORDS = 32
const STORY_MS = 60_000
const STEP_MS = 500
const MEMBERS_MAX = 4
const INSTANCES = ['one', 'two']
const ENDS_WITHIN_MS = 180_000

export interface GroupRunOptions {
  readonly protocol: 'consumer' | 'classic'
  /** Of `partition.assignment.strategy`; classic only. */
  readonly assignor?: 'cooperative-sticky' | 'range'
  /** Share of members that are static. */
  readonly staticShare?: number
  /** Handlers act without asking whether they still may: what the judge must catch. */
  readonly careless?: boolean
}

export interface GroupRunReport extends GroupVerdict {
  /** How often each thing happened. */
  readonly story: ReadonlyMap<string, number>
  readonly commitsBackwards: readonly string[]
}

export const runGroup = (seed: string, options: GroupRunOptions): Promise<GroupRunReport> => {
  const clock = new SimulatedClock()
  return clock.run(play(seed, clock, options), STORY_MS + 2 * ENDS_WITHIN_MS)
}

const play = async (
  seed: string,
  clock: SimulatedClock,
  options: GroupRunOptions,
): Promise<GroupRunReport> => {
  const random = seededRandom(`${seed}/group`)
  const world = createSimulatedCluster({ brokers: 3, seed, clock })
  const configs = new Map([['min.insync.replicas', '2']])
  await world.cluster.createTopics([{ name: TOPIC, partitions: PARTITIONS, replicationFactor: 3, configs }])
  await sleep(clock, 100)
  const brokers = (await world.cluster.describe()).brokers.map(broker => broker.id)
  world.faults.follow(
    drawFaultPlan(random.fork('plan'), {
      brokers,
      fromMs: 2000,
      untilMs: STORY_MS,
      quietMs: 6000,
      awayMs: 12_000,
      recoveryMs: 5000,
    }),
  )
  world.faults.setNetwork({
    requestLost: 0.004,
    answerLost: 0.004,
    answerLate: 0.004,
    produceLate: 0.01,
    lateMs: between(random, 50, 4000),
  })
  const group = new GroupOfProcesses(world, clock, random.fork('members'), options)
  const commits = watchCommits(world, clock)
  group.join()
  group.join()

  const link = world.openLink('writer')
  const producer = createProducer({
    link,
    clock,
    codecs: nodeCodecs,
    random: random.fork('writer'),
    options: { lingerMs: 5 },
  })
  const written = new Map<string, number>()
  for (let passedMs = 0; passedMs < STORY_MS; passedMs += STEP_MS) {
    for (let record = 0; record < 12; record++) {
      const key = `k${integerBelow(random, KEYS)}`
      const sequence = written.get(key) ?? 0
      written.set(key, sequence + 1)
      producer.send({ topic: TOPIC, key, value: `${sequence}` })
    }
    group.something()
    await sleep(clock, STEP_MS)
  }
  world.faults.setNetwork({ requestLost: 0, answerLost: 0, answerLate: 0, produceLate: 0 })
  await producer.close({ deadlineMs: 130_000 })
  await link.close()
  group.calm()
  const ends = await endsOf(world)
  const untilMs = clock.monotonicMs() + ENDS_WITHIN_MS
  while (
    !commits.highest.every((offset, partition) => offset === ends[partition]) &&
    clock.monotonicMs() < untilMs
  )
    await sleep(clock, 250)
  await group.close()
  await commits.stop()
  await world.close()
  return {
    ...judgeGroup(group.effects, group.ends, written, WINDOW_RECORDS),
    story: group.story,
    commitsBackwards: commits.backwards,
  }
}

interface Member {
  readonly process: MemberProcess
  readonly consumer: Consumer
  readonly run: Promise<void>
  readonly instanceId: string | null
  readonly link: { close(): Promise<void> }
  /** Its periods that have not ended. */
  readonly periods: Map<string, number>
}

class GroupOfProcesses {
  readonly effects: GroupEffect[] = []
  readonly ends = new Map<number, PeriodEnd>()
  readonly story = new Map<string, number>()
  readonly #world: SimulatedClusterHandle
  readonly #clock: SimulatedClock
  readonly #random: SeededRandom
  readonly #options: GroupRunOptions
  readonly #members: Member[] = []
  readonly #ending: Promise<unknown>[] = []
  #joined = 0
  #periods = 0

  constructor(
    world: SimulatedClusterHandle,
    clock: SimulatedClock,
    random: SeededRandom,
    options: GroupRunOptions,
  ) {
    this.#world = world
    this.#clock = clock
    this.#random = random
    this.#options = options
  }

  /** One draw of fate. */
  something(): void {
    const running = this.#members.filter(({ process }) => process.state === 'running')
    const member = pick(this.#random, running)
    const drawn = this.#random.next()
    if (drawn < 0.5) return
    if (member === undefined || (drawn < 0.65 && this.#members.length < MEMBERS_MAX)) this.join()
    else if (drawn < 0.77) this.#leave(member)
    else if (drawn < 0.87) this.#kill(member)
    else this.#stop(member)
  }

  join(): void {
    const { protocol, assignor, staticShare = 0, careless = false } = this.#options
    const number = this.#joined++
    const drawn = this.#random.next() < staticShare ? (pick(this.#random, INSTANCES) ?? null) : null
    // the classic protocol lets the second holder of an instance id in at once, beside the first: nobody may do that
    const held = this.#members.some(({ instanceId }) => instanceId === drawn)
    const instanceId = protocol === 'classic' && held ? null : drawn
    this.#count(instanceId === null ? 'join' : held ? 'second of an instance id' : 'static join')
    const process = new MemberProcess(this.#clock)
    const link = this.#world.openLink(`member-${number}`)
    const text = new TextDecoder()
    const periods = new Map<string, number>()
    const consumer = createConsumer({
      link: process.behind(link),
      clock: process,
      codecs: nodeCodecs,
      options: {
        group: GROUP,
        topics: [TOPIC],
        memberId: `member-${number}`,
        windowRecords: WINDOW_RECORDS,
        maxPollIntervalMs: 10_000,
        groupProtocol: protocol,
        groupInstanceId: instanceId,
        ...(protocol === 'classic'
          ? {
              sessionTimeoutMs: 6000,
              heartbeatIntervalMs: 1000,
              partitionAssignmentStrategy: [assignor ?? 'cooperative-sticky'] as const,
            }
          : {}),
        handler: async record => {
          const { partition, offset, key, value } = record
          // of the period that the record belongs to, not of whatever this member holds when it acts
          const period = periods.get(`${TOPIC}-${partition}`) ?? -1
          // the longer a handler takes, the more stops find one under way
          await sleep(process, ((offset * 7) % 23) * (careless ? 20 : 1))
          if (!careless && !record.owned()) return
          this.effects.push({
            period,
            partition,
            offset,
            key: text.decode(key ?? undefined),
            sequence: Number(text.decode(value ?? undefined)),
          })
        },
        onEvent: event => {
          if (event.type === 'assigned')
            for (const name of event.partitions) periods.set(name, ++this.#periods)
          if (event.type === 'revoked')
            this.#endPeriods(periods, event.partitions, event.inTime ? 'given up in order' : 'given up late')
          if (event.type === 'lost') {
            this.#count('lost')
            this.#endPeriods(periods, event.partitions, 'lost')
          }
        },
      },
    })
    const run = consumer.run()
    run.catch(() => this.#count('ended by an error'))
    this.#members.push({ process, consumer, run, instanceId, link, periods })
  }

  /** The story is over: whoever is stopped goes on, and somebody is there to finish. */
  calm(): void {
    for (const { process } of this.#members) process.goOn()
    this.join()
  }

  async close(): Promise<void> {
    while (this.#members[0] !== undefined) this.#leave(this.#members[0])
    await Promise.all(this.#ending)
  }

  #leave(member: Member): void {
    this.#count('leave')
    this.#forget(member)
    this.#ending.push(
      member.consumer.close({ deadlineMs: 30_000 }),
      member.run.catch(() => undefined),
    )
  }

  #kill(member: Member): void {
    this.#count('kill')
    member.process.kill()
    this.#forget(member)
    this.#endPeriods(member.periods, [...member.periods.keys()], 'killed')
    void member.link.close()
  }

  #stop(member: Member): void {
    this.#count('stop')
    member.process.stop()
    this.#clock.after(between(this.#random, 300, 15_000), () => member.process.goOn())
  }

  #forget(member: Member): void {
    this.#members.splice(this.#members.indexOf(member), 1)
  }

  #endPeriods(periods: Map<string, number>, names: readonly string[], end: PeriodEnd): void {
    for (const name of names) {
      const period = periods.get(name)
      if (period !== undefined && !this.ends.has(period)) this.ends.set(period, end)
    }
  }

  #count(what: string): void {
    this.story.set(what, (this.story.get(what) ?? 0) + 1)
  }
}

/** Looks at committed offsets four times a second of simulated time. */
const watchCommits = (world: SimulatedClusterHandle, clock: SimulatedClock) => {
  const backwards: string[] = []
  const highest = new Array<number>(PARTITIONS).fill(0)
  let stopped = false
  /** One at a time: an answer that comes late would look like a commit that fell back. */
  const look = async (): Promise<void> => {
    const link = world.openLink('watch')
    try {
      const answer = await link.fetchOffsets(await link.findCoordinator(GROUP), {
        group: GROUP,
        memberId: '',
        memberEpoch: -1,
        requireStable: false,
        topics: [{ topic: TOPIC, partitions: highest.map((_, partition) => partition) }],
      })
      for (const { partition, offset } of answer.offsets) {
        const before = highest[partition] ?? 0
        if (offset >= 0 && offset < before)
          backwards.push(`partition ${partition} from ${before} to ${offset}`)
        if (offset > before) highest[partition] = offset
      }
    } catch {
      // no coordinator for now: looked at again
    } finally {
      await link.close()
    }
  }
  const watch = async (): Promise<void> => {
    while (!stopped) {
      await look()
      await sleep(clock, 250)
    }
  }
  const watching = watch()
  return {
    backwards,
    highest: highest as readonly number[],
    stop: () => {
      stopped = true
      return watching
    },
  }
}

const endsOf = async (world: SimulatedClusterHandle): Promise<readonly number[]> => {
  const snapshot = await world.cluster.describe({ topics: [TOPIC] })
  return [...((await world.cluster.readOffsets(snapshot, [TOPIC])).get(TOPIC)?.end ?? [])]
}
