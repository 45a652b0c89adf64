import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { HeartbeatAnswer } from '../ports/broker-link.ts'
import {
  holdsLease,
  type MemberEffect,
  type MemberEvent,
  type MemberSettings,
  type MemberState,
  newMember,
  stepMember,
} from './member.ts'

const settings: MemberSettings = {
  group: 'g',
  sessionTimeoutMs: 1000,
  rebalanceTimeoutMs: 2000,
  instanceId: null,
}

const TOPIC = 'aa'
const answer = (
  code: number,
  memberEpoch = -1,
  partitions: readonly number[] | null = null,
): HeartbeatAnswer => ({
  code,
  message: code === 0 ? null : 'why',
  memberEpoch,
  intervalMs: 300,
  assignment: partitions === null ? null : [{ topicId: TOPIC, partitions }],
})

/** Plays events and keeps the effects of the last one. */
class Play {
  state: MemberState = newMember
  effects: readonly MemberEffect[] = []
  readonly #settings: MemberSettings

  constructor(overrides: Partial<MemberSettings> = {}) {
    this.#settings = { ...settings, ...overrides }
  }

  on(event: MemberEvent): this {
    ;[this.state, this.effects] = stepMember(this.#settings, this.state, event)
    return this
  }

  answered(nowMs: number, sentAtMs: number, given: HeartbeatAnswer): this {
    return this.on({ type: 'answered', nowMs, sentAtMs, answer: given })
  }

  /** Member of epoch 5 with partitions 0 and 1, its arrival told to the coordinator. */
  stable(): this {
    return this.on({ type: 'start', nowMs: 0 })
      .answered(10, 0, answer(0, 5, [0, 1]))
      .on({ type: 'tick', nowMs: 10 })
      .answered(20, 10, answer(0, 5, [0, 1]))
  }

  get kinds(): readonly string[] {
    return this.effects.map(each => (each.type === 'heartbeat' ? `heartbeat ${each.epoch}` : each.type))
  }
}

const heartbeat = (play: Play): Extract<MemberEffect, { type: 'heartbeat' }> => {
  const found = play.effects.find(each => each.type === 'heartbeat')
  assert.ok(found, `no heartbeat among ${play.kinds.join(', ')}`)
  return found
}

test('joins with epoch 0 and no partitions, then owns what it is given and says so at once', () => {
  const play = new Play().on({ type: 'start', nowMs: 0 })
  assert.deepEqual(play.effects, [{ type: 'heartbeat', epoch: 0, owned: [] }])
  play.answered(10, 0, answer(0, 5, [0, 1]))
  assert.deepEqual(play.kinds, ['lease-renewed', 'assign'])
  assert.equal(play.state.phase, 'STABLE')
  play.on({ type: 'tick', nowMs: 10 })
  assert.deepEqual(heartbeat(play), {
    type: 'heartbeat',
    epoch: 5,
    owned: [{ topicId: TOPIC, partitions: [0, 1] }],
  })
})

test('the lease is counted from the send time and ends by itself', () => {
  const play = new Play().stable()
  assert.ok(holdsLease(play.state, 10 + 899))
  assert.ok(!holdsLease(play.state, 10 + 900))
})

test('a heartbeat is due one interval after the last was sent, one in flight', () => {
  const play = new Play().stable()
  assert.deepEqual(play.on({ type: 'tick', nowMs: 309 }).effects, [])
  assert.deepEqual(play.on({ type: 'tick', nowMs: 310 }).kinds, ['heartbeat 5'])
  assert.deepEqual(play.on({ type: 'tick', nowMs: 900 }).effects, [])
})

test('a revoked partition stays in the owned list until it is drained; then it is acknowledged at once', () => {
  const play = new Play()
    .stable()
    .on({ type: 'tick', nowMs: 310 })
    .answered(320, 310, answer(0, 5, [0]))
  assert.deepEqual(play.effects.at(-1), { type: 'revoke', partitions: ['aa:1'], deadlineMs: 310 + 1800 })
  assert.equal(play.state.phase, 'REVOKING')
  play.on({ type: 'tick', nowMs: 610 })
  assert.deepEqual(heartbeat(play).owned, [{ topicId: TOPIC, partitions: [0, 1] }])
  play.answered(620, 610, answer(0, 5, [0]))
  assert.deepEqual(play.kinds, ['lease-renewed'], 'not revoked twice')
  play.on({ type: 'drained', nowMs: 700, partitions: ['aa:1'] })
  assert.deepEqual(play.kinds, ['release', 'heartbeat 5'])
  assert.deepEqual(heartbeat(play).owned, [{ topicId: TOPIC, partitions: [0] }])
  assert.equal(play.answered(710, 700, answer(0, 6, [0])).state.epoch, 6)
})

test('drained while a heartbeat is under way: the acknowledgement follows its answer at once', () => {
  const play = new Play()
    .stable()
    .on({ type: 'tick', nowMs: 310 })
    .answered(320, 310, answer(0, 5, [0]))
  play.on({ type: 'tick', nowMs: 610 }).on({ type: 'drained', nowMs: 615, partitions: ['aa:1'] })
  assert.deepEqual(play.kinds, ['release'])
  play.answered(620, 610, answer(0, 5, [0])).on({ type: 'tick', nowMs: 620 })
  assert.deepEqual(heartbeat(play).owned, [{ topicId: TOPIC, partitions: [0] }])
})

test('the answer that took a partition was lost: the deadline counts from the heartbeat that it answered', () => {
  const play = new Play()
    .stable()
    .on({ type: 'tick', nowMs: 310 })
    .on({ type: 'unanswered', nowMs: 700, sentAtMs: 310 })
    .on({ type: 'tick', nowMs: 800 })
    .answered(820, 800, answer(0, 5, [0]))
  assert.deepEqual(play.effects.at(-1), { type: 'revoke', partitions: ['aa:1'], deadlineMs: 310 + 1800 })
})

test('a heartbeat that never left has told nobody anything', () => {
  const play = new Play()
    .stable()
    .on({ type: 'tick', nowMs: 310 })
    .on({ type: 'unanswered', nowMs: 700, sentAtMs: null })
    .on({ type: 'tick', nowMs: 800 })
    .answered(820, 800, answer(0, 5, [0]))
  assert.deepEqual(play.effects.at(-1), { type: 'revoke', partitions: ['aa:1'], deadlineMs: 800 + 1800 })
})

test('given up but not acknowledged: the lease of all ends with the rebalance timeout, until the receipt', () => {
  const play = new Play({ sessionTimeoutMs: 60_000 })
    .stable()
    .on({ type: 'tick', nowMs: 310 })
    .answered(320, 310, answer(0, 5, [0]))
    .on({ type: 'drained', nowMs: 400, partitions: ['aa:1'] })
  const endMs = 310 + 1800
  assert.ok(holdsLease(play.state, endMs - 1))
  assert.ok(!holdsLease(play.state, endMs), 'the coordinator may have given everything away')
  // the acknowledgement stays unanswered, or a late answer still claims the partition: no receipt
  play.on({ type: 'unanswered', nowMs: 500, sentAtMs: 400 })
  assert.ok(!holdsLease(play.state, endMs))
  play.on({ type: 'tick', nowMs: 600 }).answered(610, 600, answer(0, 6, [0]))
  assert.ok(holdsLease(play.state, endMs), 'the receipt ends the notice')
})

test('an answer to a heartbeat that still claimed the partition is no receipt', () => {
  const play = new Play({ sessionTimeoutMs: 60_000 })
    .stable()
    .on({ type: 'tick', nowMs: 310 })
    .answered(320, 310, answer(0, 5, [0]))
    .on({ type: 'tick', nowMs: 610 })
    .on({ type: 'drained', nowMs: 615, partitions: ['aa:1'] })
    .answered(620, 610, answer(0, 5, [0]))
  assert.ok(!holdsLease(play.state, 310 + 1800))
  play.on({ type: 'tick', nowMs: 620 }).answered(630, 620, answer(0, 6, [0]))
  assert.ok(holdsLease(play.state, 310 + 1800))
})

test('the receipt may take the next partition: that has a time of its own', () => {
  const play = new Play()
    .stable()
    .on({ type: 'tick', nowMs: 310 })
    .answered(320, 310, answer(0, 5, [0]))
    .on({ type: 'drained', nowMs: 700, partitions: ['aa:1'] })
    .answered(710, 700, answer(0, 6, []))
  assert.deepEqual(play.effects.at(-1), { type: 'revoke', partitions: ['aa:0'], deadlineMs: 700 + 1800 })
})

test('nothing new is taken while something is being given up', () => {
  const play = new Play()
    .stable()
    .on({ type: 'tick', nowMs: 310 })
    .answered(320, 310, answer(0, 5, [0, 2]))
  assert.deepEqual(play.kinds, ['lease-renewed', 'revoke'])
  play.on({ type: 'drained', nowMs: 330, partitions: ['aa:1'] }).answered(340, 330, answer(0, 6, [0, 2]))
  assert.deepEqual(play.effects.at(-1), { type: 'assign', partitions: ['aa:2'] })
})

test('an answer without an assignment changes nothing', () => {
  const play = new Play().stable().on({ type: 'tick', nowMs: 310 }).answered(320, 310, answer(0, 5))
  assert.deepEqual(play.kinds, ['lease-renewed'])
  assert.equal(play.state.owned.size, 2)
})

for (const code of [14, 15, 16])
  test(`code ${code}: the coordinator is looked up again, the partitions stay`, () => {
    const play = new Play().stable().on({ type: 'tick', nowMs: 310 }).answered(320, 310, answer(code))
    assert.deepEqual(play.kinds, ['find-coordinator'])
    assert.equal(play.state.owned.size, 2)
    assert.equal(play.state.heartbeatAtMs, 420)
    play.on({ type: 'tick', nowMs: 420 }).on({ type: 'unanswered', nowMs: 430, sentAtMs: 420 })
    assert.equal(play.state.heartbeatAtMs, 630, 'back-off doubles')
  })

for (const code of [25, 69])
  test(`code ${code}: everything is dropped, and nothing is joined before the handlers are quiet`, () => {
    const play = new Play().stable().on({ type: 'tick', nowMs: 310 }).answered(320, 310, answer(code))
    assert.deepEqual(play.kinds, ['drop'])
    assert.ok(!holdsLease(play.state, 320))
    assert.deepEqual(play.on({ type: 'tick', nowMs: 5000 }).effects, [])
    play.on({ type: 'quiet', nowMs: 6000 }).on({ type: 'tick', nowMs: 6100 })
    assert.deepEqual(play.effects, [{ type: 'heartbeat', epoch: 0, owned: [] }])
  })

test('code 110: the member is still registered, so it leaves before it joins again', () => {
  const play = new Play({ instanceId: 'static' }).stable().on({ type: 'tick', nowMs: 310 })
  play.answered(320, 310, answer(110)).on({ type: 'quiet', nowMs: 400 })
  assert.deepEqual(play.effects, [{ type: 'heartbeat', epoch: -1, owned: [] }])
  play.answered(410, 400, answer(0, -1)).on({ type: 'tick', nowMs: 510 })
  assert.deepEqual(play.kinds, ['heartbeat 0'])
})

test('code 111: the instance id is still held by a crashed process; asked again every second', () => {
  const play = new Play({ instanceId: 'static' }).on({ type: 'start', nowMs: 0 }).answered(10, 0, answer(111))
  assert.equal(play.state.heartbeatAtMs, 1010)
  assert.equal(play.state.phase, 'JOINING')
})

for (const [code, error] of [
  [42, 'GROUP_REFUSED'],
  [112, 'GROUP_REFUSED'],
  [24, 'GROUP_REFUSED'],
  [81, 'GROUP_REFUSED'],
  [82, 'GROUP_REFUSED'],
  [29, 'NOT_AUTHORIZED'],
  [30, 'NOT_AUTHORIZED'],
  [35, 'CLUSTER_TOO_OLD'],
] as const)
  test(`code ${code} ends the member with ${error} and the server's text`, () => {
    const play = new Play().stable().on({ type: 'tick', nowMs: 310 }).answered(320, 310, answer(code))
    assert.deepEqual(play.kinds, ['drop', 'end'])
    const end = play.effects.at(-1)
    assert.ok(end?.type === 'end' && end.error?.code === error && end.error.message.includes('why'))
    assert.deepEqual(play.on({ type: 'quiet', nowMs: 400 }).effects, [])
  })

test('closing drains everything under heartbeats, then leaves', () => {
  const play = new Play().stable().on({ type: 'close', nowMs: 100, deadlineMs: 9000 })
  assert.deepEqual(play.effects, [{ type: 'revoke', partitions: ['aa:0', 'aa:1'], deadlineMs: 1900 }])
  play.on({ type: 'tick', nowMs: 310 })
  assert.deepEqual(play.kinds, ['heartbeat 5'])
  play.answered(320, 310, answer(0, 6, [0, 1]))
  assert.equal(play.state.epoch, 6)
  play.on({ type: 'drained', nowMs: 400, partitions: ['aa:0', 'aa:1'] })
  assert.deepEqual(play.kinds, ['release', 'heartbeat -1'])
  play.answered(410, 400, answer(0, -1))
  assert.deepEqual(play.effects, [{ type: 'end', error: null }])
  assert.equal(play.state.phase, 'LEFT')
})

test('a static member leaves for a restart: the coordinator keeps its partitions for the session', () => {
  const play = new Play({ instanceId: 'static' }).stable().on({ type: 'close', nowMs: 100, deadlineMs: 900 })
  assert.deepEqual(play.on({ type: 'drained', nowMs: 400, partitions: ['aa:0', 'aa:1'] }).kinds, [
    'release',
    'heartbeat -2',
  ])
})

test('closing while a join is under way takes the join back', () => {
  const play = new Play().on({ type: 'start', nowMs: 0 }).on({ type: 'close', nowMs: 5, deadlineMs: 900 })
  assert.deepEqual(play.effects, [])
  assert.deepEqual(play.answered(10, 0, answer(0, 5, [0])).kinds, ['heartbeat -1'])
})

test('a leave that is never answered is tried three times', () => {
  const play = new Play().stable().on({ type: 'close', nowMs: 100, deadlineMs: 900 })
  play.on({ type: 'drained', nowMs: 400, partitions: ['aa:0', 'aa:1'] })
  for (let attempt = 0; attempt < 3; attempt++) {
    play.on({ type: 'unanswered', nowMs: 500 + attempt * 1000, sentAtMs: null })
    if (attempt < 2) play.on({ type: 'tick', nowMs: 1000 + attempt * 1000 })
  }
  assert.deepEqual(play.kinds, ['find-coordinator', 'end'])
})

test('doubt brings the next heartbeat forward', () => {
  const play = new Play().stable()
  assert.deepEqual(play.on({ type: 'doubted', nowMs: 50 }).kinds, ['heartbeat 5'])
})
