import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
} from './consumer-protocol.ts'

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'))

test('a subscription is what the format says, byte for byte', () => {
  const bytes = encodeSubscription({
    topics: ['b', 'a'],
    owned: new Map([['a', Int32Array.of(0, 2)]]),
    generation: 7,
    rack: null,
  })
  const version = '0003'
  const topics = '00000002 0001 61 0001 62'
  const userData = '00000004 00000007'
  const owned = '00000001 0001 61 00000002 00000000 00000002'
  assert.deepEqual(bytes, hex(`${version} ${topics} ${userData} ${owned} 00000007 ffff`))
})

test('an assignment is what the format says, byte for byte', () => {
  const bytes = encodeAssignment(new Map([['t', Int32Array.of(1)]]))
  assert.deepEqual(bytes, hex('0003 00000001 0001 74 00000001 00000001 ffffffff'))
})

test('older versions say less: nothing owned before 1, the generation in the user data before 2', () => {
  assert.deepEqual(decodeSubscription(hex('0000 00000001 0001 61 ffffffff')), {
    topics: ['a'],
    owned: null,
    generation: -1,
    rack: null,
  })
  const one = decodeSubscription(
    hex('0001 00000001 0001 61 00000004 00000009 00000001 0001 61 00000001 00000003'),
  )
  assert.deepEqual(one, {
    topics: ['a'],
    owned: new Map([['a', Int32Array.of(3)]]),
    generation: 9,
    rack: null,
  })
})

test('a newer version is read as far as it is known', () => {
  const known = encodeSubscription({ topics: ['a'], owned: new Map(), generation: 1, rack: 'r' })
  const newer = Uint8Array.of(...known, 1, 2, 3)
  newer[1] = 9
  assert.deepEqual(decodeSubscription(newer), { topics: ['a'], owned: new Map(), generation: 1, rack: 'r' })
})

const ownership = fc
  .dictionary(
    fc.string({ unit: 'grapheme', minLength: 1 }),
    fc.uniqueArray(fc.nat({ max: 5000 }), { minLength: 1 }),
  )
  .map(topics => new Map(Object.entries(topics).map(([name, list]) => [name, Int32Array.from(list).sort()])))

test('what is written is read back', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.string({ unit: 'grapheme' })),
      ownership,
      fc.integer({ min: -1, max: 2 ** 31 - 1 }),
      fc.option(fc.string({ unit: 'grapheme' })),
      (topics, owned, generation, rack) => {
        const sorted = topics.toSorted((left, right) => (left < right ? -1 : 1))
        assert.deepEqual(decodeSubscription(encodeSubscription({ topics, owned, generation, rack })), {
          topics: sorted,
          owned,
          generation,
          rack,
        })
        assert.deepEqual(decodeAssignment(encodeAssignment(owned)), owned)
      },
    ),
  )
})

test('what other kinds of groups put into a member is nothing, not an error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), bytes => {
      assert.ok(Array.isArray(decodeSubscription(bytes).topics))
      assert.ok(decodeAssignment(bytes) instanceof Map)
    }),
  )
  assert.deepEqual(decodeSubscription(hex('0001 00000002 0001 61 0001 62')).topics, ['a', 'b'])
})
