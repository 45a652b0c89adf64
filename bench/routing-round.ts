/**
 * One round of one contestant of bench/routing.ts, in a process of its own: warm-up, then the measured passes. Prints
 * nanoseconds a key and a checksum of all partitions, which every contestant on the same keys must share. Measured is
 * the CPU time of the thread, because on a shared machine the wall clock counts the neighbours, too; only the job that
 * uses all cores is measured by the wall.
 */
import { createRequire } from 'node:module'
import { murmur2 as platformaticMurmur2 } from '@platformatic/kafka'
import { countStructuredKeys } from '../src/adapters/key-counter/key-counter.ts'
import { fastMurmur2 } from '../src/adapters/key-counter/murmur2-wasm.ts'
import { partitionCount } from '../src/core/model/index.ts'
import { keyCount, keyRuns, packKeys, routeKey, routePacked } from '../src/core/routing/index.ts'

const [contestant = '', structuredKeys = '1000000000'] = process.argv.slice(2)
const KEYS = 100_000
const COUNT = partitionCount(1000)
const kafkajsMurmur2 = createRequire(import.meta.url)(
  'kafkajs/src/producer/partitioners/default/murmur2.js',
) as (key: Buffer) => number

/** 16 ASCII bytes each, in no order that a cache or a branch predictor could learn. */
const texts = Array.from({ length: KEYS }, (_, index) =>
  // through a buffer, so that the text is flat and not a rope
  Buffer.from(`user-${String((index * 48_271) % 2_147_483_647).padStart(11, '0')}`).toString('latin1'),
)
const buffers = texts.map(text => Buffer.from(text))
const packed = packKeys(texts)

const checksum = (partitions: ArrayLike<number>): number => {
  let sum = 0
  for (let index = 0; index < partitions.length; index++)
    sum = (Math.imul(sum, 31) + (partitions[index] as number)) | 0
  return sum
}

const out = new Int32Array(KEYS)
const eachKey =
  <Key>(keys: readonly Key[], partitionOf: (key: Key) => number) =>
  (): void => {
    for (let index = 0; index < KEYS; index++) out[index] = partitionOf(keys[index] as Key)
  }

const fast = fastMurmur2()
/** The same keys, packed into the module's own memory. */
const room = fast?.room(KEYS, packed.bytes.length)
room?.bytes.set(packed.bytes)
room?.offsets.set(packed.offsets)
const passes: Readonly<Record<string, { readonly pass: () => void; readonly repeat: number }>> = {
  'key/lanekeeper': { pass: eachKey(buffers, key => routeKey('java', key, COUNT)), repeat: 100 },
  'key/platformatic': {
    pass: eachKey(buffers, key => (platformaticMurmur2(key) & 0x7fffffff) % COUNT),
    repeat: 5,
  },
  'key/kafkajs': { pass: eachKey(buffers, key => (kafkajsMurmur2(key) & 0x7fffffff) % COUNT), repeat: 3 },
  'text/lanekeeper': { pass: eachKey(texts, text => routeKey('java', text, COUNT)), repeat: 100 },
  'packed/lanekeeper': {
    pass: () => room?.route(keyCount(packed), COUNT),
    repeat: 500,
  },
  'packed/copied': { pass: () => fast?.routePacked(packed, COUNT, out), repeat: 500 },
  'packed/scalar': { pass: () => routePacked(packed, COUNT, out), repeat: 100 },
}

if (contestant === 'structured/lanekeeper') {
  const keys = Number(structuredKeys)
  const counts = new Float64Array(COUNT)
  const started = process.hrtime.bigint()
  await countStructuredKeys({
    runs: keyRuns({ kind: 'uniform', keys }),
    count: COUNT,
    reduction: 'masked',
    into: counts,
    onCounted: () => undefined,
    cancelled: () => false,
  })
  const seconds = Number(process.hrtime.bigint() - started) / 1e9
  if (counts.reduce((sum, each) => sum + each, 0) !== keys) throw new Error('keys are missing')
  console.log(JSON.stringify({ nsPerKey: (seconds * 1e9) / keys, checksum: checksum(counts), seconds }))
} else {
  const found = passes[contestant]
  if (found === undefined) throw new Error(`no contestant ${contestant}`)
  for (let round = 0; round < Math.max(2, found.repeat / 5); round++) found.pass()
  const before = process.threadCpuUsage()
  for (let round = 0; round < found.repeat; round++) found.pass()
  const { user, system } = process.threadCpuUsage(before)
  const nanoseconds = (user + system) * 1000
  if (contestant === 'packed/lanekeeper' && room !== undefined) out.set(room.partitions)
  console.log(JSON.stringify({ nsPerKey: nanoseconds / (found.repeat * KEYS), checksum: checksum(out) }))
}
