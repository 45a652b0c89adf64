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

test('packed keys of equal length, over several batches', () => {
  for (const length of [1, 4, 7, 8, 15, 16]) {
    const keys = Array.from({ length: 9001 }, (_, index) =>
      Buffer.from(
        String(index * 7919)
          .padStart(length, '0')
          .slice(-length),
      ),
    )
    const routed = new Int32Array(keys.length)
    fast.routePacked(packKeys(keys), 1000, routed)
    assert.deepEqual(
      [...routed],
      keys.map(key => routeKey('java', key, partitionCount(1000))),
    )
  }
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
