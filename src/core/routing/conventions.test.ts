import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { partitionCount } from '../model/index.ts'
import {
  type Convention,
  type ConventionName,
  conventionNames,
  conventions,
  distinctPlacements,
  keyBytesOfText,
  routeKey,
} from './index.ts'

const vectors = new URL('../../../test/vectors/routing/', import.meta.url)
const lines = <Row>(name: string): Row[] =>
  readFileSync(new URL(name, vectors), 'utf8')
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as Row)

const COUNTS = [1, 2, 3, 7, 12, 64, 500, 1000, 1500, 4096].map(partitionCount)

interface Row {
  readonly id: string
  readonly key: string | null
  readonly hash?: Readonly<Record<string, number>>
  readonly p: Readonly<Record<string, readonly number[] | string>>
}

/** The file of the implementation and the algorithm's column in it. */
const columnOf = (name: ConventionName): { readonly file: string; readonly column: string } => {
  const { client, setting }: Convention = conventions[name]
  return name === 'java'
    ? { file: 'java.jsonl', column: 'murmur2' }
    : { file: `${client}.jsonl`, column: setting }
}

for (const name of conventionNames)
  test(`${name}: every key goes where the client itself puts it`, () => {
    const { file, column } = columnOf(name)
    const rows = lines<Row>(file)
    assert.ok(rows.length >= 444, `${rows.length} rows`)
    for (const { id, key, p } of rows) {
      const bytes = key === null ? null : Buffer.from(key, 'hex')
      const expected = p[column]
      assert.ok(expected !== undefined, `${file} has a column ${column}`)
      const routed = COUNTS.map(count => routeKey(name, bytes, count))
      // the recorder called 32 times: that answers differ is a fact, by which rule it could not see
      if (typeof expected === 'string')
        assert.ok(
          routed.every(answer => typeof answer === 'string'),
          `${id}: ${routed}`,
        )
      else assert.deepEqual(routed, expected, id)
    }
  })

test('every column of every implementation has a convention', () => {
  const named = new Set(conventionNames.map(name => Object.values(columnOf(name)).join(' ')))
  const files = ['java', 'librdkafka', 'sarama', 'franz-go', 'kafka-go', 'kafkajs', 'platformatic']
  for (const file of [...files, 'kafka-python', 'aiokafka'].map(each => `${each}.jsonl`))
    for (const column of Object.keys(lines<Row>(file).at(-1)?.p ?? {}))
      assert.ok(named.has(`${file} ${column}`), `${file} ${column}`)
})

test('hashes equal those that the clients expose', () => {
  for (const [name, column] of [
    ['kafkajs-default', 'default'],
    ['kafkajs-legacy', 'legacy'],
    ['platformatic-default', 'murmur2'],
  ] as const)
    for (const { id, key, hash } of lines<Row>(columnOf(name).file))
      if (key !== null) assert.equal(conventions[name].hashOf(Buffer.from(key, 'hex')), hash?.[column], id)
})

test('a hash of bytes inside a larger buffer sees those bytes only', () => {
  for (const name of distinctPlacements)
    for (const { key } of lines<Row>('sarama.jsonl').slice(1, 120)) {
      const bytes = Buffer.from(key ?? '', 'hex')
      const packed = Buffer.concat([Buffer.from('before'), bytes, Buffer.from('after')])
      assert.equal(conventions[name].hashOf(packed, bytes.length, 6), conventions[name].hashOf(bytes))
    }
})

test('text becomes the bytes that each client makes of it, or is refused as it refuses it', () => {
  interface TextRow {
    readonly id: string
    readonly utf16: string
    readonly java: string
    readonly node: string
    readonly platformatic: string
    readonly python: string
    readonly go: string
    readonly partition1000: { readonly kafkajs: number; readonly platformaticCompatibility: number }
  }
  const column: readonly (readonly [ConventionName, keyof TextRow])[] = [
    ['java', 'java'],
    ['kafkajs-default', 'node'],
    ['platformatic-default', 'platformatic'],
    ['kafka-python', 'python'],
    ['aiokafka', 'python'],
    ['sarama-hash', 'go'],
    ['franz-go-default', 'go'],
    ['kafka-go-hash', 'go'],
  ]
  let refused = 0
  for (const row of lines<TextRow>('text-encoding.jsonl')) {
    const units = row.utf16.match(/.{4}/g) ?? []
    const text = String.fromCharCode(...units.map(unit => Number.parseInt(unit, 16)))
    for (const [name, field] of column) {
      const bytes = keyBytesOfText(name, text)
      assert.equal(
        bytes === null ? 'error' : Buffer.from(bytes).toString('hex'),
        row[field],
        `${name} ${row.id}`,
      )
      if (bytes === null) {
        refused++
        assert.equal(routeKey(name, text, partitionCount(1000)), 'refused')
      }
    }
    assert.equal(routeKey('kafkajs-default', text, partitionCount(1000)), row.partition1000.kafkajs, row.id)
    assert.equal(
      routeKey('platformatic-compatibility', text, partitionCount(1000)),
      row.partition1000.platformaticCompatibility,
      row.id,
    )
  }
  assert.ok(refused > 0)
})

test('nine placements are behind all conventions', () => {
  assert.deepEqual(distinctPlacements, [
    'java',
    'platformatic-default',
    'librdkafka-consistent',
    'librdkafka-fnv1a',
    'sarama-reference-hash',
    'sarama-hash-unsigned',
    'sarama-custom-hash-crc32',
    'sarama-abs-first-crc32',
    'kafkajs-legacy',
  ])
})
