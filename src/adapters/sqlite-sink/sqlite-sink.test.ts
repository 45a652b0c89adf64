import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { tempFolder } from '../../../test/support/temp-folder.ts'
import { SqliteSink } from './sqlite-sink.ts'

const place = (offset: number, partition = 0, topicId = 'aa') => ({ topicId, partition, offset })

const newFile = (): string => join(tempFolder('sink'), 'effects.db')

const opened = (file = newFile(), group = 'billing') => {
  const sink = new SqliteSink({ file, group })
  sink.database.exec(
    'CREATE TABLE IF NOT EXISTS payments (record_offset INTEGER NOT NULL, pid INTEGER NOT NULL)',
  )
  const pay = sink.database.prepare('INSERT INTO payments VALUES (?, ?)')
  return {
    sink,
    file,
    once: (offset: number) => sink.once(place(offset), () => void pay.run(offset, process.pid)),
    paid: () =>
      sink.database
        .prepare('SELECT record_offset FROM payments ORDER BY rowid')
        .all()
        .map(row => row['record_offset']),
    tokens: () =>
      sink.database.prepare('SELECT count(*) AS tokens FROM lanekeeper_applied').get()?.['tokens'],
  }
}

test('each record once, in whatever order and however often it comes', () => {
  const { once, paid, sink } = opened()
  assert.deepEqual([5, 3, 5, 4, 3].map(once), ['applied', 'applied', 'repeated', 'applied', 'repeated'])
  assert.deepEqual(paid(), [5, 3, 4])
  sink.close()
})

test('what an effect throws undoes it and its token', () => {
  const { once, paid, sink } = opened()
  const failing = (): void => {
    sink.database.exec('INSERT INTO payments VALUES (1, 0)')
    throw new Error('no money')
  }
  assert.throws(() => sink.once(place(1), failing), /no money/)
  assert.deepEqual(paid(), [])
  assert.equal(once(1), 'applied')
  sink.close()
})

test('below a committed offset everything is a repeat, and needs no token', () => {
  const { once, sink, tokens } = opened()
  for (const offset of [10, 11, 13]) once(offset)
  sink.settle([place(12)])
  assert.equal(tokens(), 1)
  assert.equal(sink.position('aa', 0), 12)
  assert.deepEqual([9, 11, 12, 13].map(once), ['repeated', 'repeated', 'applied', 'repeated'])
  sink.settle([place(3)])
  assert.equal(sink.position('aa', 0), 12, 'a former owner that settles late takes nothing back')
  sink.close()
})

test('partitions, topics of one name and groups have tokens of their own', () => {
  const { sink, file, once } = opened()
  const other = opened(file, 'audit')
  assert.equal(once(1), 'applied')
  assert.equal(
    sink.once(place(1, 1), () => undefined),
    'applied',
  )
  assert.equal(
    sink.once(place(1, 0, 'bb'), () => undefined),
    'applied',
  )
  assert.equal(other.once(1), 'applied')
  sink.close()
  other.sink.close()
})

test('two processes on one file: the second to come is refused', () => {
  const first = opened()
  const second = opened(first.file)
  assert.deepEqual(
    [first.once(1), second.once(1), second.once(2), first.once(2)],
    ['applied', 'repeated', 'applied', 'repeated'],
  )
  assert.deepEqual(first.paid(), [1, 2])
  first.sink.close()
  second.sink.close()
})

test('an effect that would outlive its transaction is refused', () => {
  const { sink, tokens } = opened()
  const later = (() => Promise.resolve()) as () => void
  assert.throws(() => sink.once(place(1), later), /must be synchronous/)
  assert.equal(tokens(), 0)
  sink.close()
})

test('a file that is no database is told by name', () => {
  assert.throws(
    () => new SqliteSink({ file: tempFolder('sink'), group: 'billing' }),
    /cannot be used as an effect sink/,
  )
})

test('kill -9 in the middle of an effect: nothing of it remains, and the next process does it once', () => {
  const file = newFile()
  const child = join(import.meta.dirname, '..', '..', '..', 'test', 'support', 'sink-child.ts')
  const run = (dieAt: number) =>
    spawnSync(process.execPath, ['--no-warnings', child, file, String(dieAt)], { encoding: 'utf8' })
  assert.equal(run(50).signal, 'SIGKILL')
  const between = opened(file)
  assert.deepEqual(between.paid(), [...Array(50).keys()])
  between.sink.close()
  assert.equal(run(70).signal, 'SIGKILL')
  const last = run(-1)
  assert.equal(last.status, 0, last.stderr)
  const end = opened(file)
  assert.deepEqual(end.paid(), [...Array(100).keys()])
  end.sink.close()
})
