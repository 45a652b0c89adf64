/**
 * The heavy-hitter sketch on Zipf traffic: what a record costs, and whether the bounds hold.
 *
 *     node bench/sketch.ts [--updates 100000000] [--keys 1000000] [--rounds 7] [--capacity 512] [--populations DIR]
 *
 * Contestants take turns, each round in a fresh process, on the same keys of 16 bytes drawn by Zipf(1.0) and record sizes
 * of 100 to 900 bytes; keys lie behind each other, as in a batch that was just read. After the last update of the first contestant every key is compared with its exact count: all
 * bounds must hold and every key above the stated error must be found, or nothing is reported. Figures are CPU time of the
 * thread per record, without drawing the keys. The peer is what one writes without a sketch: a Map of texts, exact and
 * as large as there are keys. Before that, the bounds are compared with exact weights on every real population in DIR
 * (those of the tests unless told). Prints a table of medians with least and greatest, and the same as JSON.
 */
import { execFileSync } from 'node:child_process'
import { availableParallelism, cpus } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { HeavyKeys, KeySketch, KeyWords } from '../src/core/sketch/index.ts'
import { checkPopulations } from './sketch-populations.ts'

const { values: args } = parseArgs({
  options: {
    updates: { type: 'string', default: '100000000' },
    keys: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '7' },
    capacity: { type: 'string', default: '512' },
    populations: { type: 'string', default: join(import.meta.dirname, '..', 'test', 'vectors', 'keys') },
    contestant: { type: 'string' },
  },
})
const updates = Number(args.updates)
const keys = Number(args.keys)
const capacity = Number(args.capacity)
const KEY_BYTES = 16

interface Round {
  readonly nsPerRecord: number
  /** Of the bounds; null where the contestant is exact. */
  readonly bounds: Bounds | null
}

interface Bounds {
  /** Largest error over both measures as a part of the total, beside what the capacity promises. */
  readonly errorShare: number
  readonly promisedShare: number
  readonly worstShare: number
  /** Keys above the error, and how many of them are in the table. */
  readonly above: number
  readonly found: number
  readonly violations: number
}

/** Key i as `user-00000000001i`: bytes behind each other, so that nothing is made while the clock runs. */
const keyBytes = (): Uint8Array => {
  const bytes = new Uint8Array(keys * KEY_BYTES)
  for (let index = 0; index < keys; index++)
    bytes.set(Buffer.from(`user-${String(index).padStart(KEY_BYTES - 5, '0')}`), index * KEY_BYTES)
  return bytes
}

/** Draws by inversion: the key at which the sum of weights passes the drawn part. */
const zipf = (): (() => number) => {
  const sums = new Float64Array(keys)
  let sum = 0
  for (let rank = 0; rank < keys; rank++) sums[rank] = sum += 1 / (rank + 1)
  let state = 0x2545f491
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    const wanted = ((state >>> 0) / 2 ** 32) * sum
    let low = 0
    let high = keys - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if ((sums[middle] as number) < wanted) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** As many records as a few batches have. */
const CHUNK = 1 << 12

/** A part of the stream: numbers of keys, and their bytes behind each other as in a batch that was just read. */
interface Part {
  readonly drawn: Int32Array
  readonly bytes: Uint8Array
}

/** `add` takes the first `length` keys of a part; only its time counts. */
const timed = (
  add: (part: Part, length: number) => void,
  prepare?: (part: Part, length: number) => void,
): number => {
  const draw = zipf()
  const all = keyBytes()
  const part = { drawn: new Int32Array(CHUNK), bytes: new Uint8Array(CHUNK * KEY_BYTES) }
  let micros = 0
  for (let left = updates; left > 0; left -= CHUNK) {
    const length = Math.min(CHUNK, left)
    for (let at = 0; at < length; at++) {
      const key = draw()
      part.drawn[at] = key
      for (let index = 0; index < KEY_BYTES; index++)
        part.bytes[at * KEY_BYTES + index] = all[key * KEY_BYTES + index] as number
    }
    prepare?.(part, length)
    const before = process.threadCpuUsage()
    add(part, length)
    const used = process.threadCpuUsage(before)
    micros += used.user + used.system
  }
  return (micros * 1000) / updates
}

const sizeOf = (key: number): number => 100 + (key % 9) * 100

const contestants: Readonly<Record<string, () => Round>> = {
  'sketch, key and hash at hand': () => {
    const read = Array.from({ length: CHUNK }, () => new KeyWords())
    const heavy = new HeavyKeys(capacity)
    const exact = new Uint32Array(keys)
    const nsPerRecord = timed(
      ({ drawn }, length) => {
        for (let at = 0; at < length; at++) heavy.add(read[at] as KeyWords, 1, sizeOf(drawn[at] as number))
      },
      ({ drawn, bytes }, length) => {
        for (let at = 0; at < length; at++) {
          read[at]?.read(bytes, at * KEY_BYTES, KEY_BYTES)
          const key = drawn[at] as number
          exact[key] = (exact[key] as number) + 1
        }
      },
    )
    return { nsPerRecord, bounds: checked(heavy, exact) }
  },
  'sketch of a partition (hash, distinct keys)': () => {
    const sketch = new KeySketch(capacity)
    const key = new KeyWords()
    const nsPerRecord = timed(({ drawn, bytes }, length) => {
      for (let at = 0; at < length; at++)
        sketch.add(key.read(bytes, at * KEY_BYTES, KEY_BYTES), sizeOf(drawn[at] as number), 1)
    })
    return { nsPerRecord, bounds: null }
  },
  'reading the key, with its hash, alone': () => {
    const key = new KeyWords()
    let sum = 0
    const nsPerRecord = timed(({ bytes }, length) => {
      for (let at = 0; at < length; at++) sum ^= key.read(bytes, at * KEY_BYTES, KEY_BYTES).hash
    })
    if (sum === 0) throw new Error('the hash of everything is zero')
    return { nsPerRecord, bounds: null }
  },
  'exact Map of texts': () => {
    const exact = new Map<string, number>()
    const nsPerRecord = timed(({ drawn, bytes }, length) => {
      const buffer = Buffer.from(bytes.buffer)
      for (let at = 0; at < length; at++) {
        const text = buffer.toString('latin1', at * KEY_BYTES, (at + 1) * KEY_BYTES)
        exact.set(text, (exact.get(text) ?? 0) + sizeOf(drawn[at] as number))
      }
    })
    return { nsPerRecord, bounds: null }
  },
}

const checked = (heavy: HeavyKeys, exact: Uint32Array): Bounds => {
  const low = new Map<number, { readonly records: number; readonly bytes: number }>()
  heavy.forEach((key, _, records, bytes) =>
    low.set(Number(Buffer.from(key).toString('latin1').slice(5)), { records, bytes }),
  )
  const errors = { records: heavy.error('records'), bytes: heavy.error('bytes') }
  let totalBytes = 0
  exact.forEach((records, key) => (totalBytes += records * sizeOf(key)))
  let above = 0
  let found = 0
  let violations = 0
  let worst = 0
  exact.forEach((records, key) => {
    const counted = low.get(key) ?? { records: 0, bytes: 0 }
    const bytes = records * sizeOf(key)
    if (counted.records > records || counted.records + errors.records < records) violations++
    if (counted.bytes > bytes || counted.bytes + errors.bytes < bytes) violations++
    worst = Math.max(worst, (bytes - counted.bytes) / totalBytes)
    if (records <= errors.records && bytes <= errors.bytes) return
    above++
    if (low.has(key)) found++
  })
  return {
    errorShare: Math.max(errors.records / updates, errors.bytes / totalBytes),
    promisedShare: 4 / capacity,
    worstShare: worst,
    above,
    found,
    violations,
  }
}

const asked = args.contestant
if (asked !== undefined) {
  console.log(JSON.stringify(contestants[asked]?.()))
} else {
  const rounds = Number(args.rounds)
  const populations = checkPopulations(args.populations)
  if (populations.length === 0) throw new Error(`no population in ${args.populations}`)
  for (const { file, capacity: room, keys: count, errorShare, promisedShare, above, found } of populations)
    console.log(
      `  ${file.padEnd(30)} ${String(count).padStart(6)} keys, table of ${String(room).padStart(3)}: stated error ` +
        `${(errorShare * 100).toFixed(3)} % (promised ${(promisedShare * 100).toFixed(2)} %); ${found} of ${above} keys above it found`,
    )
  const broken = populations.filter(({ violations, above, found }) => violations > 0 || found < above)
  if (broken.length > 0) throw new Error(`the bounds do not hold: ${JSON.stringify(broken)}`)
  const figures = new Map(Object.keys(contestants).map(name => [name, [] as number[]]))
  let bounds: Bounds | null = null
  for (let round = 0; round < rounds; round++)
    for (const name of Object.keys(contestants)) {
      const same = ['--updates', args.updates, '--keys', args.keys, '--capacity', args.capacity]
      const result = JSON.parse(
        execFileSync(process.execPath, [import.meta.filename, ...same, '--contestant', name], {
          encoding: 'utf8',
        }),
      ) as Round
      figures.get(name)?.push(result.nsPerRecord)
      bounds ??= result.bounds
      if (
        result.bounds !== null &&
        (result.bounds.violations > 0 || result.bounds.found < result.bounds.above)
      )
        throw new Error(`the bounds do not hold: ${JSON.stringify(result.bounds)}`)
    }
  const rows = [...figures].map(([name, taken]) => {
    const ascending = taken.toSorted((a, b) => a - b)
    return {
      name,
      nsPerRecord: ascending[ascending.length >> 1] ?? Number.NaN,
      least: ascending[0] ?? Number.NaN,
      greatest: ascending.at(-1) ?? Number.NaN,
    }
  })
  console.log(`${args.updates} records of ${args.keys} keys, Zipf(1.0), a table of ${args.capacity} keys`)
  for (const { name, nsPerRecord, least, greatest } of rows)
    console.log(
      `  ${name.padEnd(46)} ${nsPerRecord.toFixed(1).padStart(7)} ns a record   (${least.toFixed(1)} to ${greatest.toFixed(1)})`,
    )
  if (bounds !== null)
    console.log(
      `  stated error ${(bounds.errorShare * 100).toFixed(3)} % of the total (promised ${(bounds.promisedShare * 100).toFixed(2)} %), ` +
        `largest true one ${(bounds.worstShare * 100).toFixed(3)} %; ${bounds.found} of ${bounds.above} keys above it found`,
    )
  console.log(
    JSON.stringify({
      bench: 'sketch',
      node: process.version,
      cpu: cpus()[0]?.model,
      cores: availableParallelism(),
      rounds,
      updates,
      keys,
      capacity,
      bounds,
      populations,
      rows,
    }),
  )
}
