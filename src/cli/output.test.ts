import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { capturedWorld } from '../../test/support/captured-world.ts'
import { ManualClock } from '../../test/support/manual-clock.ts'
import { scriptedCluster, snapshotOf } from '../../test/support/scripted-cluster.ts'
import { tempFolder } from '../../test/support/temp-folder.ts'
import { reportFailure } from './output.ts'

const reported = (failure: unknown, json = false) => {
  const { world, take } = capturedWorld({
    cluster: scriptedCluster(snapshotOf([])),
    clock: new ManualClock(),
  })
  const code = reportFailure(world.io, failure, json)
  return { code, ...take() }
}

const thrownBy = (action: () => void): unknown => {
  try {
    action()
  } catch (error) {
    return error
  }
  return assert.fail('nothing was thrown')
}

test('a place that cannot be written is told with its path and what to do, and without a stack', () => {
  const file = join(tempFolder('output'), 'file')
  writeFileSync(file, '')
  const folder = join(file, 'cluster')
  const { code, err } = reported(thrownBy(() => mkdirSync(folder, { recursive: true })))
  assert.equal(code, 2)
  assert.match(err, /^error FILE_UNREADABLE: .*: a part of the path is a file and no folder\.\n {2}Make room/)
  assert.ok(err.includes(folder))
  assert.doesNotMatch(err, / at /)
})

test('a full disk, also where only the file is known and not its path, as one object with --json', () => {
  const full = Object.assign(new Error('ENOSPC'), { code: 'ENOSPC', syscall: 'write' })
  const { error } = JSON.parse(reported(full, true).out) as { error: { code: string; message: string } }
  assert.deepEqual([error.code, error.message], ['FILE_UNREADABLE', 'write: the disk is full.'])
})

test('what is a mistake of ours keeps its stack', () => {
  const { code, err } = reported(new TypeError('x is not a function'))
  assert.equal(code, 1)
  assert.match(err, /^error UNEXPECTED: TypeError: x is not a function\n {4}at /)
})
