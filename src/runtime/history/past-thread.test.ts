import assert from 'node:assert/strict'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { plainHealth } from '../../../test/support/plain-health.ts'
import { tempFolder } from '../../../test/support/temp-folder.ts'
import { memoryHistory, openHistory } from '../../adapters/history/open.ts'
import { answerPast, type PastQuestion } from './answer-past.ts'
import { readInThread } from './past-thread.ts'
import { createRecorder } from './recorder.ts'

const pastWorker = new URL('../../past-worker.ts', import.meta.url)
const heldWorker = new URL('../../../test/support/held-past-worker.ts', import.meta.url)

const ask = (name: string, more: Partial<PastQuestion> = {}): PastQuestion =>
  ({
    kind: 'topic',
    name,
    inProgress: [],
    query: {
      fromMs: 0,
      toMs: 60_000,
      stepMs: 0,
      columnsMax: 360,
      measure: 'recordsPerSecond',
      partition: null,
      cellsMax: 500,
    },
    ...more,
  }) as PastQuestion

const text = (answer: Uint8Array | null): string | null =>
  answer === null ? null : new TextDecoder().decode(answer)

/** A reader whose thread does not answer until it is let go. */
const held = (t: TestContext) => {
  const hold = join(tempFolder('held'), 'hold')
  writeFileSync(hold, '')
  const reader = readInThread(heldWorker, hold)
  t.after(() => reader.close())
  return { reader, letGo: () => rmSync(hold) }
}

for (const [where, open] of [
  ['on disk', () => openHistory(join(tempFolder('past'), 'h.sqlite'))],
  ['in memory', () => memoryHistory()],
] as const)
  test(`a thread answers what the event loop would, of a history ${where} that is written meanwhile`, async t => {
    const file = open()
    t.after(() => file.close())
    const recorder = createRecorder(file, { bytesMax: 1e9 })
    const record = (second: number): void =>
      recorder.record(plainHealth([{ name: 'orders', rates: [1, second, 3] }], []), [], second * 1000)
    for (let second = 0; second < 30; second++) record(second)
    const reader = readInThread(pastWorker, file.openedBy)
    t.after(() => reader.close())
    const question = (): PastQuestion => ask('orders', { inProgress: recorder.openRows('topic', 'orders') })
    const first = question()
    const before = text(answerPast(file, first))
    const answering = reader.read(first)
    assert.equal(text(await answering), before)
    assert.equal(await reader.read(ask('nothing')), null)
    for (let second = 30; second < 50; second++) {
      const reading = reader.read(question())
      record(second)
      await reading
    }
    const last = question()
    assert.equal(text(await reader.read(last)), text(answerPast(file, last)))
    assert.notEqual(text(answerPast(file, last)), before)
  })

test('one after the other; who has gone is not answered, nor anybody kept waiting for him', async t => {
  const { reader, letGo } = held(t)
  const gone = new AbortController()
  const first = reader.read(ask('first'))
  const second = reader.read(ask('second'), gone.signal)
  const third = reader.read(ask('third'))
  gone.abort(new Error('the page was closed'))
  await assert.rejects(second, /the page was closed/)
  await assert.rejects(reader.read(ask('late'), gone.signal), /the page was closed/)
  letGo()
  assert.deepEqual(await Promise.all([first, third]).then(all => all.map(text)), ['"first"', '"third"'])
})

test('so many wait and no more; when they have been answered others may', async t => {
  const { reader, letGo } = held(t)
  const asked = Array.from({ length: 65 }, (_, index) => reader.read(ask(`${index}`)))
  await assert.rejects(reader.read(ask('one more')), { code: 'HISTORY_BUSY' })
  letGo()
  assert.equal((await Promise.all(asked)).length, 65)
  assert.equal(text(await reader.read(ask('after'))), '"after"')
})

test('what fails is said, and a thread that dies takes one question with it', async t => {
  const { reader, letGo } = held(t)
  letGo()
  await assert.rejects(reader.read(ask('bad')), {
    code: 'HISTORY_UNREADABLE',
    message: 'History cannot be read: disk image is malformed.',
  })
  assert.equal(await reader.read(ask('none')), null)
  const dead = reader.read(ask('dead'))
  const next = reader.read(ask('next'))
  await assert.rejects(dead, { code: 'HISTORY_UNREADABLE', message: /out of memory/ })
  assert.equal(text(await next), '"next"')
  const last = held(t)
  const unanswered = assert.rejects(last.reader.read(ask('last')), {
    code: 'HISTORY_UNREADABLE',
    message: /ends/,
  })
  await last.reader.close()
  await unanswered
})

test('a file that is no history fails every question, and does not hang any', async t => {
  const reader = readInThread(pastWorker, join(tempFolder('past'), 'none', 'h.sqlite'))
  t.after(() => reader.close())
  await assert.rejects(reader.read(ask('orders')), { code: 'HISTORY_UNREADABLE' })
  await assert.rejects(reader.read(ask('orders')), { code: 'HISTORY_UNREADABLE' })
})
