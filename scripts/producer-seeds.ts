/**
 * The producer's state machine through many seeds of faults: lost, late and repeated requests and answers, resets, moved
 * leaders, stopped brokers, late copies, fenced producers; patient runs and such that give up and settle afterwards.
 * Prints the first seed that breaks a promise and exits 1.
 *
 *     node bin/with-node24.mjs scripts/producer-seeds.ts [--seeds 10000] [--from 1]
 *     node bin/with-node24.mjs scripts/producer-seeds.ts --seeds 1 --from 4711        one seed again
 *
 * The short form (600 seeds) runs with the tests. The model and the judge are in test/support/producer-world.ts.
 */
import { parseArgs } from 'node:util'
import { runProducerSeed } from '../test/support/producer-world.ts'

const { values } = parseArgs({
  options: { seeds: { type: 'string', default: '10000' }, from: { type: 'string', default: '1' } },
})
const first = Number(values.from)
const last = first + Number(values.seeds) - 1

const faults = new Map<string, number>()
const runs = new Map<string, number>()
let [inDoubt, settled] = [0, 0]
const begin = performance.now()
for (let seed = first; seed <= last; seed++) {
  try {
    const report = await runProducerSeed(seed)
    for (const [name, count] of report.faults) faults.set(name, (faults.get(name) ?? 0) + count)
    runs.set(report.kind, (runs.get(report.kind) ?? 0) + 1)
    inDoubt += report.inDoubt
    settled += report.settled
  } catch (error) {
    console.error(error)
    console.error(
      `BROKEN at seed ${seed}; again: node bin/with-node24.mjs scripts/producer-seeds.ts --seeds 1 --from ${seed}`,
    )
    process.exit(1)
  }
}
const seconds = (performance.now() - begin) / 1000
for (const [name, count] of [...faults].toSorted((a, b) => b[1] - a[1]))
  console.log(`${String(count).padStart(10)}  ${name}`)
console.log(
  `HELD: ${last - first + 1} seeds in ${seconds.toFixed(1)} s (${[...runs].map(([kind, count]) => `${count} ${kind}`).join(', ')}); ` +
    `${inDoubt} records were in doubt, the log settled ${settled} of them`,
)
