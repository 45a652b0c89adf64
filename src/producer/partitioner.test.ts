import assert from 'node:assert/strict'
import { test } from 'node:test'
import { partitionCount, utf8Bytes } from '../core/model/index.ts'
import {
  conventionNames,
  explicitStrategy,
  isolateStrategy,
  roundRobinStrategy,
  routeKey,
  saltedStrategy,
  stickyStrategy,
} from '../core/routing/index.ts'
import type { ProducerRecord } from './outcome.ts'
import {
  ANY_PARTITION,
  conventionPartitioner,
  functionPartitioner,
  misfitOn,
  NO_PARTITION,
  type Partitioner,
  strategyPartitioner,
} from './partitioner.ts'

const random = { next: () => 0.5 }

const place = (partitioner: Partitioner, key: string | null, count = 12): number => {
  const bytes = key === null ? null : utf8Bytes(key, partitioner.loneSurrogate)
  const record: ProducerRecord = { topic: 't', key, value: 'v' }
  return partitioner.partitionOf(record, bytes, bytes?.length ?? -1, count)
}

test('every convention places keys as routeKey does, and spreads or refuses where it says so', () => {
  const keys = ['a', 'user-0000042', 'größe 🙂', '', '\ud800', null]
  for (const name of conventionNames)
    for (const key of keys) {
      const expected = routeKey(name, key, partitionCount(12))
      const got = place(conventionPartitioner(name, random), key)
      if (typeof expected === 'number') assert.equal(got, expected, `${name} ${key}`)
      else if (expected === 'refused') assert.equal(got, NO_PARTITION, `${name} ${key}`)
      else if (expected === 'sticky') assert.equal(got, ANY_PARTITION, `${name} ${key}`)
      else assert.ok(got >= 0 && got < 12, `${name} ${key}: ${got}`)
    }
})

test('a strategy that adds lanes gets the last of the topic’s partitions, and no other key moves', () => {
  const partitioner = strategyPartitioner(isolateStrategy([utf8Bytes('hot')]), 'java', key => ({ key }))
  assert.equal(place(partitioner, 'hot'), 11)
  for (const key of ['a', 'b', 'c'])
    assert.equal(place(partitioner, key), routeKey('java', key, partitionCount(11)))
  assert.match(String(misfitOn(isolateStrategy([utf8Bytes('hot')]), 1)), /needs 1 partitions of its own/)
  assert.equal(place(partitioner, 'a', 1), NO_PARTITION)
  assert.match(partitioner.whyRefused(1), /the topic has 1/)
})

test('records that may take several lanes take them in turn; sticky fills a batch', () => {
  const salted = strategyPartitioner(saltedStrategy(3), 'java', key => ({ key }))
  const lanes = saltedStrategy(3).lanesOf({ key: utf8Bytes('k') }, partitionCount(12))
  assert.deepEqual(
    [place(salted, 'k'), place(salted, 'k'), place(salted, 'k'), place(salted, 'k')],
    [...lanes, lanes[0]],
  )
  const robin = strategyPartitioner(roundRobinStrategy(), 'java', key => ({ key }))
  assert.deepEqual(
    Array.from({ length: 4 }, () => place(robin, 'k', 3)),
    [0, 1, 2, 0],
  )
  assert.equal(
    place(
      strategyPartitioner(stickyStrategy(), 'java', key => ({ key })),
      'k',
    ),
    ANY_PARTITION,
  )
})

test('a record that its strategy cannot place is refused with the reason', () => {
  const explicit = strategyPartitioner(explicitStrategy(), 'java', key => ({ key }))
  assert.equal(place(explicit, 'k'), NO_PARTITION)
  assert.match(explicit.whyRefused(12), /explicit gives this record no partition/)
})

test('a function decides, leaves to the convention, or is told what is wrong with its answer', () => {
  const java = conventionPartitioner('java', random)
  const choose = (answer: unknown) => functionPartitioner(() => answer as number | null, java)
  assert.equal(place(choose(7), 'k'), 7)
  assert.equal(place(choose(null), 'k'), routeKey('java', 'k', partitionCount(12)))
  for (const wrong of [12, -1, 1.5, undefined, Number.NaN]) {
    const partitioner = choose(wrong)
    assert.equal(place(partitioner, 'k'), NO_PARTITION, String(wrong))
    assert.match(partitioner.whyRefused(12), /the partition function answered/)
  }
  const throwing = functionPartitioner(() => {
    throw new Error('no such tenant')
  }, java)
  assert.equal(place(throwing, 'k'), NO_PARTITION)
  assert.match(throwing.whyRefused(12), /threw: no such tenant/)
})
