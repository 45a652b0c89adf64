import assert from 'node:assert/strict'
import { test } from 'node:test'
import { shippedRules } from '../core/alerts/index.ts'
import { LanekeeperError } from '../core/model/index.ts'
import { loadConfig, type Config } from './config.ts'

const load = (alerts: string): Config =>
  loadConfig(`topics: []\n${alerts}`, 'lanekeeper.yaml', { env: {}, flags: {} })

/** Every problem, as `line:column: what`. */
const problems = (alerts: string): readonly string[] => {
  try {
    load(alerts)
  } catch (error) {
    assert.ok(error instanceof LanekeeperError)
    return error.problems
  }
  return []
}

test('without a word the shipped rules hold, and nobody is told', () => {
  const { alerts, history, metrics, dashboard } = load('')
  assert.deepEqual(alerts.rules, shippedRules)
  assert.deepEqual(alerts.webhooks, [])
  assert.equal(alerts.repeatMs, 4 * 3_600_000)
  assert.equal(history.bytesMax, 512_000_000)
  assert.equal(metrics.granularity, 'partition')
  assert.equal(dashboard.tokenFile, null)
})

test('a shipped rule is changed by its name, switched off, and others are added', () => {
  const { alerts } = load(`alerts:
  webhooks:
    - {name: ops, url: "https://alerts.example/hook", secret-file: hook}
  rules:
    - {name: group-behind, above: 30000, for-seconds: 5}
    - {name: leader-skew, severity: off}
    - {name: one-key, measure: "finding:hot-partition", severity: critical, webhooks: [ops]}
    - {name: late, measure: group-lag, above: 1000}
`)
  const of = (name: string) => alerts.rules.find(rule => rule.name === name)
  const behind = of('group-behind')
  assert.equal(behind?.fireAbove, 30_000)
  assert.equal(behind?.fireAfterMs, 5_000)
  assert.equal(behind?.clearAtOrBelow, 30_000, 'a threshold lowered under the clearing one takes it along')
  assert.equal(behind?.clearAfterMs, 300_000)
  assert.equal(of('leader-skew'), undefined)
  assert.deepEqual(of('one-key')?.webhooks, ['ops'])
  assert.equal(of('one-key')?.fireAbove, 0)
  assert.equal(of('late')?.clearAtOrBelow, 800)
  assert.equal(alerts.rules.length, shippedRules.length - 1 + 2)
})

test('what is wrong is told with its place, all at once', () => {
  const found = problems(`alerts:
  rules:
    - {name: late, measure: group-lagg, above: 1}
    - {name: mine, above: 1}
    - {name: typo, measure: "finding:hot-partion"}
    - {name: own, measure: group-lag}
    - {name: group-behind, above: 10, clear-at-or-below: 20}
    - {name: hot-partition, webhooks: [nobody]}
    - {name: hot-partition}
    - {name: Bad Name, measure: group-lag, above: 1}
  webhooks:
    - {name: ops, url: "ftp://x"}
    - {name: user, url: "https://user:secret@x/hook"}
`)
  const expected = [
    /:4:.*group-lagg is no measure; did you mean group-lag\?/,
    /:5:.*mine, which is no shipped rule, so it must say measure/,
    /:6:.*finding:hot-partion is no measure; did you mean finding:hot-partition\?/,
    /:7:.*says a measure but not above what it fires/,
    /:8:.*20 is over the 10 that it fires above/,
    /:9:.*names nobody, which alerts\.webhooks does not declare/,
    /:10:.*hot-partition is declared already/,
    /:11:.*must be lower-case letters/,
    /:13:.*must be an http or https address/,
    /:14:.*must be an http or https address without a user/,
  ]
  for (const pattern of expected)
    assert.ok(
      found.some(problem => pattern.test(problem)),
      `${pattern} is not among\n${found.join('\n')}`,
    )
  assert.equal(found.length, expected.length, found.join('\n'))
  assert.ok(!found.join().includes('secret'), 'what may be a secret is not repeated')
})
