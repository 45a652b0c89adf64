import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { ManualClock } from '../../../test/support/manual-clock.ts'
import type { PostMessage } from '../../ports/webhook.ts'
import { createCourier } from './deliver.ts'

const ops = { name: 'ops', url: 'http://ops/hook', secret: 'secret' }

const setUp = (answer: (n: number, message: PostMessage) => number | Error, webhooks = [ops]) => {
  const clock = new ManualClock()
  const sent: { atMs: number; message: PostMessage }[] = []
  const courier = createCourier(webhooks, {
    clock,
    post: async message => {
      sent.push({ atMs: clock.nowMs, message })
      const outcome = answer(sent.length, message)
      if (outcome instanceof Error) throw outcome
      return outcome
    },
  })
  return { clock, sent, courier }
}

test('delivered at once, signed with the time of the try over the very bytes', async () => {
  const { clock, sent, courier } = setUp(() => 204)
  courier.send('ops', 'hot fired', { kind: 'firing' })
  await clock.settle()
  const message = sent[0]?.message
  assert.ok(message !== undefined)
  assert.match(message.body, /^\{"delivery":"[0-9a-f-]{36}","kind":"firing"\}$/)
  const [time, mac] = (message.headers['x-lanekeeper-signature'] ?? '').split(',')
  assert.equal(time, `t=${Math.floor(clock.wallMs() / 1000)}`)
  const expected = createHmac('sha256', 'secret')
    .update(`${time?.slice(2)}.${message.body}`)
    .digest('hex')
  assert.equal(mac, `v1=${expected}`)
  assert.deepEqual(
    courier.deliveries().map(({ state, tries, status }) => [state, tries, status]),
    [['sent', 1, 204]],
  )
})

test('tried again with back-off: the same bytes, the same id, until it is taken', async () => {
  const { clock, sent, courier } = setUp(n => (n === 1 ? new Error('ECONNREFUSED') : n < 4 ? 503 : 200))
  courier.send('ops', 'hot fired', {})
  await clock.advance(60_000)
  assert.deepEqual(
    sent.map(({ atMs }) => atMs),
    [0, 1_000, 3_000, 7_000],
  )
  assert.equal(new Set(sent.map(({ message }) => message.body)).size, 1)
  assert.equal(courier.deliveries()[0]?.state, 'sent')
  assert.equal(courier.deliveries()[0]?.tookMs, 7_000)
})

test('given up after eight tries, or at once when the message itself is refused, and said so', async () => {
  const down = setUp(() => 500)
  down.courier.send('ops', 'hot fired', {})
  await down.clock.advance(600_000)
  assert.equal(down.sent.length, 8)
  assert.deepEqual(
    down.courier.deliveries().map(({ state, tries, error }) => [state, tries, error]),
    [['failed', 8, 'it answered 500']],
  )
  const refused = setUp(() => 404)
  refused.courier.send('ops', 'hot fired', {})
  await refused.clock.advance(600_000)
  assert.equal(refused.sent.length, 1)
  const busy = setUp(n => (n === 1 ? 429 : 200))
  busy.courier.send('ops', 'hot fired', {})
  await busy.clock.advance(5_000)
  assert.equal(busy.courier.deliveries()[0]?.state, 'sent')
})

test('in order for one webhook; one that is down delays nobody else; its queue is bounded', async () => {
  const { clock, sent, courier } = setUp(
    (_, { url }) => (url === 'http://down' ? 500 : 200),
    [ops, { name: 'down', url: 'http://down', secret: 'x' }],
  )
  for (let i = 0; i < 60; i++) {
    courier.send('down', `message ${i}`, { i })
    if (i < 20) courier.send('ops', `message ${i}`, { i })
  }
  await clock.advance(1_000)
  const numbers = sent.flatMap(({ message }) =>
    message.url === 'http://ops/hook' ? [(JSON.parse(message.body) as { i: number }).i] : [],
  )
  assert.deepEqual(
    numbers,
    Array.from({ length: 20 }, (_, i) => i),
  )
  const lost = courier.deliveries().filter(each => each.webhook === 'down' && each.state === 'failed')
  assert.ok(lost.length > 0 && lost.every(each => /more than 50/.test(each.error ?? '')))
  const closing = courier.close()
  await clock.settle()
  await closing
  assert.ok(courier.deliveries().some(each => /ended before/.test(each.error ?? '')))
  courier.send('nobody', 'x', {})
})
