import type { TrafficConfig } from '../../config/config.ts'
import { LanekeeperError } from '../../core/model/index.ts'
import { createProducer, type Producer } from '../../producer/producer.ts'
import { createStreamSocial } from '../../workload/streamsocial.ts'
import { Traffic } from '../../workload/traffic.ts'
import type { Connection, World } from '../world.ts'

export interface Writer {
  readonly traffic: Traffic
  readonly producer: Producer
}

/** StreamSocial's traffic into the declared topics, by a producer that keeps order per key. */
export const startWriter = (
  world: World,
  connection: Connection,
  config: TrafficConfig,
  rampMs: number,
): Writer => {
  const [userActionsTopic, contentInteractionsTopic] = [...config.topicShares.keys()]
  if (userActionsTopic === undefined || contentInteractionsTopic === undefined)
    throw new LanekeeperError(
      'CONFIG_INVALID',
      'traffic.topics must name two topics: user actions, content interactions.',
    )
  const producer = createProducer({
    link: connection.openLink('streamsocial-writer'),
    clock: world.clock,
    codecs: world.codecs,
    random: world.seededRandom(config.seed + 1),
    // A short linger: at this rate a batch holds about one record whatever we wait, so waiting only adds latency.
    options: { lingerMs: 5 },
  })
  const next = createStreamSocial({
    userActionsTopic,
    contentInteractionsTopic,
    users: config.users,
    contents: config.contents,
    userActionsShare: config.topicShares.get(userActionsTopic) ?? 0.5,
    run: world.clock.wallMs(),
    random: world.seededRandom(config.seed),
  })
  const traffic = new Traffic(world.clock, next, producer, {
    recordsPerSecond: config.recordsPerSecond,
    rampMs,
  })
  traffic.start()
  return { traffic, producer }
}
