import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { test } from 'node:test'
import { LanekeeperError } from '../core/model/index.ts'
import type { OnOutcome, Outcome, ProducerRecord } from '../producer/outcome.ts'
import { ProducerWritable } from './producer-writable.ts'

const record = (index: number): ProducerRecord => ({ topic: 't', key: `k${index}`, value: 'v' })
const acknowledged: Outcome = { kind: 'acknowledged', topic: 't', partition: 0, offset: 0, timestampMs: 0 }

/** Tells `outcomeOf` of each record when it is flushed. */
const producerThat = (outcomeOf: (index: number) => Outcome) => {
  const taken: [ProducerRecord, OnOutcome | undefined][] = []
  return {
    taken,
    send: (one: ProducerRecord, onOutcome?: OnOutcome) => taken.push([one, onOutcome]) % 3 !== 0,
    flush: () => {
      for (const [index, [one, onOutcome]] of taken.entries()) onOutcome?.(outcomeOf(index), one)
      return Promise.resolve()
    },
  }
}

test('a pipeline ends when every record has its outcome, and waits where there is no room', async () => {
  const producer = producerThat(() => acknowledged)
  let waits = 0
  const writable = new ProducerWritable(producer, async () => void waits++, null)
  await pipeline(Readable.from([1, 2, 3, 4, 5, 6, 7].map(record)), writable)
  assert.equal(producer.taken.length, 7)
  assert.equal(waits, 2)
})

test('what is not written destroys the stream with the reason, unless somebody listens', async () => {
  for (const [outcome, code] of [
    [{ kind: 'failed', code: 'RECORD_TOO_LARGE', retriable: false, why: 'too large' }, 'RECORD_TOO_LARGE'],
    [{ kind: 'in-doubt', why: 'nobody answered' }, 'DELIVERY_IN_DOUBT'],
  ] as const) {
    const producer = producerThat(index => (index === 1 ? outcome : acknowledged))
    const room = (): Promise<void> => Promise.resolve()
    await assert.rejects(
      pipeline(Readable.from([1, 2].map(record)), new ProducerWritable(producer, room, null)),
      (error: unknown) => error instanceof LanekeeperError && error.code === code,
    )
    const heard: Outcome['kind'][] = []
    const again = producerThat(index => (index === 1 ? outcome : acknowledged))
    await pipeline(
      Readable.from([1, 2].map(record)),
      new ProducerWritable(again, room, told => heard.push(told.kind)),
    )
    assert.deepEqual(heard, ['acknowledged', outcome.kind])
  }
})

test('no room in time ends the pipeline with that', async () => {
  const full = new LanekeeperError('BUFFER_FULL', 'full')
  const producer = { send: () => false, flush: () => Promise.resolve() }
  const writable = new ProducerWritable(producer, () => Promise.reject(full), null)
  await assert.rejects(pipeline(Readable.from([record(1)]), writable), full)
})
