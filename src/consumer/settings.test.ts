import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LanekeeperError } from '../core/model/index.ts'
import type { ConsumedRecord } from './delivery.ts'
import { commitPauseMs, type ConsumerOptions, settingsFrom } from './settings.ts'

const options: ConsumerOptions = { group: 'g', topics: ['t'], handler: () => undefined }

const problems = (wrong: Partial<ConsumerOptions>): readonly string[] => {
  try {
    settingsFrom({ ...options, ...wrong })
    return []
  } catch (error) {
    assert.ok(error instanceof LanekeeperError && error.code === 'USAGE')
    return error.problems
  }
}

test('everything that is wrong is told at once', () => {
  assert.deepEqual(
    problems({
      group: '',
      topics: [],
      concurrency: 0,
      windowRecords: 1.5,
      retry: { attempts: 0, jitter: 2 },
      onFailure: { policy: 'park-key', keysMax: 0 },
    }),
    [
      'group must not be empty',
      'topics must name at least one topic',
      'concurrency must be a whole number from 1',
      'windowRecords must be a whole number from 1',
      'retry.attempts must be a whole number from 1',
      'onFailure.keysMax must be a whole number from 1',
      'retry.jitter must be between 0 and 1',
    ],
  )
})

test('records or batches, one of both; batches have the order of the partition, and no say about single records', () => {
  const { handler: _handler, ...neither } = options
  const wrong = (rest: Partial<ConsumerOptions>): readonly string[] => {
    try {
      settingsFrom({ ...neither, ...rest })
      return []
    } catch (error) {
      assert.ok(error instanceof LanekeeperError && error.code === 'USAGE')
      return error.problems
    }
  }
  const handleBatch = (): void => undefined
  assert.deepEqual(wrong({}), ['give handler, or handleBatch'])
  assert.deepEqual(wrong({ handler: () => undefined, handleBatch }), ['give handler, or handleBatch'])
  assert.deepEqual(wrong({ handleBatch }), [])
  assert.deepEqual(wrong({ handleBatch, ordering: 'partition', onFailure: { policy: 'stop' } }), [])
  assert.deepEqual(
    wrong({
      handleBatch,
      ordering: 'key',
      onFailure: { policy: 'park-key' },
      decode: () => undefined,
      maxPollRecords: 0,
    }),
    [
      'handleBatch takes the records of a partition in order: ordering cannot be key',
      'a batch that fails does not say which record did: onFailure cannot be park-key with handleBatch',
      'decode goes with handler: decode the records of a batch in handleBatch',
      'maxPollRecords must be a whole number from 1',
    ],
  )
})

test('a consumer does not consume its own dead letters', () => {
  assert.deepEqual(problems({ onFailure: { policy: 'dead-letter', topic: 't' } }), [
    'the dead-letter topic t is among the consumed topics',
  ])
  assert.deepEqual(problems({ onFailure: { policy: 'dead-letter', topic: 'other' } }), [])
})

test('what decode makes of a record is handed to the handler; what it throws is named with its place', () => {
  const seen: number[] = []
  const { handler } = settingsFrom<number>({
    group: 'g',
    topics: ['t'],
    decode: ({ value }) => {
      if (value === null) throw new SyntaxError('nothing there')
      return value.length
    },
    handler: (_record, length) => void seen.push(length),
  })
  const record = {
    topic: 't',
    partition: 1,
    offset: 7,
    value: Uint8Array.of(1, 2),
  } as unknown as ConsumedRecord
  assert.ok(handler !== null)
  void handler(record)
  assert.deepEqual(seen, [2])
  assert.throws(() => void handler({ ...record, value: null }), {
    code: 'RECORD_UNDECODABLE',
    message: 't-1 offset 7 cannot be decoded: nothing there',
  })
})

test('commits follow processing as fast as the coordinator bears it, or at the interval, or not at all', () => {
  const pause = (commit: 'after-processing' | 'periodic' | 'manual', partitions: number) =>
    commitPauseMs({ commit, autoCommitIntervalMs: 5000 }, partitions)
  assert.deepEqual(
    [1, 12, 100, 1000].map(partitions => pause('after-processing', partitions)),
    [100, 100, 400, 1000],
  )
  assert.equal(pause('periodic', 1), 5000)
  assert.equal(pause('manual', 1), null)
})
