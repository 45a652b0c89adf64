/**
 * Client CPU per record of the producer: routing, encoding, checksum, batching, settling.
 *
 *     node bench/producer.bench.ts                                        into a link that acknowledges at once
 *     node bench/producer.bench.ts --bootstrap-server H:P --topic NAME    into a real cluster (the topic must exist)
 *
 * Options: --records N, --partitions N (first form), --compression NAME. Prints one line per round, JSON at the end.
 * CPU time of this process divided by records: it includes the link's share, garbage collection and the JIT's warm-up
 * after the first, uncounted round.
 */
import { parseArgs } from 'node:util'
import { nodeCodecs } from '../src/adapters/codecs/node-codecs.ts'
import { connectKafka } from '../src/adapters/kafka/connect.ts'
import { systemClock } from '../src/adapters/system/clock.ts'
import type { CompressionName } from '../src/core/model/index.ts'
import { seededRandom } from '../src/core/simulation/index.ts'
import type { BrokerLink } from '../src/ports/broker-link.ts'
import { createProducer } from '../src/producer/producer.ts'

const { values: args } = parseArgs({
  options: {
    'bootstrap-server': { type: 'string' },
    topic: { type: 'string', default: 'bench' },
    records: { type: 'string', default: '500000' },
    partitions: { type: 'string', default: '12' },
    compression: { type: 'string', default: 'none' },
    rounds: { type: 'string', default: '5' },
  },
})

const BROKERS = 3
const VALUE_BYTES = 100
const KEYS = 10_000

/** Acknowledges every batch in the next turn. It reads no bytes: what is measured is the client alone. */
const instantLink = (partitions: number): BrokerLink =>
  ({
    metadata: topics =>
      Promise.resolve({
        brokers: [],
        topics: (topics ?? []).map(name => ({
          name,
          code: 0,
          topicId: '0'.repeat(32),
          partitions: Array.from({ length: partitions }, (_, index) => ({
            leader: index % BROKERS,
            leaderEpoch: 1,
          })),
        })),
      }),
    initProducerId: () => Promise.resolve({ code: 0, producerId: 1n, producerEpoch: 0 }),
    produce: (_broker, _channel, { items }) =>
      new Promise(resolve =>
        setImmediate(() =>
          resolve({
            throttleMs: 0,
            results: items.map(() => ({
              code: 0,
              baseOffset: 0,
              appendTimeMs: -1,
              message: null,
              leader: null,
            })),
          }),
        ),
      ),
    abandon: () => undefined,
  }) as Pick<BrokerLink, 'metadata' | 'initProducerId' | 'produce' | 'abandon'> as BrokerLink

const servers = args['bootstrap-server']?.split(',')
const kafka =
  servers === undefined
    ? null
    : await connectKafka({ bootstrapServers: servers, clientId: 'bench', clock: systemClock })
const records = Number(args.records)
const value = Buffer.alloc(VALUE_BYTES, 'v')
const keys = Array.from({ length: KEYS }, (_, index) => `user-${index * 7919}`)

const round = async (): Promise<{ cpuMicrosPerRecord: number; recordsPerSecond: number }> => {
  const producer = createProducer({
    link: kafka?.openLink('bench') ?? instantLink(Number(args.partitions)),
    clock: systemClock,
    codecs: nodeCodecs,
    random: seededRandom(1),
    options: { compression: args.compression as CompressionName },
  })
  await producer.partitionsFor(args.topic)
  const cpu = process.cpuUsage()
  const startMs = performance.now()
  for (let index = 0; index < records; index++) {
    const record = { topic: args.topic, key: keys[(index * 31) % KEYS] as string, value }
    if (!producer.send(record)) await producer.drained()
    // the sender shares one thread with the sockets: give them their turns
    if (index % 2000 === 1999) await new Promise(resolve => setImmediate(resolve))
  }
  await producer.flush()
  const { user, system } = process.cpuUsage(cpu)
  const seconds = (performance.now() - startMs) / 1000
  const report = await producer.close({ deadlineMs: 60_000 })
  if (report.acknowledged !== records) throw new Error(`${report.acknowledged} of ${records} acknowledged`)
  return { cpuMicrosPerRecord: (user + system) / records, recordsPerSecond: records / seconds }
}

await round()
const results: Awaited<ReturnType<typeof round>>[] = []
for (let count = 0; count < Number(args.rounds); count++) {
  const result = await round()
  results.push(result)
  console.log(
    `${result.cpuMicrosPerRecord.toFixed(3)} µs CPU a record, ${Math.round(result.recordsPerSecond)} records/s`,
  )
}
const median = (figures: number[]): number =>
  figures.toSorted((a, b) => a - b)[Math.floor(figures.length / 2)] as number
console.log(
  JSON.stringify({
    records,
    compression: args.compression,
    target: servers === undefined ? `${args.partitions} partitions, acknowledged at once` : 'real cluster',
    cpuMicrosPerRecordMedian: median(results.map(result => result.cpuMicrosPerRecord)),
    recordsPerSecondMedian: median(results.map(result => result.recordsPerSecond)),
    node: process.version,
  }),
)
await kafka?.close()
