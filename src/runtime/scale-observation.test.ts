import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type HandMadeLook, judged, windowOf } from '../../test/support/looks.ts'
import { groupOf, snapshotOf, topic } from '../../test/support/scripted-cluster.ts'
import { scaleObservation } from './scale-observation.ts'

const snapshot = snapshotOf([topic('orders', 3, [1, 2, 3]), topic('refunds', 2, [1, 2, 3])])
const FRESH_MS = 5_000

/** P0 keeps up, P1 falls behind, P2 has stood still since second 5 and is assigned. */
const look = (second: number): HandMadeLook => ({
  snapshot,
  ends: { orders: [second * 10, second * 100, second * 10], refunds: [0, 0] },
  groups: [groupOf('g', 'orders', [second * 10, second * 40, Math.min(second, 5) * 10], [[0], [1, 2]])],
})

test('rates, lag, owners, and what stands still', () => {
  const seen = scaleObservation(judged(windowOf(40, look), 40), 'g', [], 40_000, FRESH_MS)
  assert.equal(seen.members, 2)
  assert.equal(seen.placesMax, 3)
  assert.equal(seen.steadyMs, Infinity, 'nobody saw it move')
  assert.deepEqual(
    seen.partitions.map(each => [
      each.arrivingPerSecond,
      each.processedPerSecond,
      each.lagRecords,
      each.owner,
    ]),
    [
      [10, 10, 0, 0],
      [100, 40, 2400, 1],
      [10, 0, 350, 1],
    ],
  )
  assert.deepEqual(
    seen.partitions.map(each => each.stuck),
    [false, false, true],
  )
  assert.deepEqual(
    seen.partitions.map(each => Math.round(each.lagMs / 1000)),
    [0, 24, 35],
  )
})

test('a reading that is too old is none', () => {
  const seen = scaleObservation(judged(windowOf(40, look), 60), 'g', [], 60_000, FRESH_MS)
  assert.ok(
    seen.partitions.every(each => Number.isNaN(each.lagRecords) && Number.isNaN(each.arrivingPerSecond)),
  )
})

test('a group that does not exist yet is seen through the topics it will read', () => {
  const health = judged(windowOf(10, look), 10)
  assert.equal(scaleObservation(health, 'new', [], 10_000, FRESH_MS).placesMax, 0)
  const named = scaleObservation(health, 'new', ['refunds', 'no-such-topic'], 10_000, FRESH_MS)
  assert.equal(named.placesMax, 2)
  assert.equal(named.members, 0)
  assert.ok(named.partitions.every(each => each.owner === -1 && Number.isNaN(each.lagRecords)))
  assert.equal(scaleObservation(null, 'new', ['refunds'], 0, FRESH_MS).placesMax, 0)
})

test('under the range assignor no more consumers than the largest topic has partitions can have work', () => {
  const ranged = (second: number): HandMadeLook => {
    const made = look(second)
    const [group] = made.groups ?? []
    assert.ok(group !== undefined)
    const members = group.members.map(member => ({ ...member, subscribed: ['orders', 'refunds'] }))
    return { ...made, groups: [{ ...group, assignor: 'range', members }] }
  }
  assert.equal(scaleObservation(judged(windowOf(5, ranged), 5), 'g', [], 5_000, FRESH_MS).placesMax, 3)
  // nothing was ever committed on an empty topic, and nothing waits there: that is known
  const seen = scaleObservation(judged(windowOf(5, ranged), 5), 'g', [], 5_000, FRESH_MS)
  assert.deepEqual(
    seen.partitions.filter(each => each.topic === 'refunds').map(each => each.processedPerSecond),
    [0, 0],
  )
})
