import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runProducerSeed, traceOfSeed } from '../../../test/support/producer-world.ts'

/** The short form of `scripts/producer-seeds.ts`. */
const SEEDS = 2000

test(`${SEEDS} seeds of faults: acknowledged stands in the log once and in order, failed does not`, async () => {
  const totals = new Map<string, number>()
  let [inDoubt, settled] = [0, 0]
  for (let seed = 1; seed <= SEEDS; seed++) {
    const report = await runProducerSeed(seed)
    for (const [name, count] of report.faults) totals.set(name, (totals.get(name) ?? 0) + count)
    inDoubt += report.inDoubt
    settled += report.settled
  }
  // a fault that never happens tests nothing
  for (const name of [
    'request lost',
    'answer lost',
    'late',
    'executed twice',
    'answered twice',
    'connection reset',
    'broker stopped',
    'leader moved',
    'stale look-up',
    'look-up lost',
    'not enough replicas',
    'appended, copies late',
    'no id yet',
    'too large',
  ])
    assert.ok((totals.get(name) ?? 0) >= SEEDS / 10, `"${name}" happened ${totals.get(name) ?? 0} times`)
  assert.ok((totals.get('fenced') ?? 0) > 0)
  assert.ok(inDoubt > SEEDS / 10, `${inDoubt} records were ever in doubt`)
  assert.ok(settled > 0, 'no doubt was ever settled')
})

test('a run is a function of its seed', async () => {
  for (const seed of [42, 44]) assert.equal(await traceOfSeed(seed), await traceOfSeed(seed))
})
