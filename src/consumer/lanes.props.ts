import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { laneItem } from '../../test/support/lane-item.ts'
import { ManualClock } from '../../test/support/manual-clock.ts'
import type { LaneItem } from './lane-work.ts'
import { Lanes } from './lanes.ts'
import { MemoryBudget } from './memory-budget.ts'

interface Item extends LaneItem {
  readonly name: string
  readonly partition: number
}

const BATCH_RECORDS = 3

/** What happens next, chosen by fast-check: records arrive, a handler ends well or badly, time passes. */
const happening = fc.oneof(
  fc.record({ arrive: fc.nat({ max: 4 }), partition: fc.nat({ max: 2 }), sync: fc.boolean() }),
  fc.record({ settle: fc.nat(), well: fc.boolean() }),
  fc.record({ passMs: fc.integer({ min: 1, max: 3000 }) }),
)

test('under any completion order: a key never twice at once, starts in log order, the frontier passes nothing unfinished', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(happening, { maxLength: 60, size: 'max' }),
      fc.constantFrom<'key' | 'partition'>('key', 'partition'),
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 1, max: 10 }),
      fc.boolean(),
      async (story, ordering, concurrency, windowRecords, fed) => {
        const clock = new ManualClock()
        const running = new Map<Item, { finish: () => void; fail: (error: Error) => void }>()
        const isSync = new Set<Item>()
        const finished = new Set<Item>()
        const arrived: Item[] = []
        const broken: string[] = []
        const orderKey = (each: Item): string =>
          ordering === 'partition' ? `${each.partition}` : `${each.partition}/${each.name}`
        const lanes = new Lanes<Item>({
          clock,
          ordering,
          concurrency,
          windowRecords,
          budget: new MemoryBudget(1e7, () => undefined),
          partitionBytesMax: 1e6,
          judge: () => ({ kind: 'retry', delayMs: 100 }),
          divert: () => Promise.reject(new Error('nothing is condemned')),
          onHeld: () => undefined,
          mayStart: () => true,
          run: each => {
            const key = orderKey(each)
            const work = works[each.partition] as (typeof works)[number]
            // an exception here would look like a failed handler and be tried again: collect instead of throwing
            const demand = (holds: boolean, law: string): void => {
              if (!holds) broken.push(`${law}: ${key} at ${each.offset}`)
            }
            demand(![...running.keys()].some(other => orderKey(other) === key), 'one key twice at once')
            demand(running.size < concurrency, 'more handlers than allowed')
            demand(
              arrived.every(
                other => orderKey(other) !== key || other.offset >= each.offset || finished.has(other),
              ),
              'started before its predecessor was finished',
            )
            demand(!finished.has(each), 'started again after it was finished')
            demand(each.slot - work.frontier.head < windowRecords, 'started above the window')
            if (isSync.has(each)) return undefined
            return new Promise<void>((finish, fail) => running.set(each, { finish, fail }))
          },
          onDone: each => finished.add(each),
          onFailed: () => undefined,
        })
        const works = [lanes.open('0'), lanes.open('1'), lanes.open('2')]
        /** Where records wait to be asked for, if they are not sent. */
        const outside = works.map(() => [] as Item[])
        works.forEach((work, partition) => {
          work.feed = () => {
            const batch = outside[partition]?.splice(0, BATCH_RECORDS) ?? []
            for (const each of batch) lanes.add(work, each)
            return batch.length > 0
          }
        })
        const nextOffset = [0, 0, 0]
        const check = (): void => {
          assert.deepEqual(broken, [])
          works.forEach((work, partition) => {
            const unfinished = arrived.filter(each => each.partition === partition && !finished.has(each))
            const position = outside[partition]?.[0]?.offset ?? (nextOffset[partition] as number)
            const expected = Math.min(position, ...unfinished.map(each => each.offset))
            assert.equal(work.frontier.lowestUnfinished(position), expected)
          })
        }
        const end = async (index: number, well: boolean): Promise<void> => {
          const [each, handler] = [...running][index % Math.max(1, running.size)] ?? []
          if (each === undefined || handler === undefined) return
          running.delete(each)
          if (well) handler.finish()
          else handler.fail(new Error('chosen'))
          await clock.settle()
        }
        for (const it of story) {
          if ('arrive' in it) {
            const name = 'abcde'[it.arrive] as string
            const offset = nextOffset[it.partition] as number
            nextOffset[it.partition] = offset + 1 + it.arrive
            const each: Item = { ...laneItem(offset, name), name, partition: it.partition }
            if (it.sync) isSync.add(each)
            arrived.push(each)
            const work = works[it.partition] as (typeof works)[number]
            if (fed) {
              outside[it.partition]?.push(each)
              lanes.offer(work)
            } else lanes.add(work, each)
            await clock.settle()
          } else if ('settle' in it) await end(it.settle, it.well)
          else await clock.advance(it.passMs)
          check()
        }
        for (let rounds = 0; finished.size < arrived.length; rounds++) {
          assert.ok(rounds < 1000, 'came to rest with unfinished records')
          if (running.size > 0) await end(0, true)
          else await clock.advance(10_000)
        }
        check()
        assert.equal(lanes.queuedRecords, 0)
      },
    ),
    { numRuns: 300 },
  )
})
