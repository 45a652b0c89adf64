import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Frontier } from './frontier.ts'

/** A set of unfinished offsets, searched in full each time: too slow to ship, too simple to be wrong. */
class NaiveFrontier {
  readonly unfinished = new Map<number, number>()

  lowestUnfinished(whenEmpty: number): number {
    return this.unfinished.size === 0 ? whenEmpty : Math.min(...this.unfinished.values())
  }
}

test('the frontier equals that of a naive model after every step', () => {
  const step = fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({ enter: fc.integer({ min: 1, max: 40 }), gap: fc.integer({ min: 1, max: 9 }) }),
    },
    { weight: 5, arbitrary: fc.record({ finish: fc.nat() }) },
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), steps => {
      const frontier = new Frontier()
      const naive = new NaiveFrontier()
      let position = 0
      for (const it of steps) {
        if ('enter' in it) {
          for (let n = 0; n < it.enter; n++) {
            position += it.gap
            naive.unfinished.set(frontier.enter(position), position)
          }
          position += it.gap
        } else if (naive.unfinished.size > 0) {
          const slots = [...naive.unfinished.keys()]
          const slot = slots[it.finish % slots.length] as number
          naive.unfinished.delete(slot)
          const headBefore = frontier.head
          assert.equal(frontier.finish(slot), frontier.head - headBefore)
        }
        assert.equal(frontier.lowestUnfinished(position), naive.lowestUnfinished(position))
      }
    }),
  )
})
