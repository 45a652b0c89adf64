import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { partitionCount } from '../model/index.ts'
import { conventionNames, conventions, keyBytesOfText, routeKey, samePlacement } from './index.ts'

const keys = fc.uint8Array({ maxLength: 40 })
const counts = fc.oneof(fc.integer({ min: 1, max: 5000 }), fc.constant(1_000_000)).map(partitionCount)
const name = fc.constantFrom(...conventionNames)

test('a partition is inside the topic, whatever the key and the count', () => {
  fc.assert(
    fc.property(name, fc.option(keys), counts, (convention, key, count) => {
      const answer = routeKey(convention, key, count)
      if (typeof answer === 'string') assert.ok(key === null || key.length === 0, answer)
      else assert.ok(Number.isInteger(answer) && answer >= 0 && answer < count && !Object.is(answer, -0))
    }),
  )
})

test('text is routed as the bytes that the client makes of it', () => {
  fc.assert(
    fc.property(name, fc.string({ unit: 'binary', minLength: 1 }), counts, (convention, text, count) => {
      const bytes = keyBytesOfText(convention, text)
      const expected = bytes === null ? 'refused' : routeKey(convention, bytes, count)
      assert.equal(routeKey(convention, text, count), expected)
    }),
  )
})

test('masked and unsigned agree for every key exactly when the count is a power of two', () => {
  const [java, unsigned] = [conventions.java, conventions['platformatic-default']]
  const isPowerOfTwo = (count: number): boolean => (count & (count - 1)) === 0
  for (let count = 1; count <= 4096; count++) {
    // a hash with the sign bit set is 2^31 larger when read as unsigned: the lanes differ by 2^31 mod count
    const agree = [-1, -2, -(2 ** 31), 0, 1].every(
      hash => java.laneOf(hash, count) === unsigned.laneOf(hash, count),
    )
    assert.equal(agree, isPowerOfTwo(count), String(count))
  }
  fc.assert(
    fc.property(keys, fc.integer({ min: 0, max: 19 }), (key, bits) => {
      const count = partitionCount(2 ** bits)
      assert.equal(routeKey('java', key, count), routeKey('platformatic-default', key, count))
    }),
  )
})

test('conventions of the same placement never part on a key with bytes', () => {
  fc.assert(
    fc.property(name, name, fc.uint8Array({ minLength: 1, maxLength: 40 }), counts, (a, b, key, count) => {
      if (samePlacement(a, b)) assert.equal(routeKey(a, key, count), routeKey(b, key, count))
    }),
  )
})
