/** A topic of keyed, numbered records on the real cluster, and the judgement on what was done with them. */
import assert from 'node:assert/strict'
import { nodeCodecs } from '../../src/adapters/codecs/node-codecs.ts'
import type { KafkaConnection } from '../../src/adapters/kafka/connect.ts'
import { systemClock } from '../../src/adapters/system/clock.ts'
import { createProducer } from '../../src/producer/producer.ts'

export const createTopic = async (
  kafka: KafkaConnection,
  name: string,
  partitions: number,
  configs: Readonly<Record<string, string>> = {},
): Promise<string> => {
  const [outcome] = await kafka.cluster.createTopics([
    { name, partitions, replicationFactor: 3, configs: new Map(Object.entries(configs)) },
  ])
  assert.deepEqual(outcome, { item: name, code: 0, message: null })
  return name
}

export const deleteTopicsOf = async (kafka: KafkaConnection, prefix: string): Promise<void> => {
  const snapshot = await kafka.cluster.describe()
  const ours = [...snapshot.topics.keys()].filter(name => name.startsWith(prefix))
  if (ours.length > 0) await kafka.cluster.deleteTopics(ours)
}

export interface KeyedRecord {
  readonly key: string | null
  readonly value: string
}

/** `count` records: key `k0` … `k<keys-1>` in turn, value `<number within the key>` unless `valueOf` says otherwise. */
export const keyedRecords = (
  count: number,
  keys: number,
  valueOf: (key: number, sequence: number) => string = (_key, sequence) => String(sequence),
): readonly KeyedRecord[] =>
  Array.from({ length: count }, (_, index) => ({
    key: `k${index % keys}`,
    value: valueOf(index % keys, Math.floor(index / keys)),
  }))

export const writeRecords = async (
  kafka: KafkaConnection,
  topic: string,
  records: readonly KeyedRecord[],
): Promise<void> => {
  const producer = createProducer({
    link: kafka.openLink(`${topic}-writer`),
    clock: systemClock,
    codecs: nodeCodecs,
    random: { next: Math.random },
  })
  for (const record of records) producer.send({ topic, ...record })
  const { acknowledged } = await producer.close({ deadlineMs: 20_000 })
  assert.equal(acknowledged, records.length)
}

export const until = async (
  what: string,
  condition: () => boolean | Promise<boolean>,
  withinMs = 45_000,
): Promise<void> => {
  const deadline = Date.now() + withinMs
  while (!(await condition())) {
    assert.ok(Date.now() < deadline, `not within ${withinMs} ms: ${what}`)
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

/** Every key's numbers are 0, 1, 2 … in this order, `perKey` of them. */
export const assertEachOnceInOrder = (
  effects: readonly { readonly key: string; readonly sequence: number }[],
  keys: number,
  perKey: number,
): void => {
  const next = new Map<string, number>()
  const breaks: string[] = []
  for (const { key, sequence } of effects) {
    const expected = next.get(key) ?? 0
    if (sequence !== expected) breaks.push(`${key}: ${sequence}, expected ${expected}`)
    next.set(key, sequence + 1)
  }
  assert.deepEqual(breaks.slice(0, 5), [], `${breaks.length} lost, repeated or out of order`)
  assert.deepEqual(new Set(next.values()), new Set([perKey]))
  assert.equal(next.size, keys)
}
