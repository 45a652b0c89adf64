/**
 * The consumer's membership under chaos: 200 joins, leaves, kills (-9) and SIGSTOPs while a million keyed records are
 * written, on three brokers of its own. Prints what three witnesses say and exits 1 if anything was done out of order,
 * lost, done by a former owner, committed backwards, or repeated after a graceful hand-over, or if the records of a member at
 * rest do not add up (consumed = processed + dead-lettered + given back).
 *
 *     node bin/with-node24.mjs scripts/consumer-chaos.ts [--records 1000000] [--actions 200] [--protocol consumer]
 *         [--seed SEED] [--state-dir DIR] [--bootstrap-server HOST:PORT,…] [--sink] [--poison]
 *
 * With --sink every effect goes into a database as well, by the idempotent sink and without asking for ownership: there each
 * record must stand once, in order per key, whatever was repeated. With --poison one record in fifty of every key fails in
 * its handler: the dead-letter topic must hold those, each, and nothing else.
 */
import { mkdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { emptyOnPorts, localBrokersIn } from '../test/support/local-brokers.ts'
import { runChaos } from './chaos/run.ts'

const { values } = parseArgs({
  options: {
    records: { type: 'string', default: '1000000' },
    actions: { type: 'string', default: '200' },
    'pause-ms': { type: 'string', default: '3000' },
    members: { type: 'string', default: '5' },
    protocol: { type: 'string', default: 'consumer' },
    assignor: { type: 'string', default: 'cooperative-sticky' },
    window: { type: 'string', default: '64' },
    seed: { type: 'string', default: `chaos-${Date.now()}` },
    'state-dir': { type: 'string', default: '.lanekeeper/consumer-chaos' },
    'bootstrap-server': { type: 'string' },
    sink: { type: 'boolean', default: false },
    poison: { type: 'boolean', default: false },
  },
})

/** Of its own: a cluster that others kill may not be this one. */
const FIRST_PORT = 31_192

const say = (text: string): void => console.error(`${new Date().toISOString().slice(11, 19)} ${text}`)
const stateDir = resolve(values['state-dir'])
mkdirSync(stateDir, { recursive: true })
const named = values['bootstrap-server']
if (named === undefined) emptyOnPorts(stateDir, 3, FIRST_PORT)
const brokers = named === undefined ? localBrokersIn(stateDir, 'consumer-chaos') : null
const started = await brokers?.start({ brokers: 3, fresh: false, lifetime: 'owner', onProgress: say })
const bootstrapServer = named ?? started?.bootstrapServer ?? ''
const windowRecords = Number(values.window)
const classic = values.protocol === 'classic'
let code = 1
try {
  say(`seed ${values.seed}, ${values.protocol}${classic ? ` (${values.assignor})` : ''}`)
  const report = await runChaos({
    bootstrapServer,
    topic: `chaos-${Date.now().toString(36)}`,
    partitions: 12,
    records: Number(values.records),
    keys: 500,
    actions: Number(values.actions),
    pauseMs: Number(values['pause-ms']),
    membersMax: Number(values.members),
    seed: values.seed,
    windowRecords,
    settings: {
      windowRecords,
      maxPollIntervalMs: 15_000,
      ...(classic
        ? {
            groupProtocol: 'classic',
            sessionTimeoutMs: 6000,
            heartbeatIntervalMs: 1000,
            partitionAssignmentStrategy: [values.assignor as 'range' | 'cooperative-sticky'],
          }
        : {}),
    },
    readCommits: true,
    sink: values.sink,
    poison: values.poison,
    say,
  })
  const list = (counts: ReadonlyMap<string, number>): string =>
    [...counts].map(([what, count]) => `${count} ${what}`).join(', ') || 'none'
  const kinds = new Map<string, number>()
  for (const problem of report.problems) {
    const kind = problem.split(':')[0] ?? problem
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
  }
  console.log(
    `acknowledged ${report.acknowledged}, effects ${report.effects}, distinct ${report.distinct}, in ${report.seconds.toFixed(0)} s`,
  )
  console.log(
    `actions: ${list(report.actions)}; periods of ownership ${report.periods}; lost: ${list(report.losses)}`,
  )
  console.log(
    `repeats by the end of the period before: ${list(report.repeats)}; at most ${report.repeatsPerChangeMax} in a change`,
  )
  console.log(`furthest ahead of the lowest unfinished record: ${report.aheadMax} (window ${windowRecords})`)
  if (report.sink !== null)
    console.log(
      `in the sink ${report.sink.effects} effects; ${report.sink.refused} came again, or late, and were refused`,
    )
  if (report.letters !== null)
    console.log(`dead letters: ${report.letters.letters}, ${report.letters.repeats} of them repeats`)
  console.log(`members whose records added up when they came to rest: ${report.accounts}`)
  console.log(`commits in Kafka's offsets topic: ${report.commits}`)
  console.log(`problems: ${list(kinds)}`)
  for (const problem of report.problems.slice(0, 20)) console.log(`  ${problem}`)
  code = report.problems.length === 0 ? 0 : 1
  console.log(code === 0 ? 'HELD' : 'VIOLATED')
} finally {
  await brokers?.stop()
}
process.exit(code)
