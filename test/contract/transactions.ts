import assert from 'node:assert/strict'
import { type BrokerId, KafkaCode, type TopicInfo } from '../../src/core/model/index.ts'
import type { ProduceResult, TransactionAnswer } from '../../src/ports/broker-link.ts'
import { coordinatorOf, settleAt } from './groups.ts'
import { type Bench, batchOf, recordsIn, TestMember } from './subject.ts'

/** A transactional writer by plain calls: its identity is whatever the last answer said. */
class TestWriter {
  producerId = -1n
  producerEpoch = -1
  readonly transactionalId: string
  readonly #bench: Bench
  readonly #coordinator: BrokerId
  #sequences = new Map<number, number>()

  private constructor(bench: Bench, transactionalId: string, coordinator: BrokerId) {
    this.#bench = bench
    this.transactionalId = transactionalId
    this.#coordinator = coordinator
  }

  /** Registered, as a process that just started. */
  static async start(bench: Bench, transactionalId = bench.name(), timeoutMs = 60_000): Promise<TestWriter> {
    let writer: TestWriter | null = null
    await bench.eventually(`${transactionalId} is registered`, async () => {
      const coordinator = await transactionCoordinatorOf(bench, transactionalId)
      const answer = await bench.link.initTransactions(coordinator, { transactionalId, timeoutMs })
      // the predecessor's transaction is being aborted, or the coordinator is not awake yet
      if (notYet.has(answer.code)) return false
      assert.equal(answer.code, 0)
      writer = new TestWriter(bench, transactionalId, coordinator)
      writer.#take(answer)
      return true
    })
    return writer ?? assert.fail()
  }

  /** Writes one batch, waiting for the transaction before to be out of the way. */
  async write(info: TopicInfo, partition: number, ...values: string[]): Promise<ProduceResult> {
    const sequence = this.#sequences.get(partition) ?? 0
    const { producerId: id, producerEpoch: epoch } = this
    const batch = batchOf(values, { id, epoch, sequence, transactional: true }, this.#bench.clock.wallMs())
    const broker = await this.#bench.leaderOf(info.name, partition)
    let result: ProduceResult | null = null
    await this.#bench.eventually('the transaction before is complete', async () => {
      result = await this.#bench.produceTo(broker, info.name, partition, batch, -1, this.transactionalId)
      return !notYet.has(result.code) && result.code !== KafkaCode.NOT_ENOUGH_REPLICAS
    })
    const written: ProduceResult = result ?? assert.fail()
    if (written.code === 0) this.#sequences.set(partition, sequence + values.length)
    return written
  }

  /** Asks for the end; a good answer brings the identity of the next transaction. */
  async end(decision: 'commit' | 'abort'): Promise<TransactionAnswer> {
    const answer = await this.repeatEnd(decision, this.producerEpoch)
    if (answer.code === 0) this.#take(answer)
    return answer
  }

  repeatEnd(decision: 'commit' | 'abort', producerEpoch: number): Promise<TransactionAnswer> {
    const { transactionalId, producerId } = this
    return this.#bench.link.endTransaction(this.#coordinator, {
      transactionalId,
      producerId,
      producerEpoch,
      decision,
    })
  }

  /** Waits for the transaction before to be out of the way. */
  async commitOffsets(
    groupCoordinator: BrokerId,
    member: TestMember,
    group: string,
    offsets: readonly { readonly topic: string; readonly partition: number; readonly offset: number }[],
    memberEpoch = member.epoch,
  ): Promise<readonly number[]> {
    const { transactionalId, producerId, producerEpoch } = this
    let codes: readonly number[] = []
    await this.#bench.eventually('the transaction before is complete', async () => {
      codes = await this.#bench.link.commitOffsetsInTransaction(groupCoordinator, {
        transactionalId,
        producerId,
        producerEpoch,
        group,
        memberId: member.memberId,
        memberEpoch,
        instanceId: null,
        offsets,
      })
      return !codes.some(code => notYet.has(code))
    })
    return codes
  }

  #take({ producerId, producerEpoch }: TransactionAnswer): void {
    this.producerId = producerId
    this.producerEpoch = producerEpoch
    this.#sequences = new Map()
  }
}

const notYet: ReadonlySet<number> = new Set([
  KafkaCode.CONCURRENT_TRANSACTIONS,
  KafkaCode.COORDINATOR_LOAD_IN_PROGRESS,
  KafkaCode.COORDINATOR_NOT_AVAILABLE,
  KafkaCode.NOT_COORDINATOR,
])

/** The first transactional id of a cluster makes Kafka create the topic that coordinators live on. */
const transactionCoordinatorOf = async (bench: Bench, transactionalId: string): Promise<BrokerId> => {
  let found: BrokerId | null = null
  await bench.eventually(`a coordinator for ${transactionalId}`, async () => {
    found = await bench.link.findCoordinator(transactionalId, 'transaction').catch(() => null)
    return found !== null
  })
  return found ?? assert.fail()
}

/** Committed records of a partition from its start, once nothing undecided lies below `end`. */
const committed = async (bench: Bench, info: TopicInfo, end: number, partition = 0): Promise<string[]> => {
  let fetched = await bench.fetch(info, partition, 0, { isolation: 'read_committed', maxWaitMs: 10 })
  await bench.eventually(`everything below ${end} is decided`, async () => {
    fetched = await bench.fetch(info, partition, 0, { isolation: 'read_committed', maxWaitMs: 10 })
    return fetched.lastStableOffset >= end
  })
  return recordsIn(fetched, 0, 'read_committed')
}

/** Transactions of the second protocol (KIP-890). */
export const transactionTests: Record<string, (bench: Bench) => Promise<void>> = {
  'records of a transaction are seen by readers of committed records when it is committed, not before':
    async bench => {
      const info = await bench.topic(2)
      const writer = await TestWriter.start(bench)
      assert.deepEqual(
        [(await writer.write(info, 0, 'a', 'b')).code, (await writer.write(info, 1, 'c')).code],
        [0, 0],
      )
      const open = await bench.fetch(info, 0, 0, { isolation: 'read_committed', maxWaitMs: 10 })
      assert.deepEqual([open.lastStableOffset, recordsIn(open, 0, 'read_committed')], [0, []])
      assert.deepEqual(recordsIn(await bench.fetch(info, 0, 0), 0), ['0:a', '1:b'])
      const leader = await bench.leaderOf(info.name, 0)
      const ask = { topic: info.name, partition: 0, timestamp: -1 }
      assert.deepEqual(await bench.link.listOffsets(leader, 'read_committed', [ask]), [
        { code: 0, offset: 0 },
      ])
      const before = writer.producerEpoch
      const { code, producerEpoch } = await writer.end('commit')
      assert.deepEqual([code, producerEpoch], [0, before + 1], 'each transaction has an epoch of its own')
      assert.deepEqual(await committed(bench, info, 3), ['0:a', '1:b'])
      assert.deepEqual(await committed(bench, info, 2, 1), ['0:c'])
      assert.deepEqual(await bench.link.listOffsets(leader, 'read_committed', [ask]), [
        { code: 0, offset: 3 },
      ])
    },

  'aborted records are told apart, also between committed ones and twice in a row': async bench => {
    const info = await bench.topic(1)
    const writer = await TestWriter.start(bench)
    for (const [value, decision] of [
      ['ok1', 'commit'],
      ['no1', 'abort'],
      ['no2', 'abort'],
      ['ok2', 'commit'],
    ] as const) {
      assert.equal((await writer.write(info, 0, value)).code, 0)
      assert.equal((await writer.end(decision)).code, 0)
    }
    assert.deepEqual(await committed(bench, info, 8), ['0:ok1', '6:ok2'])
    const all = recordsIn(await bench.fetch(info, 0, 0), 0)
    assert.deepEqual(all, ['0:ok1', '2:no1', '4:no2', '6:ok2'])
  },

  'an open transaction hides what others committed behind it, and what is not transactional': async bench => {
    const info = await bench.topic(1)
    const [slow, quick] = [await TestWriter.start(bench), await TestWriter.start(bench)]
    await slow.write(info, 0, 'slow')
    await quick.write(info, 0, 'quick')
    await quick.end('commit')
    await bench.produce(info.name, 0, batchOf(['plain'], null, bench.clock.wallMs()))
    const open = await bench.fetch(info, 0, 0, { isolation: 'read_committed', maxWaitMs: 10 })
    assert.deepEqual([open.lastStableOffset, open.records], [0, null])
    await slow.end('abort')
    assert.deepEqual(
      (await committed(bench, info, 5)).map(each => each.split(':')[1]),
      ['quick', 'plain'],
    )
  },

  'a successor aborts what the last holder of the id left open, and shuts it out': async bench => {
    const info = await bench.topic(1)
    const zombie = await TestWriter.start(bench)
    await zombie.write(info, 0, 'zombie')
    const successor = await TestWriter.start(bench, zombie.transactionalId)
    assert.equal(successor.producerId, zombie.producerId)
    assert.ok(successor.producerEpoch > zombie.producerEpoch)
    assert.equal((await zombie.end('commit')).code, KafkaCode.PRODUCER_FENCED)
    assert.equal((await zombie.write(info, 0, 'again')).code, KafkaCode.INVALID_PRODUCER_EPOCH)
    await successor.write(info, 0, 'successor')
    await successor.end('commit')
    assert.deepEqual(await committed(bench, info, 4), ['2:successor'])
  },

  'a zombie that wrote nowhere yet is refused as well': async bench => {
    const info = await bench.topic(1)
    const zombie = await TestWriter.start(bench)
    await TestWriter.start(bench, zombie.transactionalId)
    assert.equal((await zombie.write(info, 0, 'late')).code, KafkaCode.INVALID_PRODUCER_EPOCH)
    assert.equal((await zombie.end('abort')).code, KafkaCode.PRODUCER_FENCED)
  },

  'an end that is asked for again is answered as the first time; the other end is refused': async bench => {
    const info = await bench.topic(1)
    const writer = await TestWriter.start(bench)
    await writer.write(info, 0, 'a')
    const epoch = writer.producerEpoch
    assert.equal((await writer.end('commit')).code, 0)
    let again: TransactionAnswer | null = null
    await bench.eventually('the repeat is answered', async () => {
      again = await writer.repeatEnd('commit', epoch)
      return again.code !== KafkaCode.CONCURRENT_TRANSACTIONS
    })
    assert.deepEqual(again, {
      code: 0,
      message: null,
      producerId: writer.producerId,
      producerEpoch: epoch + 1,
    })
    assert.equal((await writer.repeatEnd('abort', epoch)).code, KafkaCode.INVALID_TXN_STATE)
    assert.deepEqual(await committed(bench, info, 2), ['0:a'])
  },

  'nothing can be committed where nothing was written; aborting nothing is no mistake': async bench => {
    const info = await bench.topic(1)
    const writer = await TestWriter.start(bench)
    assert.equal((await writer.end('commit')).code, KafkaCode.INVALID_TXN_STATE)
    assert.equal((await writer.end('abort')).code, 0)
    await writer.write(info, 0, 'a')
    assert.equal((await writer.end('commit')).code, 0)
    assert.deepEqual(await committed(bench, info, 2), ['0:a'])
  },

  'a batch sent twice is appended once, and one of an earlier transaction is refused': async bench => {
    const info = await bench.topic(1)
    const writer = await TestWriter.start(bench)
    const { producerId: id, producerEpoch: epoch, transactionalId } = writer
    const leader = await bench.leaderOf(info.name, 0)
    const batch = batchOf(['a'], { id, epoch, sequence: 0, transactional: true }, bench.clock.wallMs())
    const send = () => bench.produceTo(leader, info.name, 0, batch, -1, transactionalId)
    const [first, second] = [await send(), await send()]
    assert.deepEqual([first.code, first.baseOffset, second.code, second.baseOffset], [0, 0, 0, 0])
    await writer.end('commit')
    await committed(bench, info, 2)
    assert.equal((await send()).code, KafkaCode.INVALID_PRODUCER_EPOCH)
  },

  'a transaction that is open beyond its time is aborted; its writer may agree, and then go on':
    async bench => {
      const info = await bench.topic(1)
      const writer = await TestWriter.start(bench, bench.name(), 1000)
      await writer.write(info, 0, 'late')
      assert.deepEqual(await committed(bench, info, 2), [])
      assert.equal((await writer.write(info, 0, 'later')).code, KafkaCode.INVALID_PRODUCER_EPOCH)
      // the coordinator may still be writing the abort's markers
      let refused = KafkaCode.CONCURRENT_TRANSACTIONS as number
      await bench.eventually('the late commit is answered', async () => {
        refused = (await writer.end('commit')).code
        return refused !== KafkaCode.CONCURRENT_TRANSACTIONS
      })
      assert.equal(refused, KafkaCode.INVALID_TXN_STATE)
      assert.equal((await writer.end('abort')).code, 0)
      await writer.write(info, 0, 'next')
      await writer.end('commit')
      assert.deepEqual(await committed(bench, info, 4), ['2:next'])
    },

  'offsets in a transaction count when it commits, are unstable before, and vanish with it': async bench => {
    const info = await bench.topic(2)
    const group = bench.name()
    const coordinator = await coordinatorOf(bench, group)
    const member = new TestMember(bench.link, coordinator, group, 'one', [info.name])
    await settleAt(bench, member, 2)
    const read = async (requireStable: boolean) => {
      const { code, offsets } = await bench.link.fetchOffsets(coordinator, {
        group,
        memberId: 'one',
        memberEpoch: member.epoch,
        requireStable,
        topics: [{ topic: info.name, partitions: [0] }],
      })
      assert.equal(code, 0)
      return [offsets[0]?.code, offsets[0]?.offset]
    }
    const writer = await TestWriter.start(bench)
    const at = (offset: number) => [{ topic: info.name, partition: 0, offset }]
    await writer.write(info, 1, 'out')
    assert.deepEqual(await writer.commitOffsets(coordinator, member, group, at(5)), [0])
    assert.deepEqual(await read(true), [KafkaCode.UNSTABLE_OFFSET_COMMIT, -1])
    assert.deepEqual(await read(false), [0, -1])
    await writer.end('commit')
    await bench.eventually('the offset counts', async () => (await read(true))[1] === 5)
    assert.deepEqual(await writer.commitOffsets(coordinator, member, group, at(9)), [0])
    await writer.end('abort')
    await bench.eventually('the offset is stable again', async () => (await read(true))[0] === 0)
    assert.deepEqual(await read(true), [0, 5])
  },

  'offsets of a member that is not, or of another epoch, are refused': async bench => {
    const info = await bench.topic(1)
    const group = bench.name()
    const coordinator = await coordinatorOf(bench, group)
    const member = new TestMember(bench.link, coordinator, group, 'one', [info.name])
    await settleAt(bench, member, 1)
    const writer = await TestWriter.start(bench)
    const offsets = [{ topic: info.name, partition: 0, offset: 1 }]
    const code = async (asMember: TestMember, epoch = asMember.epoch) =>
      (await writer.commitOffsets(coordinator, asMember, group, offsets, epoch))[0]
    const stranger = new TestMember(bench.link, coordinator, group, 'stranger', [info.name])
    assert.equal(await code(stranger, 1), KafkaCode.UNKNOWN_MEMBER_ID)
    assert.equal(await code(member, member.epoch + 1), KafkaCode.ILLEGAL_GENERATION)
    assert.equal(await code(member), 0)
    const zombie = await TestWriter.start(bench, writer.transactionalId)
    assert.equal(await code(member), KafkaCode.INVALID_PRODUCER_EPOCH, 'the writer is shut out by now')
    assert.equal((await zombie.end('abort')).code, 0)
  },

  'who asks the wrong broker is told to look for the coordinator': async bench => {
    const writer = await TestWriter.start(bench)
    const { transactionalId, producerId, producerEpoch } = writer
    const right = await bench.link.findCoordinator(transactionalId, 'transaction')
    const wrong = (await bench.cluster.describe()).brokers.find(broker => broker.id !== right)
    assert.ok(wrong)
    const asked = { transactionalId, producerId, producerEpoch, decision: 'abort' } as const
    assert.equal((await bench.link.endTransaction(wrong.id, asked)).code, KafkaCode.NOT_COORDINATOR)
    const init = { transactionalId, timeoutMs: 1000 }
    assert.equal((await bench.link.initTransactions(wrong.id, init)).code, KafkaCode.NOT_COORDINATOR)
  },
}
