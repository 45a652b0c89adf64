/**
 * The short form of `scripts/producer-faults.ts`: one broker killed, one stopped, on brokers of its own, and what three
 * witnesses say. The long form (20 and 20 over a million records) is run by hand.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { holds } from '../support/log-judge.ts'
import { runProducerFaults } from '../support/producer-fault-run.ts'
import { tempFolder } from '../support/temp-folder.ts'

test('a broker killed and one stopped: acknowledged stands in the log once, in order, where it was told', async () => {
  const said: string[] = []
  const report = await runProducerFaults({
    stateDir: tempFolder('producer-faults'),
    firstPort: 23_492,
    faults: ['kill', 'stop'],
    records: 4_000,
    recordsPerSecond: 200,
    partitions: 12,
    keys: 200,
    // longer than the session of a broker, so that others take over what it led
    warmMs: 0,
    downMs: 7_000,
    say: text => said.push(text),
  })
  const why = `${said.join('\n')}\n${JSON.stringify(report.witnesses)}`
  assert.ok(holds(report.witnesses.reader), why)
  assert.ok(holds(report.witnesses.kafka), why)
  assert.equal(report.acknowledged, report.sent, why)
  assert.ok(report.sent >= 4_000)
  // a fault that nobody noticed proves nothing
  assert.ok(report.retries > 0, why)
  assert.ok(
    report.stalls.every(({ ledMs, copiedMs }) => Math.max(ledMs, copiedMs) > 1_000),
    why,
  )
})
