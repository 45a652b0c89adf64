import { nodeCodecs } from '../../src/adapters/codecs/node-codecs.ts'
import { connectKafka } from '../../src/adapters/kafka/connect.ts'
import { systemClock } from '../../src/adapters/system/clock.ts'
import { type ConsumerOptions, createConsumer } from '../../src/consumer/consumer.ts'
import type { HealthThresholds } from '../../src/core/health/index.ts'
import { sentenceText } from '../../src/core/health/index.ts'
import { seededRandom } from '../../src/core/simulation/index.ts'
import { sleep } from '../../src/ports/clock.ts'
import type { Cluster } from '../../src/ports/cluster.ts'
import type { LocalBrokers } from '../../src/ports/local-brokers.ts'
import { createProducer, type Producer } from '../../src/producer/producer.ts'
import type { ProducerRecord } from '../../src/producer/outcome.ts'
import { createHotKeys } from '../../src/runtime/hot-keys/hot-keys.ts'
import { type LiveState, startLive } from '../../src/runtime/live-state.ts'
import { createScenario, type ScenarioName } from '../../src/workload/scenarios.ts'
import type { ShapeName } from '../../src/workload/shapes.ts'
import { Traffic } from '../../src/workload/traffic.ts'
import { type OpenFinding, plainSpaces, runCheck, type RunningCheck } from './check.ts'

/**
 * Where a story plays: a real cluster, watched as `serve` and `check` watch it (the same live state, keys from a sample
 * of the log), with writers and readers that a story starts and that end with it.
 */
export interface Stage {
  readonly cluster: Cluster
  /** Null where the cluster was named and is not ours to break. */
  readonly brokers: LocalBrokers | null
  readonly stateDir: string
  readonly live: LiveState
  /** Makes a topic with a name of this story's own. */
  makeTopic(name: string, partitions: number): Promise<string>
  /** The name that `makeTopic` gave or will give. */
  nameOf(name: string): string
  startTraffic(options: TrafficOptions): Promise<Producer>
  startConsumer(clientId: string, options: ConsumerOptions): void
  wait(ms: number): Promise<void>
  /** Resolves when `holds` does, looked at after every look; false at the deadline. */
  until(holds: () => boolean, deadlineMs: number): Promise<boolean>
  /** Findings open now, worst first. */
  findings(): readonly OpenFinding[]
  /** Runs `lanekeeper check` from now on for so long. */
  check(forMs: number): RunningCheck
  /** Runs when the story is over, last first. */
  after(undo: () => Promise<void>): void
  close(): Promise<void>
}

export interface TrafficOptions {
  readonly scenario?: ScenarioName
  readonly shapes?: readonly ShapeName[]
  readonly recordsPerSecond: number
  /** Names within the story, with their shares. */
  readonly topics: Readonly<Record<string, number>>
  readonly users?: number
  readonly contents?: number
  /** How far into the shape the traffic begins. */
  readonly startsAtMs?: number
  /** Changes a record before it is sent. */
  readonly change?: (record: ProducerRecord) => ProducerRecord
}

const PREFERRED_USERS = 36_000
const PREFERRED_CONTENTS = 18_000
const CLOSE_MS = 4_000

export const openStage = async (options: {
  readonly bootstrapServer: string
  readonly brokers: LocalBrokers | null
  readonly stateDir: string
  readonly prefix: string
  /** Shorter times than the shipped ones, for a short form. */
  readonly thresholds?: Partial<HealthThresholds>
}): Promise<Stage> => {
  const clock = systemClock
  const kafka = await connectKafka({
    bootstrapServers: options.bootstrapServer.split(','),
    clientId: options.prefix,
    clock,
  })
  const { cluster } = kafka
  const undo: (() => Promise<void>)[] = [() => kafka.close()]
  /** Writers and readers: each may take its time to end, so they end together. */
  const running: (() => Promise<unknown>)[] = []
  const afterwards: (() => Promise<void>)[] = []
  const live = startLive({
    cluster,
    clock,
    clusterName: null,
    version: '0',
    thresholds: options.thresholds ?? {},
    hotKeys: createHotKeys({
      link: kafka.openLink(`${options.prefix}-keys`),
      clock,
      codecs: nodeCodecs,
      random: seededRandom(1),
    }),
  })
  undo.push(() => live.close())
  const nameOf = (name: string): string => `${options.prefix}-${name}`
  // what others do on the same cluster, or left there, is no part of the story
  const isOurs = (topic: string | null, groupId: string | null): boolean =>
    (groupId ?? topic)?.startsWith(options.prefix) === true || (groupId === null && topic === null)
  let seed = 1
  return {
    cluster,
    brokers: options.brokers,
    stateDir: options.stateDir,
    live,
    nameOf,
    makeTopic: async (name, partitions) => {
      const topic = nameOf(name)
      const configs = new Map([['min.insync.replicas', '2']])
      const [outcome] = await cluster.createTopics([
        { name: topic, partitions, replicationFactor: 3, configs },
      ])
      if (outcome?.code !== 0) throw new Error(`${topic}: ${outcome?.message ?? 'no answer'}`)
      undo.push(async () => {
        await cluster.deleteTopics([topic])
      })
      return topic
    },
    startTraffic: async traffic => {
      const producer = createProducer({
        link: kafka.openLink(`${options.prefix}-writer-${seed}`),
        clock,
        codecs: nodeCodecs,
        random: seededRandom(seed),
        options: { lingerMs: 25, produceTimeoutMs: 3_000 },
      })
      const scenario = createScenario({
        name: traffic.scenario ?? 'streamsocial',
        topicShares: new Map(Object.entries(traffic.topics).map(([name, share]) => [nameOf(name), share])),
        users: traffic.users ?? PREFERRED_USERS,
        contents: traffic.contents ?? PREFERRED_CONTENTS,
        run: clock.wallMs(),
        random: seededRandom(100 + seed++),
        shapes: traffic.shapes ?? [],
      })
      const from = traffic.startsAtMs ?? 0
      const change = traffic.change ?? ((record: ProducerRecord) => record)
      const paced = new Traffic(
        clock,
        { next: atMs => scenario.next(from + atMs), rateAt: atMs => scenario.rateAt(from + atMs) },
        { send: record => producer.send(change(record)), drained: () => producer.drained() },
        { recordsPerSecond: traffic.recordsPerSecond, rampMs: 0 },
      )
      paced.start()
      running.push(() => {
        paced.stop()
        return producer.close({ deadlineMs: CLOSE_MS })
      })
      return producer
    },
    startConsumer: (clientId, consumerOptions) => {
      const consumer = createConsumer({
        link: kafka.openLink(clientId),
        clock,
        codecs: nodeCodecs,
        options: consumerOptions,
      })
      // a story in which a consumer ends by itself shows in the findings, which is what is judged
      consumer.run().catch(() => undefined)
      running.push(() => consumer.close({ deadlineMs: CLOSE_MS }))
    },
    wait: ms => sleep(clock, ms),
    until: (holds, deadlineMs) =>
      new Promise(resolve => {
        const finish = (held: boolean): void => {
          unsubscribe()
          timer.cancel()
          resolve(held)
        }
        const unsubscribe = live.subscribe(() => {
          if (holds()) finish(true)
        })
        const timer = clock.after(deadlineMs, () => finish(holds()))
      }),
    findings: () =>
      live
        .sight()
        .findings.filter(({ topic, groupId }) => isOurs(topic ?? null, groupId ?? null))
        .map(({ id, kind, cure, sentence }) => ({
          id,
          kind,
          cure: plainSpaces(cure),
          sentence: plainSpaces(sentenceText(sentence)),
        })),
    check: forMs => runCheck(options.bootstrapServer, forMs, ({ topic, groupId }) => isOurs(topic, groupId)),
    after: step => {
      afterwards.push(step)
    },
    close: async () => {
      for (const step of afterwards.splice(0).toReversed()) await step().catch(() => undefined)
      await Promise.allSettled(running.splice(0).map(end => end()))
      for (const step of undo.splice(0).toReversed()) await step().catch(() => undefined)
    },
  }
}
