import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { History } from '../../../src/api/contract.ts'
import { newestOf, rasterReference, sinceKnown, sinceSeen, topicSinceSeen } from './history.ts'

const steps = (seenFrom: number, length = 100): (number | null)[] =>
  Array.from({ length }, (_, step) => (step < seenFrom ? null : step))
const at = Array.from({ length: 100 }, (_, step) => new Date(step * 10_000).toISOString())

test('the time before anything was seen is left out, and a gap later on is not', () => {
  const lag = steps(60)
  lag[70] = null
  const cut = sinceSeen({ at, lag }, [lag])
  assert.equal(cut.at.length, 40)
  assert.equal(cut.at[0], at[60])
  assert.deepEqual(cut.lag, lag.slice(60))
})

test('the step in progress is left out while nothing is known of it; two unseen ones are a gap', () => {
  const lag = steps(0)
  lag[99] = null
  assert.deepEqual(sinceSeen({ at, lag }, [lag]).at, at.slice(0, 99))
  lag[98] = null
  assert.equal(sinceSeen({ at, lag }, [lag]).lag.at(-1), null)
  assert.equal(newestOf([1, 2, null]), 2)
  assert.equal(newestOf([1, null, null]), null)
})

test('a small line begins with what is known, and is never stretched from a few points', () => {
  assert.equal(sinceKnown(steps(40)).length, 60)
  assert.equal(sinceKnown(steps(98)).length, 10)
  assert.equal(sinceKnown(steps(100)).length, 100)
  assert.equal(sinceKnown(steps(0)).length, 100)
})

test('a picture keeps some steps however young the history is, and an old one is left alone', () => {
  assert.equal(sinceSeen({ at, lag: steps(99) }, [steps(99)]).at.length, 30)
  const whole = { at, lag: steps(0) }
  assert.equal(sinceSeen(whole, [whole.lag]), whole)
  // nothing at all was seen: the hour that was asked for, empty
  assert.equal(sinceSeen({ at, lag: steps(100) }, [steps(100)]).at.length, 100)
})

test('a partition by itself is cut with its topic, and a raster that was not asked for stays away', () => {
  const history: History = {
    topic: 't',
    stepMs: 10_000,
    at,
    recordsPerSecond: steps(40),
    bytesPerSecond: steps(40),
    lagRecords: steps(50),
    lagMsMax: steps(50),
    partitionsPerCell: 1,
    raster: [],
    partition: { partitionsPerCell: 1, recordsPerSecond: steps(40), lagRecords: steps(50) },
    events: [],
    oldest: null,
  }
  const cut = topicSinceSeen(history)
  assert.equal(cut.at.length, 60)
  assert.equal(cut.partition?.recordsPerSecond.length, 60)
  assert.equal(cut.partition?.recordsPerSecond[0], 40)
  assert.equal(cut.raster.length, 0)
})

test('what a raster compares with: the ordinary cell in which something flows, however many are idle', () => {
  const raster = Array.from({ length: 10 }, () => [...Array.from({ length: 90 }, () => 0), 4, 5, 6, null])
  assert.equal(rasterReference({ raster } as unknown as History), 5)
  assert.ok(Number.isNaN(rasterReference({ raster: [[0, 0], null] } as unknown as History)))
})
