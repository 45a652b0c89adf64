import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { matchEntries, paletteEntries } from './palette.ts'
import { type Page, parseRoute, printRoute } from './route.ts'

const around = (page: Page) =>
  paletteEntries({
    page,
    paused: false,
    dark: false,
    command: 'npx lanekeeper status --bootstrap-server k:9092',
    exports: [{ kind: 'csv', label: 'Figures as CSV' }],
  })

describe('palette', () => {
  test('every page but this one, and every way to look at this one', () => {
    const labels = around({ name: 'overview' }).map(entry => entry.label)
    assert.equal(labels.includes('Go to Overview'), false)
    for (const label of [
      'Go to Topics',
      'Go to Lab',
      'Colour by Lag time',
      'Group by rack',
      'Pause',
      'Dark theme',
      'Save Figures as CSV',
      'Last 24 h',
      'Copy link to this view',
    ])
      assert.ok(labels.includes(label), label)
    assert.equal(
      around({ name: 'plans' }).some(entry => entry.label.startsWith('Colour')),
      false,
    )
  })

  test('what an entry does to the view is a state of the address', () => {
    for (const { action } of around({ name: 'topic', topic: 't' })) {
      if (action.kind !== 'look') continue
      const view = Object.fromEntries(
        Object.entries(action.change).filter(([, value]) => value !== undefined),
      )
      assert.deepEqual(parseRoute(printRoute({ page: { name: 'topic', topic: 't' }, view })).view, view)
    }
  })

  test('every word must be there, and a word that begins a label comes first', () => {
    const entries = around({ name: 'overview' })
    assert.deepEqual(
      matchEntries(entries, 'lag time').map(entry => entry.label),
      ['Colour by Lag time'],
    )
    assert.equal(matchEntries(entries, 'command status')[0]?.label, 'Copy the command that shows the same')
    assert.deepEqual(matchEntries(entries, 'no such thing'), [])
    assert.equal(matchEntries(entries, '').length, entries.length)
    assert.equal(matchEntries(entries, 'la')[0]?.label, 'Go to Lab')
  })
})
