import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { partitionCount } from '../model/index.ts'
import { conventions, murmur2, murmur2Ascii, routeKey, toPositive } from './index.ts'

const vectors = new URL('../../../test/vectors/routing/', import.meta.url)
const lines = <Row>(name: string): Row[] =>
  readFileSync(new URL(name, vectors), 'utf8')
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as Row)

const COUNTS = [1, 2, 3, 7, 12, 64, 500, 1000, 1500, 4096].map(partitionCount)

interface JavaRow {
  readonly id: string
  readonly key: string
  readonly hash: { readonly murmur2: number; readonly toPositive: number }
  readonly p: { readonly murmur2: readonly number[] }
}

test('hash and partition of every key equal those of Kafka’s Java client', () => {
  const rows = lines<JavaRow>('java.jsonl')
  assert.ok(rows.length > 400, `${rows.length} rows`)
  for (const { id, key, hash, p } of rows) {
    const bytes = Buffer.from(key, 'hex')
    assert.equal(murmur2(bytes), hash.murmur2, id)
    assert.equal(toPositive(murmur2(bytes)), hash.toPositive, id)
    assert.deepEqual(
      COUNTS.map(count => routeKey('java', bytes, count)),
      p.murmur2,
      id,
    )
  }
})

test('text is routed as Java routes its bytes, also where no bytes are made', () => {
  const java = new Map(lines<JavaRow>('java.jsonl').map(row => [row.id, row]))
  let compared = 0
  for (const { id, text, from } of lines<{ id: string; text?: string; from?: string }>('keys.jsonl')) {
    const row = java.get(id)
    // numbers have a text for people and bytes of their own serializer
    if (text === undefined || row === undefined || from?.includes('Serializer')) continue
    compared++
    assert.deepEqual(
      COUNTS.map(count => routeKey('java', text, count)),
      row.p.murmur2,
      id,
    )
  }
  assert.ok(compared > 100, `${compared} texts`)
})

test('text becomes bytes as in Java, lone surrogates included', () => {
  const rows = lines<{ id: string; utf16: string; java: string }>('text-encoding.jsonl')
  for (const { id, utf16, java } of rows) {
    const units = utf16.match(/.{4}/g) ?? []
    const text = String.fromCharCode(...units.map(unit => Number.parseInt(unit, 16)))
    for (const count of COUNTS)
      assert.equal(routeKey('java', text, count), routeKey('java', Buffer.from(java, 'hex'), count), id)
  }
  assert.ok(rows.some(({ java }) => java.includes('3f')))
})

test('the hash of ASCII text equals that of its bytes at every length; other text has none', () => {
  const text = 'user-0123456789 ~\u0000\u007f'
  for (let length = 0; length <= text.length; length++) {
    const part = text.slice(0, length)
    assert.equal(murmur2Ascii(part), murmur2(Buffer.from(part)))
  }
  for (const other of ['é', 'userü', 'abcd日', 'abcdefé']) assert.equal(murmur2Ascii(other), null, other)
})

test('a scratch buffer longer than the key does not change the hash', () => {
  const scratch = Buffer.from('alice-and-more-of-them-than-any-key-has')
  assert.equal(murmur2(scratch, 5), murmur2(Buffer.from('alice')))
  // Java's own place is found by a function of its own, which takes keys apart by their length
  for (let length = 0; length <= scratch.length; length++)
    assert.equal(
      conventions.java.partitionOf(scratch, length, 1000),
      toPositive(murmur2(scratch, length)) % 1000,
      String(length),
    )
  assert.equal(
    conventions.java.partitionOf(scratch, 5, 1000),
    routeKey('java', 'alice', partitionCount(1000)),
  )
})
