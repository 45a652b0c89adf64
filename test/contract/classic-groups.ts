import assert from 'node:assert/strict'
import { type BrokerId, KafkaCode } from '../../src/core/model/index.ts'
import type { BrokerLink } from '../../src/ports/broker-link.ts'
import type { JoinGroupAnswer, SyncGroupAnswer } from '../../src/ports/classic-group.ts'
import { coordinatorOf } from './groups.ts'
import type { Bench } from './subject.ts'

/** A member that does nothing by itself. Its link is its own: a join that waits blocks what comes behind it. */
class ClassicTestMember {
  memberId = ''
  generation = -1
  readonly #link: BrokerLink
  readonly #coordinator: BrokerId
  readonly #group: string
  readonly #instanceId: string | null

  constructor(bench: Bench, coordinator: BrokerId, group: string, instanceId: string | null = null) {
    this.#link = bench.openLink()
    this.#coordinator = coordinator
    this.#group = group
    this.#instanceId = instanceId
  }

  /** Joins; the first time twice, as the protocol wants it. */
  async join(
    options: { readonly protocols?: readonly string[]; readonly metadata?: string } = {},
  ): Promise<JoinGroupAnswer> {
    const { protocols = ['range'], metadata = 'same' } = options
    const ask = (): Promise<JoinGroupAnswer> =>
      this.#link.joinGroup(this.#coordinator, {
        group: this.#group,
        memberId: this.memberId,
        instanceId: this.#instanceId,
        sessionTimeoutMs: 6000,
        rebalanceTimeoutMs: 10_000,
        protocols: protocols.map(name => ({ name, metadata: bytes(metadata) })),
        reason: 'contract',
      })
    let answer = await ask()
    if (answer.code === KafkaCode.MEMBER_ID_REQUIRED) {
      this.memberId = answer.memberId
      answer = await ask()
    }
    if (answer.code === 0) {
      this.memberId = answer.memberId
      this.generation = answer.generation
    }
    return answer
  }

  sync(assignments: Readonly<Record<string, string>> = {}, protocol = 'range'): Promise<SyncGroupAnswer> {
    return this.#link.syncGroup(this.#coordinator, {
      ...this.#identity,
      protocol,
      waitMs: 10_000,
      assignments: Object.entries(assignments).map(([memberId, text]) => ({
        memberId,
        assignment: bytes(text),
      })),
    })
  }

  beat(generation = this.generation): Promise<number> {
    return this.#link.heartbeatClassic(this.#coordinator, { ...this.#identity, generation })
  }

  leave(): Promise<number> {
    return this.#link.leaveGroup(this.#coordinator, this.#identity)
  }

  async commit(topic: string, offset: number, generation = this.generation): Promise<number | undefined> {
    const [code] = await this.#link.commitOffsets(this.#coordinator, {
      group: this.#group,
      memberId: this.memberId,
      memberEpoch: generation,
      instanceId: this.#instanceId,
      offsets: [{ topic, partition: 0, offset, metadata: '' }],
    })
    return code
  }

  get #identity() {
    return {
      group: this.#group,
      memberId: this.memberId,
      generation: this.generation,
      instanceId: this.#instanceId,
    }
  }
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const text = (answer: SyncGroupAnswer): string => new TextDecoder().decode(answer.assignment)

const stage = async (bench: Bench) => {
  const group = bench.name()
  const coordinator = await coordinatorOf(bench, group)
  return {
    group,
    coordinator,
    member: (instanceId?: string) => new ClassicTestMember(bench, coordinator, group, instanceId ?? null),
  }
}

/** Two members that have joined and synced; the first leads. */
const pair = async (bench: Bench) => {
  const { member, ...scene } = await stage(bench)
  const [one, two] = [member(), member()]
  await one.join()
  await one.sync({ [one.memberId]: 'all' })
  const joining = two.join()
  await bench.eventually(
    'the first is told of the rebalance',
    async () => (await one.beat()) === KafkaCode.REBALANCE_IN_PROGRESS,
  )
  const [led] = await Promise.all([one.join(), joining])
  assert.equal(led.leader, one.memberId)
  await Promise.all([one.sync({ [one.memberId]: 'a', [two.memberId]: 'b' }), two.sync()])
  return { ...scene, member, one, two }
}

/** The classic protocol: joins, the leader's assignment, generations. */
export const classicGroupTests: Record<string, (bench: Bench) => Promise<void>> = {
  'the first join is given an id and asked to come again; the leader gets everybody’s metadata':
    async bench => {
      const { member } = await stage(bench)
      const one = member()
      const joined = await one.join({ metadata: 'mine' })
      assert.deepEqual([joined.code, joined.leader, joined.protocol], [0, one.memberId, 'range'])
      assert.deepEqual(
        joined.members.map(({ memberId, metadata }) => [memberId, new TextDecoder().decode(metadata)]),
        [[one.memberId, 'mine']],
      )
      const synced = await one.sync({ [one.memberId]: 'part' })
      assert.deepEqual([synced.code, text(synced)], [0, 'part'])
      assert.equal(await one.beat(), 0)
    },

  'a join of another makes everybody join; each gets its part of the leader’s assignment': async bench => {
    const { one, two } = await pair(bench)
    assert.equal(one.generation, two.generation)
    // whoever asks again is told the same
    assert.deepEqual([text(await one.sync()), text(await two.sync())], ['a', 'b'])
    assert.deepEqual([await one.beat(), await two.beat()], [0, 0])
  },

  'the group agrees on a protocol that all know; a member that knows none of it is refused': async bench => {
    const { member } = await stage(bench)
    const [one, stranger] = [member(), member()]
    const joined = await one.join({ protocols: ['cooperative-sticky', 'range'] })
    assert.equal(joined.protocol, 'cooperative-sticky')
    await one.sync({ [one.memberId]: 'all' }, 'cooperative-sticky')
    const refused = await stranger.join({ protocols: ['roundrobin'] })
    assert.equal(refused.code, KafkaCode.INCONSISTENT_GROUP_PROTOCOL)
    assert.equal(await one.beat(), 0, 'the others notice nothing')
  },

  'a follower that joins again unchanged gets the generation as it is; changed, or the leader, it makes a new one':
    async bench => {
      const { one, two } = await pair(bench)
      const before = two.generation
      assert.equal((await two.join()).generation, before)
      const joining = two.join({ metadata: 'other' })
      await bench.eventually(
        'the first is told',
        async () => (await one.beat()) === KafkaCode.REBALANCE_IN_PROGRESS,
      )
      await Promise.all([one.join(), joining])
      assert.equal(two.generation, before + 1)
    },

  'a member that leaves is missed at once': async bench => {
    const { one, two } = await pair(bench)
    assert.equal(await two.leave(), 0)
    assert.equal(await one.beat(), KafkaCode.REBALANCE_IN_PROGRESS)
    assert.equal(await two.beat(), KafkaCode.UNKNOWN_MEMBER_ID)
    const alone = await one.join()
    assert.equal(alone.members.length, 1)
  },

  'generations: an old one is refused, for heartbeats, syncs and commits': async bench => {
    const { name } = await bench.topic(1)
    const { one } = await pair(bench)
    const old = one.generation - 1
    assert.equal(await one.beat(old), KafkaCode.ILLEGAL_GENERATION)
    assert.equal(await one.commit(name, 5, old), KafkaCode.ILLEGAL_GENERATION)
    assert.equal(await one.commit(name, 5), 0)
  },

  'commits count during a rebalance until its join is answered, then not before the sync': async bench => {
    const { name } = await bench.topic(1)
    const { one, two } = await pair(bench)
    await two.leave()
    assert.equal(await one.beat(), KafkaCode.REBALANCE_IN_PROGRESS)
    assert.equal(await one.commit(name, 5), 0)
    await one.join()
    assert.equal(await one.commit(name, 6), KafkaCode.REBALANCE_IN_PROGRESS)
    await one.sync({ [one.memberId]: 'all' })
    assert.equal(await one.commit(name, 6), 0)
  },

  'a member that is silent beyond its session is thrown out': async bench => {
    const { one, two } = await pair(bench)
    await bench.eventually(
      'the other is missed',
      async () => (await one.beat()) === KafkaCode.REBALANCE_IN_PROGRESS,
    )
    assert.equal((await one.join()).members.length, 1)
    assert.equal(await two.beat(), KafkaCode.UNKNOWN_MEMBER_ID)
  },

  'a static member that comes again takes its old place; whoever had it is fenced': async bench => {
    const { member } = await stage(bench)
    const [before, after] = [member('instance'), member('instance')]
    await before.join()
    await before.sync({ [before.memberId]: 'part' })
    const joined = await after.join()
    assert.deepEqual([joined.code, joined.generation], [0, before.generation])
    assert.notEqual(after.memberId, before.memberId)
    assert.equal(text(await after.sync()), 'part')
    assert.equal(await before.beat(), KafkaCode.FENCED_INSTANCE_ID)
  },

  'who asks the wrong broker is told to look for the coordinator': async bench => {
    const { group, coordinator } = await stage(bench)
    const { brokers } = await bench.cluster.describe()
    const wrong = brokers.find(broker => broker.id !== coordinator)
    assert.ok(wrong)
    const lost = new ClassicTestMember(bench, wrong.id, group)
    assert.equal((await lost.join()).code, KafkaCode.NOT_COORDINATOR)
    assert.equal(await lost.beat(1), KafkaCode.NOT_COORDINATOR)
  },
}
