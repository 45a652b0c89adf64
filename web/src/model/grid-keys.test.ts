import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Block } from './blocks.ts'
import { moveInGrid } from './grid-keys.ts'
import { layoutGrid } from './grid-layout.ts'

const block = (key: string, start: number, size: number): Block => ({
  key,
  label: key,
  cells: Int32Array.from({ length: size }, (_, cell) => start + cell),
  numbered: true,
})

const layout = layoutGrid([block('a', 0, 1000), block('b', 1000, 500), block('c', 1500, 12)], 1512, {
  width: 1100,
  heightLimit: 400,
  labelWidth: 32,
  marginWidth: 52,
  devicePixelRatio: 1,
  textWidth: text => text.length * 7,
  blockWidthMin: 132,
  headed: true,
})
const columns = layout.blocks[0]?.columns ?? 0
const move = (cell: number, key: string, whole = false): number | undefined =>
  moveInGrid(layout, cell, key, whole)

test('arrows step by cell and by row', () => {
  assert.equal(move(0, 'ArrowRight'), 1)
  assert.equal(move(0, 'ArrowDown'), columns)
  assert.equal(move(columns + 3, 'ArrowUp'), 3)
  assert.equal(move(0, 'ArrowLeft'), 0)
})

test('past the edge the neighbouring topic goes on, and back', () => {
  assert.equal(move(columns - 1, 'ArrowRight'), 1000)
  assert.equal(move(1000, 'ArrowLeft'), columns - 1)
})

test('below the large ones come the strips, and back', () => {
  const down = move(1000 - columns, 'ArrowDown')
  assert.ok(down !== undefined && down >= 1500)
  const up = move(1500, 'ArrowUp')
  assert.ok(up !== undefined && up < 1500)
})

test('Home and End: the row, with Ctrl the whole', () => {
  assert.equal(move(columns + 3, 'Home'), columns)
  assert.equal(move(columns + 3, 'End'), 2 * columns - 1)
  assert.equal(move(777, 'Home', true), 0)
  assert.equal(move(3, 'End', true), 1511)
})

test('other keys are left to the page', () => {
  assert.equal(move(0, 'x'), undefined)
})
