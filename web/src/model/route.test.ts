import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { labInstruments } from '../../../src/api/lab.ts'
import { type Page, parentOf, parseRoute, pathOf, printRoute } from './route.ts'

test('the address carries place and view', () => {
  assert.deepEqual(parseRoute('/topics/user-actions/417?measure=lag&by=broker&junk=1'), {
    page: { name: 'partition', topic: 'user-actions', partition: 417 },
    view: { measure: 'lag', by: 'broker' },
  })
})

test('an address that is none is said to be none, never shown as another page', () => {
  for (const path of [
    '/lab/nope',
    '/lab/order/1',
    '/nope',
    '/topics/a/b',
    '/topics/a/1/2',
    '/groups/a/b',
    '/topics/a/-1',
  ])
    assert.deepEqual(parseRoute(path).page, { name: 'missing', path })
})

test('the Lab opens at its first instrument and keeps the settings of each beside the view', () => {
  assert.deepEqual(parseRoute('/lab').page, { name: 'lab', instrument: 'produce', settings: {} })
  assert.deepEqual(parseRoute('/lab/order?keys=alice,bob&view=table&at=3'), {
    page: { name: 'lab', instrument: 'order', settings: { keys: 'alice,bob', at: '3' } },
    view: { view: 'table' },
  })
})

test('a percent sign typed by hand breaks nothing', () => {
  assert.deepEqual(parseRoute('/groups/50%').page, { name: 'group', group: '50%' })
})

test('printing and parsing are inverse for any name', () => {
  const name = fc.string({ minLength: 1, unit: 'grapheme' }).filter(text => text !== '.' && text !== '..')
  const setting = fc.constantFrom('keys', 'messages', 's', 'at', 'members')
  const page: fc.Arbitrary<Page> = fc.oneof(
    fc.constantFrom<Page>({ name: 'overview' }, { name: 'topics' }, { name: 'groups' }, { name: 'brokers' }),
    fc
      .tuple(
        fc.constantFrom(...labInstruments),
        fc.dictionary(setting, fc.string({ unit: 'grapheme' }), { noNullPrototype: true }),
      )
      .map(([instrument, settings]): Page => ({ name: 'lab', instrument, settings })),
    name.map((topic): Page => ({ name: 'topic', topic })),
    name.map((group): Page => ({ name: 'group', group })),
    fc
      .tuple(name, fc.nat(999_999))
      .map(([topic, partition]): Page => ({ name: 'partition', topic, partition })),
  )
  fc.assert(
    fc.property(page, fc.constantFrom({}, { measure: 'lag' }, { by: 'rack', pick: '7' }), (place, view) => {
      assert.deepEqual(parseRoute(printRoute({ page: place, view })), { page: place, view })
    }),
  )
})

test('Esc leads up to the overview and no further', () => {
  const path: string[] = []
  for (let page: Page | undefined = parseRoute('/topics/a/1').page; page !== undefined; page = parentOf(page))
    path.push(pathOf(page))
  assert.deepEqual(path, ['/topics/a/1', '/topics/a', '/topics', '/'])
})
