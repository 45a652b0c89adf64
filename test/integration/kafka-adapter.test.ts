/**
 * The Kafka adapter on real brokers: every raw call once, because a field that is wrong in a request shows as nothing
 * but a closed connection; and what it reads compared with what Kafka's own tools print.
 */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { crc32c } from '@node-rs/crc32'
import { connectKafka, type KafkaConnection } from '../../src/adapters/kafka/connect.ts'
import { systemClock } from '../../src/adapters/system/clock.ts'
import { brokerId, KafkaCode, type BrokerId, type ClusterSnapshot } from '../../src/core/model/index.ts'
import type { BrokerLink, FetchRequest } from '../../src/ports/broker-link.ts'
import type { Cluster } from '../../src/ports/cluster.ts'
import { runKafkaTool, startKafkaTool } from '../support/kafka-tools.ts'
import { realClusterServers, skipWithoutCluster, uniquePrefix } from '../support/real-cluster.ts'

const servers = realClusterServers() ?? []
const bootstrap = servers.join(',')
const prefix = uniquePrefix('kafka-adapter')
const TOPIC = `${prefix}-main`
const PARTITIONS = 6

describe('the Kafka adapter on real brokers', { skip: skipWithoutCluster() }, () => {
  let kafka: KafkaConnection
  let cluster: Cluster
  let link: BrokerLink

  before(async () => {
    kafka = await connectKafka({ bootstrapServers: servers, clientId: prefix, clock: systemClock })
    cluster = kafka.cluster
    link = kafka.openLink(`${prefix}-link`)
    const [outcome] = await cluster.createTopics([topic(TOPIC, PARTITIONS, [['min.insync.replicas', '2']])])
    assert.deepEqual(outcome, { item: TOPIC, code: 0, message: null })
  })

  after(async () => {
    const snapshot = await cluster.describe()
    const ours = [...snapshot.topics.keys()].filter(name => name.startsWith(prefix))
    if (ours.length > 0) await cluster.deleteTopics(ours)
    await kafka.close()
  })

  const topic = (name: string, partitions: number, configs: readonly (readonly [string, string])[] = []) => ({
    name,
    partitions,
    replicationFactor: 3,
    configs: new Map(configs),
  })

  const describeTopic = async (name: string) => {
    const found = (await cluster.describe({ topics: [name], configs: true })).topics.get(name)
    assert.ok(found)
    return found
  }

  const leaderOf = async (name: string, partition: number): Promise<BrokerId> => {
    const leader = (await describeTopic(name)).partitions[partition]?.leader
    assert.ok(leader !== undefined && leader !== null)
    return leader
  }

  const words = (line: string): readonly string[] => line.split(' ')

  const ascending = (left: number, right: number): number => left - right

  const until = async (what: string, holds: () => Promise<boolean>): Promise<void> => {
    const startedMs = performance.now()
    while (!(await holds())) {
      assert.ok(performance.now() - startedMs < 30_000, `${what}: not within 30 s`)
      await new Promise(resolve => setTimeout(resolve, 50))
    }
  }

  /** A record batch v2 with one record without key and headers, byte by byte. */
  const batchOf = (value: string): Uint8Array => {
    const text = Buffer.from(value)
    assert.ok(text.length < 58, 'lengths below stay single bytes')
    const zigzag = (length: number): number => length * 2
    const record = Buffer.concat([
      Buffer.from([0, 0, 0, 1, zigzag(text.length)]), // attributes, time and offset delta, no key (-1), length
      text,
      Buffer.from([0]), // no headers
    ])
    const batch = Buffer.alloc(61 + 1 + record.length)
    batch.writeInt32BE(batch.length - 12, 8)
    batch.writeInt32BE(-1, 12) // leader epoch
    batch[16] = 2 // magic
    batch.writeBigInt64BE(BigInt(Date.now()), 27)
    batch.writeBigInt64BE(BigInt(Date.now()), 35)
    batch.writeBigInt64BE(-1n, 43) // no producer id, epoch, sequence
    batch.writeInt16BE(-1, 51)
    batch.writeInt32BE(-1, 53)
    batch.writeInt32BE(1, 57)
    batch[61] = zigzag(record.length)
    record.copy(batch, 62)
    batch.writeUInt32BE(crc32c(batch.subarray(21)), 17)
    return batch
  }

  const send = (broker: BrokerId, partition: number, value: string, name = TOPIC) =>
    link.produce(broker, 'produce', {
      acks: -1,
      timeoutMs: 3000,
      items: [{ topic: name, partition, batch: batchOf(value) }],
    })

  test('describe: brokers, racks, controller, topics, and only the configs set on the topic itself', async () => {
    const snapshot = await cluster.describe({ configs: true })
    assert.deepEqual(
      snapshot.brokers.map(({ id, rack, alive }) => [id, rack, alive]),
      [1, 2, 3].map(id => [id, `rack-${id}`, true]),
    )
    assert.notEqual(snapshot.clusterId, '')
    assert.ok(snapshot.brokers.some(each => each.id === snapshot.controllerId))
    const found = snapshot.topics.get(TOPIC)
    assert.ok(found)
    assert.match(found.topicId, /^[0-9a-f]{32}$/)
    assert.deepEqual(found.configs, new Map([['min.insync.replicas', '2']]))
    assert.deepEqual(
      found.partitions.map(each => each.partition),
      [0, 1, 2, 3, 4, 5],
    )
    for (const each of found.partitions) {
      assert.equal(each.replicas.length, 3)
      assert.ok(each.leader !== null)
      assert.deepEqual(each.offlineReplicas, [])
    }
  })

  test('describe agrees with TopicCommand on leaders and replicas', async () => {
    const printed = await runKafkaTool(
      'TopicCommand',
      '--bootstrap-server',
      bootstrap,
      '--describe',
      '--topic',
      TOPIC,
    )
    const theirs = [...printed.matchAll(/Partition: (\d+)\s+Leader: (\d+)\s+Replicas: ([\d,]+)/g)].map(
      ([, partition, leader, replicas]) => `${partition} ${leader} ${replicas}`,
    )
    const ours = (await describeTopic(TOPIC)).partitions.map(
      each => `${each.partition} ${each.leader} ${each.replicas.join(',')}`,
    )
    assert.deepEqual(ours, theirs)
  })

  test('changes of topics: one outcome per item, and visible to whoever looks next', async () => {
    const name = `${prefix}-changing`
    const outcomes = await cluster.createTopics([topic('bad/name', 1), topic(name, 3), topic(TOPIC, 3)])
    assert.deepEqual(
      outcomes.map(each => [each.item, each.code]),
      [
        ['bad/name', KafkaCode.INVALID_TOPIC],
        [name, 0],
        [TOPIC, KafkaCode.TOPIC_ALREADY_EXISTS],
      ],
    )
    assert.equal((await describeTopic(name)).partitions.length, 3)

    assert.equal((await cluster.addPartitions(name, 5)).code, 0)
    assert.equal((await describeTopic(name)).partitions.length, 5)
    assert.equal((await cluster.addPartitions(name, 2)).code, KafkaCode.INVALID_PARTITIONS)

    const big = '9223372036854775807'
    const set = await cluster.alterTopicConfigs(
      name,
      new Map([
        ['retention.ms', big],
        ['min.insync.replicas', '2'],
      ]),
    )
    assert.equal(set.code, 0)
    const withdrawn = await cluster.alterTopicConfigs(name, new Map([['min.insync.replicas', null]]))
    assert.equal(withdrawn.code, 0)
    assert.deepEqual((await describeTopic(name)).configs, new Map([['retention.ms', big]]))
    const refused = await cluster.alterTopicConfigs(name, new Map([['retention.ms', 'soon']]))
    assert.equal(refused.code, KafkaCode.INVALID_CONFIG)
    assert.match(refused.message ?? '', /soon/)

    const gone = await cluster.deleteTopics([name, `${prefix}-never`])
    assert.deepEqual(
      gone.map(each => [each.item, each.code]),
      [
        [name, 0],
        [`${prefix}-never`, KafkaCode.UNKNOWN_TOPIC_OR_PARTITION],
      ],
    )
    assert.equal((await cluster.describe({ topics: [name] })).topics.size, 0)
  })

  test('a batch of ours is appended and comes back byte for byte but for what the broker fills in', async () => {
    const leader = await leaderOf(TOPIC, 1)
    const { results } = await send(leader, 1, 'hello')
    assert.equal(results[0]?.code, 0)
    const baseOffset = results[0].baseOffset
    const answer = await link.fetch(leader, 'fetch', await fetchFrom(1, baseOffset))
    const [part] = answer.partitions
    assert.equal(part?.code, 0)
    assert.equal(part.highWatermark, baseOffset + 1)
    const records = Buffer.from(part.records ?? [])
    assert.equal(Number(records.readBigInt64BE(0)), baseOffset)
    assert.equal(
      records.subarray(61).toString('hex'),
      Buffer.from(batchOf('hello')).subarray(61).toString('hex'),
    )
  })

  const fetchFrom = async (partition: number, offset: number): Promise<FetchRequest> => ({
    maxWaitMs: 200,
    minBytes: 1,
    maxBytes: 1 << 20,
    isolation: 'read_committed',
    partitions: [
      {
        topic: TOPIC,
        topicId: (await describeTopic(TOPIC)).topicId,
        partition,
        leaderEpoch: -1,
        offset,
        lastFetchedEpoch: -1,
        maxBytes: 1 << 20,
      },
    ],
  })

  test('outcomes of a produce are per partition; a broker that does not lead says who does', async () => {
    const { partitions } = await describeTopic(TOPIC)
    const leader = partitions[0]?.leader ?? null
    const elsewhere = partitions.find(each => each.leader !== leader)
    assert.ok(leader !== null && elsewhere !== undefined)
    const { results } = await link.produce(leader, 'produce', {
      acks: -1,
      timeoutMs: 3000,
      items: [
        { topic: TOPIC, partition: elsewhere.partition, batch: batchOf('astray') },
        { topic: `${prefix}-never`, partition: 0, batch: batchOf('nowhere') },
        { topic: TOPIC, partition: 0, batch: batchOf('home') },
      ],
    })
    assert.deepEqual(
      results.map(each => each.code),
      [KafkaCode.NOT_LEADER_OR_FOLLOWER, KafkaCode.UNKNOWN_TOPIC_OR_PARTITION, 0],
    )
    assert.deepEqual(results[0]?.leader, { id: elsewhere.leader, epoch: elsewhere.leaderEpoch })
  })

  test('a broken batch is refused by its partition with a reason', async () => {
    const batch = batchOf('broken')
    batch[30] = (batch[30] ?? 0) ^ 1
    const { results } = await link.produce(await leaderOf(TOPIC, 3), 'produce', {
      acks: -1,
      timeoutMs: 3000,
      items: [{ topic: TOPIC, partition: 3, batch }],
    })
    assert.equal(results[0]?.code, KafkaCode.CORRUPT_MESSAGE)
  })

  test('fetch outside the log is a code, not a failure', async () => {
    const answer = await link.fetch(await leaderOf(TOPIC, 4), 'fetch', await fetchFrom(4, 1_000_000))
    assert.equal(answer.partitions[0]?.code, KafkaCode.OFFSET_OUT_OF_RANGE)
  })

  test('a producer id is given once the cluster can', async () => {
    await until('a producer id', async () => (await link.initProducerId()).code === 0)
    const { producerId, producerEpoch } = await link.initProducerId()
    assert.ok(producerId >= 0n)
    assert.equal(producerEpoch, 0)
  })

  test('readOffsets equals GetOffsetShell, and listOffsets answers in the order asked', async () => {
    for (const partition of [0, 0, 5]) await send(await leaderOf(TOPIC, partition), partition, 'counted')
    const snapshot = await cluster.describe({ topics: [TOPIC] })
    const offsets = (await cluster.readOffsets(snapshot, [TOPIC, `${prefix}-never`])).get(TOPIC)
    assert.ok(offsets)
    const printed = await runKafkaTool('GetOffsetShell', '--bootstrap-server', bootstrap, '--topic', TOPIC)
    const theirs = printed
      .trim()
      .split('\n')
      .map(line => Number(line.split(':')[2]))
    assert.deepEqual([...offsets.end], theirs)
    assert.deepEqual([...offsets.start], new Array(PARTITIONS).fill(0))

    const leader = await leaderOf(TOPIC, 0)
    const listed = await link.listOffsets(leader, 'read_committed', [
      { topic: `${prefix}-never`, partition: 0, timestamp: -1 },
      { topic: TOPIC, partition: 0, timestamp: -1 },
      { topic: TOPIC, partition: 77, timestamp: -2 },
    ])
    assert.deepEqual(
      listed.map(each => each.code),
      [KafkaCode.UNKNOWN_TOPIC_OR_PARTITION, 0, KafkaCode.UNKNOWN_TOPIC_OR_PARTITION],
    )
    assert.equal(listed[1]?.offset, offsets.end[0])
  })

  test('offsets of a partition whose leader is gone or was moved are unknown, the others are read', async () => {
    const snapshot = await cluster.describe({ topics: [TOPIC] })
    const found = snapshot.topics.get(TOPIC)
    assert.ok(found)
    const nobody = brokerId(4711)
    const notItsLeader =
      found.partitions[3]?.replicas.find(each => each !== found.partitions[3]?.leader) ?? nobody
    const leaders = new Map([
      [2, nobody],
      [3, notItsLeader],
    ])
    const partitions = found.partitions.map(each => ({
      ...each,
      leader: leaders.get(each.partition) ?? each.leader,
    }))
    const amiss: ClusterSnapshot = { ...snapshot, topics: new Map([[TOPIC, { ...found, partitions }]]) }
    const end = (await cluster.readOffsets(amiss, [TOPIC])).get(TOPIC)?.end
    assert.deepEqual([...(end ?? [])].map(Number.isNaN), [false, false, true, true, false, false])
  })

  test('sizes on disk: what was written is there, and each broker has its disk', async () => {
    const leader = await leaderOf(TOPIC, 1)
    await send(leader, 1, 'weight')
    const snapshot = await cluster.describe()
    const { sizes, disks } = await cluster.readSizes(snapshot, [TOPIC])
    const column = sizes.get(TOPIC)?.sizeBytes
    assert.ok(column !== undefined && (column[1] ?? 0) > 61)
    assert.ok(column.every(Number.isFinite))
    assert.deepEqual(disks.map(each => each.broker).toSorted(ascending), [1, 2, 3])
    for (const disk of disks) assert.ok(disk.totalBytes > disk.usableBytes && disk.usedBytes > 0)
  })

  test('a leader moves to the replica named, and back', async () => {
    const [first] = (await describeTopic(TOPIC)).partitions
    assert.ok(first?.leader !== null && first !== undefined)
    const wanted = first.replicas.find(each => each !== first.leader)
    assert.ok(wanted !== undefined)
    assert.deepEqual(await cluster.moveLeader(TOPIC, 0, wanted), {
      item: `${TOPIC}-0`,
      code: 0,
      message: null,
    })
    await until('the new leader', async () => (await leaderOf(TOPIC, 0)) === wanted)
    const moved = (await describeTopic(TOPIC)).partitions[0]
    assert.equal(moved?.replicas[0], wanted)
    assert.deepEqual(moved.replicas.toSorted(ascending), first.replicas.toSorted(ascending))
    // the old leader knows better than to take the record
    const { results } = await send(first.leader, 0, 'late')
    assert.equal(results[0]?.code, KafkaCode.NOT_LEADER_OR_FOLLOWER)
    assert.equal(results[0]?.leader?.id, wanted)

    assert.equal(
      (await cluster.moveLeader(TOPIC, 0, wanted)).code,
      0,
      'moving to where it is changes nothing',
    )
    assert.equal((await cluster.moveLeader(TOPIC, 0, first.leader)).code, 0)
    await until('the old leader', async () => (await leaderOf(TOPIC, 0)) === first.leader)
    assert.match((await cluster.moveLeader(TOPIC, 0, brokerId(99))).message ?? '', /holds no copy/)
    assert.equal((await cluster.moveLeader(TOPIC, 99, wanted)).code, KafkaCode.UNKNOWN_TOPIC_OR_PARTITION)
  })

  test('a group member by the server-side protocol: join, assignment, commit, read back, leave', async () => {
    const group = `${prefix}-member`
    await until('a coordinator', async () =>
      link.findCoordinator(group).then(
        () => true,
        () => false,
      ),
    )
    const coordinator = await link.findCoordinator(group)
    const { topicId } = await describeTopic(TOPIC)
    const memberId = randomUUID()
    let epoch = 0
    let assigned: readonly number[] = []
    const beat = async (memberEpoch: number, owned: readonly number[]) =>
      link.groupHeartbeat(coordinator, {
        group,
        memberId,
        memberEpoch,
        instanceId: null,
        rackId: null,
        rebalanceTimeoutMs: 5000,
        topics: [TOPIC],
        assignor: 'uniform',
        owned: owned.length === 0 ? [] : [{ topicId, partitions: owned }],
      })
    await until('an assignment', async () => {
      const answer = await beat(epoch, assigned)
      assert.equal(answer.code, 0, answer.message ?? '')
      assert.ok(answer.intervalMs > 0)
      epoch = answer.memberEpoch
      assigned = answer.assignment?.find(each => each.topicId === topicId)?.partitions ?? assigned
      return assigned.length === PARTITIONS
    })
    assert.ok((await link.groupSessionTimeoutMs(group)) >= 1000)

    const commit = (memberEpoch: number) =>
      link.commitOffsets(coordinator, {
        group,
        memberId,
        memberEpoch,
        instanceId: null,
        offsets: [
          { topic: TOPIC, partition: 5, offset: 2 ** 33 },
          { topic: TOPIC, partition: 0, offset: 1 },
        ],
      })
    assert.deepEqual(await commit(epoch), [0, 0])
    assert.deepEqual(await commit(epoch + 7), [KafkaCode.STALE_MEMBER_EPOCH, KafkaCode.STALE_MEMBER_EPOCH])
    const read = await link.fetchOffsets(coordinator, {
      group,
      memberId,
      memberEpoch: epoch,
      requireStable: true,
      topics: [{ topic: TOPIC, partitions: [0, 3, 5] }],
    })
    assert.equal(read.code, 0)
    assert.deepEqual(
      read.offsets.map(each => [each.partition, each.code, each.offset]),
      [
        [0, 0, 1],
        [3, 0, -1],
        [5, 0, 2 ** 33],
      ],
    )

    const snapshot = await cluster.describe()
    const [seen] = await cluster.readGroups(snapshot, [group, `${prefix}-never`])
    assert.equal(seen?.type, 'consumer')
    assert.equal(seen.state, 'Stable')
    assert.equal(seen.coordinator, coordinator)
    assert.equal(seen.assignor, 'uniform')
    assert.deepEqual(seen.members[0]?.assigned.get(TOPIC)?.toSorted(ascending), [0, 1, 2, 3, 4, 5])
    assert.deepEqual(
      [...(seen.committed.get(TOPIC) ?? [])],
      [1, Number.NaN, Number.NaN, Number.NaN, Number.NaN, 2 ** 33],
    )

    assert.equal((await beat(epoch + 5, assigned)).code, KafkaCode.FENCED_MEMBER_EPOCH)
    const left = await beat(-1, [])
    assert.deepEqual([left.code, left.memberEpoch], [0, -1])
  })

  test('readGroups equals ConsumerGroupCommand for a group of a Java consumer', async context => {
    const group = `${prefix}-java`
    const leader = await leaderOf(TOPIC, 1)
    await send(leader, 1, 'for java')
    const consumer = await startKafkaTool(
      'consumer.ConsoleConsumer',
      ...words(`--bootstrap-server ${bootstrap} --topic ${TOPIC} --group ${group} --from-beginning`),
      ...words('--consumer-property auto.commit.interval.ms=200 --consumer-property group.protocol=classic'),
    )
    context.after(() => consumer.kill('SIGKILL'))
    const snapshot = await cluster.describe()
    const observe = async () => (await cluster.readGroups(snapshot, [group]))[0]
    await until('the group is stable and has committed', async () => {
      const seen = await observe()
      return seen?.state === 'Stable' && (seen.committed.get(TOPIC)?.every(Number.isFinite) ?? false)
    })
    const printed = await runKafkaTool(
      'consumer.group.ConsumerGroupCommand',
      ...words(`--bootstrap-server ${bootstrap} --describe --group ${group}`),
    )
    const seen = await observe()
    assert.ok(seen)
    assert.equal(seen.type, 'classic')
    assert.equal(seen.assignor, 'range')
    const [member] = seen.members
    assert.deepEqual(member?.subscribed, [TOPIC])
    const rows = printed
      .split('\n')
      .map(line => line.trim().split(/\s+/))
      .filter(columns => columns[1] === TOPIC)
    const theirs = rows.map(([, , partition, current, , , consumerId, host]) => [
      partition,
      current,
      consumerId,
      host,
    ])
    const ours = [...(seen.committed.get(TOPIC) ?? [])].map((offset, partition) => [
      String(partition),
      String(offset),
      member.memberId,
      `/${member.host}`,
    ])
    assert.deepEqual(
      ours,
      theirs.toSorted((left, right) => Number(left[0]) - Number(right[0])),
    )
    assert.deepEqual(member.assigned.get(TOPIC), [0, 1, 2, 3, 4, 5])
  })

  test('metadata of a topic that does not exist is a code, and does not create it', async () => {
    const name = `${prefix}-never`
    const answer = await link.metadata([name, TOPIC])
    assert.deepEqual(
      new Map(answer.topics.map(each => [each.name, each.code])),
      new Map([
        [TOPIC, 0],
        [name, KafkaCode.UNKNOWN_TOPIC_OR_PARTITION],
      ]),
    )
    assert.equal(answer.brokers.length, 3)
    assert.equal((await cluster.describe({ topics: [name] })).topics.size, 0)
  })
})
