import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { judged, windowOf } from '../../../test/support/looks.ts'
import { groupOf, snapshotOf, topic } from '../../../test/support/scripted-cluster.ts'

/**
 * The law of the health stage: missing samples never make a verdict healthier. Histories are drawn at random, then
 * samples are taken away: single figures (a leader or a coordinator that did not answer), whole readings of groups,
 * or everything before some moment (a restart).
 */
const snapshot = snapshotOf([topic('t', 2, [1, 2, 3])])
const seconds = 40

const line = fc.record({
  ends: fc.array(fc.nat(3), { minLength: seconds + 1, maxLength: seconds + 1 }),
  /** Steps of the committed offset: mostly forward, sometimes none, seldom back. */
  steps: fc.array(
    fc.oneof(
      { weight: 60, arbitrary: fc.nat(5) },
      { weight: 1, arbitrary: fc.integer({ min: -5, max: -1 }) },
    ),
    { minLength: seconds + 1, maxLength: seconds + 1 },
  ),
  behind: fc.nat(20),
  stuck: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, fc.constant(true)),
})

/** Most samples survive: with many lost nearly everything is unknown, and the law would hold for no reason. */
const lost = fc.array(
  fc.oneof({ weight: 30, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  { minLength: seconds + 1, maxLength: seconds + 1 },
)
const loss = fc.record({
  ends: lost,
  committed: lost,
  groups: lost,
  startsAt: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat(seconds)),
})

type Line = { ends: number[]; steps: number[]; behind: number; stuck: boolean }

const columnsOf = ({ ends, steps, behind, stuck }: Line) => {
  let end = behind
  let position = 0
  return ends.map((grown, second) => {
    end += grown
    position = Math.max(0, Math.min(end, position + (stuck ? 0 : (steps[second] ?? 0))))
    return { end, position }
  })
}

const verdictOf = (
  lines: readonly Line[],
  assigned: boolean,
  until: number,
  kept: (second: number) => { look: boolean; groups: boolean; end: boolean; committed: boolean },
): string => {
  const columns = lines.map(columnsOf)
  const window = windowOf(until, second => {
    const { look, groups, end, committed } = kept(second)
    if (!look) return null
    const ends = columns.map((column, p) => (p === 0 && !end ? NaN : (column[second]?.end ?? NaN)))
    const positions = columns.map((column, p) =>
      p === 0 && !committed ? NaN : (column[second]?.position ?? NaN),
    )
    return {
      snapshot,
      ends: { t: ends },
      groups: groups ? [groupOf('g', 't', positions, assigned ? [[0, 1]] : [])] : null,
    }
  })
  return window.looks.length === 0 ? 'unknown' : (judged(window, until).groups[0]?.verdict ?? 'unknown')
}

const everything = () => ({ look: true, groups: true, end: true, committed: true })

test('missing samples never make a verdict ok that was not', () => {
  const seen = new Map<string, number>()
  fc.assert(
    fc.property(fc.tuple(line, line), fc.boolean(), loss, (lines, assigned, gone) => {
      // a verdict speaks of the newest reading; what came after it nobody claims to know
      const newest = Math.max(0, gone.groups.lastIndexOf(false))
      const whole = verdictOf(lines, assigned, newest, everything)
      const holed = verdictOf(lines, assigned, newest, second => ({
        look: second >= gone.startsAt,
        groups: gone.groups[second] !== true,
        end: gone.ends[second] !== true,
        committed: gone.committed[second] !== true,
      }))
      seen.set(`${whole} ${holed}`, (seen.get(`${whole} ${holed}`) ?? 0) + 1)
      assert.ok(holed !== 'ok' || whole === 'ok', `${whole} became ok`)
    }),
    { numRuns: 1_500 },
  )
  // the law must have been tried where it could be broken
  for (const verdict of ['ok', 'rewinding', 'stalled', 'stopped'])
    assert.ok(
      (seen.get(`${verdict} ${verdict}`) ?? 0) > 0,
      `${verdict} never survived: ${[...seen].join('; ')}`,
    )
  for (const verdict of ['rewinding', 'stalled', 'stopped'])
    assert.ok((seen.get(`${verdict} unknown`) ?? 0) > 0, `${verdict} was never lost: ${[...seen].join('; ')}`)
})

test('with time alone passing, no verdict gets better', () => {
  fc.assert(
    fc.property(line, fc.integer({ min: 0, max: 120 }), (one, later) => {
      const columns = columnsOf(one)
      const window = windowOf(seconds, second => ({
        snapshot,
        ends: { t: [columns[second]?.end ?? NaN, 0] },
        groups: [groupOf('g', 't', [columns[second]?.position ?? NaN, NaN], [[0, 1]])],
      }))
      const now = judged(window, seconds).groups[0]?.verdict
      const then = judged(window, seconds + later).groups[0]?.verdict
      assert.ok(then === now || then === 'unknown', `${now} became ${then}`)
    }),
  )
})
