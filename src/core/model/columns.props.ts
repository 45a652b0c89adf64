import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ColumnPool, newColumns } from './columns.ts'

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('figures' as const), length: fc.nat(20) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('flags' as const), length: fc.nat(20) }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('giveBack' as const), which: fc.nat(30) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('turn' as const) }) },
)

test('whoever holds a column finds what he wrote, and whoever gave one back finds it empty, whatever others do', () => {
  let reused = 0
  fc.assert(
    fc.property(
      fc.array(step, { minLength: 60, maxLength: 80 }),
      fc.integer({ min: 0, max: 60 }),
      (steps, lentBytesMin) => {
        const pool = new ColumnPool(lentBytesMin)
        const held: { readonly column: Float64Array | Uint8Array; readonly wrote: number }[] = []
        const given: (Float64Array | Uint8Array)[] = []
        steps.forEach((each, at) => {
          if (each.do === 'turn') pool.turn()
          else if (each.do === 'giveBack') {
            const [back] = held.splice(each.which % Math.max(1, held.length), 1)
            if (back === undefined) return
            const lent = back.column.buffer.byteLength >= lentBytesMin && back.column.length > 0
            pool.giveBack(back.column)
            pool.giveBack(back.column)
            if (lent) given.push(back.column)
          } else {
            const column = pool[each.do](each.length)
            assert.deepEqual(column, newColumns[each.do](each.length))
            assert.equal(column.buffer.byteLength % 4, 0)
            if (given.length > 0 && column.length > 0) reused++
            column.fill(at)
            held.push({ column, wrote: at })
          }
          for (const { column, wrote } of held) assert.ok(column.every(value => value === wrote))
          for (const column of given) assert.equal(column.length, 0)
        })
      },
    ),
    { numRuns: 100 },
  )
  assert.ok(reused > 1_000)
})

test('a column of somebody else is left alone', () => {
  const pool = new ColumnPool(0)
  const own = Float64Array.of(1, 2)
  pool.giveBack(own)
  assert.deepEqual(own, Float64Array.of(1, 2))
  assert.notEqual(pool.figures(2).buffer, own.buffer)
})

test('memory that a whole turn did not need is let go', () => {
  const pool = new ColumnPool(0)
  const keptAfter = (lengths: readonly number[]) => {
    const columns = lengths.map(length => pool.figures(length))
    for (const column of columns) pool.giveBack(column)
    pool.turn()
    return pool.freeBytes
  }
  assert.equal(keptAfter([3, 3, 5]), (3 + 3 + 5) * 8)
  assert.equal(keptAfter([3]), 3 * 8)
  assert.equal(keptAfter([]), 0)
})
