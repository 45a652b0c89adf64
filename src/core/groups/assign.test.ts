import assert from 'node:assert/strict'
import { test } from 'node:test'
import { plainAssignment, readGoldenCases } from '../../../test/support/assignment-cases.ts'
import { assignorNames } from './assign.ts'
import { rebalanceAll } from './steps.ts'

for (const file of ['cases.jsonl', 'random.jsonl'])
  for (const assignor of assignorNames)
    test(`${assignor} gives exactly what Kafka's gives: ${file}`, () => {
      for (const { name, steps, results } of readGoldenCases(file))
        for (const [step, result] of rebalanceAll(assignor, steps).entries())
          assert.deepEqual(
            result.kind === 'assigned' ? plainAssignment(result.assignment) : result.reason,
            results[assignor][step],
            `${name}, step ${step + 1}`,
          )
    })

test('the golden cases are there', () => {
  assert.equal(readGoldenCases('cases.jsonl').length, 57)
  assert.equal(readGoldenCases('random.jsonl').length, 71)
})
