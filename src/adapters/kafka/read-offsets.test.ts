import assert from 'node:assert/strict'
import { test } from 'node:test'
import { brokerId } from '../../core/model/index.ts'
import { broker, snapshotOf, topic } from '../../../test/support/scripted-cluster.ts'
import { OffsetReader } from './read-offsets.ts'

const reading = () => {
  const sent: { readonly broker: number; readonly body: Buffer }[] = []
  const wires = {
    call: (endpoint: { broker: number }, _channel: string, _api: unknown, [body]: [Buffer]) => {
      sent.push({ broker: endpoint.broker, body })
      return Promise.resolve([{ topic: 't', partitions: [0], codes: [0], offsets: [endpoint.broker] }])
    },
  } as unknown as ConstructorParameters<typeof OffsetReader>[0]
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
    await reader.read(snapshot, ['t'], 'ends')
  assert.deepEqual(
    sent.map(each => each.broker),
    [1, 1, 2, 2],
  )
  assert.equal(sent[1]?.body, sent[0]?.body)
  assert.notDeepEqual(sent[3]?.body, sent[2]?.body)
})

test('what a leader answers is in the column, and what nobody answered is unknown', async () => {
  const { reader } = reading()
  const read = await reader.read(ledBy(2, 2), ['t'], 'ends')
  assert.deepEqual(read.get('t')?.end, Float64Array.of(2, Number.NaN))
})
