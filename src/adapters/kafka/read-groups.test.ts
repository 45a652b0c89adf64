import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type BrokerId, brokerId, KafkaCode, newColumns } from '../../core/model/index.ts'
import { LinkFailure } from '../../ports/broker-link.ts'
import { type Asked, answeringWires } from '../../../test/support/answering-wires.ts'
import { snapshotOf, topic } from '../../../test/support/scripted-cluster.ts'
import { type GroupTools, readGroups } from './read-groups.ts'
import { WireWriter } from './wire-bytes.ts'

const noGroups = (code: number): Buffer =>
  new WireWriter(50).int32(0).int16(code).compactLength(0).noTaggedFields().finish()

const reading = async (answer: (asked: Asked) => Buffer) => {
  const silent: BrokerId[] = []
  const tools: GroupTools = {
    wires: answeringWires(answer),
    book: {
      endpoint: (id: number) => ({ address: { host: 'broker', port: 9092 }, broker: brokerId(id) }),
    } as unknown as GroupTools['book'],
    descriptions: new Map(),
    columns: newColumns,
    onSilence: broker => silent.push(broker),
  }
  const groups = await readGroups(tools, snapshotOf([topic('t', 3, [1, 2, 3])]), null)
  return { groups, silent: silent.toSorted((a, b) => a - b) }
}

test('who gave no answer, and who still loads its groups, is told: what is missing may be theirs', async () => {
  const { groups, silent } = await reading(({ broker }) => {
    if (broker === 2) throw new LinkFailure('timeout', brokerId(2), 'no answer')
    return noGroups(broker === 1 ? KafkaCode.COORDINATOR_LOAD_IN_PROGRESS : 0)
  })
  assert.deepEqual(groups, [])
  assert.deepEqual(silent, [1, 2])
})

test('where all answer nobody is silent', async () => {
  assert.deepEqual(await reading(() => noGroups(0)), { groups: [], silent: [] })
})
