import assert from 'node:assert/strict'
import { test } from 'node:test'
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
