import type { TrafficConfig } from '../../config/config.ts'
import { utf8Bytes } from '../../core/model/index.ts'
import type { OnOutcome } from '../../producer/outcome.ts'
import { createProducer, type Producer } from '../../producer/producer.ts'
import type { HotKeys } from '../../runtime/hot-keys/hot-keys.ts'
import { createScenario } from '../../workload/scenarios.ts'
import type { ShapeName } from '../../workload/shapes.ts'
import { Traffic } from '../../workload/traffic.ts'
import type { Connection, World } from '../world.ts'

export interface Writer {
  /** What brokers see it under. */
  readonly clientId: string
  readonly lingerMs: number
  readonly traffic: Traffic
  readonly producer: Producer
  /** Keys by topic, and the topics whose keys are not equally active. */
  readonly distinctKeys: ReadonlyMap<string, number>
  readonly unevenTopics: ReadonlySet<string>
}

/**
 * Short: at this rate a batch holds about one record whatever we wait. Waiting adds latency twice: itself, and with more
 * partitions in a request the slowest of more, which its answer waits for.
 */
const LINGER_MS = 5
/**
 * While a system starts, brokers run uncompiled code and open the files of 1,500 partitions. With the default of 800 ms
 * four times as many batches and more were sent again in that time. Later it is no more than a ceiling: what brokers are
 * given is what their answers so far make of it.
 */
const PRODUCE_TIMEOUT_MS = 3_000

/** The scenario's traffic into the declared topics, by a producer that keeps order per key. */
export const startWriter = (
  world: World,
  connection: Connection,
  config: TrafficConfig,
  {
    rampMs,
    shapes,
    hotKeys,
  }: { readonly rampMs: number; readonly shapes: readonly ShapeName[]; readonly hotKeys: HotKeys },
): Writer => {
  const clientId = `${config.scenario}-writer`
  const producer = createProducer({
    link: connection.openLink(clientId),
    clock: world.clock,
    codecs: world.codecs,
    random: world.seededRandom(config.seed + 1),
    options: { lingerMs: LINGER_MS, produceTimeoutMs: PRODUCE_TIMEOUT_MS },
  })
  const scenario = createScenario({
    name: config.scenario,
    topicShares: config.topicShares,
    users: config.users,
    contents: config.contents,
    run: world.clock.wallMs(),
    random: world.seededRandom(config.seed),
    shapes,
  })
  const onOutcome = telling(hotKeys)
  const traffic = new Traffic(
    world.clock,
    scenario,
    { send: record => producer.send(record, onOutcome), drained: () => producer.drained() },
    { recordsPerSecond: config.recordsPerSecond, rampMs },
  )
  traffic.start()
  const { distinctKeys, unevenTopics } = scenario
  return { clientId, lingerMs: LINGER_MS, traffic, producer, distinctKeys, unevenTopics }
}

/** Every record that is in the log is told of, with the partition it went to: keys are then counted and not sampled. */
const telling =
  (hotKeys: HotKeys): OnOutcome =>
  (outcome, { key, value }) => {
    if (outcome.kind !== 'acknowledged') return
    const bytes = typeof key === 'string' ? utf8Bytes(key) : (key ?? null)
    hotKeys.written(outcome.topic, outcome.partition, bytes, (bytes?.length ?? 0) + byteLength(value))
  }

const byteLength = (value: Uint8Array | string | null): number =>
  value === null ? 0 : typeof value === 'string' ? Buffer.byteLength(value) : value.length
