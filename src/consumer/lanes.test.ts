import assert from 'node:assert/strict'
import { test } from 'node:test'
import { laneItem } from '../../test/support/lane-item.ts'
import { ManualClock } from '../../test/support/manual-clock.ts'
import type { LaneItem } from './lane-work.ts'
import type { Verdict } from './failures.ts'
import { FinishedAhead } from './finished-ahead.ts'
import { type LaneOptions, Lanes } from './lanes.ts'
import { MemoryBudget } from './memory-budget.ts'

interface Item extends LaneItem {
  readonly name: string
}

const item = (offset: number, key: string | null): Item => ({
  ...laneItem(offset, key),
  name: `${key}@${offset}`,
})

/** Tried again after 100 ms, three attempts, then the given end. */
const threeAttempts =
  (end: Verdict['kind']) =>
  (_work: unknown, each: Item): Verdict =>
    each.condemned !== null || each.attempts < 3
      ? { kind: 'retry', delayMs: 100 }
      : end === 'retry'
        ? assert.fail('no end')
        : { kind: end }

const rig = (overrides: Partial<LaneOptions<Item>> = {}) => {
  const clock = new ManualClock()
  const log: string[] = []
  const open = new Map<string, { finish: () => void; fail: (error: Error) => void }>()
  const lanes = new Lanes<Item>({
    clock,
    ordering: 'key',
    concurrency: 100,
    windowRecords: 1000,
    budget: new MemoryBudget(1e7, () => undefined),
    partitionBytesMax: 1e6,
    judge: threeAttempts('stop'),
    mayStart: () => true,
    divert: each => {
      log.push(`diverting ${each.name}`)
      return new Promise<void>((finish, fail) => open.set(each.name, { finish, fail }))
    },
    run: each =>
      new Promise<void>((finish, fail) => {
        log.push(each.name)
        open.set(each.name, { finish, fail })
      }),
    onDone: each => log.push(`done ${each.name}`),
    onFailed: (_work, each, error, verdict) =>
      log.push(`failed ${each.name}: ${(error as Error).message}, ${verdict.kind}`),
    onHeld: work => log.push(`held ${work.name}`),
    ...overrides,
  })
  const settle = async (name: string): Promise<void> => {
    open.get(name)?.finish()
    await clock.settle()
  }
  const fail = async (name: string): Promise<void> => {
    open.get(name)?.fail(new Error('no'))
    await clock.settle()
  }
  return { clock, log, lanes, settle, fail }
}

test('records of one key wait for each other, other keys do not', async () => {
  const { clock, log, lanes, settle } = rig()
  const work = lanes.open('t-0')
  for (const each of [item(0, 'a'), item(1, 'a'), item(2, 'b')]) lanes.add(work, each)
  await clock.settle()
  assert.deepEqual(log, ['a@0', 'b@2'])
  await settle('b@2')
  assert.equal(work.frontier.lowestUnfinished(3), 0)
  await settle('a@0')
  assert.deepEqual(log, ['a@0', 'b@2', 'done b@2', 'done a@0', 'a@1'])
  await settle('a@1')
  assert.equal(work.frontier.lowestUnfinished(3), 3)
})

test('ordering by partition runs one record at a time', async () => {
  const { clock, log, lanes, settle } = rig({ ordering: 'partition' })
  const work = lanes.open('t-0')
  for (const each of [item(0, 'a'), item(1, 'b'), item(2, null)]) lanes.add(work, each)
  await clock.settle()
  assert.deepEqual(log, ['a@0'])
  await settle('a@0')
  assert.deepEqual(log, ['a@0', 'done a@0', 'b@1'])
})

test('a handler that returns nothing is finished at once', async () => {
  const seen: number[] = []
  const { clock, lanes } = rig({ run: each => void seen.push(each.offset) })
  const work = lanes.open('t-0')
  for (let offset = 0; offset < 500; offset++) lanes.add(work, item(offset, 'a'))
  await clock.settle()
  assert.deepEqual(seen, [...Array(500).keys()])
  assert.equal(lanes.queuedRecords, 0)
})

test('a slice ends after 8 ms, so that other work of the process gets its turn', async () => {
  let turns = 0
  let longestTurn = 0
  let inTurn = 0
  const { clock, lanes } = rig({
    run: () => {
      clock.nowMs += 3
      inTurn++
      longestTurn = Math.max(longestTurn, inTurn)
    },
  })
  const soon = clock.soon.bind(clock)
  clock.soon = action =>
    soon(() => {
      turns++
      inTurn = 0
      action()
    })
  const work = lanes.open('t-0')
  for (let offset = 0; offset < 9; offset++) lanes.add(work, item(offset, 'a'))
  await clock.settle()
  assert.equal(longestTurn, 3)
  assert.ok(turns >= 3)
})

test('no more handlers run than the concurrency allows', async () => {
  const { clock, log, lanes, settle } = rig({ concurrency: 2 })
  const work = lanes.open('t-0')
  for (let offset = 0; offset < 5; offset++) lanes.add(work, item(offset, null))
  await clock.settle()
  assert.deepEqual(log, ['null@0', 'null@1'])
  await settle('null@1')
  assert.deepEqual(log, ['null@0', 'null@1', 'done null@1', 'null@2'])
})

test('nothing starts further above the frontier than the window', async () => {
  const { clock, log, lanes, settle } = rig({ windowRecords: 2 })
  const work = lanes.open('t-0')
  for (let offset = 0; offset < 4; offset++) lanes.add(work, item(offset, null))
  await clock.settle()
  await settle('null@1')
  assert.deepEqual(log, ['null@0', 'null@1', 'done null@1'])
  await settle('null@0')
  assert.deepEqual(log.slice(3), ['done null@0', 'null@2', 'null@3'])
})

test('a failed record is tried again, first in its lane, with back-off', async () => {
  const { clock, log, lanes, settle, fail } = rig()
  const work = lanes.open('t-0')
  for (const each of [item(0, 'a'), item(1, 'a')]) lanes.add(work, each)
  await clock.settle()
  await fail('a@0')
  assert.deepEqual(log, ['a@0', 'failed a@0: no, retry'])
  await clock.advance(99)
  assert.equal(log.length, 2)
  await clock.advance(1)
  await settle('a@0')
  assert.deepEqual(log.slice(2), ['a@0', 'done a@0', 'a@1'])
})

test('a condemned record is put aside before its key goes on, and tried until that succeeds', async () => {
  const { clock, log, lanes, settle, fail } = rig({
    judge: (_work, each) =>
      each.condemned === null ? { kind: 'dead-letter' } : { kind: 'retry', delayMs: 100 },
  })
  const work = lanes.open('t-0')
  for (const each of [item(0, 'a'), item(1, 'a')]) lanes.add(work, each)
  await clock.settle()
  await fail('a@0')
  assert.deepEqual(log, ['a@0', 'failed a@0: no, dead-letter', 'diverting a@0'])
  await fail('a@0')
  assert.equal(
    work.frontier.lowestUnfinished(2),
    0,
    'nothing is committed past a letter that was not written',
  )
  await clock.advance(100)
  assert.deepEqual(log.slice(3), ['failed a@0: no, retry', 'diverting a@0'])
  await settle('a@0')
  assert.deepEqual(log.slice(5), ['done a@0', 'a@1'])
  assert.deepEqual(lanes.counts, { added: 2, done: 0, diverted: 1, givenBack: 0 })
})

test('a parked key waits, the others go on until the window ends, then the partition stands', async () => {
  const { clock, log, lanes } = rig({
    windowRecords: 4,
    judge: () => ({ kind: 'park-key' }),
    run: each => {
      if (each.name === 'a@0') throw new Error('bad')
      log.push(each.name)
    },
  })
  const work = lanes.open('t-0')
  for (const each of [item(0, 'a'), item(1, 'b'), item(2, 'a'), item(3, 'c')]) lanes.add(work, each)
  await clock.settle()
  assert.deepEqual(log.toSorted(), ['b@1', 'c@3', 'done b@1', 'done c@3', 'failed a@0: bad, park-key'])
  assert.equal(work.frontier.lowestUnfinished(4), 0)
  assert.deepEqual(work.frontier.finishedAhead(), [
    { from: 1, to: 2 },
    { from: 3, to: 4 },
  ])
  assert.equal(lanes.queuedRecords, 2)
  lanes.add(work, item(4, 'b'))
  await clock.settle()
  assert.equal(log.at(-1), 'held t-0')
  assert.ok(work.stopped)
  assert.equal(await lanes.drain(work, clock.nowMs + 1000), true)
  lanes.drop(work)
  assert.deepEqual(lanes.counts, { added: 5, done: 2, diverted: 0, givenBack: 3 })
  assert.equal(lanes.queuedRecords, 0)
})

test('parked keys do not hold up a drain', async () => {
  const { clock, lanes } = rig({
    judge: () => ({ kind: 'park-key' }),
    run: each => {
      if (each.name === 'a@0') throw new Error('bad')
    },
  })
  const work = lanes.open('t-0')
  for (const each of [item(0, 'a'), item(1, 'b'), item(2, 'a')]) lanes.add(work, each)
  await clock.settle()
  assert.equal(await lanes.drain(work, clock.nowMs + 1000), true)
})

test('what an earlier owner finished is passed over, in order and without running', async () => {
  const { clock, log, lanes } = rig({ run: each => void log.push(each.name) })
  const work = lanes.open('t-0')
  work.remembered = new FinishedAhead([
    { from: 0, to: 2 },
    { from: 3, to: 4 },
  ])
  for (let offset = 0; offset < 5; offset++) lanes.add(work, item(offset, 'a'))
  await clock.settle()
  assert.deepEqual(log, ['a@2', 'done a@2', 'a@4', 'done a@4'])
  assert.equal(work.frontier.lowestUnfinished(5), 5)
  assert.equal(work.remembered, null)
  assert.equal(lanes.counts.added, 2)
})

test('without an order every record may run beside every other', async () => {
  const { clock, log, lanes } = rig({ ordering: 'none' })
  const work = lanes.open('t-0')
  for (let offset = 0; offset < 3; offset++) lanes.add(work, item(offset, 'a'))
  await clock.settle()
  assert.deepEqual(log, ['a@0', 'a@1', 'a@2'])
})

test('a record that fails for good parks its partition, below it nothing is passed, others go on', async () => {
  const { clock, log, lanes } = rig({
    run: each => {
      if (each.name === 'a@0') throw new Error('bad')
      log.push(each.name)
    },
  })
  const [parked, healthy] = [lanes.open('t-0'), lanes.open('t-1')]
  lanes.add(parked, item(0, 'a'))
  lanes.add(parked, item(1, 'a'))
  await clock.advance(1000)
  lanes.add(parked, item(2, 'b'))
  lanes.add(healthy, item(0, 'b'))
  await clock.settle()
  assert.ok(parked.stopped)
  assert.equal(parked.frontier.lowestUnfinished(3), 0)
  assert.deepEqual(log.slice(-3), ['failed a@0: bad, stop', 'b@0', 'done b@0'])
  assert.equal(await lanes.drain(parked, clock.nowMs + 1000), true)
})

test('draining finishes what was started and everything below it, and drops the rest', async () => {
  const { clock, log, lanes, settle } = rig()
  const work = lanes.open('t-0')
  for (const each of [item(0, 'a'), item(1, 'a'), item(2, 'b'), item(3, 'a')]) lanes.add(work, each)
  await clock.settle()
  let drained: boolean | null = null
  const draining = lanes.drain(work, 1000).then(result => {
    drained = result
  })
  await settle('b@2')
  await settle('a@0')
  assert.equal(drained, null)
  await settle('a@1')
  await draining
  assert.equal(drained, true)
  assert.ok(!log.includes('a@3'))
  assert.equal(work.frontier.lowestUnfinished(4), 3)
})

test('a drain gives up at its deadline and aborts the handlers that still run', async () => {
  const { clock, lanes } = rig()
  const work = lanes.open('t-0')
  lanes.add(work, item(0, 'a'))
  await clock.settle()
  const draining = lanes.drain(work, 500)
  await clock.advance(500)
  assert.equal(await draining, false)
  assert.ok(work.abort.signal.aborted)
})

test('the lease is asked for every start; lanes go on when it is renewed', async () => {
  let lease = 100
  const { clock, log, lanes } = rig({ mayStart: nowMs => nowMs < lease })
  const work = lanes.open('t-0')
  clock.nowMs = 100
  lanes.add(work, item(0, 'a'))
  await clock.settle()
  assert.deepEqual(log, [])
  lease = 200
  lanes.resume()
  await clock.settle()
  assert.deepEqual(log, ['a@0'])
})

test('a record whose handler was told not to act is not finished, and runs again', async () => {
  let mayAct = false
  const acted: string[] = []
  const { clock, lanes } = rig({
    run: async each => {
      if (mayAct) acted.push(each.name)
      else each.declined = true
    },
  })
  const work = lanes.open('t-0')
  lanes.add(work, item(0, 'a'))
  await clock.settle()
  assert.equal(work.frontier.lowestUnfinished(1), 0)
  mayAct = true
  lanes.resume()
  await clock.settle()
  assert.deepEqual(acted, ['a@0'])
  assert.equal(work.frontier.lowestUnfinished(1), 1)
})

test('a dropped partition starts nothing more; quiet waits for its handlers', async () => {
  const { clock, log, lanes, settle } = rig()
  const work = lanes.open('t-0')
  for (const each of [item(0, 'a'), item(1, 'a')]) lanes.add(work, each)
  await clock.settle()
  lanes.drop(work)
  assert.ok(work.abort.signal.aborted)
  let quiet = false
  const waiting = lanes.quiet('t-0').then(() => {
    quiet = true
  })
  await lanes.quiet('t-1')
  await clock.settle()
  assert.equal(quiet, false)
  await settle('a@0')
  await waiting
  assert.deepEqual(log, ['a@0'])
  assert.equal(work.frontier.lowestUnfinished(2), 0)
  assert.equal(lanes.queuedRecords, 0)
})

/** Batches of two records wait outside, offsets from 0 on, each under a key of its own. */
const feedOf = (lanes: Lanes<Item>, name: string) => {
  const work = lanes.open(name)
  const fed = { next: 0, until: Infinity }
  work.feed = () => {
    if (fed.next >= fed.until) return false
    for (let count = 0; count < 2; count++, fed.next++) lanes.add(work, item(fed.next, `k${fed.next}`))
    return true
  }
  return { work, fed }
}

test('a partition is fed as far as its window reaches, and again when the window moves', async () => {
  const { clock, lanes, settle } = rig({ windowRecords: 4 })
  const { work, fed } = feedOf(lanes, 't-0')
  lanes.offer(work)
  await clock.settle()
  assert.equal(fed.next, 4)
  await settle('k1@1')
  assert.equal(fed.next, 4, 'the lowest unfinished record is where it was')
  await settle('k0@0')
  assert.equal(fed.next, 6)
})

test('a partition whose records are large is fed as far as its memory reaches', async () => {
  const { clock, lanes, settle } = rig({ partitionBytesMax: 30 })
  const { work, fed } = feedOf(lanes, 't-0')
  lanes.offer(work)
  await clock.settle()
  assert.equal(fed.next, 4, 'ten bytes each: the batch that reaches the limit is the last')
  await settle('k3@3')
  assert.equal(fed.next, 4)
  await settle('k2@2')
  assert.equal(fed.next, 6)
})

test('a feed that ran dry is asked again only when something is offered', async () => {
  const { clock, log, lanes } = rig()
  const { work, fed } = feedOf(lanes, 't-0')
  fed.until = 2
  lanes.offer(work)
  await clock.settle()
  fed.until = 4
  await clock.settle()
  assert.deepEqual(log, ['k0@0', 'k1@1'])
  lanes.offer(work)
  await clock.settle()
  assert.deepEqual(log.slice(2), ['k2@2', 'k3@3'])
})

test('a partition that was given up or stands is not fed', async () => {
  const { clock, lanes, fail } = rig({ judge: () => ({ kind: 'stop' }) })
  const [given, standing] = [feedOf(lanes, 't-0'), feedOf(lanes, 't-1')]
  void lanes.drain(given.work, Infinity)
  standing.fed.until = 2
  for (const { work } of [given, standing]) lanes.offer(work)
  await clock.settle()
  await fail('k0@0')
  standing.fed.until = 4
  lanes.offer(standing.work)
  await clock.settle()
  assert.deepEqual([given.fed.next, standing.fed.next], [0, 2])
})

test('what is fed starts no more than what is added: not without the lease, not above a hold, not behind a parked record', async () => {
  let leased = false
  const { clock, log, lanes, settle, fail } = rig({
    mayStart: () => leased,
    judge: () => ({ kind: 'park-key' }),
  })
  const { work, fed } = feedOf(lanes, 't-0')
  fed.until = 2
  lanes.offer(work)
  await clock.settle()
  assert.deepEqual(log, [])
  leased = true
  lanes.resume()
  await clock.settle()
  assert.deepEqual(log, ['k0@0', 'k1@1'])

  const held = lanes.hold([work], Infinity)
  fed.until = 4
  lanes.offer(work)
  for (const name of ['k0@0', 'k1@1']) await settle(name)
  assert.ok(await held)
  assert.deepEqual(log, ['k0@0', 'k1@1', 'done k0@0', 'done k1@1'])
  lanes.release([work])
  await clock.settle()
  assert.deepEqual(log.slice(4), ['k2@2', 'k3@3'])

  await fail('k2@2')
  work.feed = () => {
    work.feed = null
    lanes.add(work, item(4, 'k2'))
    return true
  }
  lanes.offer(work)
  await settle('k3@3')
  assert.ok(!log.some(line => line === 'k2@4'))
})

test('fed partitions take turns, one batch each', async () => {
  const order: string[] = []
  const { clock, lanes } = rig({ run: () => undefined })
  for (const name of ['t-0', 't-1']) {
    const { work, fed } = feedOf(lanes, name)
    fed.until = 6
    const { feed } = work
    work.feed = () => {
      const more = feed?.() ?? false
      if (more) order.push(name)
      return more
    }
    lanes.offer(work)
  }
  await clock.settle()
  assert.deepEqual(order, ['t-0', 't-1', 't-0', 't-1', 't-0', 't-1'])
})

test('promises that settle at once make way for the event loop after a slice', async () => {
  let [turns, inTurn, longestTurn] = [0, 0, 0]
  const { clock, lanes } = rig({
    concurrency: 1,
    run: () => {
      clock.nowMs += 1
      longestTurn = Math.max(longestTurn, ++inTurn)
      return Promise.resolve()
    },
  })
  const soon = clock.soon.bind(clock)
  clock.soon = action =>
    soon(() => {
      turns++
      inTurn = 0
      action()
    })
  const { work, fed } = feedOf(lanes, 't-0')
  fed.until = 40
  lanes.offer(work)
  await clock.settle()
  assert.equal(fed.next, 40)
  assert.ok(turns >= 5 && longestTurn <= 9, `${turns} turns, of ${longestTurn} records at most`)
})

test('a window that hangs on a parked key makes the partition stand, also when every record of it has come', async () => {
  const { clock, log, lanes, settle, fail } = rig({ windowRecords: 4, judge: () => ({ kind: 'park-key' }) })
  const { work } = feedOf(lanes, 't-0')
  lanes.offer(work)
  await clock.settle()
  for (const name of ['k1@1', 'k2@2', 'k3@3']) await settle(name)
  assert.ok(!log.includes('held t-0'))
  await fail('k0@0')
  assert.ok(log.includes('held t-0'))
  assert.ok(work.stopped)
})
