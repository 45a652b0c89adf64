import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { checkNode } from './node-version.ts'

const manifest = JSON.parse(readFileSync(join(import.meta.dirname, '..', '..', 'package.json'), 'utf8')) as {
  engines: { node: string }
}

test('a Node that is too old is told in one line, with what is needed', () => {
  for (const version of ['20.20.2', '22.18.9', '18.0.0'])
    assert.throws(() => checkNode(version), {
      code: 'USAGE',
      message: `lanekeeper needs Node 22.19 or later in the program that imports it; this is ${version}.`,
    })
  for (const version of ['22.19.0', '22.20.1', '23.0.0', '24.1.0', '100.0.0']) checkNode(version)
})

test('engines in package.json says the same', () => {
  assert.equal(manifest.engines.node, '>=22.19')
})
