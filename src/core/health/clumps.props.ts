import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { judged } from '../../../test/support/looks.ts'
import { observationAt } from '../../../test/support/looks.ts'
import { snapshotOf, topic } from '../../../test/support/scripted-cluster.ts'
import { seededRandom } from '../simulation/index.ts'
import { defaultThresholds } from './thresholds.ts'
import { advanceWindow, emptyWindow } from './window.ts'

/**
 * Writers that were held up send what they gathered in batches, so records come in clumps. Whoever counts every record
 * as a throw of its own finds hot partitions where there are none. All keys here are equally active, unless said.
 */
const PARTITIONS = 120
const PER_SECOND = 240
const snapshot = snapshotOf([topic('t', PARTITIONS, [1, 2, 3])])

/** Hot partitions at every look from the first that is judged on; `sent` adds the records of a second to the logs. */
const hotOver = (
  seconds: number,
  sent: (second: number, add: (partition: number, records: number) => void) => void,
  seen: (partition: number, second: number) => boolean = () => true,
): readonly (readonly number[])[] => {
  const ends = new Float64Array(PARTITIONS)
  let window = emptyWindow
  const hot: (readonly number[])[] = []
  for (let second = 0; second <= seconds; second++) {
    sent(second, (partition, records) => {
      ends[partition] = (ends[partition] ?? 0) + records
    })
    const known = ends.map((end, p) => (seen(p, second) ? end : Number.NaN))
    window = advanceWindow(window, observationAt(second, { snapshot, ends: { t: known } }), defaultThresholds)
    const seenNow = judged(window, second).topics.get('t')
    if (seenNow !== undefined && seenNow.rateSpanMs >= defaultThresholds.evidenceMs)
      hot.push(seenNow.skew.hot)
  }
  return hot
}

const seeds = fc.integer({ min: 1, max: 1_000_000 })
const none = (hot: readonly (readonly number[])[]): void =>
  assert.deepEqual(
    hot.filter(each => each.length > 0),
    [],
  )

test('a writer that stood still and sends what it gathered, partition by partition, makes none hot', () => {
  fc.assert(
    fc.property(
      seeds,
      fc.integer({ min: 5, max: 28 }),
      fc.integer({ min: 1, max: 12 }),
      (seed, stall, flush) => {
        const random = seededRandom(seed)
        const waiting = new Float64Array(PARTITIONS)
        none(
          hotOver(80, (second, add) => {
            const stands = second >= 32 && second < 32 + stall
            const flushes = !stands && second >= 32 && second < 32 + stall + flush
            for (let n = 0; n < PER_SECOND; n++) {
              const p = Math.floor(random.next() * PARTITIONS)
              waiting[p] = (waiting[p] ?? 0) + 1
            }
            for (let p = 0; p < PARTITIONS; p++) {
              if (stands || (flushes && random.next() > 1 / flush)) continue
              add(p, waiting[p] ?? 0)
              waiting[p] = 0
            }
          }),
        )
      },
    ),
    { numRuns: 20 },
  )
})

test('a writer that hardly gets to run, a batch here and a batch there, makes none hot', () => {
  fc.assert(
    fc.property(seeds, fc.integer({ min: 5, max: 60 }), (seed, batchMax) => {
      const random = seededRandom(seed)
      none(
        hotOver(80, (_, add) => {
          if (random.next() < 0.5)
            add(Math.floor(random.next() * PARTITIONS), 1 + Math.floor(random.next() * batchMax))
        }),
      )
    }),
    { numRuns: 20 },
  )
})

test('partitions that are seen again only now are judged by what was seen, not by what it comes to in the window', () => {
  fc.assert(
    fc.property(seeds, seed => {
      const random = seededRandom(seed)
      none(
        hotOver(
          60,
          (_, add) => {
            for (let n = 0; n < PER_SECOND / 4; n++) add(Math.floor(random.next() * PARTITIONS), 1)
          },
          (p, second) => p % 3 > 0 || second % 30 > 24,
        ),
      )
    }),
    { numRuns: 10 },
  )
})

test('a key that takes over is seen within seconds, also where batches are large', () => {
  fc.assert(
    fc.property(seeds, fc.integer({ min: 1, max: 4 }), (seed, batchSeconds) => {
      const random = seededRandom(seed)
      const waiting = new Float64Array(PARTITIONS)
      const hot = hotOver(50, (second, add) => {
        for (let n = 0; n < PER_SECOND; n++) {
          const p = second >= 32 && random.next() < 0.5 ? 17 : Math.floor(random.next() * PARTITIONS)
          waiting[p] = (waiting[p] ?? 0) + 1
        }
        for (let p = 0; p < PARTITIONS; p++) {
          // each partition's batch closes at another second
          if ((second + p) % batchSeconds !== 0) continue
          add(p, waiting[p] ?? 0)
          waiting[p] = 0
        }
      })
      const looks = hot.map(each => each.join())
      assert.equal(looks[32 - 15 + 8], '17', looks.join(' '))
    }),
    { numRuns: 10 },
  )
})

test('the only key of a topic, written all the time, is seen', () => {
  const random = seededRandom(1)
  const hot = hotOver(40, (_, add) => add(5, 40 + Math.floor(random.next() * 20)))
  assert.deepEqual(hot.at(-1), [5])
})

test('where all write by the clock, the one that gets the most of each burst is seen', () => {
  const random = seededRandom(3)
  const hot = hotOver(44, (second, add) => {
    if (second % 10 > 0) return
    for (let n = 0; n < 10 * PER_SECOND; n++)
      add(random.next() < 0.1 ? 17 : Math.floor(random.next() * PARTITIONS), 1)
  })
  assert.deepEqual(hot.at(-1), [17])
})
