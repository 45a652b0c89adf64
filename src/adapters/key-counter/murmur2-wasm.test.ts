import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { partitionCount } from '../../core/model/index.ts'
import { countStructured, type KeyRun, packKeys, routeKey } from '../../core/routing/index.ts'
import { fastMurmur2 } from './murmur2-wasm.ts'

const fast = fastMurmur2()
assert.ok(fast !== null, 'this machine runs WebAssembly with vectors')

const count = fc.oneof(
  fc.integer({ min: 1, max: 5000 }),
  fc.constantFrom(1, 2, 3, 4096, 65_537, 524_288, 524_289, 999_999, 1_000_000),
)

test('packed keys of any lengths are routed as Java routes each', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 30 }), { maxLength: 40 }), count, (keys, lanes) => {
      const routed = new Int32Array(keys.length)
      fast.routePacked(packKeys(keys), lanes, routed)
      assert.deepEqual(
        [...routed],
        keys.map(key => routeKey('java', key, partitionCount(lanes))),
      )
    }),
  )
})

const javaOf = (keys: readonly Uint8Array[], lanes: number): readonly number[] =>
  keys.map(key => routeKey('java', key, partitionCount(lanes)))

const keysOfLength = (length: number): fc.Arbitrary<Uint8Array[]> =>
  fc.array(fc.uint8Array({ minLength: length, maxLength: length }), { maxLength: 40 })

test('packed keys of one length, each length from 0 to beyond what has a function of its own', () => {
  for (let length = 0; length <= 70; length++)
    fc.assert(
      fc.property(keysOfLength(length), count, (keys, lanes) => {
        const routed = new Int32Array(keys.length)
        fast.routePacked(packKeys(keys), lanes, routed)
        assert.deepEqual([...routed], javaOf(keys, lanes), `length ${length}`)
      }),
      { numRuns: 20 },
    )
})

test('one key of another length among equal ones, at each place of two steps', () => {
  for (let odd = 0; odd < 16; odd++) {
    const keys = Array.from({ length: 16 }, (_, index) => Buffer.from(`user-${index + 10}`))
    keys[odd] = Buffer.from('user-100')
    const routed = new Int32Array(16)
    fast.routePacked(packKeys(keys), 997, routed)
    assert.deepEqual([...routed], javaOf(keys, 997), `place ${odd}`)
  }
})

test('packed keys over several parts, too large for a part, and from the middle of others', () => {
  const keys = Array.from({ length: 9001 }, (_, index) => Buffer.from(`order-${index * 7919}`))
  keys[3000] = Buffer.alloc(300_000, 'x')
  keys[3001] = Buffer.alloc(100_000, 'y')
  keys[3002] = Buffer.alloc(100_000, 'z')
  const { bytes, offsets } = packKeys(keys)
  const routed = new Int32Array(keys.length)
  fast.routePacked({ bytes, offsets }, 1000, routed)
  assert.deepEqual([...routed], javaOf(keys, 1000))
  const some = new Int32Array(17)
  fast.routePacked({ bytes, offsets: offsets.subarray(2000, 2018) }, 1000, some)
  assert.deepEqual([...some], javaOf(keys.slice(2000, 2017), 1000))
})

test('keys packed into a room are routed where they are, as often as asked', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        keysOfLength(16),
        keysOfLength(36),
        fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 40 }),
      ),
      count,
      count,
      (keys, lanes, otherLanes) => {
        const room = fast.room(40, 2000)
        let at = 0
        keys.forEach((key, index) => {
          room.bytes.set(key, at)
          room.offsets[index + 1] = at += key.length
        })
        for (const each of [lanes, otherLanes]) {
          room.route(keys.length, each)
          assert.deepEqual([...room.partitions.subarray(0, keys.length)], javaOf(keys, each))
        }
      },
    ),
  )
})

test('a run is counted as the scalar path counts it, for every length of tail', () => {
  for (const prefix of ['', 'u', 'us', 'usr', 'user', 'user-', 'tenant/'])
    for (const [width, lanes] of [
      [4, 7],
      [5, 1000],
      [6, 12],
      [7, 1500],
    ] as const) {
      const size = 10 ** Math.min(width, 4 + ((prefix.length + width) % 4))
      const run: KeyRun = { prefix, width, from: 0, to: size * (size < 10 ** width ? 2 : 1) }
      const counted = new Float64Array(lanes)
      const expected = new Float64Array(lanes)
      if (!fast.countRun(run, lanes, counted)) continue
      countStructured(run, lanes, 'masked', expected)
      assert.deepEqual(counted, expected, `${prefix} ${width}`)
    }
})

test('a run that is cut inside a head is left to the scalar path', () => {
  const lanes = new Float64Array(10)
  assert.equal(fast.countRun({ prefix: 'user-', width: 9, from: 0, to: 999_999 }, 10, lanes), false)
  assert.equal(fast.countRun({ prefix: 'user-', width: 9, from: 0, to: 1_000_000 }, 10, lanes), true)
  assert.equal(
    lanes.reduce((sum, each) => sum + each, 0),
    1_000_000,
  )
})
