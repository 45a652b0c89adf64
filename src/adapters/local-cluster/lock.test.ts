import assert from 'node:assert/strict'
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { LanekeeperError } from '../../core/model/index.ts'
import { acquire, holderOf } from './lock.ts'
import { tempFolder } from '../../../test/support/temp-folder.ts'

const newFile = (): string => join(tempFolder('lock'), 'owner.json')
const since = '2026-01-02T03:04:05.000Z'

test('the second learns who the first is; given back, it is free', () => {
  const file = newFile()
  const release = acquire(file, 'The folder', 'lanekeeper up x.yaml', since)
  assert.throws(
    () => acquire(file, 'The folder', 'another', since),
    (failure: unknown) =>
      failure instanceof LanekeeperError &&
      failure.code === 'STATE_DIR_HELD' &&
      failure.message ===
        `The folder is held by process ${process.pid} (lanekeeper up x.yaml) since ${since}.`,
  )
  release()
  assert.equal(holderOf(file), null)
  acquire(file, 'The folder', 'another', since)()
  assert.deepEqual(readdirSync(join(file, '..')), [])
})

test('a holder whose process is gone, whose pid belongs to another, or whose file is damaged, blocks nobody', () => {
  const gone = { pid: 2 ** 22 + 1, startTime: 'x', command: 'c', since }
  const reused = { pid: process.pid, startTime: 'x', command: 'c', since }
  for (const left of [JSON.stringify(gone), JSON.stringify(reused), '', '{"pid":']) {
    const file = newFile()
    writeFileSync(file, left)
    const release = acquire(file, 'The folder', 'mine', since)
    assert.equal(holderOf(file)?.command, 'mine', left)
    release()
    assert.equal(existsSync(file), false)
  }
})

test('giving back late does not take the lock from its next holder', () => {
  const file = newFile()
  const release = acquire(file, 'The folder', 'first', since)
  release()
  const other = { pid: process.ppid, startTime: 'x', command: 'next', since }
  writeFileSync(file, JSON.stringify(other))
  release()
  assert.ok(existsSync(file))
})
