import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { FinishedAhead, finishedRanges, finishedText } from './finished-ahead.ts'
import { Frontier } from './frontier.ts'

/** Offsets with gaps, and which of them are finished. */
const story = fc.array(fc.record({ gap: fc.integer({ min: 1, max: 50 }), finished: fc.boolean() }), {
  maxLength: 300,
})

test('the next owner passes over exactly the finished records, whatever finished in whatever order', () => {
  fc.assert(
    fc.property(story, fc.nat({ max: 2 ** 40 }), (records, base) => {
      const frontier = new Frontier()
      let offset = base
      const all: { readonly offset: number; readonly finished: boolean }[] = []
      for (const { gap, finished } of records) {
        offset += gap
        all.push({ offset, finished })
        const slot = frontier.enter(offset)
        if (finished) frontier.finish(slot)
      }
      const committed = frontier.lowestUnfinished(offset + 1)
      const text = finishedText(committed, frontier.finishedAhead(), Infinity)
      const ahead = new FinishedAhead(finishedRanges(committed, text))
      for (const record of all)
        if (record.offset >= committed) assert.equal(ahead.has(record.offset), record.finished)
    }),
  )
})

test('a text that was cut short promises less, never more, and holds its limit', () => {
  fc.assert(
    fc.property(story, fc.integer({ min: 0, max: 200 }), (records, charsMax) => {
      let offset = 100
      const ranges = records.flatMap(({ gap, finished }) => {
        offset += gap + 1
        return finished ? { from: offset, to: offset + 1 } : []
      })
      const text = finishedText(100, ranges, charsMax)
      assert.ok(text.length <= charsMax)
      const kept = finishedRanges(100, text)
      assert.deepEqual(kept, ranges.slice(0, kept.length))
    }),
  )
})

test('any other text says nothing', () => {
  for (const text of ['', 'lk1:', 'lk1:1.', 'lk2:1.1', 'lk1:A.B', 'consumer-1', 'lk1:zzzzzzzzzzzzzz.1'])
    assert.deepEqual(finishedRanges(5, text), [], text)
  fc.assert(fc.property(fc.string(), text => void finishedRanges(0, text)))
})

test('the example of the essay', () => {
  const ranges = [
    { from: 101, to: 106 },
    { from: 108, to: 109 },
  ]
  assert.equal(finishedText(100, ranges, Infinity), 'lk1:1.5.2.1')
  assert.deepEqual(finishedRanges(100, 'lk1:1.5.2.1'), ranges)
})
