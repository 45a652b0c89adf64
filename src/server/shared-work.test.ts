import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sharedWork } from './shared-work.ts'

const work = () => {
  const begun: { readonly signal: AbortSignal; readonly end: PromiseWithResolvers<string> }[] = []
  const shared = sharedWork(signal => {
    const end = Promise.withResolvers<string>()
    begun.push({ signal, end })
    return end.promise
  })
  return { begun, shared }
}

const staying = new AbortController().signal

test('begun once for all who wait; one who goes leaves the others their answer', async () => {
  const { begun, shared } = work()
  const going = new AbortController()
  const [first, second] = [shared.join(going.signal), shared.join(staying)]
  going.abort(new Error('gone'))
  await assert.rejects(first, /gone/)
  assert.equal(begun.length, 1)
  assert.equal(begun[0]?.signal.aborted, false)
  begun[0]?.end.resolve('answer')
  assert.equal(await second, 'answer')
  assert.equal(await shared.join(staying), 'answer', 'and it is kept')
  assert.equal(begun.length, 1)
})

test('given up with the last who waits, and begun anew by the next', async () => {
  const { begun, shared } = work()
  const going = new AbortController()
  const all = [shared.join(going.signal), shared.join(going.signal)]
  going.abort(new Error('gone'))
  await Promise.all(all.map(each => assert.rejects(each, /gone/)))
  assert.equal(begun[0]?.signal.aborted, true)
  const next = shared.join(staying)
  begun[1]?.end.resolve('again')
  assert.equal(await next, 'again')
})

test('what failed is not kept', async () => {
  const { begun, shared } = work()
  const first = shared.join(staying)
  begun[0]?.end.reject(new Error('busy'))
  await assert.rejects(first, /busy/)
  const second = shared.join(staying)
  begun[1]?.end.resolve('now')
  assert.equal(await second, 'now')
})
