/** View-models over a whole tick: cells, blocks, headline, belief, ranking, search. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Tick } from '../../../src/api/contract.ts'
import { tickSchema } from '../../../src/api/contract.ts'
import { mockTick } from '../../../test/support/mock-figures.ts'
import { blockNotes, blocksOf } from './blocks.ts'
import { cellAt, cellsOf, countFlag, HAS_FINDING, hasFlag, NO_DATA, OUTLIER, shownTopics } from './cells.ts'
import { beliefOf, isCurrent } from './connection.ts'
import { headlineOf } from './headline.ts'
import { measureOf } from './measure.ts'
import { findingsWorstFirst, groupsWorstFirst } from './order.ts'
import { NO_LEVEL } from './ramp.ts'
import { hottestCell, rankCells, spreadOf } from './ranked.ts'
import { skewTold } from './skew-told.ts'
import { searchTick } from './search.ts'

const busy = mockTick('busy', 1)
const names = (tick: Tick): readonly string[] => shownTopics(tick).map(topic => topic.topic)
const cellsIn = (tick: Tick, measure = 'records') => cellsOf(tick, names(tick), measureOf(measure))
const belief = (tick: Tick) => beliefOf({ kind: 'open' }, tick)

test('the made-up figures obey the contract', () => {
  for (const scenario of ['busy', 'calm', 'partial', 'unreachable', 'stale', 'starting', 'empty'] as const)
    tickSchema.parse(mockTick(scenario, 3))
})

describe('cells', () => {
  test('largest topic first; a partition is found by name, one that is not is -1', () => {
    const cells = cellsIn(busy)
    assert.deepEqual(cells.topics.slice(0, 2), ['user-actions', 'content-interactions'])
    assert.equal(cellAt(cells, 'content-interactions', 3), 1003)
    assert.equal(cellAt(cells, 'content-interactions', 500), -1)
    assert.equal(cellAt(cells, 'nope', 0), -1)
  })

  test('the hot partition is an outlier with a finding; on a calm day there is no outlier at all', () => {
    const hot = cellsIn(busy)
    const cell = cellAt(hot, 'user-actions', 417)
    assert.ok(hasFlag(hot, cell, OUTLIER) && hasFlag(hot, cell, HAS_FINDING))
    assert.equal(countFlag(cellsIn(mockTick('calm', 1)), OUTLIER), 0)
  })

  test('what a silent broker led is without data, not zero', () => {
    const cells = cellsIn(mockTick('partial', 1))
    assert.ok(countFlag(cells, NO_DATA) > 300)
    for (let cell = 0; cell < cells.length; cell++)
      if (hasFlag(cells, cell, NO_DATA))
        assert.ok(cells.level[cell] === NO_LEVEL && Number.isNaN(cells.value[cell]))
  })

  test('chance raises the bar: three times the mean is no outlier where chance gives four', () => {
    const topics = busy.topics.map(topic => ({ ...topic, skewExpectedByChance: 4 }))
    const cells = cellsIn({ ...busy, topics })
    assert.equal(hasFlag(cells, cellAt(cells, 'user-actions', 88), OUTLIER), false)
    assert.equal(hasFlag(cells, cellAt(cells, 'user-actions', 417), OUTLIER), true)
  })

  test('of too few records to compare partitions none stands out', () => {
    const topics = busy.topics.map(topic => ({ ...topic, skewMaxOverMean: null }))
    assert.equal(countFlag(cellsIn({ ...busy, topics }), OUTLIER), 0)
    assert.equal(skewTold({ skewMaxOverMean: null, recordsPerSecond: 0.03 }), 'too few records')
    assert.equal(skewTold({ skewMaxOverMean: null, recordsPerSecond: 0 }), 'unknown')
    assert.equal(skewTold({ skewMaxOverMean: 9.4, recordsPerSecond: 412 }), '9.4×')
  })
})

test('every grouping shows every cell once', () => {
  for (const tick of [busy, mockTick('many', 40)]) {
    const cells = cellsIn(tick)
    for (const by of ['id', 'broker', 'rack', 'consumer'] as const) {
      const shown = blocksOf(cells, tick, by).flatMap(block => [...block.cells])
      assert.equal(shown.length, cells.length, by)
      assert.equal(new Set(shown).size, cells.length, by)
    }
  }
})

test('of a thousand small topics the first have a name of their own, and the others share a block', () => {
  const tick = mockTick('many', 40)
  const cells = cellsIn(tick)
  const blocks = blocksOf(cells, tick, 'id')
  assert.deepEqual(
    [blocks.length, blocks[0]?.label, blocks.at(-1)?.label, blocks.at(-1)?.cells.length],
    [25, 'tenant-0000-events', '976 small topics', 976 * 3],
  )
  assert.match(
    blockNotes(blocks, cells, tick, 'id').get(blocks.at(-1)?.key ?? '') ?? '',
    /^2,928 partitions, \d/,
  )
})

describe('what is believed', () => {
  test('losing Lanekeeper comes before everything the last tick said', () => {
    const lost = { kind: 'lost', since: busy.at, tries: 2, error: 'cut' } as const
    assert.equal(beliefOf(lost, busy).kind, 'lost')
  })

  test('each state of the cluster is told apart, and only seen figures are current', () => {
    const kinds = (['calm', 'partial', 'unreachable', 'stale', 'starting', 'empty'] as const).map(scenario =>
      belief(mockTick(scenario, 1)),
    )
    assert.deepEqual(
      kinds.map(({ kind }) => kind),
      ['live', 'partial', 'unreachable', 'stale', 'starting', 'empty'],
    )
    assert.deepEqual(kinds.map(isCurrent), [true, true, false, false, false, true])
  })
})

describe('headline', () => {
  const title = (tick: Tick): string => headlineOf(belief(tick), tick, tick.at).title

  test('says how many things and which', () => {
    assert.equal(
      title(busy),
      'One thing needs action, and two need a look: user-actions-417, broker 2 and timeline-builder.',
    )
  })

  test('says well only of what was seen, and only where groups do keep up', () => {
    const calm = mockTick('calm', 1)
    assert.equal(title(calm), 'Every partition is served, and every group keeps up.')
    const unsure = { ...calm, groups: calm.groups.map(group => ({ ...group, verdict: 'unknown' as const })) }
    assert.equal(title(unsure), 'Every partition is served.')
    for (const scenario of ['partial', 'unreachable', 'stale', 'starting', 'empty'] as const)
      assert.doesNotMatch(title(mockTick(scenario, 1)), /served|keeps up/)
  })

  test('of what was not seen yet nothing is said to be well', () => {
    const calm = mockTick('calm', 1)
    const first: Tick = { ...calm, groups: [], totals: { ...calm.totals, partitionsKnown: 393 } }
    assert.equal(title(first), '393 of 1,514 partitions seen so far; nothing is wrong with them.')
    assert.doesNotMatch(headlineOf(belief(first), first, first.at).sub, /Every|All 1,514/)
  })

  test('where a finding is about many, the one that it names is not said to be it', () => {
    const calm = mockTick('calm', 1)
    const many = {
      ...(busy.findings[0] as Tick['findings'][number]),
      severity: 'warning' as const,
      groupId: null,
      topic: 'user-actions',
      partition: 1,
      sentence: [
        { text: '299 partitions', mark: 'strong' as const },
        { text: ', among them ', mark: 'plain' as const },
        { text: 'user-actions-1', mark: 'link' as const },
        { text: ', have a copy that is behind.', mark: 'plain' as const },
      ],
    }
    assert.equal(title({ ...calm, findings: [many] }), 'One needs a look: 299 partitions.')
  })

  test('counts what has no figures', () => {
    const partial = mockTick('partial', 1)
    assert.match(
      headlineOf(belief(partial), partial, partial.at).sub,
      /^434 partitions of 1,514 have no figures/,
    )
  })

  test('a partition without a leader is never "served"', () => {
    const calm = mockTick('calm', 1)
    assert.doesNotMatch(title({ ...calm, totals: { ...calm.totals, leaderless: 2 } }), /served/)
  })
})

test('worst first', () => {
  assert.deepEqual(
    findingsWorstFirst(busy.findings).map(finding => finding.severity),
    ['act', 'warning', 'warning', 'info'],
  )
  assert.equal(groupsWorstFirst(busy.groups).at(-1)?.verdict, 'ok')
  assert.equal(groupsWorstFirst(busy.groups)[1]?.groupId, 'timeline-builder')
})

test('ranking leaves out what is not known, and its ends are its extremes', () => {
  const cells = cellsOf(mockTick('partial', 1), ['user-actions'], measureOf('records'))
  const top = rankCells(cells, 'top', 20)
  const bottom = rankCells(cells, 'bottom', 20)
  assert.equal(top[0]?.partition, 417)
  assert.ok((bottom[0]?.share ?? 9) <= (bottom[1]?.share ?? 0))
  const spread = spreadOf(cells, 1.2)
  assert.equal(spread.known, cells.length - countFlag(cells, NO_DATA))
  assert.equal(spread.mostShare, top[0]?.share)
  assert.equal(hottestCell(cells), top[0]?.cell)
  assert.equal(hottestCell({ share: Float32Array.of(Number.NaN, Number.NaN) }), -1)
  assert.equal(hottestCell({ share: Float32Array.of(Number.NaN, 0, 3, 3) }), 2)
})

test('search: a bare number finds that partition in the largest topic first; names find topics and groups', () => {
  assert.equal(searchTick(busy, '417')[0]?.label, 'user-actions-417')
  assert.equal(searchTick(busy, 'content-interactions-9')[0]?.label, 'content-interactions-9')
  assert.ok(searchTick(busy, 'timeline').some(hit => hit.page.name === 'group'))
  assert.deepEqual(searchTick(busy, ' '), [])
})
