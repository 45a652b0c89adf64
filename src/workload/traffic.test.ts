import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Clock } from '../ports/clock.ts'
import { Traffic, type TrafficSink } from './traffic.ts'

/** A clock that moves only when told, one timer at a time. */
const handClock = () => {
  let now = 0
  let due: { at: number; action: () => void } | null = null
  const clock: Clock = {
    wallMs: () => now,
    monotonicMs: () => now,
    after: (delayMs, action) => {
      const mine = { at: now + delayMs, action }
      due = mine
      return { cancel: () => (due === mine ? (due = null) : undefined) }
    },
    soon: action => action(),
  }
  return {
    clock,
    advance: (ms: number): void => {
      const end = now + ms
      while (due !== null && due.at <= end) {
        const timer = due
        due = null
        now = Math.max(now, timer.at)
        timer.action()
      }
      now = end
    },
    /** The process stood still: time passed, no timer ran. */
    freeze: (ms: number): void => {
      now += ms
    },
  }
}

const record = { topic: 't', key: 'k', value: 'v' }
const calm = { next: () => record, rateAt: () => 1 }
const openSink = (): TrafficSink & { count: number } => ({
  count: 0,
  send() {
    this.count++
    return true
  },
  drained: () => Promise.resolve(),
})

test('sends the asked rate, also when it is no multiple of the tick', () => {
  for (const rate of [1, 7, 1000, 33_333]) {
    const { clock, advance } = handClock()
    const sink = openSink()
    const traffic = new Traffic(clock, calm, sink, { recordsPerSecond: rate, rampMs: 0 })
    traffic.start()
    advance(10_000)
    assert.ok(Math.abs(sink.count - rate * 10) <= 1 + rate * 0.02, `${sink.count} for ${rate}/s`)
    assert.equal(traffic.stats().skipped, 0)
  }
})

test('after a standstill it sends at most one second’s worth and counts the rest as skipped', () => {
  const { clock, advance, freeze } = handClock()
  const sink = openSink()
  const traffic = new Traffic(clock, calm, sink, { recordsPerSecond: 100, rampMs: 0 })
  traffic.start()
  advance(1000)
  freeze(60_000)
  const before = sink.count
  advance(0)
  assert.equal(sink.count - before, 100)
  assert.ok(traffic.stats().skipped >= 5900, String(traffic.stats().skipped))
})

test('a full sink gets nothing until it has drained', async () => {
  const { clock, advance } = handClock()
  let count = 0
  let room: () => void = () => {}
  const sink: TrafficSink = {
    send: () => ++count < 10,
    drained: () => new Promise(resolve => (room = resolve)),
  }
  const traffic = new Traffic(clock, calm, sink, { recordsPerSecond: 1000, rampMs: 0 })
  traffic.start()
  advance(500)
  assert.equal(count, 10)
  room()
  await Promise.resolve()
  await Promise.resolve()
  advance(20)
  assert.equal(count, 11)
})

test('after stop nothing is sent', () => {
  const { clock, advance } = handClock()
  const sink = openSink()
  const traffic = new Traffic(clock, calm, sink, { recordsPerSecond: 100, rampMs: 0 })
  traffic.start()
  advance(1000)
  traffic.stop()
  const before = sink.count
  advance(5000)
  assert.equal(sink.count, before)
})

test('the rate rises to what was asked: half of it on average while it ramps', () => {
  const { clock, advance } = handClock()
  const sink = openSink()
  const traffic = new Traffic(clock, calm, sink, { recordsPerSecond: 1000, rampMs: 20_000 })
  traffic.start()
  advance(2000)
  assert.ok(sink.count > 80 && sink.count < 130, `${sink.count} in the first tenth`)
  advance(18_000)
  assert.ok(Math.abs(sink.count - 10_000) < 200, `${sink.count} over the ramp`)
  const before = sink.count
  advance(1000)
  assert.ok(Math.abs(sink.count - before - 1000) <= 21, `${sink.count - before} in a second after it`)
})

test('a shape’s factor multiplies the rate, and its time is that since the start', () => {
  const { clock, advance } = handClock()
  const sink = openSink()
  const times: number[] = []
  const scenario = {
    next: (atMs: number) => {
      times.push(atMs)
      return record
    },
    rateAt: (atMs: number) => (atMs <= 5000 ? 0 : 3),
  }
  advance(1234)
  const traffic = new Traffic(clock, scenario, sink, { recordsPerSecond: 100, rampMs: 0 })
  traffic.start()
  advance(5000)
  assert.equal(sink.count, 0)
  advance(2000)
  assert.ok(Math.abs(sink.count - 600) <= 6, String(sink.count))
  assert.ok(times.every(atMs => atMs > 5000 && atMs <= 7000))
})
