/** Single stories of a member and its group, each with the sequence of events that once broke it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nodeCodecs } from '../../src/adapters/codecs/node-codecs.ts'
import { createSimulatedCluster } from '../../src/adapters/simulated/create.ts'
import {
  type ConsumedRecord,
  type ConsumerEvent,
  type ConsumerOptions,
  createConsumer,
} from '../../src/consumer/consumer.ts'
import type { LanekeeperError } from '../../src/core/model/index.ts'
import { type BrokerLink, LinkFailure } from '../../src/ports/broker-link.ts'
import { sleep } from '../../src/ports/clock.ts'
import { createProducer } from '../../src/producer/producer.ts'
import { SimulatedClock } from '../support/simulated-clock.ts'
import { MemberProcess } from './member-process.ts'

const TOPIC = 'orders'
const PARTITIONS = 2

/** A topic with one record in each partition, and members that a test can stop and cut off. */
const stage = async (settings: { readonly sessionTimeoutMs: number }) => {
  const clock = new SimulatedClock()
  const cluster = createSimulatedCluster({
    brokers: 3,
    seed: 'story',
    clock,
    settings: { ...settings, heartbeatIntervalMs: 1000 },
  })
  const write = async (): Promise<void> => {
    const link = cluster.openLink('writer')
    const producer = createProducer({ link, clock, codecs: nodeCodecs, random: { next: () => 0 } })
    for (let partition = 0; partition < PARTITIONS; partition++)
      producer.send({ topic: TOPIC, key: `k${partition}`, value: 'v', partition })
    await producer.close({ deadlineMs: 5000 })
  }
  await clock.run(
    cluster.cluster.createTopics([
      { name: TOPIC, partitions: PARTITIONS, replicationFactor: 3, configs: new Map() },
    ]),
  )
  await clock.run(write())

  const member = (memberId: string, options: Partial<ConsumerOptions> = {}) => {
    const process = new MemberProcess(clock)
    const network = { hears: true, speaks: true }
    const records = new Map<number, ConsumedRecord>()
    const events: ConsumerEvent[] = []
    const consumer = createConsumer({
      link: over(process.behind(cluster.openLink(memberId)), network),
      clock: process,
      codecs: nodeCodecs,
      options: {
        group: 'g',
        topics: [TOPIC],
        memberId,
        handler: record => {
          records.set(record.partition, record)
          // for ever, whatever the signal says
          return new Promise(() => undefined)
        },
        onEvent: event => events.push(event),
        ...options,
      },
    })
    let ended: LanekeeperError | 'left' | null = null
    consumer.run().then(
      () => (ended = 'left'),
      (failure: LanekeeperError) => (ended = failure),
    )
    const owned = (): readonly number[] =>
      consumer
        .stats()
        .partitions.map(each => each.partition)
        .toSorted((left, right) => left - right)
    return { consumer, process, network, records, events, owned, ended: () => ended }
  }
  return { clock, cluster, write, member }
}

/** Who `hears` nothing loses the answers to its heartbeats; who does not `speak` loses the heartbeats themselves. */
const over = (link: BrokerLink, network: { readonly hears: boolean; readonly speaks: boolean }): BrokerLink =>
  new Proxy(link, {
    get: (target, name) => {
      const method = Reflect.get(target, name) as (...parameters: unknown[]) => unknown
      if (name !== 'groupHeartbeat') return method
      return async (...parameters: unknown[]): Promise<unknown> => {
        if (!network.speaks) throw new LinkFailure('closed', null, 'the request was lost')
        const answer = await (Reflect.apply(method, target, parameters) as Promise<unknown>)
        if (!network.hears) throw new LinkFailure('closed', null, 'the answer was lost')
        return answer
      }
    },
  })

test('batches: in order, one of a partition at a time, tried again as a whole, committed behind the last that is done', async () => {
  const { clock, cluster, write } = await stage({ sessionTimeoutMs: 60_000 })
  for (let round = 0; round < 20; round++) await clock.run(write())
  const done: number[][] = [[], []]
  const running = new Set<number>()
  const tried: number[] = []
  const consumer = createConsumer({
    link: cluster.openLink('batches'),
    clock,
    codecs: nodeCodecs,
    options: {
      group: 'g',
      topics: [TOPIC],
      maxPollRecords: 8,
      retry: { attempts: 3, backoffMs: 10 },
      handleBatch: async ({ partition, records, attempts }) => {
        assert.ok(!running.has(partition), 'two batches of a partition at once')
        running.add(partition)
        await sleep(clock, 5)
        running.delete(partition)
        const [first = assert.fail()] = records
        if (partition === 1 && first.offset >= 8) {
          tried.push(attempts)
          throw new Error('no more')
        }
        done[partition]?.push(...records.map(each => each.offset))
      },
    },
  })
  const ended = consumer.run()
  await clock.until(() => consumer.stats().partitions.some(each => each.stopped !== null))
  await clock.until(() => done[0]?.length === 21)
  const stats = consumer.stats()
  assert.deepEqual(done, [Array.from({ length: 21 }, (_, offset) => offset), [0, 1, 2, 3, 4, 5, 6, 7]])
  assert.deepEqual(tried, [0, 1, 2])
  assert.equal(stats.partitions.find(each => each.partition === 1)?.frontier, 8)
  assert.equal(stats.recordsProcessed, 29)
  assert.equal(stats.recordsConsumed, 29 + stats.recordsGivenBack)
  await clock.run(consumer.close({ deadlineMs: 5000 }))
  await clock.run(ended)
  assert.equal(consumer.stats().uncommittedOffsets, 0)
})

/** The first commit's answer is lost with its connection; the commit itself is carried out `lateMs` afterwards. */
const withLateCommit = (link: BrokerLink, clock: SimulatedClock, lateMs: number): BrokerLink => {
  let commits = 0
  return new Proxy(link, {
    get: (target, name) => {
      const method = Reflect.get(target, name) as (...parameters: unknown[]) => unknown
      if (name !== 'commitOffsets') return method.bind(target)
      return async (...parameters: unknown[]): Promise<unknown> => {
        const send = (): Promise<unknown> => Reflect.apply(method, target, parameters) as Promise<unknown>
        if (++commits > 1) return send()
        clock.after(lateMs, () => void send())
        throw new LinkFailure('closed', null, 'the connection was lost')
      }
    },
  })
}

test('a commit that is carried out late, after newer ones, does not have the last word', async () => {
  const { clock, cluster, write } = await stage({ sessionTimeoutMs: 60_000 })
  const consumer = createConsumer({
    link: withLateCommit(cluster.openLink('late'), clock, 3000),
    clock,
    codecs: nodeCodecs,
    options: { group: 'g', topics: [TOPIC], handler: () => undefined },
  })
  const ended = consumer.run()
  const admin = cluster.openLink('admin')
  const committed = async (): Promise<readonly number[]> => {
    const answer = await admin.fetchOffsets(await admin.findCoordinator('g'), {
      group: 'g',
      memberId: '',
      memberEpoch: -1,
      requireStable: false,
      topics: [{ topic: TOPIC, partitions: [0, 1] }],
    })
    return answer.offsets.map(each => each.offset)
  }
  await clock.until(() => consumer.stats().codes.has('commit LINK_FAILURE'))
  await clock.run(write())
  await clock.advance(1000)
  assert.deepEqual(await clock.run(committed()), [2, 2])
  await clock.advance(4000)
  assert.deepEqual(await clock.run(committed()), [1, 1], 'the late one came, or this test shows nothing')
  await clock.advance(4000)
  assert.deepEqual(await clock.run(committed()), [2, 2])
  await clock.run(consumer.close({ deadlineMs: 5000 }))
  await clock.run(ended)
})

test('the answer that took a partition is lost: its former owner is silent before the new one begins', async () => {
  const { clock, member } = await stage({ sessionTimeoutMs: 60_000 })
  const first = member('first', { maxPollIntervalMs: 10_000 })
  await clock.until(() => first.records.size === PARTITIONS)
  first.network.hears = false
  const second = member('second', { handler: () => undefined, maxPollIntervalMs: 10_000 })
  // the coordinator tells it within a heartbeat, and its clock runs; the member hears of it four seconds later
  await clock.advance(5000)
  first.network.hears = true
  await clock.until(() => first.events.some(each => each.type === 'revoking'))
  await clock.until(() => second.owned().length > 0)
  const given = second.owned()
  for (const partition of given)
    assert.equal(first.records.get(partition)?.owned(), false, `partition ${partition} has two owners`)
})

test('given up, and the acknowledgement never answered: the other partitions end with the rebalance timeout', async () => {
  const { clock, member } = await stage({ sessionTimeoutMs: 60_000 })
  const records: ConsumedRecord[] = []
  const first = member('first', {
    maxPollIntervalMs: 5000,
    handler: record => void records.push(record),
    onEvent: event => {
      if (event.type === 'revoked') first.network.speaks = false
    },
  })
  await clock.until(() => records.length === PARTITIONS)
  const second = member('second', { handler: () => undefined, maxPollIntervalMs: 5000 })
  await clock.until(() => !first.network.speaks)
  const kept = records.filter(record => record.owned())
  assert.equal(kept.length, 1, 'what was not taken goes on')
  // its lease by the session would last for most of a minute; the coordinator waits for five seconds
  await clock.until(() => second.owned().length === PARTITIONS)
  for (const record of records)
    assert.equal(record.owned(), false, `partition ${record.partition} has two owners`)
})

for (const groupProtocol of ['consumer', 'classic'] as const)
  test(`${groupProtocol}: a handler that ignores its signal ends the consumer, by name, and has no effect any more`, async () => {
    const { clock, member } = await stage({ sessionTimeoutMs: 6000 })
    const protocol = {
      groupProtocol,
      ...(groupProtocol === 'classic' ? { sessionTimeoutMs: 6000, heartbeatIntervalMs: 1000 } : {}),
    }
    const stuck = member('stuck', { ...protocol, maxPollIntervalMs: 10_000 })
    await clock.until(() => stuck.records.size === PARTITIONS)
    const other = member('other', { ...protocol, handler: () => undefined })
    stuck.process.stop()
    await clock.until(() => other.owned().length === PARTITIONS)
    stuck.process.goOn()
    await clock.until(() => stuck.ended() !== null)
    const error = stuck.ended()
    assert.ok(error !== null && error !== 'left' && error.code === 'HANDLER_STUCK', String(error))
    assert.match(error.message, /orders-0, orders-1 still run 10 s \(max\.poll\.interval\.ms\)/)
    assert.match(error.fix ?? '', /record\.signal/)
    const lost = stuck.events.find(each => each.type === 'lost')
    assert.match(lost?.reason ?? '', /more than the session timeout \(6\.0 s\)/)
    for (const record of stuck.records.values()) {
      assert.ok(record.signal.aborted)
      assert.equal(record.owned(), false)
    }
    await clock.advance(30_000)
    assert.equal(other.owned().length, PARTITIONS, 'the others go on')
  })

test('a handler longer than max.poll.interval.ms: the loss says so', async () => {
  const { clock, member } = await stage({ sessionTimeoutMs: 60_000 })
  const slow = member('slow', {
    maxPollIntervalMs: 5000,
    // done at last, long after the group has gone on
    handler: () => sleep(clock, 20_000),
  })
  await clock.until(() => slow.owned().length === PARTITIONS)
  // heartbeats are on time; only what the handlers hold back is not
  const other = member('other', { handler: () => undefined })
  await clock.until(() => other.owned().length > 0)
  const revoked = slow.events.find(each => each.type === 'revoked')
  assert.equal(revoked?.inTime, false)
})

test('closing before anything is known leaves nothing behind', async () => {
  for (const groupProtocol of ['consumer', 'classic'] as const) {
    const { clock, member } = await stage({ sessionTimeoutMs: 6000 })
    const early = member('early', { groupProtocol })
    const closed = early.consumer.close({ deadlineMs: 1000 })
    assert.equal((await clock.run(closed)).left, true)
    await clock.advance(10_000)
    assert.equal(early.ended(), 'left')
    assert.deepEqual(early.owned(), [])
  }
})
