import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LanekeeperError } from '../../model/index.ts'
import { countFor, nextDown, nextUp, startCount } from './counts.ts'
import { explainScale, stuckSentence } from './explain.ts'
import type { ScaleObservation, ScalePartition } from './load.ts'
import { defaultScalePolicy, type ScalePolicy, scalePolicy } from './policy.ts'
import { advanceScale, type ScaleDecision, type ScaleMemory } from './scale.ts'

test('half of the partitions to start with, and a divisor where one is near', () => {
  assert.deepEqual([1, 2, 5, 12, 13, 30, 1000, 1500].map(startCount), [1, 1, 3, 6, 7, 15, 500, 750])
})

test('counts in between are not worth having: the busiest member would have as much', () => {
  assert.deepEqual(
    [1, 2, 3, 4, 6].map(count => nextUp(12, count)),
    [2, 3, 4, 6, 12],
  )
  assert.deepEqual(
    [12, 6, 4, 3, 2, 1].map(count => nextDown(12, count)),
    [6, 4, 3, 2, 1, 1],
  )
  // no divisor of 13 is near: the rungs are where the busiest member loses a partition
  assert.deepEqual(
    [1, 2, 3, 4, 5, 7].map(count => nextUp(13, count)),
    [2, 3, 4, 5, 7, 13],
  )
  assert.deepEqual(
    [13, 7, 5, 4, 3, 2].map(count => nextDown(13, count)),
    [7, 5, 4, 3, 2, 1],
  )
  assert.equal(countFor(1500, 3.9), 500)
  assert.equal(countFor(1500, 4), 375)
  assert.equal(countFor(1000, 0.2), 1000, 'never more than there are partitions')
  assert.equal(countFor(60, 7), 10, '9 would do, and 10 divides')
})

const partition = (index: number, given: Partial<ScalePartition> = {}): ScalePartition => ({
  topic: 'orders',
  partition: index,
  arrivingPerSecond: 100,
  processedPerSecond: 100,
  lagRecords: 0,
  lagMs: 0,
  owner: index % 2,
  stuck: false,
  ...given,
})

const look = (
  seconds: number,
  partitions: readonly ScalePartition[],
  given: Partial<ScaleObservation> = {},
): ScaleObservation => ({
  nowMs: seconds * 1000,
  members: 2,
  placesMax: partitions.length,
  steadyMs: 600_000,
  partitions,
  ...given,
})

/** Shows the looks one after the other, and gives the last decision. */
const decidedBy = (policy: ScalePolicy, looks: readonly ScaleObservation[]): ScaleDecision => {
  let memory: ScaleMemory | null = null
  let decision: ScaleDecision | null = null
  for (const each of looks) [decision, memory] = advanceScale(policy, memory, each)
  assert.ok(decision !== null)
  return decision
}

const decided = (...looks: readonly ScaleObservation[]): ScaleDecision => decidedBy(defaultScalePolicy, looks)

const said = (decision: ScaleDecision): string => explainScale(decision).replaceAll('\u00a0', ' ')

const four = [0, 1, 2, 3]
const behind = { lagRecords: 9_000, lagMs: 90_000, processedPerSecond: 60 }

test('a group that runs already is taken as it is; an empty one starts at half', () => {
  assert.equal(
    said(
      decided(
        look(
          0,
          four.map(p => partition(p)),
          { members: 3 },
        ),
      ),
    ),
    '3 consumers run already; that is where it begins.',
  )
  assert.equal(
    said(
      decided(
        look(
          0,
          four.map(p => partition(p, { owner: -1 })),
          { members: 0 },
        ),
      ),
    ),
    '2 consumers to start with: half of the partitions leaves room to double.',
  )
})

test('late for long enough: up, by what one consumer was seen to carry', () => {
  const late = four.map(p => partition(p, behind))
  assert.match(
    said(decided(look(0, late), look(10, late))),
    /^Hold at 2 consumers: 4 partitions are late, but not for long; another 15 s decides\.$/,
  )
  assert.equal(
    said(decided(look(0, late), look(10, late), look(30, late))),
    '2 → 4 consumers: records wait up to 1 m 30 s on 4 partitions; 400/s arrive, 240/s are processed, one consumer carries 120/s.',
  )
})

test('never more than allowed, and never more than double at once', () => {
  const at = (partitions: readonly ScalePartition[]) => [0, 10, 30].map(second => look(second, partitions))
  const late = four.map(p => partition(p, behind))
  assert.equal(decidedBy(scalePolicy({ consumersMax: 3 }), at(late)).consumers, 3)
  // twelve would be needed
  assert.equal(decided(...at(Array.from({ length: 12 }, (_, p) => partition(p, behind)))).consumers, 4)
})

test('what no count can help is not in the sums: three more members for one hot partition would idle', () => {
  const partitions = Array.from({ length: 12 }, (_, p) => {
    if (p === 0) return partition(p, { ...behind, owner: 0, arrivingPerSecond: 1000, lagRecords: 1e6 })
    if (p < 4) return partition(p, { ...behind, owner: 1, arrivingPerSecond: 30, processedPerSecond: 27 })
    return partition(p, { owner: 2, arrivingPerSecond: 1, processedPerSecond: 1 })
  })
  const decision = decided(...[0, 10, 30].map(second => look(second, partitions, { members: 3 })))
  assert.deepEqual([decision.reason.kind, decision.consumers], ['late', 4])
  assert.deepEqual(
    decision.load.limited.map(({ partition: { partition: index }, why }) => [index, why]),
    [[0, 'too-fast']],
  )
})

test('what one consumer carries: from one that has too much on all it holds, for some time, and for a day', () => {
  const late = four.map(p => partition(p, behind))
  const capacity = (...looks: readonly ScaleObservation[]): number => decided(...looks).capacityPerSecond
  assert.equal(capacity(look(0, late), look(10, late)), 120)
  // its partitions came a moment ago: the rates are somebody else's work
  assert.equal(capacity(look(0, late), look(10, late, { steadyMs: 5_000 })), Number.NaN)
  // nearly all of it on one of two partitions: that one is slow, not the consumer
  const uneven = four.map(p => partition(p, p < 2 ? behind : {}))
  assert.equal(capacity(look(0, uneven), look(10, uneven)), Number.NaN)
  const calm = four.map(p => partition(p))
  assert.equal(capacity(look(0, late), look(10, late), look(3_600, calm)), 136)
  assert.equal(capacity(look(0, late), look(10, late), look(90_000, calm)), Number.NaN)
})

test('a backlog that is gone soon by itself needs nobody', () => {
  const shrinking = four.map(p => partition(p, { ...behind, processedPerSecond: 140 }))
  assert.equal(
    said(decided(look(0, shrinking), look(10, shrinking), look(30, shrinking))),
    'Hold at 2 consumers: catches up by itself in 3 m 45 s.',
  )
})

test('before the members that were added have worked for a while, nothing is said of what they can do', () => {
  const late = four.map(p => partition(p, behind))
  const grown = [look(0, late), look(10, late), look(30, late)]
  // they took a minute to start, and got their partitions 5 s ago
  const members = four.map(p => partition(p, { ...behind, owner: p, processedPerSecond: 1 }))
  const started = look(95, members, { members: 4, steadyMs: 5_000 })
  assert.match(
    said(decided(...grown, started)),
    /^Hold at 4 consumers: the last change settles for another 55 s\.$/,
  )
  // a group that never comes to rest is decided about all the same
  const restless = look(331, members, { members: 4, steadyMs: 5_000 })
  assert.equal(decided(...grown, started, restless).reason.kind, 'limited')
})

test('who was asked for and did not come is not answered by asking for more', () => {
  const late = four.map(p => partition(p, behind))
  const decision = decided(look(0, late), look(10, late), look(30, late), look(100, late))
  assert.equal(decision.consumers, 4)
  assert.match(
    said(decision),
    /^Hold at 4 consumers: records are late, but only 2 of them are in the group\./,
  )
})

test('unknown lag holds, and the partition is named', () => {
  const decision = decided(
    look(
      0,
      four.map(p => partition(p, behind)),
    ),
    look(
      30,
      four.map(p => partition(p, p === 2 ? { lagRecords: NaN } : behind)),
    ),
  )
  assert.equal(said(decision), 'Hold at 2 consumers: the lag or the rate of orders-2 is not known.')
})

test('a partition that stands still is left out and named; the others decide', () => {
  const stuck = { lagRecords: 1e6, lagMs: 3_600_000, processedPerSecond: 0, stuck: true }
  const looks = [0, 10, 30].map(second =>
    look(
      second,
      four.map(p => partition(p, p === 1 ? stuck : {})),
    ),
  )
  const decision = decided(...looks)
  assert.equal(decision.reason.kind, 'in-time')
  assert.equal(
    stuckSentence(decision.load.stuck),
    'Left out: orders-1 stands still, and no count of consumers changes that.',
  )
  // its figures may also be missing
  const unseen = { ...stuck, lagRecords: NaN, processedPerSecond: NaN }
  assert.equal(
    decided(
      look(0, []),
      look(
        10,
        four.map(p => partition(p, p === 1 ? unseen : {})),
      ),
    ).reason.kind,
    'running',
  )
})

test('a consumer that reads one partition and is late: more will not help', () => {
  const partitions = four.map(p =>
    partition(p, { owner: p, ...(p === 3 ? { ...behind, arrivingPerSecond: 50 } : {}) }),
  )
  const decision = decided(look(0, partitions, { members: 4 }), look(30, partitions, { members: 4 }))
  assert.equal(
    said(decision),
    'Hold at 4 consumers: more will not help. orders-3 is late although its consumer reads nothing else: 50/s arrive, 60/s are processed.',
  )
})

test('more members than partitions are too many at once', () => {
  const decision = decided(
    look(
      0,
      four.map(p => partition(p)),
      { members: 6 },
    ),
  )
  assert.equal(decision.consumers, 4)
  assert.equal(said(decision), '6 → 4 consumers: more than 4 would have nothing to read.')
})

test('quiet for long enough: down, at most by half, and not right after going up', () => {
  const quiet = four.map(p => partition(p, { arrivingPerSecond: 1, processedPerSecond: 1, owner: p }))
  const minutes = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, index) => look((from + index) * 60, quiet, { members: 4 }))
  assert.equal(decided(...minutes(0, 11)).reason.kind, 'in-time', 'nine minutes are not quiet enough')
  assert.equal(
    said(decided(...minutes(0, 12))),
    '4 → 2 consumers as a trial: nothing is late, and how much one consumer carries shows only when it has to.',
  )
  const late = four.map(p => partition(p, { ...behind, owner: p % 2 }))
  const upFirst = [look(-90, late), look(-80, late), look(-60, late)]
  assert.equal(decided(...upFirst).consumers, 4)
  // the first turn of all needs no wait
  assert.match(
    said(decided(...upFirst, ...minutes(1, 11))),
    /^4 → 2 consumers: 4\/s arrive, and one consumer carries/,
  )
})

test('rules that contradict themselves are refused, all at once', () => {
  assert.throws(
    () => scalePolicy({ consumersMin: 5, consumersMax: 2, utilisationDown: 0.9, quietMs: -1 }),
    (error: unknown) =>
      error instanceof LanekeeperError && error.code === 'USAGE' && error.problems.length === 3,
  )
})
