import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { mockGroup, mockTick } from '../../../test/support/mock-figures.ts'
import { exportTable, fileName, toCsv, toJson } from './export.ts'

const busy = mockTick('busy', 1)

describe('the figures of a view as a table', () => {
  test('every partition that the page shows, with the figures of the tick', () => {
    const all = exportTable({ name: 'overview' }, busy)
    assert.equal(all?.rows.length, 1514)
    const one = exportTable({ name: 'partition', topic: 'user-actions', partition: 417 }, busy)
    assert.equal(one?.rows.length, 1)
    const columns = busy.columns.find(each => each.topic === 'user-actions')
    assert.equal(one?.rows[0]?.[one.columns.indexOf('lagRecords')], columns?.lagRecords[417])
    assert.equal(one?.rows[0]?.[one.columns.indexOf('reader')], 'tb-20')
  })

  test('what is not known is empty, never 0', () => {
    const partial = mockTick('partial', 1)
    const table = exportTable({ name: 'topic', topic: 'user-actions' }, partial)
    const rates = table?.rows.map(row => row[table.columns.indexOf('recordsPerSecond')]) ?? []
    const unknown = partial.columns.find(each => each.topic === 'user-actions')?.recordsPerSecond ?? []
    assert.equal(rates.filter(rate => rate === null).length, unknown.filter(rate => rate === null).length)
    assert.equal(rates.includes(0), false)
  })

  test('lists: topics, groups, brokers, members', () => {
    assert.equal(exportTable({ name: 'topics' }, busy)?.rows.length, busy.topics.length)
    assert.equal(exportTable({ name: 'groups' }, busy)?.rows.length, busy.groups.length)
    assert.equal(exportTable({ name: 'brokers' }, busy)?.rows.length, 3)
    const group = mockGroup('busy', 1, 'timeline-builder')
    assert.equal(exportTable({ name: 'group', group: 'timeline-builder' }, busy, group)?.rows.length, 50)
    assert.equal(exportTable({ name: 'plans' }, busy), undefined)
  })
})

test('CSV: quoted where it must be, and nothing that a spreadsheet would run', () => {
  const table = {
    name: 't',
    columns: ['name', 'value'],
    rows: [
      ['=1+1', -3],
      ['a "b", c\nd', null],
      ['@x', 1.5],
    ],
  }
  assert.equal(toCsv(table), `name,value\r\n'=1+1,-3\r\n"a ""b"", c\nd",\r\n'@x,1.5\r\n`)
})

test('JSON: one object a row, with time and address', () => {
  const text = toJson({ name: 't', columns: ['a', 'b'], rows: [[1, null]] }, busy.at, '/topics')
  assert.deepEqual(JSON.parse(text), { at: busy.at, address: '/topics', rows: [{ a: 1, b: null }] })
})

test('a name of a file that no system refuses', () => {
  assert.equal(fileName('a/b:c "d"', '2026-03-14T14:32:08.000Z', 'csv'), 'a_b_c_d__2026-03-14_143208.csv')
})
