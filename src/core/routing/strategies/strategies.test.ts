import assert from 'node:assert/strict'
import { test } from 'node:test'
import { partitionCount, utf8Bytes } from '../../model/index.ts'
import { routeKey } from '../conventions.ts'
import { explicitStrategy } from './explicit.ts'
import { idModStrategy } from './id-mod.ts'
import { roundRobinStrategy } from './keyless.ts'
import { reservedStrategy } from './reserved.ts'
import { saltedStrategy } from './salted.ts'
import { handMadeLane, javaHashCode, storeIdStrategy } from './store-id.ts'
import { laneOf } from './strategy.ts'
import { blastRadius, tenantFairStrategy, tenantLanes } from './tenant-fair.ts'

const SIXTY_THREE = partitionCount(63)

test('the hand-made partitioner sends one word to a lane that does not exist; the mended one does not', () => {
  const key = utf8Bytes('polygenelubricants')
  assert.equal(javaHashCode('polygenelubricants'), -(2 ** 31))
  assert.equal(handMadeLane('polygenelubricants', 63), -2)
  assert.deepEqual(storeIdStrategy('hand-made').lanesOf({ key }, SIXTY_THREE), [])
  assert.deepEqual(storeIdStrategy('mended').lanesOf({ key }, SIXTY_THREE), [0])
  // a power of two hides the hole, so a test on 64 lanes finds nothing
  assert.equal(handMadeLane('polygenelubricants', 64), 0)
  assert.equal(javaHashCode('hello'), 99_162_322)
})

test('salting spreads the named key only', () => {
  const salted = saltedStrategy(8, [utf8Bytes('GUEST')])
  assert.equal(salted.lanesOf({ key: utf8Bytes('GUEST') }, partitionCount(1000)).length, 8)
  assert.deepEqual(salted.lanesOf({ key: utf8Bytes('alice') }, partitionCount(1000)), [
    routeKey('java', 'alice', partitionCount(1000)),
  ])
  assert.equal(salted.order, 'per key')
  assert.equal(saltedStrategy(8).order, 'none')
})

test('reserved lanes outside of the topic are named', () => {
  const reserved = reservedStrategy([{ label: 'AMER', first: 7, last: 9 }], 'rest')
  assert.match(reserved.misfit(9) ?? '', /lane 9 is reserved, and a topic of 9 has lanes 0 to 8/)
  assert.equal(reserved.misfit(10), null)
  assert.match(reservedStrategy([{ label: 'a', first: 0, last: 2 }], 'rest').misfit(3) ?? '', /none is left/)
  assert.equal(reservedStrategy([{ label: 'a', first: 0, last: 2 }], 'all').misfit(3), null)
})

test('id % n reads the digits at the end, however many', () => {
  const lanes = (text: string): readonly number[] =>
    idModStrategy().lanesOf({ key: utf8Bytes(text) }, SIXTY_THREE)
  assert.deepEqual(lanes('user-64'), [1])
  assert.deepEqual(lanes('123456789012345678901234567890'), [Number(123456789012345678901234567890n % 63n)])
  assert.deepEqual(lanes('alice'), [routeKey('java', 'alice', SIXTY_THREE)])
})

test('records without a lane of their own take turns; a lane that does not exist takes none', () => {
  const turns = [0, 1, 2, 63].map(turn => laneOf(roundRobinStrategy(), { key: null }, turn, SIXTY_THREE))
  assert.deepEqual(turns, [0, 1, 2, 0])
  assert.equal(laneOf(explicitStrategy(), { key: null, partition: 63 }, 0, SIXTY_THREE), null)
  assert.equal(laneOf(explicitStrategy(), { key: null, partition: 62 }, 0, SIXTY_THREE), 62)
})

test('the blast radius that is stated is the one that tenants have', () => {
  const [count, shards, tenants] = [24, 4, 3000]
  const stated = blastRadius(shards, count)
  const flooded = new Set(tenantLanes('noisy', shards, count))
  let touched = 0
  for (let index = 0; index < tenants; index++)
    if (tenantLanes(`tenant-${index}`, shards, count).some(lane => flooded.has(lane))) touched++
  assert.ok(Math.abs(touched / tenants - stated.touchedShare) < 0.04, `${touched / tenants}`)
  assert.equal(stated.lanesShare, 4 / 24)
  assert.ok(Math.abs(stated.coveredShare - 1 / 10_626) < 1e-9, '1 ÷ C(24, 4)')
  assert.match(tenantFairStrategy(30).misfit(24) ?? '', /30 lanes a tenant/)
})

test('lanes of tenants are about evenly used', () => {
  const loads = new Array<number>(24).fill(0)
  for (let index = 0; index < 2400; index++)
    for (const lane of tenantLanes(`tenant-${index}`, 4, 24)) loads[lane] = (loads[lane] ?? 0) + 1
  assert.ok(Math.max(...loads) < 480 && Math.min(...loads) > 330, loads.join(' '))
})

test('notes carry the figures that matter on a count', () => {
  assert.match(
    (tenantFairStrategy(4).noteOn(24) ?? '').replaceAll('\u00a0', ' '),
    /17 % of the lanes; 54 % of the other tenants have a lane there, 1 in 10,626 have all/,
  )
  assert.match(storeIdStrategy('hand-made').noteOn(63) ?? '', /gets lane -2/)
  assert.match(storeIdStrategy('hand-made').noteOn(64) ?? '', /does not show/)
  assert.equal(storeIdStrategy('mended').noteOn(63), null)
})
