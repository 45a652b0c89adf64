import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { KeyTable } from './key-table.ts'
import { KeyWords } from './key-words.ts'

type Step =
  | { readonly kind: 'add'; readonly key: string; readonly weight: number }
  | { readonly kind: 'cut'; readonly by: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 30,
    arbitrary: fc.record({
      kind: fc.constant('add' as const),
      key: fc.string({ maxLength: 3 }),
      weight: fc.nat(9),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('cut' as const), by: fc.nat(5) }) },
)

test('the table does what a Map of strings does, also when hashes collide', () => {
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 400, size: 'max' }),
      fc.constantFrom(0xffffffff, 0x7),
      (steps, hashMask) => {
        const table = new KeyTable(4)
        const weights: number[] = []
        const map = new Map<string, number>()
        for (const each of steps) {
          if (each.kind === 'cut') {
            table.retain(
              place => (weights[place] ?? 0) > each.by,
              (from, to) => {
                weights[to] = (weights[from] ?? 0) - each.by
              },
            )
            weights.length = table.size
            for (const [key, weight] of map)
              if (weight > each.by) map.set(key, weight - each.by)
              else map.delete(key)
            continue
          }
          const padded = Buffer.from(`<${each.key}>`)
          const length = padded.length - 2
          const words = new KeyWords().read(padded, 1, length)
          words.hash &= hashMask
          const key = padded.toString('utf8', 1, 1 + length)
          assert.equal(table.has(words), map.has(key))
          const before = table.size
          const place = table.place(words)
          assert.equal(place === before, !map.has(key))
          assert.equal(table.hash(place), words.hash)
          weights[place] = (weights[place] ?? 0) + each.weight
          map.set(key, (map.get(key) ?? 0) + each.weight)
        }
        assert.equal(weights.length, table.size)
        assert.deepEqual(
          new Map(weights.map((weight, place) => [Buffer.from(table.key(place)).toString('utf8'), weight])),
          map,
        )
      },
    ),
  )
})

test('many keys grow every column and keep their places', () => {
  const table = new KeyTable()
  const words = new KeyWords()
  for (let round = 0; round < 2; round++)
    for (let index = 0; index < 50_000; index++) {
      const key = Buffer.from(`key-${index}`)
      assert.equal(table.place(words.read(key, 0, key.length)), index)
    }
  assert.equal(table.size, 50_000)
})
