import assert from 'node:assert/strict'
import { mock, type TestContext, test } from 'node:test'
import { createAddressBar } from './address-bar.ts'

const start = (t: TestContext) => {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.after(() => mock.timers.reset())
  const written: string[] = []
  let address = '/'
  const write =
    (kind: string) =>
    (next: string): void => {
      written.push(`${kind} ${next}`)
      address = next
    }
  const bar = createAddressBar({ here: () => address, replace: write('replace'), push: write('push') })
  return { bar, written }
}

test('the first change at once, then the last of those that follow closely', t => {
  const { bar, written } = start(t)
  for (let step = 0; step < 100; step++) {
    bar.replace(`/?moment=${step}`)
    mock.timers.tick(16)
  }
  mock.timers.tick(1000)
  assert.equal(written[0], 'replace /?moment=0')
  assert.equal(written.at(-1), 'replace /?moment=99')
  assert.ok(written.length < 12, `${written.length} writes in 1.6 s`)
  mock.timers.tick(1000)
  bar.replace('/?moment=7')
  assert.equal(written.at(-1), 'replace /?moment=7', 'after a pause at once again')
})

test('another place first finishes this one; going back does not bring a late state with it', t => {
  const { bar, written } = start(t)
  bar.replace('/?a=1')
  bar.replace('/?a=2')
  bar.push('/topics')
  bar.push('/topics')
  bar.replace('/topics?b=1')
  bar.forget()
  mock.timers.tick(1000)
  assert.deepEqual(written, ['replace /?a=1', 'replace /?a=2', 'push /topics'])
})
