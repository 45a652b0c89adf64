/** What the observer reads by itself, against the library's reading of the same bytes. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { consumerGroupDescribeV0, describeLogDirsV4, metadataV12, Reader } from '@platformatic/kafka'
import { UnreadableAnswer } from './errors.ts'
import { GroupDescriptionReader } from './group-description-codec.ts'
import { readLogDirs } from './log-dirs-codec.ts'
import { MetadataReader } from './metadata-codec.ts'
import { WireWriter } from './wire-bytes.ts'

const ID = '0123456789abcdef0123456789abcdef'

/** Partitions are listed last first; `isr` is that of partition 0 of topic `a`. */
const metadata = (isr: readonly number[]): Buffer => {
  const writer = new WireWriter(2_000).int32(0).compactLength(2)
  for (const id of [1, 2])
    writer.int32(id).string(`host-${id}`).int32(9092).nullableString(null).noTaggedFields()
  writer.nullableString('cluster').int32(2).compactLength(2)
  for (const topic of ['a', 'b']) {
    writer
      .int16(0)
      .nullableString(topic)
      .uuidHex(ID)
      .int8(topic === 'b' ? 1 : 0)
      .compactLength(2)
    for (const p of [1, 0]) {
      writer
        .int16(0)
        .int32(p)
        .int32(p === 0 ? 2 : -1)
        .int32(5)
      for (const list of [[1, 2], topic === 'a' && p === 0 ? isr : [1, 2], p === 0 ? [] : [1]]) {
        writer.compactLength(list.length)
        for (const id of list) writer.int32(id)
      }
      writer.noTaggedFields()
    }
    writer.int32(0).noTaggedFields()
  }
  return writer.noTaggedFields().finish()
}

test('metadata says what the library reads in it, in order of partitions', () => {
  const bytes = metadata([2])
  const theirs = metadataV12.parseResponse(0, 3, 12, Reader.from(bytes))
  const ours = new MetadataReader().read(bytes)
  assert.equal(ours.clusterId, theirs.clusterId)
  assert.deepEqual(
    ours.brokers,
    theirs.brokers.map(({ nodeId, host, port, rack }) => ({ id: nodeId, host, port, rack, alive: true })),
  )
  assert.deepEqual(
    ours.topics,
    theirs.topics.map(topic => ({
      code: topic.errorCode,
      info: {
        name: topic.name,
        topicId: topic.topicId.replaceAll('-', ''),
        internal: topic.isInternal,
        configs: null,
        partitions: topic.partitions.toReversed().map(each => ({
          partition: each.partitionIndex,
          leader: each.leaderId < 0 ? null : each.leaderId,
          leaderEpoch: each.leaderEpoch,
          replicas: each.replicaNodes,
          isr: each.isrNodes,
          offlineReplicas: each.offlineReplicas,
        })),
      },
    })),
  )
})

test('a topic of which nothing changed keeps its partitions, and one of which something did does not', () => {
  const reader = new MetadataReader()
  const read = (isr: readonly number[]) =>
    reader.read(metadata(isr)).topics.map(({ info }) => info.partitions)
  const [a, b] = read([1, 2])
  const [sameA, sameB] = read([1, 2])
  assert.equal(sameA, a)
  assert.equal(sameB, b)
  const [changedA, stillB] = read([2])
  assert.deepEqual(changedA?.[0]?.isr, [2])
  assert.equal(stillB, b)
  // what went back is read anew: only the answer before is known
  assert.deepEqual(read([1, 2])[0], a)
})

const member = (writer: WireWriter, partitions: readonly number[]): void => {
  writer.string('m').nullableString('static').nullableString('rack').int32(3).string('client')
  writer.string('/10.0.0.1').compactLength(2).string('a').string('b').nullableString(null)
  for (const held of [partitions, [9]]) {
    writer.compactLength(1).uuidHex(ID).string('a').compactLength(held.length)
    for (const p of held) writer.int32(p)
    writer.noTaggedFields().noTaggedFields()
  }
  writer.noTaggedFields()
}

const groups = (partitions: readonly number[]): Buffer => {
  const writer = new WireWriter(2_000).int32(0).compactLength(2)
  for (const group of ['g', 'h']) {
    writer.int16(0).nullableString(null).string(group).string('Stable').int32(4).int32(4).string('uniform')
    writer.compactLength(1)
    member(writer, group === 'g' ? partitions : [7])
    writer.int32(0).noTaggedFields()
  }
  return writer.noTaggedFields().finish()
}

test('groups are described as the library reads them; a group at rest keeps its members', () => {
  const reader = new GroupDescriptionReader()
  const first = reader.read(groups([0, 2]))
  const theirs = consumerGroupDescribeV0.parseResponse(0, 69, 0, Reader.from(groups([0, 2])))
  assert.deepEqual(
    first,
    theirs.groups.map(group => ({
      code: group.errorCode,
      groupId: group.groupId,
      state: group.groupState,
      assignor: group.assignorName,
      members: group.members.map(each => ({
        memberId: each.memberId,
        instanceId: each.instanceId,
        clientId: each.clientId,
        host: '10.0.0.1',
        subscribed: each.subscribedTopicNames,
        assigned: new Map(each.assignment.topicPartitions.map(on => [on.topicName, on.partitions])),
      })),
    })),
  )
  const second = reader.read(groups([0]))
  assert.deepEqual(second[0]?.members[0]?.assigned, new Map([['a', [0]]]))
  assert.equal(second[1], first[1])
})

const logDirs = (): Buffer => {
  const writer = new WireWriter(2_000).int32(0).int16(0).compactLength(3)
  for (const [code, total] of [
    [0, 1_000],
    [0, -1],
    [56, 1_000],
  ] as const) {
    writer.int16(code).string('/logs').compactLength(1).string('a').compactLength(2)
    for (const p of [0, 1])
      writer
        .int32(p)
        .int64(100 + p)
        .int64(0)
        .int8(p)
        .noTaggedFields()
    writer.noTaggedFields().int64(total).int64(400).noTaggedFields()
  }
  return writer.noTaggedFields().finish()
}

test('sizes are told replica by replica and summed up as far as directories can be read', () => {
  const told: (readonly [string, number, number, boolean])[] = []
  const sums = readLogDirs(
    logDirs(),
    topic => (partition, size, future) => void told.push([topic, partition, size, future]),
  )
  assert.deepEqual(sums, { usedBytes: 402, totalBytes: Number.NaN, usableBytes: 800 })
  const read = (): ReturnType<typeof describeLogDirsV4.parseResponse> => {
    try {
      return describeLogDirsV4.parseResponse(0, 35, 4, Reader.from(logDirs()))
    } catch (failure) {
      return (failure as { readonly response: ReturnType<typeof describeLogDirsV4.parseResponse> }).response
    }
  }
  const theirs = read().results.flatMap(dir =>
    dir.topics.flatMap(({ name, partitions }) =>
      partitions.map(each => [name, each.partitionIndex, Number(each.partitionSize), each.isFutureKey]),
    ),
  )
  assert.deepEqual(told, theirs)
})

for (const [name, bytes, read] of [
  ['metadata', metadata([1]), (part: Buffer) => new MetadataReader().read(part)],
  ['group descriptions', groups([1]), (part: Buffer) => new GroupDescriptionReader().read(part)],
  ['log directories', logDirs(), (part: Buffer) => readLogDirs(part, () => undefined)],
] as const)
  test(`${name}: every answer that is cut off is refused`, () => {
    // the last byte is the empty list of the answer's own tagged fields, which carries nothing
    for (let length = 0; length < bytes.length - 1; length++)
      assert.throws(() => read(bytes.subarray(0, length)), UnreadableAnswer, `cut at ${length}`)
  })
