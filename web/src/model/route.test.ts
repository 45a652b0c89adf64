import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Page, parentOf, parseRoute, pathOf, printRoute } from './route.ts'

test('the address carries place and view', () => {
  assert.deepEqual(parseRoute('/topics/user-actions/417?measure=lag&by=broker&junk=1'), {
    page: { name: 'partition', topic: 'user-actions', partition: 417 },
    view: { measure: 'lag', by: 'broker' },
  })
})

test('an address that is none is said to be none, never shown as another page', () => {
  for (const path of ['/nope', '/topics/a/b', '/topics/a/1/2', '/groups/a/b', '/topics/a/-1'])
    assert.deepEqual(parseRoute(path).page, { name: 'missing', path })
})

test('a percent sign typed by hand breaks nothing', () => {
  assert.deepEqual(parseRoute('/groups/50%').page, { name: 'group', group: '50%' })
})

test('printing and parsing are inverse for any name', () => {
  const name = fc.string({ minLength: 1, unit: 'grapheme' }).filter(text => text !== '.' && text !== '..')
  const page: fc.Arbitrary<Page> = fc.oneof(
    fc.constantFrom<Page>({ name: 'overview' }, { name: 'topics' }, { name: 'groups' }, { name: 'brokers' }),
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
