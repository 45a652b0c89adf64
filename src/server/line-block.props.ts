import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { LineBlock } from './line-block.ts'

const figure = fc.oneof(
  fc.constant(Number.NaN),
  fc.integer({ min: 0, max: 20 }),
  fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
  fc.double({ min: 0, max: 1e6, noNaN: true }),
  fc.double({ noNaN: true }),
  fc.constantFrom(0.1 + 0.2, 999_999.9999999, 1e9, 999_999_999, 1e15, 1e15 - 1, -1, Infinity, 5e-7, 4e-7),
)

const linesOf = (block: LineBlock, figures: readonly number[]): readonly string[] =>
  Buffer.concat(block.lines(figures, p => figures[p] ?? Number.NaN))
    .toString()
    .split('\n')
    .slice(0, -1)

test('scrape after scrape a line is exact to a millionth, and what is not known has none', () => {
  fc.assert(
    fc.property(fc.array(fc.array(figure, { minLength: 12, maxLength: 12 }), { maxLength: 6 }), scrapes => {
      const block = new LineBlock('lag{topic="ü",partition="', 12)
      for (const figures of scrapes) {
        const lines = linesOf(block, figures)
        const known = figures.flatMap((value, p) => (Number.isNaN(value) ? [] : [[p, value] as const]))
        assert.equal(lines.length, known.length)
        known.forEach(([p, value], index) => {
          const [, partition, text] =
            /^lag\{topic="ü",partition="(\d+)"\} +(\S+)$/.exec(lines[index] ?? '') ?? []
          assert.equal(Number(partition), p, lines[index])
          const said = Number(text)
          const exact = Number.isInteger(value) || value < 0 || value >= 1e15
          // beyond some billions the numbers next to one another are further apart than a millionth
          const off = Math.max(5.1e-7, value * Number.EPSILON)
          assert.ok(exact ? said === value : Math.abs(said - value) <= off, `${text} for ${value}`)
        })
      }
    }),
  )
})

test('its version grows exactly when its lines are others', () => {
  fc.assert(
    fc.property(fc.array(fc.array(figure, { minLength: 4, maxLength: 4 }), { maxLength: 9 }), scrapes => {
      const block = new LineBlock('lag{partition="', 4)
      let [lines, version] = [linesOf(block, []), block.version]
      for (const figures of scrapes) {
        const [nowLines, nowVersion] = [linesOf(block, figures), block.version]
        // room that was made for more digits is a change too
        if (nowLines.join() !== lines.join()) assert.notEqual(nowVersion, version)
        assert.deepEqual([linesOf(block, figures.slice()), block.version], [nowLines, nowVersion])
        ;[lines, version] = [nowLines, nowVersion]
      }
    }),
  )
})

test('figures of the same source are not asked for again', () => {
  const block = new LineBlock('m{p="', 2)
  const source = {}
  const before = block.lines(source, p => p)
  assert.equal(
    block.lines(source, () => assert.fail('asked again')),
    before,
  )
})

test('a first scrape of nothing but zeros has its lines', () => {
  assert.equal(linesOf(new LineBlock('m{p="', 3), [0, 0, 0]).length, 3)
})

test('no more digits than a figure has', () => {
  assert.deepEqual(
    linesOf(new LineBlock('m{p="', 4), [0, 10.5, 0.000001, 1234567890]).map(line => line.split(/ +/)[1]),
    ['0', '10.5', '0.000001', '1234567890'],
  )
})
