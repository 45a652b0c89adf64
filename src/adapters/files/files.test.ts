import assert from 'node:assert/strict'
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { JournalEntry } from '../../ports/journal.ts'
import { openFileJournal } from './journal.ts'
import { readSpecFile } from './spec-file.ts'

const folder = async (context: TestContext): Promise<string> => {
  const path = await mkdtemp(join(tmpdir(), 'lanekeeper-files-'))
  context.after(() => rm(path, { recursive: true }))
  return path
}
const entry = (detail: string): JournalEntry => ({
  at: '2026-01-01T00:00:00.000Z',
  plan: 'p',
  event: 'started',
  step: 's',
  detail,
})

test('entries come back in order, also from a new process and from parallel appends', async context => {
  const file = join(await folder(context), 'deep', 'er', 'j.jsonl')
  const journal = await openFileJournal(file)
  assert.deepEqual(await journal.read(), [])
  await Promise.all(Array.from({ length: 30 }, (_, index) => journal.append(entry(`${index}\nü`))))
  const reopened = await openFileJournal(file)
  assert.deepEqual(
    (await reopened.read()).map(one => one.detail),
    Array.from({ length: 30 }, (_, index) => `${index}\nü`),
  )
})

test('a torn last line is left out, and the next entry begins on a line of its own', async context => {
  const file = join(await folder(context), 'j.jsonl')
  const journal = await openFileJournal(file)
  await journal.append(entry('whole'))
  await appendFile(file, JSON.stringify(entry('torn')).slice(0, 30))
  assert.deepEqual(
    (await journal.read()).map(one => one.detail),
    ['whole'],
  )
  const reopened = await openFileJournal(file)
  await reopened.append(entry('next'))
  assert.deepEqual(
    (await reopened.read()).map(one => one.detail),
    ['whole', 'next'],
  )
  assert.equal((await readFile(file, 'utf8')).split('\n').length, 3)
})

test('damage in the middle is reported with its line, not skipped', async context => {
  const file = join(await folder(context), 'j.jsonl')
  for (const line of [
    '{"at":1}',
    'x',
    '[]',
    'null',
    '{"at":"","plan":"","event":"undone","step":null,"detail":""}',
  ]) {
    await writeFile(file, `${JSON.stringify(entry('a'))}\n${line}\n${JSON.stringify(entry('b'))}\n`)
    const journal = await openFileJournal(file)
    await assert.rejects(journal.read(), {
      code: 'FILE_UNREADABLE',
      message: `${file}:2: this line is no journal entry.`,
    })
  }
})

test('a journal that cannot be opened says so', async context => {
  const path = await folder(context)
  await writeFile(join(path, 'file'), '')
  await assert.rejects(openFileJournal(join(path, 'file', 'j.jsonl')), { code: 'FILE_UNREADABLE' })
  await assert.rejects(openFileJournal(path), { code: 'FILE_UNREADABLE' })
})

test('a configuration file is read as it is, its byte order mark included', async context => {
  const file = join(await folder(context), 'c.yaml')
  await writeFile(file, '\ufefftopics: [ü]')
  assert.equal(await readSpecFile(file), '\ufefftopics: [ü]')
})

test('a file that is missing, a folder, too large or no text is refused with what to do', async context => {
  const path = await folder(context)
  await assert.rejects(readSpecFile(join(path, 'none')), {
    code: 'FILE_UNREADABLE',
    message: /does not exist/,
  })
  await assert.rejects(readSpecFile(path), { code: 'FILE_UNREADABLE', message: /cannot be read/ })
  await writeFile(join(path, 'large'), new Uint8Array(3_000_000))
  await assert.rejects(readSpecFile(join(path, 'large')), {
    code: 'FILE_UNREADABLE',
    message: /more than 2 MiB/,
  })
  await writeFile(join(path, 'bytes'), new Uint8Array([0xff, 0xfe]))
  await assert.rejects(readSpecFile(join(path, 'bytes')), { code: 'FILE_UNREADABLE', message: /not UTF-8/ })
})
