import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LanekeeperError } from '../core/model/index.ts'
import { oneOf } from './one-of.ts'

const refusal = (text: string): LanekeeperError => {
  try {
    oneOf('--convention', text, ['java', 'librdkafka-murmur2', 'librdkafka-fnv1a', 'kafkajs-legacy'])
  } catch (error) {
    return error as LanekeeperError
  }
  throw new Error(`${text} was taken`)
}

test('one of the names is taken as it is', () => {
  assert.equal(oneOf('--until', 'end', ['end', 'forever']), 'end')
})

test('another is refused with what may be, and with what was probably meant', () => {
  assert.equal(
    refusal('php').message,
    '--convention php: not one of java, librdkafka-murmur2, librdkafka-fnv1a, kafkajs-legacy.',
  )
  assert.equal(refusal('php').fix, 'Write --convention java, for example.')
  assert.equal(refusal('').fix, 'Write --convention java, for example.')
  assert.equal(refusal('jvaa').fix, 'Did you mean --convention java?')
  assert.equal(refusal('librdkafka').fix, 'Did you mean --convention librdkafka-murmur2 or librdkafka-fnv1a?')
})
