import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { seededRandom } from '../simulation/index.ts'
import {
  drawMessages,
  generateKeys,
  keyAt,
  keyCount,
  type KeyGenerator,
  KeyTally,
  keyText,
  viralShares,
  weightOf,
} from './index.ts'

const drawn = (generator: KeyGenerator, messages: number, seed: string, size = 1000): readonly string[] =>
  [...drawMessages(generator, messages, seededRandom(seed), size)].flatMap(({ keys }) =>
    Array.from({ length: keyCount(keys) }, (_, index) => Buffer.from(keyAt(keys, index)).toString('utf8')),
  )

const shareOf = (texts: readonly string[], key: string): number =>
  texts.filter(text => text === key).length / texts.length

const generators: readonly KeyGenerator[] = [
  { kind: 'uniform', keys: 50 },
  { kind: 'sequential', keys: 120 },
  { kind: 'zipf', keys: 40, exponent: 1 },
  { kind: 'celebrity', keys: 30, share: 0.4 },
  { kind: 'viral', keys: 30, share: 0.5 },
]

for (const generator of generators)
  test(`${generator.kind}: the same seed draws the same messages, whatever the chunks`, () => {
    const once = drawn(generator, 2500, 'a')
    assert.equal(once.length, 2500)
    assert.deepEqual(drawn(generator, 2500, 'a', 7), once)
    assert.notDeepEqual(drawn(generator, 2500, 'b'), once)
  })

for (const generator of generators)
  test(`${generator.kind}: only keys of the population, each about as often as it weighs`, () => {
    const messages = 40_000
    const texts = drawn(generator, messages, 'weights')
    const population = [...generateKeys(generator, 1000)].flatMap(({ keys }) =>
      Array.from({ length: keyCount(keys) }, (_, index) => Buffer.from(keyAt(keys, index)).toString('utf8')),
    )
    const weight = weightOf(generator)
    assert.deepEqual(
      population.map((_, index) => keyText(generator, index)),
      population,
    )
    assert.ok(texts.every(text => population.includes(text)))
    population.forEach((key, index) => {
      const expected = weight(index) / generator.keys
      // five standard deviations of a share of so many messages
      const off = 5 * Math.sqrt((expected * (1 - expected)) / messages)
      assert.ok(Math.abs(shareOf(texts, key) - expected) < off, `${key}: ${shareOf(texts, key)}, ${expected}`)
    })
  })

test('a viral key burns in the middle of the messages: nothing before, most at the start of the fire', () => {
  const texts = drawn({ kind: 'viral', keys: 10_000, share: 0.5 }, 48_000, 'fire')
  const parts = [0, 1, 2, 3, 4, 5].map(part =>
    shareOf(texts.slice(part * 8000, (part + 1) * 8000), 'user-0000000'),
  )
  assert.ok((parts[0] as number) < 0.01)
  assert.equal(Math.max(...parts), parts[1])
  assert.ok((parts[1] as number) < Math.max(...viralShares(0.5)))
  assert.ok((parts[5] as number) < (parts[2] as number))
})

test('fewer messages than keys: some keys are never seen, and none is invented', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 2, max: 500 }), (messages, keys) => {
      const tally = new KeyTally()
      for (const chunk of drawMessages({ kind: 'zipf', keys, exponent: 1 }, messages, seededRandom(keys), 64))
        tally.add(chunk)
      const { rows, distinct } = tally.result()
      assert.equal(rows, messages)
      assert.ok(distinct <= Math.min(messages, keys))
    }),
    { numRuns: 50 },
  )
})
