import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  advanceCommits,
  type CommitEvent,
  type CommitState,
  newCommits,
  readAgain,
  safeOffset,
  skipped,
} from './commit-steps.ts'

const play = (state: CommitState, ...events: readonly CommitEvent[]): CommitState =>
  events.reduce(advanceCommits, state)
const poll = (records: number) => ({ kind: 'poll', records }) as const
const done = (offset: number) => ({ kind: 'process', offset }) as const
const commitFinished = { kind: 'commit-finished' } as const
const commitPolled = { kind: 'commit-polled' } as const
const crash = { kind: 'crash' } as const
const restart = { kind: 'restart' } as const

test('a crash between processing and commit: what was processed is read again, nothing is skipped', () => {
  const before = play(newCommits(8), poll(3), done(0), commitFinished, done(1), crash)
  assert.match(before.text, /Offset 1 will be processed again/)
  const after = play(before, restart, poll(3), done(1), done(2))
  assert.deepEqual([readAgain(after), skipped(after), after.committed], [[1], [], 1])
})

test('a commit before processing: the crash skips what was in hand', () => {
  const state = play(newCommits(8), poll(3), commitPolled, done(0), crash, restart, poll(3), done(3))
  assert.deepEqual(skipped(state), [1, 2])
  assert.deepEqual(readAgain(state), [])
})

test('finished out of order: only what lies below the lowest unfinished record is committed', () => {
  const state = play(newCommits(8), poll(4), done(2), done(0), commitFinished)
  assert.equal(state.committed, 1)
  assert.deepEqual(play(state, done(1), commitFinished).committed, 3)
})

test('what cannot happen changes nothing but the text', () => {
  const cases: readonly (readonly [CommitState, CommitEvent])[] = [
    [newCommits(2), done(0)],
    [newCommits(2), restart],
    [newCommits(2), commitFinished],
    [play(newCommits(1), poll(1)), poll(1)],
    [play(newCommits(2), crash), poll(1)],
    [play(newCommits(2), crash), crash],
  ]
  for (const [before, event] of cases) {
    const after = advanceCommits(before, event)
    assert.deepEqual({ ...after, text: '' }, { ...before, text: '' })
    assert.notEqual(after.text, before.text)
  }
})

const event = (end: number): fc.Arbitrary<CommitEvent> =>
  fc.oneof(
    fc.integer({ min: 1, max: 4 }).map(poll),
    fc.nat(end - 1).map(done),
    fc.constantFrom(commitFinished, crash, restart),
  )

test('whoever commits only what is finished skips nothing, and repeats only what was not committed', () => {
  fc.assert(
    fc.property(fc.array(event(10), { maxLength: 80 }), events => {
      let state = newCommits(10)
      for (const each of events) {
        const before = state
        state = advanceCommits(state, each)
        assert.deepEqual(skipped(state), [])
        assert.ok(state.committed >= before.committed)
        assert.ok(state.committed <= safeOffset(state))
        if (each.kind === 'process') {
          const again = state.timesProcessed.findIndex(
            (times, offset) => times > (before.timesProcessed[offset] ?? 0),
          )
          assert.ok(again === -1 || again >= before.committed)
        }
      }
    }),
  )
})
