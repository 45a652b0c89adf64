import type { TrafficConfig } from '../../config/config.ts'
import { createProducer, type Producer } from '../../producer/producer.ts'
import { createScenario } from '../../workload/scenarios.ts'
import type { ShapeName } from '../../workload/shapes.ts'
import { Traffic } from '../../workload/traffic.ts'
import type { Connection, World } from '../world.ts'

export interface Writer {
  readonly traffic: Traffic
  readonly producer: Producer
  /** Keys by topic, and the topics whose keys are not equally active. */
  readonly distinctKeys: ReadonlyMap<string, number>
  readonly unevenTopics: ReadonlySet<string>
}

/** The scenario's traffic into the declared topics, by a producer that keeps order per key. */
export const startWriter = (
  world: World,
  connection: Connection,
  config: TrafficConfig,
  { rampMs, shapes }: { readonly rampMs: number; readonly shapes: readonly ShapeName[] },
): Writer => {
  const producer = createProducer({
    link: connection.openLink(`${config.scenario}-writer`),
    clock: world.clock,
    codecs: world.codecs,
    random: world.seededRandom(config.seed + 1),
    // A short linger: at this rate a batch holds about one record whatever we wait, so waiting only adds latency.
    options: { lingerMs: 25, produceTimeoutMs: 3_000 },
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
  const traffic = new Traffic(world.clock, scenario, producer, {
    recordsPerSecond: config.recordsPerSecond,
    rampMs,
  })
  traffic.start()
  const { distinctKeys, unevenTopics } = scenario
  return { traffic, producer, distinctKeys, unevenTopics }
}
