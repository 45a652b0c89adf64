import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { SizeClassMemory } from './batch-memory.ts'

const MIB = 1024 * 1024

test('no two buffers that are out share a byte, or an array, whatever their sizes', () => {
  const memory = new SizeClassMemory(64 * MIB)
  const sizes = [1, 512, 513, 4000, 100_000, MIB / 4, MIB / 4 + 1, 700, 3 * MIB]
  const buffers = Array.from({ length: 40 }, (_, index) => memory.take(sizes[index % sizes.length] as number))
  for (const [index, buffer] of buffers.entries()) buffer.fill(index)
  // an array that several share would live, uncounted, as long as any of them
  assert.ok(buffers.every(({ buffer, byteLength }) => buffer.byteLength === byteLength))
  for (const [index, buffer] of buffers.entries())
    assert.ok(Buffer.alloc(buffer.length, index).equals(buffer), `buffer ${index} was written to by another`)
})

test('what is out is counted by capacity, and a buffer that came back is used again for its size', () => {
  const memory = new SizeClassMemory(MIB)
  const first = memory.take(3000)
  assert.deepEqual([first.length, memory.usedBytes], [4096, 4096])
  memory.give(first)
  assert.equal(memory.usedBytes, 0)
  assert.notEqual(memory.take(1000), first)
  assert.equal(memory.take(4096), first)
})

test('what comes back beyond the limit is let go', () => {
  const memory = new SizeClassMemory(8192)
  const buffers = [memory.take(4096), memory.take(4096), memory.take(4096)]
  for (const buffer of buffers) memory.give(buffer)
  const again = [memory.take(4096), memory.take(4096), memory.take(4096)]
  assert.equal(again.filter(buffer => buffers.includes(buffer)).length, 2)
})

test('what is out and what waits stay below the limit together, whatever sizes come', () => {
  const limit = 64 * 1024
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.integer({ min: 1, max: 20_000 }), fc.constant('give' as const)), {
        maxLength: 300,
      }),
      steps => {
        const memory = new SizeClassMemory(limit)
        const out: Uint8Array[] = []
        for (const step of steps) {
          if (step !== 'give') out.push(memory.take(step))
          else if (out.length > 0) memory.give(out.shift() as Uint8Array)
          const usedBytes = out.reduce((sum, { length }) => sum + length, 0)
          assert.equal(memory.usedBytes, usedBytes)
          // beyond the limit only by what is out itself: of what waits nothing is left then
          assert.ok(memory.heldBytes <= Math.max(limit, usedBytes), `${memory.heldBytes} held`)
        }
      },
    ),
    { numRuns: 300 },
  )
})

test('what waits makes room for another size, the size first of which most waits', () => {
  const memory = new SizeClassMemory(16 * 1024)
  const large = [memory.take(4096), memory.take(4096), memory.take(4096)]
  const small = memory.take(1024)
  for (const buffer of [...large, small]) memory.give(buffer)
  assert.equal(memory.heldBytes, 13 * 1024)
  memory.take(8192)
  assert.deepEqual([memory.usedBytes, memory.heldBytes], [8192, 8192 + 4096 + 1024])
  assert.equal(memory.take(1024), small)
})
