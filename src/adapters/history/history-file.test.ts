import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { tempFolder } from '../../../test/support/temp-folder.ts'
import type { HistoryRow, SeriesKey } from '../../ports/history-file.ts'
import { historyFiles, memoryHistory, openHistory, readHistory } from './open.ts'
import { prepareDatabase } from './schema.ts'
import { historyFileOver } from './sqlite-history.ts'

const orders: SeriesKey = {
  kind: 'topic',
  name: 'orders',
  identity: 'id',
  partitions: 2,
  partitionsPerCell: 1,
}

const row = (seriesId: number, atMs: number, cells: readonly number[] = [1, NaN]): HistoryRow => ({
  tier: 0,
  seriesId,
  atMs,
  totals: Float64Array.of(atMs, NaN),
  cells: { recordsPerSecond: Float32Array.from(cells), lagRecords: null },
})

test('rows come back as they were written, unknown stays unknown, a step written twice counts once', () => {
  const file = memoryHistory()
  const id = file.seriesId(orders)
  file.write({ rows: [row(id, 1000), row(id, 2000)] })
  file.write({ rows: [row(id, 2000, [5, 6])] })
  const rows = file.rows(0, id, 1000, 3000, ['recordsPerSecond'])
  assert.deepEqual(
    rows.map(each => each.atMs),
    [1000, 2000],
  )
  assert.deepEqual(rows[0]?.totals, Float64Array.of(1000, NaN))
  assert.deepEqual(rows[0]?.cells.recordsPerSecond, Float32Array.of(1, NaN))
  assert.deepEqual(rows[1]?.cells.recordsPerSecond, Float32Array.of(5, 6))
  assert.equal(file.rows(0, id, 1000, 3000, [])[0]?.cells.recordsPerSecond, null)
  assert.deepEqual(file.rows(0, id, 1001, 2000, []), [])
  assert.equal(file.oldestMs(0), 1000)
  assert.equal(file.newestMs(0, id), 2000)
  assert.equal(file.newestMs(1, id), null)
})

test('a recreated topic and one that grew are series of their own, newest first; names may be anything', () => {
  const file = memoryHistory()
  const name = `'; DROP TABLE step; --\u0000__proto__`
  const first = file.seriesId({ ...orders, name })
  const second = file.seriesId({ ...orders, name, identity: 'other' })
  assert.notEqual(first, second)
  assert.equal(file.seriesId({ ...orders, name }), first)
  assert.deepEqual(
    file.seriesNamed('topic', name).map(series => series.id),
    [second, first],
  )
})

test('a batch is written as a whole or not at all', () => {
  const file = memoryHistory()
  const id = file.seriesId(orders)
  const bad = { ...row(id, 2000), atMs: {} as unknown as number }
  assert.throws(() => file.write({ rows: [row(id, 1000), bad] }))
  assert.deepEqual(file.rows(0, id, 0, 9_000, []), [])
  file.write({ rows: [row(id, 3000)] })
  assert.equal(file.rows(0, id, 0, 9_000, []).length, 1)
})

test('what is dropped gives its room back', async t => {
  const file = openHistory(join(tempFolder('history'), 'h.sqlite'))
  t.after(() => file.close())
  const id = file.seriesId(orders)
  const wide = Array.from({ length: 2000 }, (_, i) => i)
  file.write({ rows: Array.from({ length: 500 }, (_, i) => row(id, i * 1000, wide)) })
  const full = file.usedBytes()
  file.dropRowsBefore(0, 400_000)
  assert.ok(file.usedBytes() < full / 3, `${file.usedBytes()} of ${full} bytes are still in use`)
  assert.equal(file.oldestMs(0), 400_000)
})

test('kill -9 while it writes: everything that was said to be written is there, and it goes on', async () => {
  const path = join(tempFolder('history'), 'history', 'h.sqlite')
  let first = 0
  for (let round = 0; round < 3; round++) {
    const writer = spawn(
      process.execPath,
      [join(import.meta.dirname, '../../../test/support/history-writer.ts'), path, String(first)],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    let said = ''
    writer.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString()
    })
    while (said.split('\n').length < 100) await once(writer.stdout, 'data')
    writer.kill('SIGKILL')
    await once(writer, 'close')
    // the last line may be torn; the one before it was written
    const last = Number(said.slice(0, said.lastIndexOf('\n')).split('\n').at(-1))
    const file = readHistory(path)
    const [series] = file.seriesNamed('topic', 'orders')
    const rows = file.rows(0, series?.id ?? 0, 0, (last + 1) * 1000, ['recordsPerSecond'])
    assert.equal(rows.length, last + 1)
    rows.forEach((each, step) => {
      assert.equal(each.atMs, step * 1000)
      assert.ok(each.cells.recordsPerSecond?.every(value => value === step))
    })
    assert.ok((file.spans(['finding'], 0, 1)[0]?.untilMs ?? 0) >= last * 1000)
    file.close()
    first = last + 1
  }
})

test('one writer: a second one keeps its history in memory and says so; readers are welcome', async t => {
  const folder = tempFolder('history')
  const path = join(folder, 'h.sqlite')
  const writer = spawn(
    process.execPath,
    [join(import.meta.dirname, '../../../test/support/history-writer.ts'), path],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  t.after(() => writer.kill('SIGKILL'))
  await once(writer.stdout, 'data')
  const second = openHistory(path)
  assert.equal(second.path, null)
  assert.match(second.notice ?? '', /Another Lanekeeper records to/)
  const reader = readHistory(path)
  assert.ok(reader.oldestMs(0) === 0)
  assert.throws(() => reader.saveDocument('x', 'y'))
  reader.close()
  second.close()
  assert.ok(existsSync(`${path}.owner`), 'the claim of the other one stays')
  assert.deepEqual(historyFiles(folder), [path])
})

test('a damaged file is moved aside and said; a file of a newer version is left alone', async () => {
  const folder = tempFolder('history')
  const path = join(folder, 'h.sqlite')
  await writeFile(path, 'this is no database, but it is long enough to look like one'.repeat(100))
  const file = openHistory(path)
  assert.equal(file.path, path)
  assert.match(file.notice ?? '', /damaged/)
  assert.ok(existsSync(`${path}.damaged`))
  file.close()
  const newer = new DatabaseSync(path)
  newer.exec('PRAGMA user_version = 99')
  newer.close()
  assert.throws(() => openHistory(path), { code: 'FILE_UNREADABLE' })
  assert.throws(() => readHistory(path), { code: 'FILE_UNREADABLE' })
  assert.throws(() => readHistory(join(folder, 'none.sqlite')), { code: 'FILE_UNREADABLE' })
})

test('a page damaged in the middle is found at the next start, not by every write of it', async t => {
  const path = join(tempFolder('history'), 'h.sqlite')
  const first = openHistory(path)
  const id = first.seriesId(orders)
  const wide = Array.from({ length: 2000 }, (_, i) => i)
  first.write({ rows: Array.from({ length: 200 }, (_, i) => row(id, i * 1000, wide)) })
  first.close()
  const bytes = await readFile(path)
  // the head of the file stays as it is, so that it opens
  bytes.fill(0xff, 8_192, 90_000)
  await writeFile(path, bytes)
  const second = openHistory(path)
  t.after(() => second.close())
  assert.match(second.notice ?? '', /damaged/)
  second.write({ rows: [row(second.seriesId(orders), 1000)] })
  assert.equal(second.rows(0, second.seriesId(orders), 0, 9_000, []).length, 1)
})

test('a full disk: the write says so, nothing of it stays, and room makes the next one good', () => {
  const database = new DatabaseSync(':memory:')
  prepareDatabase(database)
  const file = historyFileOver(database, {
    path: null,
    openedBy: ':memory:',
    notice: null,
    onClose: () => {},
  })
  const id = file.seriesId(orders)
  file.write({ rows: [row(id, 1000)] })
  const pages = Object.values(database.prepare('PRAGMA page_count').get() ?? {})[0]
  database.exec(`PRAGMA max_page_count = ${Number(pages)}`)
  const wide = Array.from({ length: 20_000 }, (_, i) => i)
  assert.throws(() => file.write({ rows: [row(id, 2000), row(id, 3000, wide)] }), /database or disk is full/)
  assert.deepEqual(
    file.rows(0, id, 0, 9_000, []).map(({ atMs }) => atMs),
    [1000],
  )
  database.exec('PRAGMA max_page_count = 100000')
  file.write({ rows: [row(id, 4000, wide)] })
  assert.equal(file.rows(0, id, 0, 9_000, []).length, 2)
  file.close()
})

test('where nothing can be written, history is in memory and watching goes on', async () => {
  const folder = tempFolder('history')
  await writeFile(join(folder, 'file'), '')
  const file = openHistory(join(folder, 'file', 'h.sqlite'))
  assert.equal(file.path, null)
  assert.match(file.notice ?? '', /cannot be written .*in memory only/)
  file.write({ rows: [row(file.seriesId(orders), 1000)] })
})
