import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { tempFolder } from './support/temp-folder.ts'
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

test('catches: a test that is switched off or runs alone', () => {
  // written here and not kept as a tree: whoever looks for such tests must find none in this repository
  for (const how of ['only', 'skip']) {
    const tree = tempFolder('tidy')
    mkdirSync(join(tree, 'src', 'core', 'model'), { recursive: true })
    writeFileSync(
      join(tree, 'src', 'core', 'model', 'brand.test.ts'),
      `import { test } from 'node:test'\ntest.${how}('one', () => {})\n`,
    )
    assert.deepEqual(
      checkTree(tree).map(violation => violation.rule),
      ['test-switched-off'],
      how,
    )
  }
})

test('every fixture is expected and every rule has one', () => {
  assert.deepEqual(readdirSync(fixtures).toSorted(), Object.keys(expected).toSorted())
})
