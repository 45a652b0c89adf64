import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { partitionCount } from '../../model/index.ts'
import { conventionNames, routeKey } from '../conventions.ts'
import { explicitStrategy } from './explicit.ts'
import { hashStrategy } from './hash.ts'
import { idModStrategy } from './id-mod.ts'
import { isolateStrategy } from './isolate.ts'
import { roundRobinStrategy, stickyStrategy } from './keyless.ts'
import { reservedStrategy } from './reserved.ts'
import { compositeStrategy, saltedStrategy } from './salted.ts'
import { storeIdStrategy } from './store-id.ts'
import { laneOf, type RoutedRecord, type Strategy } from './strategy.ts'
import { tenantFairStrategy, tenantLanes } from './tenant-fair.ts'

const key = fc.uint8Array({ minLength: 1, maxLength: 24 })
const convention = fc.constantFrom(...conventionNames)
const regions = [
  { label: 'priority', first: 0, last: 0 },
  { label: 'EMEA', first: 1, last: 3 },
  { label: 'APAC', first: 4, last: 6 },
  { label: 'AMER', first: 7, last: 9 },
]
const strategy = fc.oneof(
  convention.map(hashStrategy),
  convention.map(idModStrategy),
  fc.tuple(fc.integer({ min: 1, max: 16 }), convention).map(([n, name]) => compositeStrategy(n, name)),
  fc.tuple(fc.integer({ min: 1, max: 16 }), convention).map(([n, name]) => saltedStrategy(n, [], name)),
  fc.integer({ min: 1, max: 12 }).map(n => tenantFairStrategy(n)),
  fc.array(key, { maxLength: 4 }).map(keys => isolateStrategy(keys)),
  fc.constantFrom('rest' as const, 'all' as const).map(rest => reservedStrategy(regions, rest)),
  fc.constantFrom('hand-made' as const, 'mended' as const).map(storeIdStrategy),
  fc.constantFrom(stickyStrategy(), roundRobinStrategy(), explicitStrategy()),
)
const record: fc.Arbitrary<RoutedRecord> = fc.record(
  {
    key: fc.option(key, { freq: 6 }),
    label: fc.constantFrom('EMEA', 'priority', 'tenant-7', 'ANZ'),
    partition: fc.integer({ min: -2, max: 60 }),
  },
  { requiredKeys: ['key'] },
)
const count = fc.integer({ min: 12, max: 300 }).map(partitionCount)

test('lanes exist, are as few as the strategy says, and are the same whoever asks', () => {
  fc.assert(
    fc.property(strategy, record, count, (chosen, one, lanes) => {
      if (chosen.misfit(lanes) !== null) return
      const found = chosen.lanesOf(one, lanes)
      for (const lane of found)
        assert.ok(Number.isInteger(lane) && lane >= 0 && lane < chosen.lanesIn(lanes) && !Object.is(lane, -0))
      if (one.key !== null)
        assert.ok(new Set(found).size <= chosen.lanesPerKeyMax(lanes), `${chosen.name}: ${found}`)
      assert.deepEqual(chosen.lanesOf(one, lanes), found)
    }),
  )
})

test('where order is promised per key, every record of a key has the same lane', () => {
  fc.assert(
    fc.property(strategy, record, count, fc.nat(), (chosen, one, lanes, sequence) => {
      if (chosen.misfit(lanes) !== null || one.key === null) return
      if (chosen.order !== 'per key') return
      assert.equal(laneOf(chosen, one, sequence, lanes), laneOf(chosen, one, 0, lanes))
    }),
  )
})

test('isolating keys moves no other key', () => {
  fc.assert(
    fc.property(fc.array(key, { maxLength: 5 }), key, count, (hot, other, lanes) => {
      const isolated = isolateStrategy(hot)
      if (hot.some(each => Buffer.compare(each, other) === 0)) return
      assert.deepEqual(isolated.lanesOf({ key: other }, lanes), [routeKey('java', other, lanes)])
      for (const each of hot) assert.ok((isolated.lanesOf({ key: each }, lanes)[0] as number) >= lanes)
    }),
  )
})

test('a tenant keeps all its lanes but those beaten by a new one when lanes are added', () => {
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: 1, max: 8 }), count, (tenant, shards, lanes) => {
      const before = tenantLanes(tenant, shards, lanes)
      const after = tenantLanes(tenant, shards, lanes + 1)
      assert.equal(new Set(before).size, shards)
      const gone = before.filter(lane => !after.includes(lane))
      const come = after.filter(lane => !before.includes(lane))
      assert.ok(gone.length <= 1 && come.every(lane => lane === lanes))
    }),
  )
})

test('an unlabelled record stays off reserved lanes when it is to take the rest', () => {
  const reserved: Strategy = reservedStrategy(regions, 'rest')
  fc.assert(
    fc.property(key, count, (one, lanes) => {
      assert.ok((reserved.lanesOf({ key: one }, lanes)[0] as number) >= 10)
      const emea = reserved.lanesOf({ key: one, label: 'EMEA' }, lanes)[0] as number
      assert.ok(emea >= 1 && emea <= 3)
      assert.deepEqual(reserved.lanesOf({ key: one, label: 'priority' }, lanes), [0])
    }),
  )
})
