import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Block } from './blocks.ts'
import { cellBox, hitCell, layoutGrid, type LayoutSpace, ROUND_COLUMNS } from './grid-layout.ts'

const space: LayoutSpace = {
  width: 990,
  heightLimit: 330,
  labelWidth: 32,
  marginWidth: 52,
  devicePixelRatio: 1,
  textWidth: text => text.length * 7,
  blockWidthMin: 132,
  headed: true,
}

/** Blocks of these sizes over consecutive cells. */
const blocksOf = (sizes: readonly number[], numbered = true): readonly Block[] => {
  let start = 0
  return sizes.map((size, index) => {
    const cells = Int32Array.from({ length: size }, (_, cell) => start + cell)
    start += size
    return { key: String(index), label: `block-${index}`, note: '', cells, numbered }
  })
}

const sum = (sizes: readonly number[]): number => sizes.reduce((total, size) => total + size, 0)

test('1,000 and 500 partitions stand side by side, equally high, within a low screen', () => {
  const layout = layoutGrid(blocksOf([1000, 500]), 1500, space)
  const [first, second] = layout.blocks
  assert.deepEqual([first?.columns, second?.columns], [50, 25])
  assert.equal(first?.band, second?.band)
  assert.ok(layout.height <= space.heightLimit, `${layout.height}`)
})

test('up to 50 cells keep the pitch that carries an id', () => {
  const layout = layoutGrid(blocksOf([12]), 12, space)
  assert.equal(layout.blocks[0]?.pitch, 26)
})

test('small topics share a strip below the large ones', () => {
  const layout = layoutGrid(blocksOf([1000, 12, 2]), 1014, space)
  assert.deepEqual(
    layout.blocks.map(block => block.strip),
    [false, true, true],
  )
})

test('brokers are drawn in one width, so that their areas compare', () => {
  const layout = layoutGrid(blocksOf([294, 413, 293], false), 1000, space)
  assert.equal(new Set(layout.blocks.map(block => block.columns)).size, 1)
})

test('one row too many for the screen makes cells a little smaller, not another arrangement', () => {
  const wall = { ...space, width: 1600, heightLimit: 440 }
  const layout = layoutGrid(blocksOf([501, 499, 500], false), 1500, wall)
  assert.deepEqual([...new Set(layout.blocks.map(block => block.band))], [0])
  assert.ok(layout.height <= 440 + 6, `${layout.height}`)
})

test('every cell is found again where it was drawn, columns are round, nothing sticks out or overlaps', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 1200 }), { minLength: 1, maxLength: 8 }),
      fc.integer({ min: 300, max: 2400 }),
      fc.boolean(),
      (sizes, width, numbered) => {
        const layout = layoutGrid(blocksOf(sizes, numbered), sum(sizes), { ...space, width })
        const places = new Set<string>()
        for (let cell = 0; cell < sum(sizes); cell++) {
          const box = cellBox(layout, cell)
          assert.ok(box !== undefined)
          assert.equal(hitCell(layout, box.x + box.side / 2, box.y + box.side / 2), cell)
          assert.ok(box.x >= 0 && box.y + box.side <= layout.height)
          places.add(`${box.x} ${box.y}`)
        }
        assert.equal(places.size, sum(sizes))
        for (const block of layout.blocks)
          if (!block.strip) assert.ok(ROUND_COLUMNS.includes(block.columns), `${block.columns} columns`)
      },
    ),
    { numRuns: 60 },
  )
})

test('beside the map there is nothing', () => {
  const layout = layoutGrid(blocksOf([100]), 100, space)
  assert.equal(hitCell(layout, -1, 40), -1)
  assert.equal(hitCell(layout, 5000, 40), -1)
})
