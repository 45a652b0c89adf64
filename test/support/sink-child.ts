/**
 * A process that applies records 0 … 99 to a SQLite sink and kills itself with SIGKILL in the middle of one: after the
 * token and the effect are written, before they are committed. Arguments: file, offset to die at (-1: never).
 */
import { SqliteSink } from '../../src/adapters/sqlite-sink/sqlite-sink.ts'

const [file = '', dieAt = '-1'] = process.argv.slice(2)
const sink = new SqliteSink({ file, group: 'billing' })
sink.database.exec(
  'CREATE TABLE IF NOT EXISTS payments (record_offset INTEGER NOT NULL, pid INTEGER NOT NULL)',
)
const pay = sink.database.prepare('INSERT INTO payments VALUES (?, ?)')
for (let offset = 0; offset < 100; offset++)
  sink.once({ topicId: 'aa', partition: 0, offset }, () => {
    pay.run(offset, process.pid)
    if (offset === Number(dieAt)) process.kill(process.pid, 'SIGKILL')
  })
sink.close()
