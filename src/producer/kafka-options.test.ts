import assert from 'node:assert/strict'
import { test } from 'node:test'
import { kafkaOptionNames, readKafkaOptions, unknownOption } from './kafka-options.ts'
import { defaultProducerOptions } from './options.ts'

test('nothing given: the defaults, for order and safety', () => {
  const { options, problems } = readKafkaOptions({})
  assert.deepEqual(problems, [])
  assert.deepEqual(options, defaultProducerOptions)
  assert.equal(options.acks, -1)
  assert.equal(options.idempotent, true)
})

test('numbers may be text, as in a properties file; max.block.ms also bounds the wait for a topic', () => {
  const { options, maxBlockMs, problems } = readKafkaOptions({
    acks: '1',
    'enable.idempotence': 'false',
    'linger.ms': '7',
    'batch.size': 2048,
    'compression.type': 'zstd',
    'max.in.flight.requests.per.connection': '5',
    'max.block.ms': 900,
  })
  assert.deepEqual(problems, [])
  assert.deepEqual(
    [options.acks, options.idempotent, options.lingerMs, options.batchBytes, options.compression],
    [1, false, 7, 2048, 'zstd'],
  )
  assert.deepEqual([options.requestsInFlightMax, maxBlockMs, options.unknownTopicMs], [5, 900, 900])
})

test('everything that is wrong is told at once, by the names that were written', () => {
  const { problems } = readKafkaOptions({
    acks: '0',
    'enable.idempotence': 'yes',
    'linger.ms': 'soon',
    'batch.size': 10,
    'compression.type': 'lzma',
    'buffer.memory': 5,
    'delivery.timeout.ms': 3,
    'max.in.flight.requests.per.connection': 6,
    'retry.backoff.ms': 0,
  })
  assert.deepEqual(
    [
      /acks=0 is not offered/,
      /enable\.idempotence "yes"/,
      /linger\.ms "soon" is not a number/,
      /batch\.size 10 is below 1024/,
      /compression\.type "lzma" is not one of none, gzip/,
      /buffer\.memory 5 is below max\.request\.size/,
      /delivery\.timeout\.ms 3 leaves no time/,
      /max\.in\.flight\.requests\.per\.connection 6/,
      /retry\.backoff\.ms 0 is not above 0/,
    ].filter(expected => !problems.some(problem => expected.test(problem))),
    [],
    problems.join('\n'),
  )
  assert.equal(problems.length, 9)
})

test('idempotence and acks=1 contradict each other', () => {
  assert.match(readKafkaOptions({ acks: 1 }).problems.join(), /acks=1 contradicts enable\.idempotence/)
})

test('an unknown name is told with the nearest one; retries has an answer of its own', () => {
  assert.equal(
    unknownOption('linger.mss', kafkaOptionNames),
    'linger.mss is not an option; did you mean linger.ms?',
  )
  assert.match(unknownOption('retries', kafkaOptionNames), /until delivery\.timeout\.ms is over/)
})
