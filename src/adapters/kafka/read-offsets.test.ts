import assert from 'node:assert/strict'
import { test } from 'node:test'
import { brokerId, newColumns } from '../../core/model/index.ts'
import { type Asked, answeringWires } from '../../../test/support/answering-wires.ts'
import { broker, snapshotOf, topic } from '../../../test/support/scripted-cluster.ts'
import { OffsetReader } from './read-offsets.ts'
import { WireWriter } from './wire-bytes.ts'

/** Of topic `t`: partition 0 ends where its leader's number says, partition 1 is refused, and there is one nobody has. */
const answerOf = ({ broker: id }: Asked): Buffer => {
  const writer = new WireWriter(200).int32(0).compactLength(1).string('t').compactLength(3)
  for (const [partition, code, offset] of [
    [0, 0, id],
    [1, 6, 99],
    [7, 0, 99],
  ] as const)
    writer.int32(partition).int16(code).int64(-1).int64(offset).int32(0).noTaggedFields()
  return writer.noTaggedFields().noTaggedFields().finish()
}

const reading = () => {
  const sent: Asked[] = []
  const wires = answeringWires(asked => {
    sent.push(asked)
    return answerOf(asked)
  })
  const book = {
    endpoint: (id: number) => ({ address: { host: 'broker', port: 9092 }, broker: brokerId(id) }),
  } as unknown as ConstructorParameters<typeof OffsetReader>[1]
  return { reader: new OffsetReader(wires, book), sent }
}

const ledBy = (leader: number, partitions = 1) =>
  snapshotOf([topic('t', partitions, [leader])], [broker(1), broker(2)])

test('the bytes of a question outlive metadata that says the same, and no other', async () => {
  const { reader, sent } = reading()
  for (const snapshot of [ledBy(1), ledBy(1), ledBy(2), ledBy(2, 3)])
    await reader.read(snapshot, ['t'], 'ends', newColumns)
  assert.deepEqual(
    sent.map(each => each.broker),
    [1, 1, 2, 2],
  )
  assert.deepEqual(sent[1]?.body, sent[0]?.body)
  assert.notDeepEqual(sent[3]?.body, sent[2]?.body)
})

test('what a leader answers is in the column; what nobody answered, or was refused, is unknown', async () => {
  const { reader } = reading()
  const read = await reader.read(ledBy(2, 3), ['t'], 'ends', newColumns)
  assert.deepEqual(read.get('t')?.end, Float64Array.of(2, Number.NaN, Number.NaN))
  assert.deepEqual(read.get('t')?.start, new Float64Array(3).fill(Number.NaN))
})
