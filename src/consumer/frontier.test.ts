import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Frontier } from './frontier.ts'

test('an empty frontier is the fetch position, so that control batches at the end are passed', () => {
  const frontier = new Frontier()
  assert.equal(frontier.lowestUnfinished(7), 7)
  frontier.finish(frontier.enter(7))
  assert.equal(frontier.lowestUnfinished(12), 12)
})

test('a record finished early does not move the frontier until those below it are finished', () => {
  const frontier = new Frontier()
  const [first, second, third] = [frontier.enter(10), frontier.enter(11), frontier.enter(15)]
  assert.equal(frontier.finish(second), 0)
  assert.equal(frontier.lowestUnfinished(16), 10)
  assert.equal(frontier.finish(first), 2)
  assert.equal(frontier.lowestUnfinished(16), 15)
  assert.equal(frontier.finish(third), 1)
  assert.equal(frontier.span, 0)
})

test('a ring that outgrows its capacity keeps every offset and mark', () => {
  const frontier = new Frontier()
  const slots = Array.from({ length: 1000 }, (_, index) => frontier.enter(index * 3))
  for (const slot of slots.slice(1)) frontier.finish(slot)
  assert.equal(frontier.lowestUnfinished(5000), 0)
  assert.equal(frontier.finish(0), 1000)
  assert.equal(frontier.lowestUnfinished(5000), 5000)
})
