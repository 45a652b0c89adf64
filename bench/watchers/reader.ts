/** The group that bench/watchers.ts asks about: one member that reads both topics. Stopped and continued by signals. */
import { createConsumer } from '../../src/package/consumer.ts'

const [bootstrapServers = '', group = '', ...topics] = process.argv.slice(2)
const consumer = createConsumer({ bootstrapServers, 'client.id': 'reader' })
await consumer.run({ group, topics, handler: () => undefined })
