import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { LanekeeperError } from '../core/model/index.ts'
import { loadWorkload, type StatedWorkload } from './workload.ts'
import { workloadSchemaText } from './workload-schema.ts'

const load = (text: string): StatedWorkload => loadWorkload(text, 'w')

const problemsOf = (text: string): readonly string[] => {
  try {
    load(text)
  } catch (error) {
    assert.ok(error instanceof LanekeeperError, String(error))
    assert.equal(error.code, 'CONFIG_INVALID')
    return error.problems
  }
  return []
}

const least = `name: plain
rate: {records: 100000, per: second, is: peak}
topics:
  - name: events
    record-bytes: 1000
    ordering: none
`

test('a short file leaves what it does not say unsaid', () => {
  const { workload, limits } = load(least)
  assert.deepEqual(limits, {})
  const { consumersWanted, headroom, producers, lingerMs, batchBytes, cluster } = workload
  assert.deepEqual(
    [consumersWanted, headroom, producers, lingerMs, batchBytes],
    [null, null, null, null, null],
  )
  assert.deepEqual(cluster, { brokers: 3, replicationFactor: 3, minInsyncReplicas: 2, retentionHours: 24 })
  assert.equal(workload.topics[0]?.consumerRecordsPerSecond, null)
})

test('figures say where they come from; time for a record is a rate', () => {
  const { workload, limits } = load(`name: w
rate: {sources: 100000, records: 6, per: minute, is: average, peaks: {season: 10}}
producers: {count: {value: 12, source: measured}}
topics:
  - name: a
    record-bytes: 1
    ordering: none
    consumer: {ms-per-record: {value: 5, source: measured}}
    key: {field: region, values: {eu: 0.5, us: 0.5, __proto__: 0.005}}
    alternatives: [{field: region + id, distinct: 90}]
limits:
  partition-bytes-per-second: {value: 25000000, source: measured}
  replicas-per-broker-max: 2000
`)
  assert.deepEqual(workload.producers, { value: 12, source: 'measured' })
  assert.deepEqual(workload.topics[0]?.consumerRecordsPerSecond, { value: 200, source: 'measured' })
  assert.deepEqual(limits, {
    partitionBytesPerSecond: { value: 25_000_000, source: 'measured' },
    replicasPerBrokerMax: { value: 2000, source: 'given' },
  })
  assert.deepEqual([workload.rate.seasonFactor, workload.rate.timeOfDayFactor], [10, null])
  const key = workload.topics[0]?.key
  assert.equal(key?.distinct, 3)
  assert.ok(key?.skew.kind === 'values')
  const sum = [...key.skew.shares.values()].reduce((all, share) => all + share, 0)
  assert.ok(Math.abs(sum - 1) < 1e-12)
  assert.equal(workload.topics[0]?.alternatives[0]?.splits, 30)
})

test('bad values: all at once, each with its place and what to do', () => {
  assert.deepEqual(
    problemsOf(`name: w
rate: {records: -5, per: fortnight, is: peak}
consumers: 0
cluster: {brokers: 2.5}
topics:
  - name: a
    record-bytes: 1e3
    ordering: none
    weight: 0
    consumer: {records-per-second: 0, recods: 3}
limits:
  peak-factor: {value: 3, source: guessed}
  linger-ms: fast
  producers: {value: 3, from: here}
`),
    [
      'w:2:17: rate.records must be a plain number from 0.000001 to 1000000000000, such as 100000; -5 is not',
      'w:2:26: rate.per must be one of second, minute, hour, day; "fortnight" is not',
      'w:3:12: consumers must be a whole number from 1 to 1000000, such as 20; 0 is not',
      'w:4:20: cluster.brokers must be a whole number from 1 to 10000, such as 3; 2.5 is not',
      'w:7:19: topics[0].record-bytes must be written as digits only; instead of 1e3 write 1000',
      'w:9:13: topics[0].weight must be a plain number from 0.000001 to 1000000, such as 2; 0 is not',
      'w:10:36: topics[0].consumer.records-per-second must be a plain number from 0.001 to 1000000000, such as 50000; 0 is not',
      'w:10:39: topics[0].consumer has no key recods; it may have records-per-second, ms-per-record',
      'w:12:16: limits.peak-factor must be a number, or {value: 3, source: given or measured}',
      'w:13:14: limits.linger-ms must be a plain number from 0 to 3600000, such as 5; "fast" is not',
      'w:14:14: limits.producers must be a number, or {value: 10, source: given or measured}',
    ],
  )
})

test('contradictions: values that are right alone and not together', () => {
  assert.deepEqual(
    problemsOf(`name: w
rate:
  records: 5
  per: second
  is: peak
  peaks: {season: 3}
headroom: {low: 2, high: 1.5}
cluster: {brokers: 2, replication-factor: 3, min-insync-replicas: 4}
topics:
  - {name: a, record-bytes: 1, ordering: per-key}
  - name: a
    record-bytes: 1
    ordering: none
    consumer: {records-per-second: 5, ms-per-record: 5}
    key: {field: k, distinct: 100, heaviest-share: 0.001, zipf: 1}
  - name: c
    record-bytes: 1
    ordering: none
    key: {field: k, distinct: 3, values: {x: 0.5, y: 0.1}}
    alternatives: [{field: j}]
events:
  - {name: e, topic: nope, surge: {rate-factor: 2, minutes: 1}, wave: {records-each: 1, within-seconds: 1}}
  - {name: f}
  - {name: g, topic: c, hot-keys: {keys: 9, share: 0.5, minutes: 1}}
`),
    [
      'w:6:10: rate.peaks contradicts rate.is: peak, which says that the rate is already the peak; remove peaks, or write is: average',
      'w:7:17: headroom.low 2 is above high, 1.5; swap them',
      'w:8:43: cluster.replication-factor 3 needs 3 brokers and there are 2; raise cluster.brokers or lower it',
      'w:8:67: cluster.min-insync-replicas 4 is more than the replication factor 3: no write with acks=all would ever be accepted',
      'w:10:42: topics[0].ordering is per-key, but the topic states no key; add key, or write ordering: none',
      'w:11:11: topics[1].name a is there already as topics[0]; keep one of them',
      'w:14:54: topics[1].consumer.ms-per-record says the same as records-per-second once more; keep one of them',
      'w:15:52: topics[1].key.heaviest-share and zipf both say how records spread; keep one of them',
      'w:15:52: topics[1].key.heaviest-share 0.001 is less than an equal part of 100 values, 0.01; the heaviest cannot be lighter than the mean',
      'w:19:31: topics[2].key.distinct is 3, and 2 values are listed; remove distinct',
      'w:19:42: topics[2].key.values must add up to 1; they add up to 0.6',
      'w:20:20: topics[2].alternatives[0].distinct is missing; write how many values there are, such as 300000, or list them under values',
      'w:22:22: events[0].topic names nope, which topics does not have',
      'w:22:5: events[0] must say exactly one of surge, hot-keys, wave, outage; it says 2',
      'w:23:5: events[1] must say exactly one of surge, hot-keys, wave, outage; it says none',
      'w:24:42: events[2].hot-keys.keys 9 is more than the 2 values of the key of c',
    ].toSorted((a, b) => place(a) - place(b)),
  )
})

const place = (problem: string): number => {
  const [, line, column] = problem.split(':')
  return Number(line) * 1000 + Number(column)
}

test('the examples are valid, name their schema, and the published schema is current', () => {
  const examples = new URL('../../examples/', import.meta.url)
  const names = readdirSync(examples)
  assert.ok(names.length >= 4)
  for (const name of names) {
    const text = readFileSync(new URL(`${name}/workload.yaml`, examples), 'utf8')
    assert.deepEqual(problemsOf(text), [], name)
    assert.equal(text.split('\n', 1)[0], '# yaml-language-server: $schema=../../schema/workload.schema.json')
  }
  const published = readFileSync(new URL('../../schema/workload.schema.json', import.meta.url), 'utf8')
  assert.equal(published, workloadSchemaText(), 'run scripts/write-config-schema.ts')
})
