import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Clock } from '../../ports/clock.ts'
import { BrokerBook } from './addresses.ts'
import { untilVisible } from './until-visible.ts'

const book = new BrokerBook([1, 2, 3].map(port => ({ host: 'broker', port })))

/** Time passes only by waiting. */
const clockOfWaits = (): Clock => {
  let nowMs = 0
  return {
    wallMs: () => nowMs,
    monotonicMs: () => nowMs,
    after: (delayMs, action) => {
      setImmediate(() => {
        nowMs += delayMs
        action()
      })
      return { cancel: () => undefined }
    },
    soon: action => void setImmediate(action),
  }
}

test('a change is visible when the slowest broker shows it', async () => {
  const looks = new Map<number, number>()
  const visible = await untilVisible(clockOfWaits(), book, 1000, ({ address: { port } }) => {
    const look = (looks.get(port) ?? 0) + 1
    looks.set(port, look)
    return Promise.resolve(look >= port)
  })
  assert.equal(visible, true)
  assert.equal(looks.get(3), 3)
})

test('brokers that do not answer are not waited for', async () => {
  const visible = await untilVisible(clockOfWaits(), book, 1000, ({ address: { port } }) =>
    port === 1 ? Promise.reject(new Error('down')) : Promise.resolve(true),
  )
  assert.equal(visible, true)
})

test('nobody answering is not visible, and the deadline ends the waiting', async () => {
  const clock = clockOfWaits()
  assert.equal(await untilVisible(clock, book, 1000, () => Promise.reject(new Error('down'))), false)
  assert.ok(clock.monotonicMs() >= 1000)
})
