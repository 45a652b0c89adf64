import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '../../test/support/manual-clock.ts'
import { LanekeeperError } from '../core/model/index.ts'
import type { ProducerRecord } from './outcome.ts'
import { sendFrom } from './send-from.ts'

const record: ProducerRecord = { topic: 't', key: 'k', value: 'v' }

/** Takes `room` records and is full then, until it is emptied. */
const narrow = (room: number) => {
  let waiting: (() => void)[] = []
  let held = 0
  return {
    taken: 0,
    send() {
      this.taken++
      return ++held < room
    },
    drained: () => (held < room ? Promise.resolve() : new Promise<void>(resolve => waiting.push(resolve))),
    empty() {
      held = 0
      for (const goOn of waiting) goOn()
      waiting = []
    },
  }
}

const from = (producer: ReturnType<typeof narrow>, clock: ManualClock, records: number, isClosed = false) => {
  const asked = { count: 0 }
  const source = (function* () {
    for (; asked.count < records; asked.count++) yield record
  })()
  const sent = sendFrom(producer, source, {
    clock,
    maxBlockMs: 1_000,
    isClosed: () => isClosed,
    onOutcome: undefined,
  }).catch((error: unknown) => error)
  return { asked, sent }
}

test('a source is asked for no more than there is room for', async () => {
  const [clock, producer] = [new ManualClock(), narrow(10)]
  const { asked, sent } = from(producer, clock, 25)
  await clock.advance(500)
  assert.deepEqual([asked.count, producer.taken], [9, 10])
  producer.empty()
  await clock.advance(500)
  assert.equal(producer.taken, 20)
  producer.empty()
  await clock.advance(1)
  assert.equal(await sent, 25)
})

test('no room for the deadline: BUFFER_FULL, and the source is left where it was', async () => {
  const [clock, producer] = [new ManualClock(), narrow(10)]
  const { asked, sent } = from(producer, clock, 25)
  await clock.advance(1_500)
  const error = await sent
  assert.ok(error instanceof LanekeeperError)
  assert.equal(error.code, 'BUFFER_FULL')
  assert.equal(asked.count, 9)
})

test('a closed producer takes nothing more from a source', async () => {
  const producer = narrow(10)
  const { sent } = from(producer, new ManualClock(), 25, true)
  const error = await sent
  assert.equal(error instanceof LanekeeperError && error.code, 'PRODUCER_CLOSED')
  assert.equal(producer.taken, 0)
})
