import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ErrorCode, KafkaCode, LanekeeperError } from '../../core/model/index.ts'
import type { GroupOffsets, TransactionEffect, TransactionEvent, TransactionSettings } from './events.ts'
import { newTransactions, stepTransaction, type TransactionState, wakeAtMs } from './machine.ts'

const settings: TransactionSettings = { transactionalId: 'tx', giveUpMs: 1000, backoffMs: () => 100 }
const id = (producerEpoch: number) => ({ producerId: 7n, producerEpoch })
const group: GroupOffsets = {
  group: 'g',
  memberId: 'm',
  memberEpoch: 3,
  instanceId: null,
  offsets: [{ topic: 't', partition: 0, offset: 5 }],
}

/** Feeds events and keeps what came out of the last one. */
class Story {
  state: TransactionState = newTransactions
  effects: readonly TransactionEffect[] = []

  tell(...events: TransactionEvent[]): this {
    for (const event of events) [this.state, this.effects] = stepTransaction(settings, this.state, event)
    return this
  }

  answer(code: number, identity: ReturnType<typeof id> | null = null, nowMs = 0): this {
    return this.tell({ type: 'answered', nowMs, code, message: null, identity })
  }

  unanswered(nowMs = 0): this {
    return this.tell({ type: 'unanswered', nowMs, why: 'silence' })
  }

  ready(): this {
    return this.tell({ type: 'register', nowMs: 0 }).answer(0, id(0))
  }

  open(): this {
    return this.ready().tell({ type: 'begin' })
  }

  /** A transaction with a record in it whose commit has been asked for. */
  committing(): this {
    return this.open().tell({ type: 'sent' }, { type: 'commit' }, { type: 'flushed', nowMs: 0 })
  }

  get asked(): string {
    return this.effects
      .flatMap(effect => (effect.type === 'ask' ? [effect.request] : []))
      .map(request =>
        request.kind === 'end' ? `${request.decision} ${request.identity.producerEpoch}` : request.kind,
      )
      .join()
  }

  /** The code that the caller got; null: success; undefined: still waiting. */
  get told(): ErrorCode | null | undefined {
    const settled = this.effects.find(effect => effect.type === 'settled')
    return settled === undefined ? undefined : (settled.error?.code ?? null)
  }
}

const doom = new LanekeeperError('DELIVERY_IN_DOUBT', 'A record was not delivered: silence.')

test('registration, a transaction, its commit, and the next one under the next epoch', () => {
  const story = new Story().tell({ type: 'register', nowMs: 0 })
  assert.equal(story.asked, 'register')
  assert.equal(story.answer(0, id(4)).told, null)
  story.tell({ type: 'begin' }, { type: 'sent' }, { type: 'commit' })
  assert.deepEqual(story.effects, [{ type: 'flush' }])
  assert.equal(story.tell({ type: 'flushed', nowMs: 0 }).asked, 'commit 4')
  assert.equal(story.answer(0, id(5)).told, null)
  assert.deepEqual([story.state.phase, story.state.identity], ['ready', id(5)])
})

test('a transaction of which nothing was sent ends without asking anybody', () => {
  for (const end of [{ type: 'commit' }, { type: 'abort', nowMs: 0 }] as const) {
    const story = new Story().open().tell(end)
    if (end.type === 'commit') story.tell({ type: 'flushed', nowMs: 0 })
    assert.deepEqual(
      [story.asked, story.told, story.state.phase, story.state.identity],
      ['', null, 'ready', id(0)],
    )
  }
})

test('what cannot be answered yet is asked again, of whoever coordinates by then', () => {
  const story = new Story().committing()
  for (const [code, moved] of [
    [KafkaCode.CONCURRENT_TRANSACTIONS, false],
    [KafkaCode.NOT_COORDINATOR, true],
  ] as const) {
    story.answer(code)
    assert.equal(story.told, undefined)
    assert.equal(
      story.effects.some(effect => effect.type === 'find-coordinator'),
      moved,
    )
    assert.equal(wakeAtMs(story.state), 100)
    assert.equal(story.tell({ type: 'tick', nowMs: 99 }).asked, '')
    assert.equal(story.tell({ type: 'tick', nowMs: 100 }).asked, 'commit 0')
  }
  assert.equal(story.answer(0, id(1)).told, null)
})

test('a commit that went unanswered and is answered later has happened', () => {
  const story = new Story().committing().unanswered().tell({ type: 'tick', nowMs: 100 })
  assert.equal(story.asked, 'commit 0')
  assert.equal(story.answer(0, id(1)).told, null)
})

test('fenced after an unanswered commit: in doubt. Fenced before any answer was missing: not committed', () => {
  for (const code of [
    KafkaCode.PRODUCER_FENCED,
    KafkaCode.INVALID_PRODUCER_EPOCH,
    KafkaCode.INVALID_REQUEST,
  ]) {
    const story = new Story().committing().unanswered().tell({ type: 'tick', nowMs: 100 }).answer(code)
    assert.deepEqual([story.told, story.state.phase], ['TRANSACTION_IN_DOUBT', 'ended'])
  }
  const story = new Story().committing().answer(KafkaCode.PRODUCER_FENCED)
  assert.deepEqual([story.told, story.state.phase], ['TRANSACTION_FENCED', 'ended'])
})

test('an answer that is not final does not take the doubt of an earlier silence away', () => {
  const story = new Story().committing().unanswered().tell({ type: 'tick', nowMs: 100 })
  story.answer(KafkaCode.COORDINATOR_NOT_AVAILABLE, null, 100).tell({ type: 'tick', nowMs: 200 })
  assert.equal(story.answer(KafkaCode.PRODUCER_FENCED).told, 'TRANSACTION_IN_DOUBT')
})

test('silence to the end of the time ends the instance: in doubt only where a commit may have been heard', () => {
  const late = 950
  const cases = [
    [new Story().committing(), 'TRANSACTION_IN_DOUBT'],
    [new Story().tell({ type: 'register', nowMs: 0 }), 'CLUSTER_UNREACHABLE'],
    [new Story().open().tell({ type: 'sent' }, { type: 'abort', nowMs: 0 }), 'CLUSTER_UNREACHABLE'],
  ] as const
  for (const [story, code] of cases) {
    story.unanswered(late)
    assert.deepEqual([story.told, story.state.phase], [code, 'ended'])
    story.tell({ type: 'begin' })
    assert.equal(story.told, code, 'whoever calls again hears the reason again')
  }
})

test('a commit that nobody could have heard is not in doubt when its time is over', () => {
  const story = new Story().committing().answer(KafkaCode.COORDINATOR_LOAD_IN_PROGRESS, null, 950)
  assert.equal(story.told, 'CLUSTER_UNREACHABLE')
})

test('a record that did not arrive dooms the transaction: the commit becomes an abort, and says so', () => {
  const story = new Story().open().tell({ type: 'sent' }, { type: 'doomed', error: doom }, { type: 'commit' })
  assert.equal(story.tell({ type: 'flushed', nowMs: 0 }).asked, 'abort 0')
  assert.equal(story.answer(0, id(1)).told, 'TRANSACTION_ABORTED')
  assert.deepEqual([story.state.phase, story.state.doom], ['ready', null])
  // the next one is not doomed with it
  story.tell({ type: 'begin' }, { type: 'sent' }, { type: 'commit' })
  assert.equal(story.tell({ type: 'flushed', nowMs: 0 }).asked, 'commit 1')
})

test('an abort that was asked for is no failure, doomed or not', () => {
  const story = new Story()
    .open()
    .tell({ type: 'sent' }, { type: 'doomed', error: doom }, { type: 'abort', nowMs: 0 })
  assert.ok(story.effects.some(effect => effect.type === 'discard'))
  assert.equal(story.answer(0, id(1)).told, null)
})

test('offsets refused by the group doom the transaction; the instance lives', () => {
  for (const code of [
    KafkaCode.ILLEGAL_GENERATION,
    KafkaCode.UNKNOWN_MEMBER_ID,
    KafkaCode.FENCED_INSTANCE_ID,
  ]) {
    const story = new Story().open().tell({ type: 'offsets', offsets: group, nowMs: 0 })
    assert.equal(story.asked, 'offsets')
    assert.equal(story.answer(code).told, 'GROUP_FENCED')
    story.tell({ type: 'commit' }, { type: 'flushed', nowMs: 0 })
    assert.equal(story.asked, 'abort 0')
    assert.equal(story.answer(0, id(1)).told, 'TRANSACTION_ABORTED')
  }
})

test('offsets alone make a transaction that is committed', () => {
  const story = new Story().open().tell({ type: 'offsets', offsets: group, nowMs: 0 }).answer(0)
  assert.equal(story.told, null)
  assert.equal(story.tell({ type: 'commit' }, { type: 'flushed', nowMs: 0 }).asked, 'commit 0')
})

test('a coordinator that wants the transaction aborted, or has done so, gets it aborted: no doubt about that', () => {
  for (const code of [KafkaCode.TRANSACTION_ABORTABLE, KafkaCode.INVALID_TXN_STATE]) {
    const story = new Story().committing().unanswered().tell({ type: 'tick', nowMs: 100 }).answer(code)
    assert.equal(story.asked, 'abort 0')
    assert.equal(story.answer(0, id(1)).told, 'TRANSACTION_ABORTED')
    assert.equal(story.state.phase, 'ready')
  }
})

test('refusals of a registration say what to do', () => {
  const cases = [
    [KafkaCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED, 'NOT_AUTHORIZED'],
    [KafkaCode.UNSUPPORTED_VERSION, 'CLUSTER_TOO_OLD'],
    [KafkaCode.INVALID_TRANSACTION_TIMEOUT, 'USAGE'],
    [KafkaCode.INVALID_REQUEST, 'TRANSACTION_REFUSED'],
  ] as const
  for (const [code, told] of cases)
    assert.equal(new Story().tell({ type: 'register', nowMs: 0 }).answer(code).told, told)
})

test('an id below zero is no registration', () => {
  const story = new Story()
    .tell({ type: 'register', nowMs: 0 })
    .answer(0, { producerId: -1n, producerEpoch: -1 })
  assert.deepEqual([story.told, story.state.phase], [undefined, 'registering'])
})

test('calls that do not fit are told so, and change nothing', () => {
  const cases: readonly [Story, TransactionEvent][] = [
    [new Story(), { type: 'begin' }],
    [new Story(), { type: 'commit' }],
    [new Story().ready(), { type: 'register', nowMs: 0 }],
    [new Story().ready(), { type: 'abort', nowMs: 0 }],
    [new Story().ready(), { type: 'offsets', offsets: group, nowMs: 0 }],
    [new Story().open(), { type: 'begin' }],
  ]
  for (const [story, event] of cases) {
    const before = story.state
    assert.equal(story.tell(event).told, 'TRANSACTION_STATE')
    assert.equal(story.state, before)
  }
})

test('what comes after the end changes nothing', () => {
  const story = new Story().committing().answer(KafkaCode.PRODUCER_FENCED)
  const { state } = story
  story.answer(0, id(9)).unanswered().tell({ type: 'tick', nowMs: 5000 }, { type: 'flushed', nowMs: 0 })
  assert.deepEqual(story.state, state)
})
