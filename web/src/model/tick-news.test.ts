/** From the server's packing to what the page holds, without a browser; handing over is done as a browser does it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Tick } from '../../../src/api/contract.ts'
import { deltaOf, type HeldTick, stateAt } from '../../../src/api/delta.ts'
import { packedFrom } from '../../../src/api/packed.ts'
import { packDelta, packTick } from '../../../src/server/pack-columns.ts'
import { mockTick } from '../../../test/support/mock-figures.ts'
import { cellsOf, shownTopics } from './cells.ts'
import { measureOf } from './measure.ts'
import { createShownMaps, type ShownMap } from './shown-maps.ts'
import { buffersOf } from './hand-over.ts'
import { createTickFollower, type News, tickOf } from './tick-news.ts'

/** A tick whose largest topic is long enough to travel as bytes. */
const tickAt = (at: number): Tick => {
  const tick = mockTick('busy', at)
  const lengthen = (column: unknown): unknown =>
    Array.isArray(column) ? Array.from({ length: 5 }, () => column as unknown[]).flat() : column
  const [largest, ...others] = tick.columns
  const longer = Object.fromEntries(
    Object.entries(largest ?? {}).map(([name, column]) => [
      name,
      name === 'consumers' ? column : lengthen(column),
    ]),
  )
  return { ...tick, columns: [longer as Tick['columns'][number], ...others] }
}

const throughText = <Value>(value: Value): Value => JSON.parse(JSON.stringify(value)) as Value

/** What is handed over is gone on this side. */
const handOver = ({ news }: News): News['news'] =>
  structuredClone(news, { transfer: buffersOf(news.columns) })

/** In the contract's own words. */
const plain = (tick: HeldTick): unknown =>
  throughText({
    ...tick,
    columns: tick.columns.map(columns =>
      Object.fromEntries(
        Object.entries(columns).map(([name, column]) => [
          name,
          typeof column === 'string'
            ? column
            : Array.from(column as ArrayLike<unknown>, (value, p) =>
                name === 'state' ? stateAt(columns, p) : Number.isNaN(value) ? null : value,
              ),
        ]),
      ),
    ),
  })

/** Figures that travel as 32-bit floats have seven digits. */
const rounded = (tick: Tick): unknown =>
  throughText({
    ...tick,
    columns: tick.columns.map(columns =>
      columns.leader.length < packedFrom
        ? columns
        : Object.fromEntries(
            Object.entries(columns).map(([name, column]) => [
              name,
              Array.isArray(column)
                ? column.map(value => (typeof value === 'number' ? Math.fround(value) : value))
                : column,
            ]),
          ),
    ),
  })

test('a tick and its differences arrive as the server had them; what did not change is not handed over', () => {
  const follower = createTickFollower()
  let page: HeldTick | undefined
  let before: Tick | undefined
  for (let at = 1; at <= 4; at++) {
    const tick = tickAt(at)
    const sent =
      before === undefined
        ? follower.tick('1', throughText(packTick(tick)))
        : follower.delta(String(at), { base: at - 1, ...throughText(packDelta(deltaOf(before, tick))) })
    assert.ok(sent !== undefined)
    const news = handOver(sent)
    assert.equal('leader' in (news.columns[0] ?? {}), at === 1, 'leaders stay')
    assert.ok('recordsPerSecond' in (news.columns[0] ?? {}))
    page = tickOf(news, page)
    assert.ok(page.columns[0]?.recordsPerSecond instanceof Float32Array)
    assert.deepEqual(plain(page), rounded(tick))
    before = tick
  }
})

test('a difference from a tick that is not held cannot be followed', () => {
  const follower = createTickFollower()
  const delta = packDelta(deltaOf(tickAt(1), tickAt(2)))
  assert.equal(follower.delta('2', { base: 1, ...delta }), undefined)
  follower.tick('7', packTick(tickAt(1)))
  assert.equal(follower.delta('9', { base: 8, ...delta }), undefined)
  assert.notEqual(follower.delta('8', { base: 7, ...delta }), undefined)
})

test('cells that came along are taken, others are made once; a map in two places is asked for once', async () => {
  const tick = tickAt(1)
  const topics = shownTopics(tick).map(topic => topic.topic)
  const announced: (readonly ShownMap[])[] = []
  const maps = createShownMaps(shown => announced.push(shown))
  const map: ShownMap = { topics, measure: 'lag' }
  const [first, second] = [maps.show({ ...map }), maps.show({ ...map })]
  assert.equal(announced.length, 0)
  await Promise.resolve()
  assert.deepEqual(announced, [[map]])
  const cells = cellsOf(tick, topics, measureOf('lag'))
  maps.take(tick, [{ map, cells }])
  assert.equal(maps.cellsOf(tick, topics, measureOf('lag')), cells)
  const records = maps.cellsOf(tick, topics, measureOf('records'))
  assert.deepEqual(records, cellsOf(tick, topics, measureOf('records')))
  assert.equal(maps.cellsOf(tick, topics, measureOf('records')), records)
  assert.notEqual(maps.cellsOf(tickAt(2), topics, measureOf('records')), records)
  first()
  await Promise.resolve()
  assert.equal(announced.at(-1)?.length, 1)
  second()
  await Promise.resolve()
  assert.equal(announced.at(-1)?.length, 0)
})
