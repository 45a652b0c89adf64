/**
 * The site that bench/watchers.ts is told about: StreamSocial's calm traffic, and on a line of standard input an event.
 *
 *     node bench/watchers/site.ts BOOTSTRAP RECORDS_PER_SECOND
 *     step TOPIC PARTITION N   N records into that partition, acknowledged when it answers
 *     viral                    one item takes over, as the shape has it half a minute into itself
 */
import { createInterface } from 'node:readline'
import { nodeCodecs } from '../../src/adapters/codecs/node-codecs.ts'
import { connectKafka } from '../../src/adapters/kafka/connect.ts'
import { systemClock } from '../../src/adapters/system/clock.ts'
import { seededRandom } from '../../src/core/simulation/index.ts'
import { createProducer } from '../../src/producer/producer.ts'
import { createScenario } from '../../src/workload/scenarios.ts'
import type { ShapeName } from '../../src/workload/shapes.ts'
import { Traffic } from '../../src/workload/traffic.ts'

const [bootstrapServer = '', rate = '300'] = process.argv.slice(2)
const VIRAL_FROM_MS = 30_000
const kafka = await connectKafka({
  bootstrapServers: bootstrapServer.split(','),
  clientId: 'site',
  clock: systemClock,
})
const producer = createProducer({
  link: kafka.openLink('site'),
  clock: systemClock,
  codecs: nodeCodecs,
  random: seededRandom(1),
  options: { lingerMs: 25 },
})

const send = (shapes: readonly ShapeName[], fromMs: number, rampMs: number, seed: number): void => {
  const scenario = createScenario({
    name: 'streamsocial',
    topicShares: new Map([
      ['user-actions', 0.6],
      ['content-interactions', 0.4],
    ]),
    users: 300_000,
    contents: 100_000,
    run: systemClock.wallMs() + seed,
    random: seededRandom(seed),
    shapes,
  })
  new Traffic(
    systemClock,
    {
      next: atMs => scenario.next(fromMs + atMs),
      rateAt: atMs => scenario.rateAt(fromMs + atMs),
    },
    producer,
    { recordsPerSecond: Number(rate), rampMs },
  ).start()
}
send([], 0, 10_000, 1)

for await (const line of createInterface({ input: process.stdin })) {
  const [event, topic = '', partition = '', count = ''] = line.split(' ')
  if (event === 'viral') send(['viral'], VIRAL_FROM_MS, 0, 2)
  if (event === 'step') {
    const acknowledged = Array.from(
      { length: Number(count) },
      (_, at) =>
        new Promise<void>((resolve, reject) => {
          producer.send({ topic, partition: Number(partition), key: `step-${at}`, value: 'step' }, outcome =>
            outcome.kind === 'acknowledged' ? resolve() : reject(new Error(outcome.why)),
          )
        }),
    )
    await Promise.all(acknowledged)
  }
  console.log(event)
}
process.exit(0)
