import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type GroupEffect, judgeGroup, type PeriodEnd } from './group-judge.ts'

const written = new Map([
  ['a', 3],
  ['b', 2],
])
const done = (period: number, offset: number, key: string, sequence: number): GroupEffect => ({
  period,
  partition: 0,
  offset,
  key,
  sequence,
})
const right = [
  done(1, 0, 'a', 0),
  done(1, 1, 'b', 0),
  done(1, 2, 'a', 1),
  done(2, 3, 'a', 2),
  done(2, 4, 'b', 1),
]
const ends = new Map<number, PeriodEnd>([
  [1, 'given up in order'],
  [2, 'running'],
])

/** Kinds of problems, each once. */
const kinds = (
  effects: readonly GroupEffect[],
  how: ReadonlyMap<number, PeriodEnd> = ends,
  window = 10,
): string[] => [
  ...new Set(judgeGroup(effects, how, written, window).problems.map(problem => problem.split(':')[0] ?? '')),
]

test('a right run has no problems', () => {
  const verdict = judgeGroup(right, ends, written, 10)
  assert.deepEqual(verdict, {
    problems: [],
    effects: 5,
    distinct: 5,
    repeats: new Map(),
    repeatsPerChangeMax: 0,
    aheadMax: 0,
  })
})

test('the judge catches each kind of wrong run', () => {
  assert.deepEqual(kinds(right.slice(0, 4)), ['lost'])
  assert.deepEqual(kinds(right.filter(each => each.sequence !== 1 || each.key !== 'a')), ['left out'])
  const [first, second, third, ...rest] = right as [GroupEffect, GroupEffect, GroupEffect, ...GroupEffect[]]
  assert.ok(kinds([first, second, third, first, ...rest], new Map([[1, 'lost']])).includes('out of order'))
  assert.deepEqual(kinds([...right, done(1, 0, 'a', 0)], new Map([[1, 'killed']])), [
    'out of order',
    'by a former owner',
  ])
  assert.ok(
    kinds([first, second, third, done(2, 2, 'a', 1), ...rest]).includes(
      'repeated after a graceful hand-over',
    ),
  )
  assert.deepEqual(kinds(right, ends, 10), [])
  const ahead = [
    done(1, 0, 'a', 0),
    done(1, 4, 'b', 0),
    done(1, 1, 'a', 1),
    done(1, 2, 'a', 2),
    done(1, 5, 'b', 1),
  ]
  assert.deepEqual(kinds(ahead, ends, 2), ['beyond the window'])
})

test('repeats after a kill are counted, not condemned', () => {
  const verdict = judgeGroup(
    [...right.slice(0, 3), done(2, 1, 'b', 0), done(2, 2, 'a', 1), ...right.slice(3)],
    new Map([[1, 'killed']]),
    written,
    10,
  )
  assert.deepEqual(verdict.problems, [])
  assert.deepEqual([...verdict.repeats], [['killed', 2]])
  assert.equal(verdict.repeatsPerChangeMax, 2)
})
