import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type HandMadeLook, observationAt } from '../../../test/support/looks.ts'
import { groupOf, snapshotOf, topic } from '../../../test/support/scripted-cluster.ts'
import { ColumnPool, type Columns, newColumns, type Observation } from '../model/index.ts'
import { type ClusterHealth, forgetHealth, judgeHealth } from './assess.ts'
import { noKeyEvidence } from './key-evidence.ts'
import { defaultThresholds } from './thresholds.ts'
import { advanceWindow, emptyWindow } from './window.ts'

/** The same look, its columns lent as an adapter lends them. */
const lentLook = (made: Observation, columns: Columns): Observation => {
  const lend = (column: Float64Array): Float64Array => {
    const lent = columns.figures(column.length)
    lent.set(column)
    return lent
  }
  return {
    ...made,
    offsets: new Map([...made.offsets].map(([name, each]) => [name, { ...each, end: lend(each.end) }])),
    groups:
      made.groups?.map(group => ({
        ...group,
        committed: new Map([...group.committed].map(([name, column]) => [name, lend(column)])),
      })) ?? null,
  }
}

/** Watches with columns of `columns`, in the order in which the live state does. */
const watching = (columns: Columns, turn: () => void) => {
  let window = emptyWindow
  let before: ClusterHealth | null = null
  return (observation: Observation) => {
    window = advanceWindow(window, lentLook(observation, columns), defaultThresholds, columns)
    const health = judgeHealth(window, defaultThresholds, observation.monotonicMs, noKeyEvidence, columns)
    if (before !== null) forgetHealth(before, columns)
    const spent = before
    before = health
    turn()
    return { window, health, spent }
  }
}

/** Where memory is lent again, everything that is kept must be what it is where all of it is new. */
const areTheSame = (observations: readonly Observation[], pool: ColumnPool): void => {
  const lent = watching(pool, () => pool.turn())
  const plain = watching(newColumns, () => {})
  observations.forEach((observation, at) => {
    const [is, ought] = [lent(observation), plain(observation)]
    assert.deepEqual(is.health, ought.health)
    if (at === observations.length - 1) assert.deepEqual(is.window, ought.window)
    for (const { recordsPerSecond, bytesPerSecond } of is.spent?.topics.values() ?? [])
      assert.equal(recordsPerSecond.length + bytesPerSecond.length, 0)
    for (const { lagMs, verdicts, processedPerSecond } of is.spent?.groups.flatMap(each => each.topics) ?? [])
      assert.equal(lagMs.length + verdicts.length + processedPerSecond.length, 0)
  })
}

const figure = fc.oneof({ weight: 30, arbitrary: fc.nat(4) }, fc.constant(Number.NaN))

const look = fc.record({
  afterS: fc.oneof({ weight: 20, arbitrary: fc.integer({ min: 1, max: 4 }) }, fc.constant(1_800)),
  grown: fc.array(figure, { minLength: 6, maxLength: 6 }),
  behind: fc.array(figure, { minLength: 6, maxLength: 6 }),
  groups: fc.oneof({ weight: 10, arbitrary: fc.constant(true) }, fc.constant(false)),
  sizes: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, fc.constant(true)),
})

test('what is judged and kept is the same whether columns are lent or new, through all that may happen', () => {
  fc.assert(
    fc.property(
      fc.array(look, { minLength: 20, maxLength: 30 }),
      fc.nat(30),
      fc.nat(30),
      (looks, grownAt, recreatedAt) => {
        let second = 0
        const observations = looks.map(({ afterS, grown, behind, groups, sizes }, at) => {
          second += afterS
          const count = at >= grownAt ? 6 : 4
          const id = at >= recreatedAt ? 'anew' : 't'
          const ends = grown.slice(0, count).map(more => 100 * second + more)
          const made: HandMadeLook = {
            snapshot: snapshotOf([topic('t', count, [1, 2, 3], id), topic('u', 3, [1, 2, 3])]),
            ends: { t: ends, u: grown.slice(0, 3) },
            groups: groups
              ? ['g', 'h'].map(group =>
                  groupOf(
                    group,
                    't',
                    ends.map((end, p) => end - (behind[p] ?? 0)),
                    [[0, 1], [2]],
                  ),
                )
              : null,
            sizes: sizes ? { t: ends.map(end => end * 10) } : {},
          }
          return observationAt(second, made)
        })
        areTheSame(observations, new ColumnPool(0))
      },
    ),
    { numRuns: 30 },
  )
})

test('the same where looks are so large that most are not kept', () => {
  const count = 70_000
  const snapshots = [0, 1].map(more => snapshotOf([topic('t', count + more, [1, 2, 3])]))
  const observations = Array.from({ length: 8 }, (_, second) => {
    const length = count + Number(second > 5)
    const ends = Float64Array.from({ length }, (_, p) => second * (p % 7))
    return observationAt(second, {
      snapshot: snapshots[Number(second > 5)] as (typeof snapshots)[number],
      ends: { t: ends },
      groups: [
        groupOf(
          'g',
          't',
          Array.from(ends, (end, p) => Math.max(0, end - (p % 3))),
          [[0, 1, 2]],
        ),
      ],
      sizes: second % 4 === 0 ? { t: ends.map(end => end * 100) } : {},
    })
  })
  areTheSame(observations, new ColumnPool())
})
