import assert from 'node:assert/strict'
import { test } from 'node:test'
import { between, chance, integerBelow, seededRandom, shuffled } from './random.ts'

const draws = (random: { next(): number }, count: number): number[] =>
  Array.from({ length: count }, () => random.next())

test('a seed gives the same numbers again, another seed other ones', () => {
  assert.deepEqual(draws(seededRandom('a'), 50), draws(seededRandom('a'), 50))
  assert.notDeepEqual(draws(seededRandom('a'), 5), draws(seededRandom('b'), 5))
  assert.deepEqual(draws(seededRandom(7), 5), draws(seededRandom('7'), 5))
})

test('a fork does not depend on what its parent drew, nor the parent on the fork', () => {
  const fresh = seededRandom('seed')
  const used = seededRandom('seed')
  draws(used, 1000)
  assert.deepEqual(draws(fresh.fork('x'), 20), draws(used.fork('x'), 20))
  assert.notDeepEqual(draws(fresh.fork('x'), 5), draws(fresh.fork('y'), 5))
  assert.notDeepEqual(draws(fresh.fork('x'), 5), draws(seededRandom('seed'), 5))
})

test('draws are in range and even', () => {
  const random = seededRandom('even')
  const buckets = new Array<number>(10).fill(0)
  for (let index = 0; index < 100_000; index++) {
    const value = random.next()
    assert.ok(value >= 0 && value < 1)
    buckets[Math.floor(value * 10)] = (buckets[Math.floor(value * 10)] ?? 0) + 1
  }
  // ten thousand are expected in each; six standard deviations are 570
  for (const count of buckets) assert.ok(Math.abs(count - 10_000) < 570, `${count}`)
})

test('helpers stay inside their bounds, and a rate of zero draws nothing', () => {
  const random = seededRandom('helpers')
  for (let index = 0; index < 1000; index++) {
    const whole = integerBelow(random, 3)
    assert.ok(whole === 0 || whole === 1 || whole === 2)
    const value = between(random, 5, 6)
    assert.ok(value >= 5 && value < 6)
  }
  const before = seededRandom('zero')
  assert.equal(chance(before, 0), false)
  assert.equal(before.next(), seededRandom('zero').next())
  assert.deepEqual(
    shuffled(random, [1, 2, 3, 4, 5]).toSorted((left, right) => left - right),
    [1, 2, 3, 4, 5],
  )
})
