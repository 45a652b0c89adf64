import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { checkTree, printViolations, type Rule } from './support/tidy.ts'

const root = join(import.meta.dirname, '..')
const fixtures = join(import.meta.dirname, 'support', 'tidy-fixtures')

test('the project keeps its house rules', () => {
  assert.equal(printViolations(checkTree(root)), '')
})

/** Each known-bad tree must be caught by exactly the rule it breaks: a check that cannot fail checks nothing. */
const expected: Readonly<Record<string, Rule>> = {
  'import-table': 'import-table',
  'adapter-to-adapter': 'import-table',
  'package-table': 'package-table',
  'node-in-core': 'package-table',
  'pure-core': 'pure-core',
  barrel: 'barrel',
  extension: 'extension',
  'test-switched-off': 'test-switched-off',
  'file-too-long': 'file-too-long',
}

for (const [fixture, rule] of Object.entries(expected)) {
  test(`catches: ${fixture}`, () => {
    assert.deepEqual(
      checkTree(join(fixtures, fixture)).map(violation => violation.rule),
      [rule],
    )
  })
}

test('every fixture is expected and every rule has one', () => {
  assert.deepEqual(readdirSync(fixtures).toSorted(), Object.keys(expected).toSorted())
})
