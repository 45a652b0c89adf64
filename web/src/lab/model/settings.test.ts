import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { moveTo, scriptSetting, stateAt, STEPS_MAX, take } from './script.ts'
import { codecOf, decimal, oneOf, orNone, someOf, splitWords, whole, words } from './settings.ts'

const codec = codecOf({
  keys: oneOf(['uniform', 'zipf'], 'zipf'),
  partitions: whole(1, 1000, 12),
  share: decimal(0.01, 0.99, 0.2),
  consumers: orNone(whole(1, 100, 1)),
  typed: words(['alice', 'bob'], 5, 10),
  compared: someOf(['a', 'b', 'c'], ['a', 'c']),
  s: scriptSetting(word => /^[pf]\d?$/.test(word), ['p', 'f1']),
})

test('the standard is an empty address, and an empty address the standard', () => {
  assert.deepEqual(codec.print(codec.read({})), {})
  assert.deepEqual(codec.read({}).typed, ['alice', 'bob'])
  assert.deepEqual(codec.read({}).s, { steps: ['p', 'f1'], at: 0 })
})

test('nonsense is the standard, value by value', () => {
  const read = codec.read({
    keys: 'none',
    partitions: '1001',
    share: '1e-1',
    consumers: '-1',
    typed: ',,',
    s: 'p.q9',
    junk: 'x',
  })
  assert.deepEqual(read, codec.read({}))
  assert.equal(codec.read({ partitions: '0x10' }).partitions, 12)
  assert.equal(codec.read({ partitions: '1000' }).partitions, 1000)
})

test('what is printed is read back', () => {
  const step = fc.constantFrom('p', 'f1', 'f2')
  const shape = fc.record(
    {
      keys: fc.constantFrom('uniform' as const, 'zipf' as const),
      partitions: fc.integer({ min: 1, max: 1000 }),
      share: fc.integer({ min: 1, max: 99 }).map(percent => percent / 100),
      consumers: fc.option(fc.integer({ min: 1, max: 100 })),
      typed: fc.array(fc.stringMatching(/^[a-z]{1,10}$/), { minLength: 1, maxLength: 5 }),
      compared: fc.subarray(['a', 'b', 'c'] as const),
      s: fc.array(step, { maxLength: 20 }).chain(steps => fc.nat(steps.length).map(at => ({ steps, at }))),
    },
    { noNullPrototype: true },
  )
  fc.assert(
    fc.property(shape, value => {
      assert.deepEqual(codec.read(codec.print(value)), value)
    }),
  )
})

test('a step taken in the middle replaces what came after; the list has an end', () => {
  const script = { steps: ['p', 'f1', 'f2'], at: 1 }
  assert.deepEqual(take(script, 'f3'), { steps: ['p', 'f3'], at: 2 })
  assert.deepEqual(moveTo(script, 9).at, 3)
  assert.deepEqual(moveTo(script, -1).at, 0)
  assert.equal(
    stateAt(script, '', (text, step) => text + step),
    'p',
  )
  const full = { steps: Array<string>(STEPS_MAX).fill('p'), at: STEPS_MAX }
  assert.equal(take(full, 'p').steps.length, STEPS_MAX)
})

test('typed words are parted by commas and lines', () => {
  assert.deepEqual(splitWords(' alice, bob\n\ncarol,,'), ['alice', 'bob', 'carol'])
})
