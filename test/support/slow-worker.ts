/**
 * A consumer as somebody else would write it: one record at a time, so many milliseconds each, until SIGTERM; then it
 * finishes, commits, leaves and says how many it did. Arguments: bootstrap servers, group, topic, milliseconds a record.
 */
import { nodeCodecs } from '../../src/adapters/codecs/node-codecs.ts'
import { connectKafka } from '../../src/adapters/kafka/connect.ts'
import { systemClock } from '../../src/adapters/system/clock.ts'
import { createConsumer } from '../../src/consumer/consumer.ts'
import { sleep } from '../../src/ports/clock.ts'

const [servers = '', group = '', topic = '', milliseconds = '5'] = process.argv.slice(2)
const name = `slow-worker-${process.env['LANEKEEPER_WORKER'] ?? '0'}`
const kafka = await connectKafka({
  bootstrapServers: servers.split(','),
  clientId: name,
  clock: systemClock,
})
const consumer = createConsumer({
  link: kafka.openLink(name),
  clock: systemClock,
  codecs: nodeCodecs,
  options: {
    group,
    topics: [topic],
    ordering: 'partition',
    concurrency: 1,
    handler: () => sleep(systemClock, Number(milliseconds)),
  },
})
process.once('SIGTERM', () => {
  void consumer.close({ deadlineMs: 5_000 }).then(async ({ clean, left }) => {
    console.log(`${consumer.stats().recordsProcessed} records; clean ${clean}, left ${left}`)
    await kafka.close()
  })
})
await consumer.run()
