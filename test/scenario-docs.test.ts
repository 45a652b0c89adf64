import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { scenarioDocuments } from '../scripts/scenario-documents.ts'

for (const [name, text] of scenarioDocuments())
  test(`docs/scenarios/${name} is what its workload gives`, () => {
    const written = readFileSync(join(import.meta.dirname, '..', 'docs', 'scenarios', name), 'utf8')
    assert.equal(written, text, 'run: npm run docs')
  })
