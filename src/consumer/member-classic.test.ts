import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JoinGroupAnswer } from '../ports/classic-group.ts'
import { holdsLease } from './member.ts'
import {
  type ClassicEffect,
  type ClassicEvent,
  classicDueAtMs,
  type ClassicSettings,
  type ClassicState,
  newClassicMember,
  stepClassic,
} from './member-classic.ts'

const settings: ClassicSettings = {
  group: 'g',
  sessionTimeoutMs: 1000,
  rebalanceTimeoutMs: 2000,
  heartbeatIntervalMs: 300,
  instanceId: null,
  eager: false,
}

const joinAnswer = (code: number, generation = -1, memberId = 'm'): JoinGroupAnswer => ({
  code,
  generation,
  memberId,
  leader: 'other',
  protocol: 'cooperative-sticky',
  skipAssignment: false,
  members: [],
})

/** Plays events and keeps the effects of the last one. */
class Play {
  state: ClassicState = newClassicMember
  effects: readonly ClassicEffect[] = []
  readonly #settings: ClassicSettings

  constructor(overrides: Partial<ClassicSettings> = {}) {
    this.#settings = { ...settings, ...overrides }
  }

  on(event: ClassicEvent): this {
    ;[this.state, this.effects] = stepClassic(this.#settings, this.state, event)
    return this
  }

  joined(nowMs: number, answer: JoinGroupAnswer): this {
    return this.on({ type: 'joined', nowMs, answer })
  }

  synced(nowMs: number, assigned: readonly string[], code = 0): this {
    return this.on({
      type: 'synced',
      nowMs,
      sentAtMs: nowMs - 5,
      generation: this.state.epoch,
      code,
      assigned,
    })
  }

  beaten(nowMs: number, code: number): this {
    return this.on({ type: 'beaten', nowMs, sentAtMs: nowMs - 5, generation: this.state.epoch, code })
  }

  tick(nowMs: number): this {
    return this.on({ type: 'tick', nowMs })
  }

  drained(nowMs: number, ...partitions: string[]): this {
    return this.on({ type: 'drained', nowMs, partitions })
  }

  /** Member of generation 5 with partitions 0 and 1, synced at 100. */
  stable(): this {
    return this.on({ type: 'start', nowMs: 0 }).joined(50, joinAnswer(0, 5)).synced(100, ['t:0', 't:1'])
  }

  get dueAtMs(): number {
    return classicDueAtMs(this.#settings, this.state)
  }

  get kinds(): readonly string[] {
    return this.effects.map(each => each.type)
  }
}

test('joins without an id, again with the one it is given, syncs, and owns what it is assigned', () => {
  const play = new Play().on({ type: 'start', nowMs: 0 })
  assert.deepEqual(play.effects, [{ type: 'join', memberId: '', generation: -1, owned: [] }])
  play.joined(10, joinAnswer(79, -1, 'given'))
  assert.deepEqual(play.effects, [{ type: 'join', memberId: 'given', generation: -1, owned: [] }])
  assert.deepEqual(play.joined(50, joinAnswer(0, 5, 'given')).kinds, ['sync'])
  play.synced(100, ['t:0', 't:1'])
  assert.deepEqual(play.kinds, ['lease-renewed', 'assign'])
  assert.deepEqual([play.state.phase, play.state.epoch, play.state.memberId], ['STABLE', 5, 'given'])
})

test('the lease is counted from the send time of an answered sync or heartbeat', () => {
  const play = new Play().stable()
  assert.ok(holdsLease(play.state, 95 + 899))
  assert.ok(!holdsLease(play.state, 95 + 900))
  assert.equal(play.dueAtMs, 350)
  assert.deepEqual(play.tick(350).effects, [{ type: 'heartbeat', generation: 5 }])
  assert.ok(holdsLease(play.beaten(405, 0).state, 400 + 899))
})

test('cooperative: joins with what it holds, goes on, gives up what is missing, and joins once more', () => {
  const play = new Play().stable().tick(350).beaten(405, 27)
  assert.deepEqual(play.effects.at(-1), { type: 'join', memberId: 'm', generation: 5, owned: ['t:0', 't:1'] })
  assert.equal(play.state.owned.size, 2)
  play.joined(500, joinAnswer(0, 6)).synced(550, ['t:0'])
  assert.deepEqual(
    play.effects.find(each => each.type === 'revoke'),
    {
      type: 'revoke',
      partitions: ['t:1'],
      deadlineMs: 550 + 1800,
    },
  )
  assert.equal(play.state.phase, 'REVOKING')
  play.drained(600, 't:1')
  assert.deepEqual(play.effects[0], { type: 'release', partitions: ['t:1'] })
  assert.deepEqual(play.effects[1], { type: 'join', memberId: 'm', generation: 6, owned: ['t:0'] })
})

test('given up while a join that claimed it is under way: another join follows, or it would lie idle', () => {
  const play = new Play().stable().tick(350).beaten(405, 27)
  play.joined(500, joinAnswer(0, 6)).synced(550, ['t:0'])
  // before it is drained another rebalance begins, and this member joins with what it still holds
  play.tick(800).beaten(805, 27)
  assert.deepEqual(play.effects.at(-1), { type: 'join', memberId: 'm', generation: 6, owned: ['t:0', 't:1'] })
  assert.deepEqual(play.drained(810, 't:1').kinds, ['release'])
  play.joined(850, joinAnswer(0, 7)).synced(900, ['t:0'])
  assert.deepEqual(play.effects.at(-1), { type: 'join', memberId: 'm', generation: 7, owned: ['t:0'] })
})

test('eager: gives up everything before it joins', () => {
  const play = new Play({ eager: true }).stable().tick(350).beaten(405, 27)
  assert.deepEqual(play.effects.at(-1), { type: 'revoke', partitions: ['t:0', 't:1'], deadlineMs: 95 + 1800 })
  assert.equal(play.dueAtMs, 700, 'heartbeats go on; the join waits')
  assert.deepEqual(play.drained(450, 't:0').kinds, ['release'])
  play.drained(460, 't:1')
  assert.deepEqual(play.effects.at(-1), { type: 'join', memberId: 'm', generation: 5, owned: [] })
})

test('on notice from the last answer that knew of no rebalance, until the next sync', () => {
  const play = new Play({ sessionTimeoutMs: 60_000 })
    .stable()
    .tick(350)
    .beaten(405, 0)
    .tick(700)
    .beaten(705, 27)
  const endMs = 400 + 1800
  assert.ok(holdsLease(play.state, endMs - 1))
  assert.ok(!holdsLease(play.state, endMs), 'the group may have gone on without this member')
  play.joined(800, joinAnswer(0, 6))
  assert.ok(!holdsLease(play.state, endMs))
  assert.ok(holdsLease(play.synced(850, ['t:0', 't:1']).state, endMs))
})

test('an answered "no rebalance" during a join is of the time before it', () => {
  const play = new Play().stable().tick(350).beaten(405, 27).tick(700).beaten(705, 0)
  assert.equal(play.state.steadyAtMs, 95)
})

for (const code of [22, 25])
  test(`code ${code} on a heartbeat: everything is dropped, and nothing is joined before the handlers are quiet`, () => {
    const play = new Play().stable().tick(350).beaten(405, code)
    assert.deepEqual(play.kinds, ['drop'])
    assert.ok(!holdsLease(play.state, 405))
    assert.deepEqual(play.tick(5000).effects, [])
    play.on({ type: 'quiet', nowMs: 6000 }).tick(6100)
    const memberId = code === 25 ? '' : 'm'
    assert.deepEqual(play.effects, [{ type: 'join', memberId, generation: -1, owned: [] }])
  })

test('an illegal generation while a join is under way is of the past', () => {
  const play = new Play().stable().tick(350).beaten(405, 27).tick(700).beaten(705, 22)
  assert.equal(play.state.owned.size, 2)
})

test('what was asked before a loss counts nothing after it', () => {
  const play = new Play().stable().tick(350).beaten(405, 27)
  play.joined(500, joinAnswer(0, 6))
  const generation = play.state.epoch
  play.tick(700).beaten(705, 25).on({ type: 'quiet', nowMs: 710 })
  play.on({ type: 'synced', nowMs: 720, sentAtMs: 500, generation, code: 0, assigned: ['t:0'] })
  assert.equal(play.state.owned.size, 0)
  assert.deepEqual(play.tick(2000).kinds, ['join'])
})

for (const code of [14, 15, 16])
  test(`code ${code}: the coordinator is looked up again, the partitions stay`, () => {
    const play = new Play().stable().tick(350).beaten(405, code)
    assert.deepEqual(play.kinds, ['find-coordinator'])
    assert.equal(play.state.owned.size, 2)
    assert.equal(play.dueAtMs, 505)
  })

for (const [code, error] of [
  [23, 'GROUP_REFUSED'],
  [26, 'GROUP_REFUSED'],
  [81, 'GROUP_REFUSED'],
  [82, 'GROUP_REFUSED'],
  [30, 'NOT_AUTHORIZED'],
] as const)
  test(`code ${code} ends the member with ${error} and what to do`, () => {
    const play = new Play().on({ type: 'start', nowMs: 0 }).joined(10, joinAnswer(code))
    const end = play.effects.at(-1)
    assert.ok(end?.type === 'end' && end.error?.code === error && end.error.fix !== null)
  })

test('a join or sync without an answer is followed by another join', () => {
  const play = new Play().stable().tick(350).beaten(405, 27)
  play.on({ type: 'unanswered', nowMs: 500, request: 'join' })
  assert.deepEqual(play.kinds, ['find-coordinator'])
  assert.equal(play.tick(600).effects[0]?.type, 'join')
  play.joined(650, joinAnswer(0, 6)).on({ type: 'unanswered', nowMs: 700, request: 'sync' })
  assert.ok(play.tick(900).kinds.includes('join'))
})

test('closing drains under heartbeats, then leaves', () => {
  const play = new Play().stable().on({ type: 'close', nowMs: 200, deadlineMs: 9000 })
  assert.deepEqual(play.effects, [{ type: 'revoke', partitions: ['t:0', 't:1'], deadlineMs: 2000 }])
  assert.equal(play.dueAtMs, 350, 'no leave before the drain')
  assert.deepEqual(play.tick(350).kinds, ['heartbeat'])
  assert.deepEqual(play.drained(400, 't:0', 't:1').kinds, ['release', 'leave'])
  play.on({ type: 'left', nowMs: 410, code: 0 })
  assert.deepEqual(play.effects, [{ type: 'end', error: null }])
})

test('closing while a join is under way: what it brings is not taken, but its generation is, for the last commit', () => {
  const play = new Play()
    .stable()
    .tick(350)
    .beaten(405, 27)
    .on({ type: 'close', nowMs: 410, deadlineMs: 9000 })
  assert.deepEqual(play.joined(450, joinAnswer(0, 6)).kinds, ['sync'])
  assert.equal(play.state.epoch, 6)
  play.synced(460, ['t:0', 't:1', 't:2'])
  assert.equal(play.state.owned.size, 2)
  assert.deepEqual(play.drained(500, 't:0', 't:1').kinds, ['release', 'leave'])
})

test('a static member does not leave: its successor finds the partitions waiting', () => {
  const play = new Play({ instanceId: 'static' }).stable().on({ type: 'close', nowMs: 200, deadlineMs: 9000 })
  assert.deepEqual(play.drained(300, 't:0', 't:1').kinds, ['release', 'end'])
})

test('the leader saw a topic grow: the group joins anew', () => {
  const play = new Play().stable().on({ type: 'outdated', nowMs: 300 })
  assert.equal(play.effects.at(-1)?.type, 'join')
})
