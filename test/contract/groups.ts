import assert from 'node:assert/strict'
import { type BrokerId, KafkaCode, type TopicInfo } from '../../src/core/model/index.ts'
import { type Bench, TestMember } from './subject.ts'

interface Stage {
  readonly info: TopicInfo
  readonly group: string
  readonly coordinator: BrokerId
  readonly member: (memberId: string, instanceId?: string) => TestMember
}

const stage = async (bench: Bench, partitions = 4): Promise<Stage> => {
  const info = await bench.topic(partitions)
  const group = bench.name()
  const coordinator = await coordinatorOf(bench, group)
  return {
    info,
    group,
    coordinator,
    member: (memberId, instanceId) =>
      new TestMember(bench.link, coordinator, group, memberId, [info.name], instanceId ?? null),
  }
}

/** The first group of a cluster makes Kafka create the topic that coordinators live on: until then there is none. */
export const coordinatorOf = async (bench: Bench, group: string): Promise<BrokerId> => {
  let found: BrokerId | null = null
  await bench.eventually(`a coordinator for ${group}`, async () => {
    found = await bench.link.findCoordinator(group).catch(() => null)
    if (found === null) return false
    // it is named before it has loaded what it coordinates
    const { code } = await bench.link.fetchOffsets(found, {
      group,
      memberId: '',
      memberEpoch: -1,
      requireStable: false,
      topics: [],
    })
    return code === 0
  })
  return found ?? assert.fail()
}

const everybody = ({ info }: Stage, ...members: TestMember[]): number[] =>
  members
    .flatMap(member => member.owned)
    .flatMap(({ topicId, partitions }) => (topicId === info.topicId ? partitions : []))
    .toSorted((left, right) => left - right)

/** Beats until the member has that many partitions and owns what it was assigned. */
export const settleAt = (bench: Bench, member: TestMember, count: number): Promise<void> =>
  bench.eventually(`${member.memberId} has ${count} partitions`, async () => {
    await member.settle()
    return member.count === count
  })

/** Membership by heartbeats (KIP-848), and committed offsets under its epochs. */
export const groupTests: Record<string, (bench: Bench) => Promise<void>> = {
  'a single member gets everything, and its epoch grows from the first answer': async bench => {
    const scene = await stage(bench)
    const one = scene.member('one')
    const joined = await one.beat()
    assert.equal(joined.code, 0)
    assert.ok(joined.memberEpoch > 0)
    assert.ok(joined.intervalMs > 0)
    assert.notEqual(joined.assignment, null)
    await settleAt(bench, one, 4)
    assert.deepEqual(everybody(scene, one), [0, 1, 2, 3])
    assert.ok((await bench.link.groupSessionTimeoutMs(scene.group)) >= 1000)
  },

  'a partition goes to its new owner only after the old one let go of it': async bench => {
    const scene = await stage(bench)
    const one = scene.member('one')
    const two = scene.member('two')
    await settleAt(bench, one, 4)
    await two.settle()
    const joinedEpoch = one.epoch
    await bench.eventually('the first member is told to give up half', async () => {
      assert.equal((await one.beat()).code, 0)
      return one.count === 2
    })
    assert.equal(one.epoch, joinedEpoch, 'a member that revokes keeps its epoch')
    for (let turn = 0; turn < 3; turn++) {
      await two.settle()
      assert.equal(two.count, 0, 'nothing is given while the old owner holds it')
      assert.equal((await one.beat()).code, 0)
    }
    one.owned = one.assigned
    await one.settle()
    assert.ok(one.epoch > joinedEpoch, 'the acknowledgement brings the new epoch')
    await settleAt(bench, two, 2)
    assert.deepEqual(everybody(scene, one, two), [0, 1, 2, 3])
    assert.equal(one.epoch, two.epoch)
  },

  'a member that leaves is forgotten at once, and the others inherit': async bench => {
    const scene = await stage(bench)
    const one = scene.member('one')
    const two = scene.member('two')
    await settleAt(bench, one, 4)
    await bench.eventually('both have half', async () => {
      await one.settle()
      await two.settle()
      return one.count === 2 && two.count === 2
    })
    const left = await one.beat({ epoch: -1 })
    assert.deepEqual([left.code, left.memberEpoch], [0, -1])
    await settleAt(bench, two, 4)
    assert.equal((await one.beat()).code, KafkaCode.UNKNOWN_MEMBER_ID)
    assert.equal((await one.beat({ epoch: -1 })).code, KafkaCode.UNKNOWN_MEMBER_ID)
  },

  'a member that is silent beyond its session is thrown out': async bench => {
    const scene = await stage(bench, 2)
    const one = scene.member('one')
    const two = scene.member('two')
    await settleAt(bench, one, 2)
    await settleAt(bench, two, 0)
    await settleAt(bench, two, 2)
    assert.equal((await one.beat()).code, KafkaCode.UNKNOWN_MEMBER_ID)
  },

  'a member that does not give up in its rebalance time is thrown out, heartbeats or not': async bench => {
    const scene = await stage(bench, 2)
    const one = scene.member('one')
    const two = scene.member('two')
    one.rebalanceTimeoutMs = 1500
    await settleAt(bench, one, 2)
    await two.settle()
    let code = 0
    await bench.eventually('the one that keeps everything is out', async () => {
      code = (await one.beat()).code
      return code !== 0
    })
    assert.equal(code, KafkaCode.UNKNOWN_MEMBER_ID)
    await settleAt(bench, two, 2)
  },

  'a member may subscribe to nothing more, and hand back what it had': async bench => {
    const scene = await stage(bench, 2)
    const one = scene.member('one')
    await settleAt(bench, one, 2)
    one.topics = []
    await settleAt(bench, one, 0)
    assert.deepEqual(everybody(scene, one), [])
  },

  'epochs: too high and too old are fenced, the previous one is a lost answer': async bench => {
    const scene = await stage(bench)
    const one = scene.member('one')
    const two = scene.member('two')
    await settleAt(bench, one, 4)
    await bench.eventually('both have half', async () => {
      await one.settle()
      await two.settle()
      return one.count === 2 && two.count === 2
    })
    const current = one.epoch
    assert.equal((await one.beat({ epoch: current + 7 })).code, KafkaCode.FENCED_MEMBER_EPOCH)
    one.epoch = current
    assert.equal((await one.beat()).code, 0, 'a fenced request does not remove the member')
    const repeated = await one.beat({ epoch: current - 1 })
    assert.deepEqual([repeated.code, repeated.memberEpoch], [0, current])
    const everything = [{ topicId: scene.info.topicId, partitions: [0, 1, 2, 3] }]
    const greedy = await one.beat({ epoch: current - 1, owned: everything })
    assert.equal(greedy.code, KafkaCode.FENCED_MEMBER_EPOCH)
  },

  'requests that make no sense are refused': async bench => {
    const scene = await stage(bench, 1)
    const owned = [{ topicId: scene.info.topicId, partitions: [0] }]
    assert.equal((await scene.member('one').beat({ owned })).code, KafkaCode.INVALID_REQUEST)
    assert.equal((await scene.member('one').beat({ epoch: -2 })).code, KafkaCode.INVALID_REQUEST)
    assert.equal((await scene.member('').beat()).code, KafkaCode.INVALID_REQUEST)
    assert.equal((await scene.member('one').beat({ epoch: 3 })).code, KafkaCode.GROUP_ID_NOT_FOUND)
    assert.equal((await scene.member('one').beat({ epoch: -1 })).code, KafkaCode.GROUP_ID_NOT_FOUND)
    await settleAt(bench, scene.member('one'), 1)
    assert.equal((await scene.member('stranger').beat({ epoch: 1 })).code, KafkaCode.UNKNOWN_MEMBER_ID)
  },

  'a static member that left for a restart gets its partitions back under a new member id': async bench => {
    const scene = await stage(bench)
    const before = scene.member('before', 'instance')
    const other = scene.member('other')
    await settleAt(bench, before, 4)
    await bench.eventually('both have half', async () => {
      await before.settle()
      await other.settle()
      return before.count === 2 && other.count === 2
    })
    const successor = scene.member('after', 'instance')
    assert.equal((await successor.beat()).code, KafkaCode.UNRELEASED_INSTANCE_ID)
    const left = await before.beat({ epoch: -2 })
    assert.deepEqual([left.code, left.memberEpoch], [0, -2])
    const joined = await successor.beat()
    assert.equal(joined.code, 0)
    assert.equal(successor.epoch, before.epoch)
    assert.deepEqual(successor.assigned, before.owned)
    assert.equal((await before.beat()).code, KafkaCode.FENCED_INSTANCE_ID)
    await other.settle()
    assert.equal(other.count, 2)
  },

  'partitions that are added reach the group': async bench => {
    const scene = await stage(bench, 1)
    const one = scene.member('one')
    await settleAt(bench, one, 1)
    assert.equal((await bench.cluster.addPartitions(scene.info.name, 3)).code, 0)
    await settleAt(bench, one, 3)
  },

  'a topic that comes to be later is assigned then': async bench => {
    const group = bench.name()
    const topic = bench.name()
    bench.forget(topic)
    const one = new TestMember(bench.link, await coordinatorOf(bench, group), group, 'one', [topic])
    await settleAt(bench, one, 0)
    const request = { name: topic, partitions: 2, replicationFactor: 3, configs: new Map<string, string>() }
    assert.equal((await bench.cluster.createTopics([request]))[0]?.code, 0)
    await settleAt(bench, one, 2)
  },

  'commits count under the current epoch only, each item by itself': async bench => {
    const scene = await stage(bench, 2)
    const { name } = scene.info
    const one = scene.member('one')
    await settleAt(bench, one, 2)
    const at = (partition: number, offset: number, topic = name) => ({ topic, partition, offset })
    assert.deepEqual(await one.commit([at(0, 5), at(9, 1), at(0, 1, bench.name()), at(1, 7)]), [
      0,
      KafkaCode.UNKNOWN_TOPIC_OR_PARTITION,
      KafkaCode.UNKNOWN_TOPIC_OR_PARTITION,
      0,
    ])
    assert.deepEqual(await one.commit([at(0, 6)], one.epoch + 1), [KafkaCode.STALE_MEMBER_EPOCH])
    assert.deepEqual(await scene.member('stranger').commit([at(0, 6)], 1), [KafkaCode.UNKNOWN_MEMBER_ID])
    assert.deepEqual(await scene.member('').commit([at(0, 6)], -1), [KafkaCode.UNKNOWN_MEMBER_ID])
    const fetchAs = (memberId: string, memberEpoch: number) =>
      bench.link.fetchOffsets(scene.coordinator, {
        group: scene.group,
        memberId,
        memberEpoch,
        requireStable: true,
        topics: [{ topic: name, partitions: [0, 1] }],
      })
    const own = await fetchAs('one', one.epoch)
    assert.equal(own.code, 0)
    assert.deepEqual(
      own.offsets.map(({ topic, partition, code, offset }) => [topic, partition, code, offset]),
      [
        [name, 0, 0, 5],
        [name, 1, 0, 7],
      ],
    )
    assert.equal((await fetchAs('one', one.epoch + 1)).code, KafkaCode.STALE_MEMBER_EPOCH)
    assert.equal((await fetchAs('stranger', 1)).code, KafkaCode.UNKNOWN_MEMBER_ID)
    assert.equal((await fetchAs('', -1)).offsets[1]?.offset, 7, 'anybody may look')
    assert.deepEqual(
      await one.commit([at(0, 3)]),
      [0],
      'a lower offset is taken: keeping it up is the member’s work',
    )
    await one.beat({ epoch: -1 })
    assert.deepEqual(await one.commit([at(0, 9)]), [KafkaCode.UNKNOWN_MEMBER_ID])
  },

  'a commit under an older epoch counts for what the member has held since then, and nothing else':
    async bench => {
      const scene = await stage(bench)
      const one = scene.member('one')
      const two = scene.member('two')
      await settleAt(bench, one, 4)
      await bench.eventually('both have half', async () => {
        await one.settle()
        await two.settle()
        return one.count === 2 && two.count === 2
      })
      const heldBefore = everybody(scene, two)
      const epochBefore = two.epoch
      await one.beat({ epoch: -1 })
      await settleAt(bench, two, 4)
      const gained = everybody(scene, two).filter(partition => !heldBefore.includes(partition))
      assert.ok(two.epoch > epochBefore)
      const commit = async (epoch: number, ...partitions: (number | undefined)[]) =>
        two.commit(
          partitions.map(partition => ({ topic: scene.info.name, partition: partition ?? -1, offset: 1 })),
          epoch,
        )
      const stale = KafkaCode.STALE_MEMBER_EPOCH
      assert.deepEqual(await commit(two.epoch, ...heldBefore, ...gained), [0, 0, 0, 0])
      assert.deepEqual(await commit(epochBefore, ...heldBefore), [0, 0])
      assert.deepEqual(await commit(epochBefore, ...gained), [stale, stale])
      assert.deepEqual(await commit(epochBefore, heldBefore[0], gained[0]), [stale, stale], 'one refuses all')
      const fetched = await bench.link.fetchOffsets(scene.coordinator, {
        group: scene.group,
        memberId: 'two',
        memberEpoch: epochBefore,
        requireStable: true,
        topics: [{ topic: scene.info.name, partitions: heldBefore }],
      })
      assert.deepEqual(fetched, { code: stale, offsets: [] }, 'reading offsets takes the current epoch only')
    },

  'what a commit says beside an offset is read back with it, until the next commit': async bench => {
    const scene = await stage(bench, 1)
    const { name } = scene.info
    const one = scene.member('one')
    await settleAt(bench, one, 1)
    const readBack = async () => {
      const { offsets } = await bench.link.fetchOffsets(scene.coordinator, {
        group: scene.group,
        memberId: 'one',
        memberEpoch: one.epoch,
        requireStable: true,
        topics: [{ topic: name, partitions: [0] }],
      })
      return offsets.map(({ offset, metadata }) => [offset, metadata])
    }
    const commit = (offset: number, metadata?: string) =>
      one.commit([{ topic: name, partition: 0, offset, ...(metadata === undefined ? {} : { metadata }) }])
    assert.deepEqual(await commit(5, 'lk1:1.5'), [0])
    assert.deepEqual(await readBack(), [[5, 'lk1:1.5']])
    assert.deepEqual(await commit(6), [0])
    assert.deepEqual(await readBack(), [[6, '']])
  },

  'offsets are set from outside while nobody is in the group, and not otherwise': async bench => {
    const scene = await stage(bench, 2)
    const { name } = scene.info
    const set = async (partition: number, offset: number) => {
      const [outcome] = await bench.cluster.setGroupOffsets(scene.group, name, [{ partition, offset }])
      return [outcome?.item, outcome?.code]
    }
    assert.deepEqual(await set(1, 7), [`${name}-1`, 0])
    assert.deepEqual(await set(9, 1), [`${name}-9`, KafkaCode.UNKNOWN_TOPIC_OR_PARTITION])
    const [observed] = await bench.cluster.readGroups(await bench.snapshot(name), [scene.group])
    assert.deepEqual(
      [observed?.members.length, [...(observed?.committed.get(name) ?? [])]],
      [0, [Number.NaN, 7]],
    )
    const one = scene.member('one')
    await settleAt(bench, one, 2)
    assert.deepEqual(await set(1, 3), [`${name}-1`, KafkaCode.UNKNOWN_MEMBER_ID])
    await one.beat({ epoch: -1 })
    assert.deepEqual(await set(1, 3), [`${name}-1`, 0])
  },

  'offsets of a group that is not, or of nothing committed, are -1 without an error': async bench => {
    const { name } = await bench.topic(1)
    const group = bench.name()
    const coordinator = await coordinatorOf(bench, group)
    const answer = await bench.link.fetchOffsets(coordinator, {
      group,
      memberId: '',
      memberEpoch: -1,
      requireStable: false,
      topics: [{ topic: name, partitions: [0] }],
    })
    assert.equal(answer.code, 0)
    assert.deepEqual(answer.offsets, [{ topic: name, partition: 0, code: 0, offset: -1, metadata: '' }])
    const asMember = await bench.link.fetchOffsets(coordinator, {
      group,
      memberId: 'ghost',
      memberEpoch: 1,
      requireStable: true,
      topics: [{ topic: name, partitions: [0] }],
    })
    assert.deepEqual(asMember, answer)
    const ghost = new TestMember(bench.link, coordinator, group, 'ghost', [name])
    const [code] = await ghost.commit([{ topic: name, partition: 0, offset: 1 }], 3)
    assert.equal(code, KafkaCode.GROUP_ID_NOT_FOUND)
  },

  'who asks the wrong broker is told to look for the coordinator': async bench => {
    const scene = await stage(bench, 1)
    const { brokers } = await bench.cluster.describe()
    const wrong = brokers.find(broker => broker.id !== scene.coordinator)
    assert.ok(wrong)
    const lost = new TestMember(bench.link, wrong.id, scene.group, 'lost', [scene.info.name])
    assert.equal((await lost.beat()).code, KafkaCode.NOT_COORDINATOR)
    const [code] = await lost.commit([{ topic: scene.info.name, partition: 0, offset: 1 }], 1)
    assert.equal(code, KafkaCode.NOT_COORDINATOR)
  },

  'groups are observed with state, members, assignment and committed offsets': async bench => {
    const scene = await stage(bench, 2)
    const { name } = scene.info
    const one = scene.member('one')
    await settleAt(bench, one, 2)
    const metadata = 'lk1:1.1 failing:r.0.1.8.7.TypeError'
    await one.commit([{ topic: name, partition: 1, offset: 4, metadata }])
    const look = async () => {
      const found = await bench.cluster.readGroups(await bench.snapshot(name), [scene.group, bench.name()])
      assert.equal(found.length, 1)
      return found[0]
    }
    const busy = await look()
    assert.deepEqual(
      [busy?.groupId, busy?.type, busy?.state, busy?.coordinator, busy?.assignor],
      [scene.group, 'consumer', 'Stable', scene.coordinator, 'uniform'],
    )
    const [member] = busy?.members ?? []
    assert.deepEqual([member?.memberId, member?.instanceId, member?.subscribed], ['one', null, [name]])
    assert.notEqual(member?.clientId, '')
    assert.deepEqual(member?.assigned.get(name), [0, 1])
    assert.deepEqual([...(busy?.committed.get(name) ?? [])], [NaN, 4])
    assert.deepEqual(
      [...(busy?.failing?.get(name) ?? [])],
      [[1, { offset: 4, records: 1, state: 'retrying', attempts: 8, failingMs: 7000, error: 'TypeError' }]],
    )
    await one.beat({ epoch: -1 })
    const quiet = await look()
    assert.deepEqual([quiet?.state, quiet?.members], ['Empty', []])
    assert.deepEqual([...(quiet?.committed.get(name) ?? [])], [NaN, 4])
  },
}
