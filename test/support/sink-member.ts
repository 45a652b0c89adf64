/**
 * A consumer whose effects go to a SQLite sink, as a process that a test may stop and kill. Arguments: bootstrap server,
 * topic, group, database file. Each effect is a row with key, sequence and process id. SIGTERM ends it in order.
 */
import { createConsumer } from '../../src/package/consumer.ts'
import { SqliteSink } from '../../src/package/sqlite-sink.ts'

const [bootstrapServers = '', topic = '', group = '', file = ''] = process.argv.slice(2)
const sink = new SqliteSink({ file, group, synchronous: 'normal' })
sink.database.exec(
  'CREATE TABLE IF NOT EXISTS effects (key TEXT NOT NULL, sequence INTEGER NOT NULL, pid INTEGER NOT NULL)',
)
const insert = sink.database.prepare('INSERT INTO effects VALUES (?, ?, ?)')
const ended = new AbortController()
process.once('SIGTERM', () => ended.abort())
const decoder = new TextDecoder()
let repeated = 0

const { clean } = await createConsumer({ bootstrapServers }).run({
  group,
  topics: [topic],
  sink,
  signal: ended.signal,
  // a commit far behind, so that a kill leaves something to repeat
  commit: 'periodic',
  autoCommitIntervalMs: 1000,
  // some 800 records a second: slow enough that a test finds it in the middle of its work
  concurrency: 4,
  handler: async record => {
    await new Promise(resolve => setTimeout(resolve, 3 + (record.offset % 5)))
    const key = decoder.decode(record.key ?? undefined)
    const sequence = Number(decoder.decode(record.value ?? undefined))
    const outcome = sink.once(record, () => void insert.run(key, sequence, process.pid))
    if (outcome === 'repeated') repeated++
  },
})
sink.close()
console.log(JSON.stringify({ clean, repeated }))
