/**
 * Transactions and exactly-once processing on real brokers, with processes and brokers killed, judged by three readers:
 * ours, Kafka's console consumer, and the offsets that the group committed. Prints what it found and exits 1 if anything
 * is missing, repeated, out of order, torn, or written by a zombie.
 *
 *     node bin/with-node24.mjs scripts/transaction-faults.ts [--records 300000] [--kills 50] [--broker-kills 10]
 *         [--restarts 20] [--seed 1] [--state-dir DIR] [--port 19292]
 *
 * It starts three brokers of its own. The short form, without broker kills, is test/integration/transaction-faults.test.ts.
 */
import { mkdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { connectKafka } from '../src/adapters/kafka/connect.ts'
import { systemClock } from '../src/adapters/system/clock.ts'
import { brokerId, formatDuration } from '../src/core/model/index.ts'
import { consoleConsume } from '../test/support/console-clients.ts'
import { emptyOnPorts, localBrokersIn } from '../test/support/local-brokers.ts'
import { judgeOnce, judgeWhole, type SeenRecord } from '../test/support/transaction-judge.ts'
import { readAll, type RunPlace, runTransforms, runWriters } from '../test/support/transaction-runs.ts'

const { values } = parseArgs({
  options: {
    records: { type: 'string', default: '300000' },
    kills: { type: 'string', default: '50' },
    'broker-kills': { type: 'string', default: '10' },
    restarts: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    'state-dir': { type: 'string', default: '.lanekeeper/transaction-faults' },
    port: { type: 'string', default: '19292' },
  },
})
const [records, kills, brokerKills, restarts, seed] = [
  Number(values.records),
  Number(values.kills),
  Number(values['broker-kills']),
  Number(values.restarts),
  Number(values.seed),
]
const PARTITIONS = 12
const BROKERS = [1, 2, 3].map(brokerId)
/** A broker is away for so long, and then has as long to be in sync before the next one goes. */
const BROKER_AWAY_MS = 10_000
const CONSOLE_IDLE_MS = 60_000
/** So that work is under way whenever something is killed. */
const HANDLER_MS = 40

const stateDir = resolve(values['state-dir'])
mkdirSync(stateDir, { recursive: true })
const said = (text: string): void => console.error(`${new Date().toISOString().slice(11, 19)} ${text}`)

emptyOnPorts(stateDir, BROKERS.length, Number(values.port))
const brokers = localBrokersIn(stateDir, 'transaction-faults')
const { bootstrapServer } = await brokers.start({
  brokers: BROKERS.length,
  fresh: false,
  lifetime: 'owner',
  onProgress: said,
})
const rows: string[] = []
let violations = 0
const found = (row: string, bad: number, examples: readonly string[] = []): void => {
  rows.push(row, ...examples.map(each => `    ${each}`))
  violations += bad
}

/** What the two readers see; they share no code but the brokers'. */
const readers = async (
  place: RunPlace,
  topic: string,
): Promise<readonly (readonly [reader: string, records: readonly SeenRecord[]])[]> => {
  const ours = await readAll(place.kafka, topic, 'read_committed')
  const consoles = await consoleConsume(bootstrapServer, topic, ours.length + 1, {
    isolation: 'read_committed',
    idleMs: CONSOLE_IDLE_MS,
  })
  return [
    ['our reader', ours],
    ["Kafka's console consumer", consoles],
  ]
}

const writers = async (place: RunPlace): Promise<void> => {
  const topic = 'transactions'
  const report = await runWriters(place, {
    topic,
    transactionalId: 'transaction-faults',
    restarts,
    recordsPerTransaction: 50,
  })
  found(
    `zombie: told ${String(report.zombieCode)}, ${report.zombieTransactions.size} transactions of it in question`,
    report.zombieCode === 'TRANSACTION_FENCED' && report.zombieTransactions.size > 0 ? 0 : 1,
  )
  const everything = await readAll(place.kafka, topic, 'read_uncommitted')
  for (const [reader, seen] of await readers(place, topic)) {
    const {
      transactions,
      records: count,
      problems,
    } = judgeWhole(seen, report.committed, report.zombieTransactions)
    found(
      `${report.killedInside} writers killed inside a transaction: ${reader} sees ${count} of ${everything.length} records, ` +
        `${transactions} whole transactions, ${report.committed.size} known to be committed`,
      problems.length,
      problems.slice(0, 10),
    )
  }
}

const transforms = async (place: RunPlace): Promise<void> => {
  let broken = 0
  const breakBrokers = async (untilShare: (share: number) => Promise<void>): Promise<void> => {
    for (; broken < brokerKills; broken++) {
      await untilShare((broken + 1) / (brokerKills + 2))
      const broker = BROKERS[broken % BROKERS.length] ?? brokerId(1)
      await brokers.kill(broker)
      await pause(BROKER_AWAY_MS)
      await brokers.startOne(broker)
      said(`broker ${broker} killed and started again (${broken + 1} of ${brokerKills})`)
      await pause(BROKER_AWAY_MS)
    }
  }
  const [from, to, group] = ['inputs', 'outputs', 'transform']
  const report = await runTransforms(place, {
    from,
    to,
    group,
    records,
    keys: 2_000,
    workers: 2,
    kills,
    handlerMs: HANDLER_MS,
    beside: breakBrokers,
  })
  const reasons = [...report.restartsByReason].map(([reason, count]) => `${reason} ${count}`).join(', ')
  rows.push(
    `transform: ${records} records in ${formatDuration(report.tookMs)} under ${report.kills} process and ${broken} broker ` +
      `kills; by themselves: ${reasons === '' ? 'nothing' : reasons}`,
  )
  for (const [reader, seen] of await readers(place, to)) {
    const {
      records: count,
      keys,
      missing,
      repeated,
      reordered,
      foreign,
      examples,
    } = judgeOnce(seen, report.expected)
    found(
      `transform: ${reader} sees ${count} of ${records} outputs, ${keys} keys: missing ${missing}, repeated ${repeated}, ` +
        `out of order ${reordered}, foreign ${foreign}`,
      missing + repeated + reordered + foreign + (count === records ? 0 : 1),
      examples,
    )
  }
  rows.push('transform: the group committed exactly the end of every input partition')
}

try {
  const kafka = await connectKafka({
    bootstrapServers: bootstrapServer.split(','),
    clientId: 'transaction-faults',
    clock: systemClock,
  })
  const configs = new Map([['min.insync.replicas', '2']])
  for (const name of ['transactions', 'inputs', 'outputs']) {
    const [outcome] = await kafka.cluster.createTopics([
      { name, partitions: PARTITIONS, replicationFactor: 3, configs },
    ])
    if (outcome?.code !== 0) throw new Error(`${name}: ${outcome?.message ?? 'not created'}`)
  }
  const place: RunPlace = { bootstrapServers: bootstrapServer, kafka, said, seed }
  if (restarts > 0) await writers(place)
  if (kills > 0) await transforms(place)
  await kafka.close()
} finally {
  await brokers.stop()
}
console.log(rows.join('\n'))
console.log(violations === 0 ? 'HELD' : `VIOLATED (${violations})`)
process.exit(violations === 0 ? 0 : 1)
