import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { errorsDocument } from '../scripts/errors-document.ts'
import { errorRegistry } from '../src/core/model/index.ts'

test('docs/errors.md is what the registry says', () => {
  const written = readFileSync(join(import.meta.dirname, '..', 'docs', 'errors.md'), 'utf8')
  assert.equal(written, errorsDocument(), 'run: npm run docs')
})

test('every row is a sentence, and its statuses are ones that exist', () => {
  for (const [code, row] of Object.entries(errorRegistry)) {
    assert.match(code, /^[A-Z]+(_[A-Z]+)*$/)
    assert.match(row.text, /^[A-Z].*\.$/, code)
    assert.ok(row.http >= 200 && row.http < 600, code)
  }
})
