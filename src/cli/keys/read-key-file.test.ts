import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { capturedWorld } from '../../../test/support/captured-world.ts'
import { ManualClock } from '../../../test/support/manual-clock.ts'
import { tempFolder } from '../../../test/support/temp-folder.ts'
import { createSimulatedCluster } from '../../adapters/simulated/create.ts'
import { systemClock } from '../../adapters/system/clock.ts'
import { LanekeeperError } from '../../core/model/index.ts'
import { chunkKey, chunkWeight, type KeyFormatName, keyCount } from '../../core/routing/index.ts'
import { readKeyFile } from './read-key-file.ts'
import { rowFormatOf } from './rows.ts'

const folder = tempFolder('keys')
const { cluster } = createSimulatedCluster({ brokers: 1, seed: 1, clock: systemClock })
const { io } = capturedWorld({ cluster, clock: new ManualClock() }).world

let files = 0
const fileOf = (content: string | Uint8Array, name: string): string => {
  const file = join(folder, `${files++}-${name}`)
  writeFileSync(file, content)
  return file
}

const read = async (
  file: string,
  keyFormat: KeyFormatName = 'utf8',
  weightColumn?: string,
): Promise<[string | null, number][]> => {
  const rows: [string | null, number][] = []
  const source = readKeyFile(io, {
    file,
    rowFormat: rowFormatOf(file),
    keyColumn: 'key',
    weightColumn,
    keyFormat,
  })
  for await (const chunk of source)
    for (let index = 0; index < keyCount(chunk.keys); index++) {
      const key = chunkKey(chunk, index)
      rows.push([key === null ? null : Buffer.from(key).toString('utf8'), chunkWeight(chunk, index)])
    }
  return rows
}

const keysOf = async (content: string | Uint8Array, name: string): Promise<[string | null, number][]> =>
  read(fileOf(content, name))

test('one key a line, with and without a last line end, with line ends of Windows, gzipped under any name', async () => {
  const expected = [
    ['alice', 1],
    ['bób', 1],
  ]
  for (const text of ['alice\nbób', 'alice\nbób\n', 'alice\r\nbób\r\n', '\ufeffalice\n\nbób\n']) {
    assert.deepEqual(await keysOf(text, 'keys.txt'), expected)
    assert.deepEqual(await keysOf(gzipSync(text), 'keys.dat'), expected)
  }
})

test('CSV with quotes, CSV without weights, JSON lines with null keys', async () => {
  assert.deepEqual(await keysOf('weight,key\n2,"a, ""b"""\n0.5,c\n', 'a.csv'), [
    ['a, "b"', 2],
    ['c', 0.5],
  ])
  assert.deepEqual(await read(fileOf('key,weight,bytes\na,1,7\n', 'a2.csv'), 'utf8', 'bytes'), [['a', 7]])
  assert.deepEqual(await keysOf('key\na\n', 'b.csv.gz'), [['a', 1]])
  assert.deepEqual(await keysOf('{"key":"a","weight":3}\n{"key":null}\n{"key":7}\n', 'c.jsonl'), [
    ['a', 3],
    [null, 1],
    ['7', 1],
  ])
})

test('a key longer than a block and a file of many blocks come out whole', async () => {
  const long = 'x'.repeat(900_000)
  const many = Array.from({ length: 300_000 }, (_, index) => `key-${index}`)
  const rows = await keysOf([long, ...many].join('\n'), 'large.txt')
  assert.equal(rows.length, 300_001)
  assert.equal(rows[0]?.[0], long)
  assert.deepEqual(
    rows.slice(1).map(([key]) => key),
    many,
  )
})

const bad: readonly {
  readonly what: string
  readonly content: string | Uint8Array
  readonly name: string
  readonly says: RegExp
  readonly format?: KeyFormatName
  readonly weightColumn?: string
}[] = [
  {
    what: 'bytes that are not UTF-8',
    content: Buffer.from('616c696365\n0a626fff62'.replace('\n', ''), 'hex'),
    name: 'a.txt',
    says: /a\.txt:2:3: the bytes there are not UTF-8/,
  },
  {
    what: 'a huge line',
    content: `a\n${'x'.repeat(1_100_000)}`,
    name: 'b.txt',
    says: /b\.txt:2: the line is longer than 1\.05 MB/,
  },
  { what: 'an empty file', content: '', name: 'c.txt', says: /c\.txt: there is no key in it/ },
  { what: 'a heading alone', content: 'key,weight\n', name: 'd.csv', says: /d\.csv: there is no key in it/ },
  {
    what: 'no key column',
    content: 'id,weight\na,1\n',
    name: 'e.csv',
    says: /e\.csv:1: no column is called "key"/,
  },
  {
    what: 'a field too many',
    content: 'key,weight\na,b,1\n',
    name: 'f.csv',
    says: /f\.csv:2: 3 fields, where the heading has 2/,
  },
  {
    what: 'a field too few',
    content: 'key,weight\na\n',
    name: 'f2.csv',
    says: /f2\.csv:2: 1 field, where the heading has 2/,
  },
  {
    what: 'a weight column that was named and is not there',
    content: 'key,weight\na,1\n',
    name: 'g2.csv',
    says: /g2\.csv:1: no column is called "bytes"/,
    weightColumn: 'bytes',
  },
  {
    what: 'a weight field that was named and is not there',
    content: '{"key":"a","bytes":1}\n{"key":"b"}\n',
    name: 'g3.jsonl',
    says: /g3\.jsonl:2: no field "bytes"/,
    weightColumn: 'bytes',
  },
  {
    what: 'a negative weight',
    content: 'key,weight\na,1\nb,-2\n',
    name: 'g.csv',
    says: /g\.csv:3: column "weight": -2 is negative/,
  },
  {
    what: 'a weight that is no number',
    content: 'key,weight\na,many\n',
    name: 'h.csv',
    says: /h\.csv:2: column "weight": "many" is not a number/,
  },
  {
    what: 'a weight of NaN',
    content: 'key,weight\na,NaN\n',
    name: 'i.csv',
    says: /i\.csv:2: column "weight": "NaN" is not a number/,
  },
  {
    what: 'an open quote',
    content: 'key,weight\n"a,1\n',
    name: 'j.csv',
    says: /j\.csv:2:1: a quote is not closed/,
  },
  {
    what: 'JSON that is none',
    content: '{"key":"a"}\n{"key":\n',
    name: 'k.jsonl',
    says: /k\.jsonl:2: not JSON/,
  },
  {
    what: 'JSON without the field',
    content: '{"id":"a"}\n',
    name: 'l.jsonl',
    says: /l\.jsonl:1: no field "key"/,
  },
  {
    what: 'a weight of text in JSON',
    content: '{"key":"a","weight":"1"}\n',
    name: 'm.jsonl',
    says: /m\.jsonl:1: field "weight" is not a number/,
  },
  {
    what: 'a negative weight in JSON',
    content: '{"key":"a","weight":-1}\n',
    name: 'n.jsonl',
    says: /n\.jsonl:1: field "weight": -1 is negative/,
  },
  {
    what: 'gzip cut short',
    content: gzipSync(`${'key-abc\n'.repeat(1000)}end`).subarray(0, 30),
    name: 'o.gz',
    says: /o\.gz: the gzip data is cut short, after line \d+/,
  },
  {
    what: 'a key of another format',
    content: '00ff\nxyz\n',
    name: 'p.txt',
    says: /p\.txt:2: "xyz" is not a key of format hex/,
    format: 'hex',
  },
]

for (const { what, content, name, says, format, weightColumn } of bad)
  test(`${what}: one error that names the place`, async () => {
    await assert.rejects(read(fileOf(content, name), format, weightColumn), (error: unknown) => {
      assert.ok(error instanceof LanekeeperError)
      assert.equal(error.code, 'INPUT_INVALID')
      assert.match(error.message.replaceAll('\u00a0', ' '), says)
      return true
    })
  })

test('a file that is absent, or a folder, is unreadable', async () => {
  mkdirSync(join(folder, 'sub'))
  for (const [file, says] of [
    [join(folder, 'absent'), /does not exist/],
    [join(folder, 'sub'), /is a folder/],
  ] as const)
    await assert.rejects(read(file), (error: unknown) => {
      assert.ok(error instanceof LanekeeperError && error.code === 'FILE_UNREADABLE')
      assert.match(error.message, says)
      return true
    })
})
