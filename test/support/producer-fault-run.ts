/**
 * A producer on three real brokers of its own that are killed, stopped, restarted and deposed under it, and three
 * witnesses who say what became of its records: its own outcomes, our reader, and Kafka's console consumer.
 *
 * `scripts/producer-faults.ts` runs it long, `test/integration/producer-faults.test.ts` short.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { nodeCodecs } from '../../src/adapters/codecs/node-codecs.ts'
import { connectKafka, type KafkaConnection } from '../../src/adapters/kafka/connect.ts'
import { systemClock } from '../../src/adapters/system/clock.ts'
import { readTopic } from '../../src/consumer/reader.ts'
import { type BrokerId, brokerId } from '../../src/core/model/index.ts'
import { seededRandom } from '../../src/core/simulation/index.ts'
import type { LocalBrokers } from '../../src/ports/local-brokers.ts'
import { createProducer, type Producer } from '../../src/producer/producer.ts'
import { consoleConsumeEach } from './console-clients.ts'
import { LogJudge, type LogVerdict, Outcomes } from './log-judge.ts'
import { emptyOnPorts, localBrokersIn } from './local-brokers.ts'

export interface FaultRunOptions {
  readonly stateDir: string
  /** Of the brokers; controllers are 100 above. */
  readonly firstPort: number
  /** In this order; `control` does nothing for ten seconds. */
  readonly faults: readonly FaultKind[]
  /** At least so many; sending goes on while there are faults to come. */
  readonly records: number
  readonly recordsPerSecond: number
  readonly partitions: number
  readonly keys: number
  /** Traffic before the first fault: on a topic that nobody has written to yet, brokers stall by themselves. */
  readonly warmMs: number
  /** How long a broker stays dead or stopped. */
  readonly downMs: number
  readonly say: (text: string) => void
}

export const faultKinds = ['control', 'kill', 'kill-controller', 'stop', 'move', 'restart'] as const
export type FaultKind = (typeof faultKinds)[number]

/** Faults that take one broker away: its partitions wait until others lead them. */
export const takesBrokerAway = (kind: FaultKind): boolean =>
  kind === 'kill' || kind === 'kill-controller' || kind === 'stop'

/** The longest waits for an acknowledgement of records that were sent while a fault went on, by partition. */
export interface Stall {
  readonly kind: FaultKind
  /**
   * How long the cluster itself took until others led all that the broker had led, which no producer can shorten: the
   * broker's session, and before it, where the broker was the active controller, the election of another one. NaN where
   * no broker was taken away.
   */
  readonly leaderlessMs: number
  /** Partitions that the broker led (all, where every broker was concerned). */
  readonly ledMs: number
  /** Partitions of other leaders with a replica on it. */
  readonly copiedMs: number
  /** Partitions without a replica on it. */
  readonly untouchedMs: number
}

export interface FaultReport {
  readonly sent: number
  readonly acknowledged: number
  readonly failed: number
  readonly inDoubt: number
  readonly stalls: readonly Stall[]
  readonly retries: number
  readonly answersByCode: ReadonlyMap<number, number>
  readonly recordsPerBatch: number
  readonly batchesPerSecond: number
  readonly witnesses: { readonly reader: LogVerdict; readonly kafka: LogVerdict }
}

const TOPIC = 'faults'
/** Two copies on three brokers: a third of its partitions have none on any given one. */
const SIDE_TOPIC = 'faults-side'
const SIDE_PARTITIONS = 12
const SIDE_EVERY = 10
const BROKERS = 3
const WHOLE_WITHIN_MS = 180_000
/** Five a second. */
const WHOLE_LOOKS = 10
const LEADER_LOOK_MS = 50

export const runProducerFaults = async (options: FaultRunOptions): Promise<FaultReport> => {
  const { say } = options
  emptyOnPorts(options.stateDir, BROKERS, options.firstPort)
  const brokers = localBrokersIn(options.stateDir, 'producer-faults')
  const { bootstrapServer } = await brokers.start({
    brokers: BROKERS,
    fresh: false,
    lifetime: 'owner',
    onProgress: say,
  })
  try {
    const kafka = await connectKafka({
      bootstrapServers: bootstrapServer.split(','),
      clientId: 'producer-faults',
      clock: systemClock,
    })
    try {
      return await new FaultRun(options, brokers, kafka, bootstrapServer).run()
    } finally {
      await kafka.close()
    }
  } finally {
    await brokers.stop()
  }
}

class FaultRun {
  readonly #options: FaultRunOptions
  readonly #brokers: LocalBrokers
  readonly #kafka: KafkaConnection
  readonly #bootstrapServer: string
  readonly #producer: Producer
  readonly #outcomes: Outcomes
  readonly #sentAtMs: Float64Array
  /** Longest wait so far by partition, since a fault began. */
  #waits = { main: new Float64Array(), side: new Float64Array() }
  #sent = 0
  #writing = true

  constructor(
    options: FaultRunOptions,
    brokers: LocalBrokers,
    kafka: KafkaConnection,
    bootstrapServer: string,
  ) {
    this.#options = options
    this.#brokers = brokers
    this.#kafka = kafka
    this.#bootstrapServer = bootstrapServer
    // room for a run in which faults take longer than records
    const most = options.records * 4 + 1_000_000
    this.#outcomes = new Outcomes(most)
    this.#sentAtMs = new Float64Array(most)
    this.#producer = createProducer({
      link: kafka.openLink('producer-faults'),
      clock: systemClock,
      codecs: nodeCodecs,
      random: seededRandom(1),
    })
  }

  async run(): Promise<FaultReport> {
    await this.#createTopics()
    const beganMs = systemClock.monotonicMs()
    const writing = this.#write()
    await pause(this.#options.warmMs)
    const stalls: Stall[] = []
    for (const kind of this.#options.faults) stalls.push(await this.#suffer(kind))
    this.#writing = false
    await writing
    const report = await this.#producer.close({ deadlineMs: 120_000 })
    const stats = this.#producer.stats()
    const seconds = (systemClock.monotonicMs() - beganMs) / 1000
    this.#options.say(`written: ${JSON.stringify({ ...report, sent: this.#sent })}; reading back`)
    return {
      sent: this.#sent,
      acknowledged: this.#outcomes.acknowledged,
      failed: this.#outcomes.failed,
      inDoubt: this.#outcomes.inDoubt,
      stalls,
      retries: stats.retries,
      answersByCode: stats.answersByCode,
      recordsPerBatch: stats.recordsAcknowledged / stats.batches,
      batchesPerSecond: stats.batches / seconds,
      witnesses: await this.#readBack(),
    }
  }

  async #createTopics(): Promise<void> {
    const outcomes = await this.#kafka.cluster.createTopics([
      {
        name: TOPIC,
        partitions: this.#options.partitions,
        replicationFactor: 3,
        configs: new Map([['min.insync.replicas', '2']]),
      },
      {
        name: SIDE_TOPIC,
        partitions: SIDE_PARTITIONS,
        replicationFactor: 2,
        configs: new Map([['min.insync.replicas', '1']]),
      },
    ])
    for (const { item, code, message } of outcomes)
      if (code !== 0) throw new Error(`topic ${item}: ${message ?? code}`)
    await this.#untilWhole()
    this.#forgetWaits()
  }

  // -- writing -------------------------------------------------------------------------------------------------------

  #keyOf = (id: number): number => (id * 7919) % this.#options.keys

  /** At the asked rate while there are faults, then as fast as it goes up to the asked count. */
  async #write(): Promise<void> {
    const { records, recordsPerSecond, say } = this.#options
    const startedMs = systemClock.monotonicMs()
    let toldMs = startedMs
    const most = this.#sentAtMs.length
    while ((this.#writing || this.#sent < records) && this.#sent < most) {
      const nowMs = systemClock.monotonicMs()
      const due = this.#writing ? ((nowMs - startedMs) / 1000) * recordsPerSecond : records
      let room = true
      // a slice at a time, so that answers are heard between
      for (let left = 2_000; room && left > 0 && this.#sent < Math.min(due, most); left--)
        room = this.#sendNext(nowMs)
      if (!room) await this.#producer.drained()
      if (nowMs - toldMs > 10_000) {
        toldMs = nowMs
        say(`${this.#sent} sent, ${this.#outcomes.acknowledged} acknowledged`)
      }
      await pause(this.#writing ? 10 : 0)
    }
  }

  #sendNext(nowMs: number): boolean {
    const id = this.#sent++
    this.#sentAtMs[id] = nowMs
    if (id % SIDE_EVERY === 0)
      this.#producer.send({ topic: SIDE_TOPIC, key: `side-${id}`, value: 'x' }, outcome => {
        if (outcome.kind === 'acknowledged') this.#noteWait(this.#waits.side, outcome.partition, nowMs)
      })
    return this.#producer.send(
      { topic: TOPIC, key: `key-${this.#keyOf(id)}`, value: `${id} ${'.'.repeat(60)}` },
      outcome => {
        this.#outcomes.take(id, outcome)
        if (outcome.kind === 'acknowledged') this.#noteWait(this.#waits.main, outcome.partition, nowMs)
      },
    )
  }

  #noteWait(waits: Float64Array, partition: number, sentAtMs: number): void {
    const waitMs = systemClock.monotonicMs() - sentAtMs
    if (waitMs > (waits[partition] ?? 0)) waits[partition] = waitMs
  }

  #forgetWaits(): void {
    this.#waits = {
      main: new Float64Array(this.#options.partitions),
      side: new Float64Array(SIDE_PARTITIONS),
    }
  }

  // -- faults --------------------------------------------------------------------------------------------------------

  async #suffer(kind: FaultKind): Promise<Stall> {
    const victim = kind === 'kill-controller' ? await this.#controller() : await this.#nextVictim()
    const places = await this.#placesOf(kind, victim)
    this.#forgetWaits()
    const waits = this.#waits
    let leaderlessMs = Number.NaN
    switch (kind) {
      case 'control':
        await pause(10_000)
        break
      case 'kill':
      case 'kill-controller':
        await this.#brokers.kill(victim)
        leaderlessMs = await this.#whileAway(victim)
        await this.#brokers.startOne(victim)
        break
      case 'stop':
        await this.#signal(victim, 'SIGSTOP')
        leaderlessMs = await this.#whileAway(victim)
        await this.#signal(victim, 'SIGCONT')
        break
      case 'move':
        await this.#moveLeaders()
        break
      case 'restart':
        for (let id = 1; id <= BROKERS; id++) {
          await this.#brokers.stop([brokerId(id)])
          await this.#brokers.startOne(brokerId(id))
          await this.#untilWhole()
        }
        break
    }
    await this.#untilWhole()
    // everything that was sent while the fault went on has been waited for, or is about to be
    await this.#producer.flush()
    const longest = (group: keyof typeof places): number =>
      Math.max(0, ...places[group].map(({ topic, partition }) => waits[topic][partition] ?? 0))
    const stall = {
      kind,
      leaderlessMs,
      ledMs: longest('led'),
      copiedMs: longest('copied'),
      untouchedMs: longest('untouched'),
    }
    this.#options.say(
      `${kind}${takesBrokerAway(kind) ? ` (broker ${victim}, leaderless for ${leaderlessMs.toFixed(0)} ms)` : ''}: ` +
        `longest wait ${stall.ledMs.toFixed(0)} ms where it led, ${stall.copiedMs.toFixed(0)} with a copy on it, ` +
        `${stall.untouchedMs.toFixed(0)} without`,
    )
    return stall
  }

  /** Until others lead what the broker led, and `downMs` at least. Returns how long the former took. */
  async #whileAway(victim: BrokerId): Promise<number> {
    const beganMs = systemClock.monotonicMs()
    const link = this.#kafka.openLink('producer-faults-watch')
    const allLed = async (): Promise<boolean> => {
      const { topics } = await link.metadata([TOPIC, SIDE_TOPIC]).catch(() => ({ topics: [] }))
      const partitions = topics.flatMap(topic => topic.partitions)
      return partitions.length > 0 && partitions.every(({ leader }) => leader >= 0 && leader !== victim)
    }
    while (!(await allLed())) {
      if (systemClock.monotonicMs() - beganMs > WHOLE_WITHIN_MS) throw new Error('nobody took over')
      await pause(LEADER_LOOK_MS)
    }
    const leaderlessMs = systemClock.monotonicMs() - beganMs
    await link.close()
    await pause(Math.max(0, this.#options.downMs - leaderlessMs))
    return leaderlessMs
  }

  #victims = 0

  /** Each broker in turn; of those, one that leads something, or the fault would hit nobody. */
  async #nextVictim(): Promise<BrokerId> {
    for (;;) {
      const victim = brokerId((this.#victims++ % BROKERS) + 1)
      const { topics } = await this.#kafka.cluster.describe({ topics: [TOPIC] })
      if (topics.get(TOPIC)?.partitions.some(({ leader }) => leader === victim) ?? false) return victim
      await pause(1_000)
    }
  }

  async #controller(): Promise<BrokerId> {
    for (;;) {
      const { controllerId } = await this.#kafka.cluster.describe({ topics: [TOPIC] })
      if (controllerId !== null) return controllerId
      await pause(200)
    }
  }

  async #placesOf(kind: FaultKind, victim: BrokerId) {
    const { topics } = await this.#kafka.cluster.describe({ topics: [TOPIC, SIDE_TOPIC] })
    const everyone = !takesBrokerAway(kind)
    const places = (['main', 'side'] as const).flatMap(topic =>
      (topics.get(topic === 'main' ? TOPIC : SIDE_TOPIC)?.partitions ?? []).map(info => ({ topic, ...info })),
    )
    return {
      led: places.filter(({ leader }) => everyone || leader === victim),
      copied: places.filter(
        ({ leader, replicas }) => !everyone && leader !== victim && replicas.includes(victim),
      ),
      untouched: places.filter(({ replicas }) => !everyone && !replicas.includes(victim)),
    }
  }

  async #signal(broker: BrokerId, signal: NodeJS.Signals): Promise<void> {
    const status = (await this.#brokers.status()).find(({ id }) => id === broker)
    if (status?.pid === null || status?.pid === undefined) throw new Error(`broker ${broker} has no process`)
    process.kill(status.pid, signal)
  }

  async #moveLeaders(): Promise<void> {
    const { topics } = await this.#kafka.cluster.describe({ topics: [TOPIC] })
    for (const { partition, leader, replicas } of topics.get(TOPIC)?.partitions ?? []) {
      const next = replicas.find(replica => replica !== leader)
      if (next !== undefined) await this.#kafka.cluster.moveLeader(TOPIC, partition, next)
    }
    await pause(2_000)
  }

  /**
   * Every partition has its leader and all its copies, so that the next fault meets a healthy cluster. In every look for
   * a while: a broker that was just woken answers with what it knew before it slept.
   */
  async #untilWhole(): Promise<void> {
    const endMs = systemClock.monotonicMs() + WHOLE_WITHIN_MS
    let wholeLooks = 0
    for (;;) {
      const partitions = await this.#kafka.cluster
        .describe({ topics: [TOPIC, SIDE_TOPIC] })
        .then(({ topics }) => [...topics.values()].flatMap(topic => topic.partitions))
        .catch(() => [])
      const whole =
        partitions.length === this.#options.partitions + SIDE_PARTITIONS &&
        partitions.every(({ leader, isr, replicas }) => leader !== null && isr.length === replicas.length)
      wholeLooks = whole ? wholeLooks + 1 : 0
      if (wholeLooks === WHOLE_LOOKS) return
      if (systemClock.monotonicMs() > endMs) throw new Error('the cluster did not become whole again')
      await pause(200)
    }
  }

  /** Asked again while a broker that has just come back does not answer for all its partitions. */
  async #offsetsInLog(): Promise<number> {
    const endMs = systemClock.monotonicMs() + WHOLE_WITHIN_MS
    for (;;) {
      const snapshot = await this.#kafka.cluster.describe({ topics: [TOPIC] })
      const ends = (await this.#kafka.cluster.readOffsets(snapshot, [TOPIC])).get(TOPIC)
      const inLog = ends?.end.reduce((sum, end) => sum + end, 0) ?? Number.NaN
      if (Number.isFinite(inLog) || systemClock.monotonicMs() > endMs) return inLog
      await pause(200)
    }
  }

  // -- reading back --------------------------------------------------------------------------------------------------

  async #readBack(): Promise<FaultReport['witnesses']> {
    const judge = (): LogJudge => new LogJudge(this.#outcomes, this.#options.keys, this.#keyOf)
    const [ours, kafkas] = [judge(), judge()]
    const decoder = new TextDecoder()
    const idOf = (value: string): number => Number(value.slice(0, value.indexOf(' ')))
    const { records } = await readTopic({
      link: this.#kafka.openLink('producer-faults-reader'),
      clock: systemClock,
      codecs: nodeCodecs,
      topics: [TOPIC],
      from: 'earliest',
      until: 'end',
      onRecord: ({ partition, offset, value }) =>
        ours.take(idOf(decoder.decode(value ?? new Uint8Array())), partition, offset),
    })
    const inLog = await this.#offsetsInLog()
    if (inLog !== records) throw new Error(`the log has ${inLog} offsets, our reader saw ${records} records`)
    await consoleConsumeEach(this.#bootstrapServer, TOPIC, inLog, ({ partition, offset, value }) =>
      kafkas.take(idOf(value), partition, offset),
    )
    return { reader: ours.verdict(), kafka: kafkas.verdict() }
  }
}
