import assert from 'node:assert/strict'
import { test } from 'node:test'
import { failingFrom, newColumns } from '../../core/model/index.ts'
import { readCommitted } from './committed-codec.ts'
import { WireWriter } from './wire-bytes.ts'

test('nothing committed, an error and a partition that is gone are not read as offsets', () => {
  const writer = new WireWriter(1_000).int32(0).compactLength(2)
  writer.string('g').compactLength(2).string('__proto__').compactLength(4)
  for (const [partition, offset, code] of [
    [0, 7, 0],
    [1, -1, 0],
    [2, 9, 88],
    [5, 3, 0],
  ] as const)
    writer
      .int32(partition)
      .int64(offset)
      .int32(-1)
      .nullableString(partition === 0 ? 'failing:r.0.1.8.7.E' : 'beside')
      .int16(code)
      .noTaggedFields()
  writer.noTaggedFields().string('deleted').compactLength(1)
  writer.int32(0).int64(1).int32(-1).nullableString(null).int16(0).noTaggedFields().noTaggedFields()
  writer.int16(0).noTaggedFields()
  writer.string('refused').compactLength(0).int16(30).noTaggedFields().noTaggedFields()

  const committed = readCommitted(
    writer.finish(),
    topic => (topic === '__proto__' ? 4 : undefined),
    newColumns,
  )
  assert.deepEqual(
    committed,
    new Map([
      [
        'g',
        {
          committed: new Map([['__proto__', Float64Array.of(7, Number.NaN, Number.NaN, Number.NaN)]]),
          failing: new Map([['__proto__', new Map([[0, failingFrom(7, 'failing:r.0.1.8.7.E')]])]]),
        },
      ],
    ]),
  )
})
