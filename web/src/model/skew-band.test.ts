import assert from 'node:assert/strict'
import { test } from 'node:test'
import { expectedMaxOverMeanByChance } from '../../../src/core/routing/index.ts'
import { seededRandom } from '../../../src/core/simulation/index.ts'
import { meanForSpread, skewBand } from './skew-band.ts'

/** Loads ÷ mean of balls thrown at random, hottest first. */
const thrown = (lanes: number, mean: number, seed: string): readonly number[] => {
  const random = seededRandom(seed)
  const loads = new Float64Array(lanes)
  for (let ball = 0; ball < lanes * mean; ball++) {
    const lane = Math.floor(random.next() * lanes)
    loads[lane] = (loads[lane] ?? 0) + 1
  }
  return Array.from(loads.sort().reverse(), load => load / mean)
}

for (const [lanes, mean] of [
  [1000, 40],
  [500, 3],
  [12, 200],
  [200, 20_000],
] as const)
  test(`what chance makes of ${lanes} lanes with ${mean} balls each lies in the band about 95 times in 100`, () => {
    const places = Array.from({ length: lanes }, (_, place) => place)
    const { low, middle, high } = skewBand(lanes, mean, places)
    let inside = 0
    const runs = mean > 1000 ? 3 : 20
    for (let run = 0; run < runs; run++)
      thrown(lanes, mean, `run ${run}`).forEach((load, place) => {
        // a count is whole: the ends belong to the band
        if (load >= (low[place] ?? 0) - 1e-9 && load <= (high[place] ?? 0) + 1e-9) inside++
      })
    const share = inside / (runs * lanes)
    assert.ok(share > 0.9, `${share} inside`)
    for (const place of places) {
      assert.ok((low[place] ?? 9) <= (middle[place] ?? 0) && (middle[place] ?? 9) <= (high[place] ?? 0))
      if (place > 0) assert.ok((middle[place] ?? 9) <= (middle[place - 1] ?? 0), 'hottest first')
    }
  })

test('a band can be left: one lane with nine times its share is far above it', () => {
  assert.ok((skewBand(1000, 40, [0]).high[0] ?? 9) < 3)
})

test('the mean found for a spread gives that spread', () => {
  for (const mean of [0.5, 40, 5000]) {
    const spread = expectedMaxOverMeanByChance(mean * 300, 300)
    assert.ok(Math.abs(Math.log(meanForSpread(300, spread) / mean)) < 0.02, `${mean}`)
  }
  assert.equal(meanForSpread(300, 1), Number.POSITIVE_INFINITY)
})
