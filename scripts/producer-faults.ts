/**
 * The producer under kills (SIGKILL) and stops (SIGSTOP) of real brokers, leader moves and rolling restarts, judged by
 * three witnesses: its own outcomes, our reader, Kafka's console consumer. Prints a table and exits 1 if a record that
 * was acknowledged is lost, repeated, out of order or elsewhere.
 *
 *     node bin/with-node24.mjs scripts/producer-faults.ts [--kills 20] [--controller-kills 0] [--stops 20] [--moves 3]
 *         [--restarts 1] [--records 1000000] [--rate 1000] [--partitions 12] [--keys 5000] [--warm 20] [--down 10] [--port 23092] [--state-dir DIR]
 *
 * It starts three brokers of its own in the state folder and ends them. With the defaults it takes about half an hour:
 * after each fault it waits until every partition has all its copies again. `--rate` is that of the records while there
 * are faults; what is missing to `--records` then follows at full speed. The first line of the table is a stretch
 * without any fault: what stalls there is the machine. "Leaderless" is how long the cluster itself took until others led
 * what the broker had led; only what a wait is longer than that is the producer's.
 */
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { kafkaCodeName } from '../src/core/model/index.ts'
import { holds } from '../test/support/log-judge.ts'
import {
  type FaultKind,
  faultKinds,
  runProducerFaults,
  takesBrokerAway,
} from '../test/support/producer-fault-run.ts'

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '20' },
    'controller-kills': { type: 'string', default: '0' },
    stops: { type: 'string', default: '20' },
    moves: { type: 'string', default: '3' },
    restarts: { type: 'string', default: '1' },
    records: { type: 'string', default: '1000000' },
    rate: { type: 'string', default: '1000' },
    partitions: { type: 'string', default: '12' },
    keys: { type: 'string', default: '5000' },
    warm: { type: 'string', default: '20' },
    down: { type: 'string', default: '10' },
    port: { type: 'string', default: '23092' },
    'state-dir': { type: 'string', default: '.lanekeeper/producer-faults' },
  },
})

const [kills, stops] = [Number(values.kills), Number(values.stops)]
const repeated = (kind: FaultKind, count: number): FaultKind[] => Array.from({ length: count }, () => kind)
/** Kills and stops in turn, so that neither meets only a cluster that the other has not touched. */
const inTurn = Array.from({ length: Math.max(kills, stops) }, (_, index) => [
  ...(index < kills ? (['kill'] as const) : []),
  ...(index < stops ? (['stop'] as const) : []),
]).flat()
const faults: readonly FaultKind[] = [
  'control',
  ...repeated('move', Number(values.moves)),
  ...inTurn,
  ...repeated('kill-controller', Number(values['controller-kills'])),
  ...repeated('restart', Number(values.restarts)),
]

const began = performance.now()
const report = await runProducerFaults({
  stateDir: resolve(values['state-dir']),
  firstPort: Number(values.port),
  faults,
  records: Number(values.records),
  recordsPerSecond: Number(values.rate),
  partitions: Number(values.partitions),
  keys: Number(values.keys),
  warmMs: Number(values.warm) * 1000,
  downMs: Number(values.down) * 1000,
  say: text => console.error(`${new Date().toISOString().slice(11, 19)} ${text}`),
})

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`
console.log('fault            times   leaderless   longest wait: led by it   with a copy on it   without')
for (const kind of faultKinds) {
  const stalls = report.stalls.filter(stall => stall.kind === kind)
  if (stalls.length === 0) continue
  const longest = (pick: (stall: (typeof stalls)[number]) => number): string =>
    seconds(Math.max(...stalls.map(pick)))
  const away = takesBrokerAway(kind)
  console.log(
    [
      kind.padEnd(15),
      String(stalls.length).padStart(6),
      (away ? longest(stall => stall.leaderlessMs) : '').padStart(12),
      longest(stall => stall.ledMs).padStart(25),
      (away ? longest(stall => stall.copiedMs) : '').padStart(19),
      (away ? longest(stall => stall.untouchedMs) : '').padStart(9),
    ].join(' '),
  )
}
console.log(
  `${report.sent} sent: ${report.acknowledged} acknowledged, ${report.failed} failed, ${report.inDoubt} in doubt; ` +
    `${report.retries} batches tried again; ${report.recordsPerBatch.toFixed(1)} records a batch, ` +
    `${report.batchesPerSecond.toFixed(0)} batches a second`,
)
console.log(
  `answers: ${[...report.answersByCode].map(([code, count]) => `${count} × ${code === -1 ? 'none' : kafkaCodeName(code)}`).join(', ')}`,
)
for (const [name, verdict] of Object.entries(report.witnesses))
  console.log(
    `${name.padEnd(6)} read ${verdict.read}: lost ${verdict.lost}, duplicated ${verdict.duplicated}, reordered ${verdict.reordered}, ` +
      `elsewhere ${verdict.misplaced}, failed but there ${verdict.failedButThere}`,
  )
const held = Object.values(report.witnesses).every(holds) && report.acknowledged >= Number(values.records)
console.log(`${held ? 'HELD' : 'VIOLATED'} in ${seconds(performance.now() - began)}`)
process.exit(held ? 0 : 1)
