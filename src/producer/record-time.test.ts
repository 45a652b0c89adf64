import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Clock } from '../ports/clock.ts'
import { RecordTime } from './record-time.ts'

/** A clock that counts its readings; `turn` ends a turn of the event loop. */
const countingClock = () => {
  const turns: (() => void)[] = []
  const state = { nowMs: 1000, readings: 0 }
  const clock: Clock = {
    wallMs: () => 5_000_000 + state.nowMs,
    monotonicMs: () => {
      state.readings++
      return state.nowMs
    },
    after: () => ({ cancel: () => undefined }),
    soon: run => void turns.push(run),
  }
  const turn = (): void => {
    for (const run of turns.splice(0)) run()
  }
  return { state, clock, turn }
}

test('records of one burst share readings of the clock', () => {
  const { state, clock } = countingClock()
  const time = new RecordTime(clock)
  for (let record = 0; record < 10_000; record++) time.pass()
  assert.ok(state.readings < 10_000 / 30, `${state.readings} readings`)
  assert.equal(time.wallMs, 5_001_000)
})

test('after a turn of the event loop a record has its own time, however long the burst before it was', () => {
  const { state, clock, turn } = countingClock()
  const time = new RecordTime(clock)
  for (let record = 0; record < 10_000; record++) {
    time.pass()
    if (record % 997 !== 0) continue
    turn()
    state.nowMs += 50
    time.pass()
    assert.equal(time.wallMs, 5_000_000 + state.nowMs)
    assert.equal(time.monotonicMs, state.nowMs)
  }
})

test('records that lie apart are each timed, also within a turn', () => {
  const { state, clock } = countingClock()
  const time = new RecordTime(clock)
  for (let record = 0; record < 100; record++) {
    state.nowMs += 2
    time.pass()
    assert.equal(time.monotonicMs, state.nowMs)
  }
})
