import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { tempFolder } from '../../../test/support/temp-folder.ts'
import { makeFolder } from './make-folder.ts'

test('makes a folder with all above it, and finds it there the second time', () => {
  const path = join(tempFolder('make-folder'), 'a', 'b', 'c')
  makeFolder(path)
  makeFolder(path)
  assert.ok(statSync(path).isDirectory())
})

test('a file in the way is told', () => {
  const file = join(tempFolder('make-folder'), 'file')
  writeFileSync(file, '')
  assert.throws(() => makeFolder(join(file, 'below')), { code: 'EEXIST' })
  assert.throws(() => makeFolder(file), { code: 'EEXIST' })
})

test('a place that takes no folders is told at once', { skip: process.platform !== 'linux' }, () => {
  // in a process of its own: what never comes back would take the test along
  const script = `import { makeFolder } from ${JSON.stringify(join(import.meta.dirname, 'make-folder.ts'))}
    try { makeFolder('/proc/lanekeeper/history') } catch (error) { console.log(error.code, error.path) }`
  const out = execFileSync(process.execPath, ['--input-type=module', '-e', script], { timeout: 5000 })
  assert.equal(String(out), 'ENOENT /proc/lanekeeper\n')
})
