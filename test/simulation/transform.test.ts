/**
 * Transforms over the simulated cluster: workers die before and after their requests, wake up as zombies, lose brokers and
 * answers, and lose their partitions to each other. Whatever happens, every input has its output once, in order per key,
 * for readers of committed records.
 *
 * A failing run prints its seed; `LANEKEEPER_SIM_SEED=<seed>` plays it again, alone. `LANEKEEPER_SIM_SEEDS=<count>`
 * plays more.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nodeCodecs } from '../../src/adapters/codecs/node-codecs.ts'
import type { SimulatedClusterHandle } from '../../src/adapters/simulated/create.ts'
import { readTopic } from '../../src/consumer/reader.ts'
import {
  createTransform,
  type Transform,
  type TransformOptions,
} from '../../src/consumer/transform/transform.ts'
import { LanekeeperError } from '../../src/core/model/index.ts'
import {
  between,
  chance,
  drawFaultPlan,
  integerBelow,
  type SeededRandom,
  seededRandom,
} from '../../src/core/simulation/index.ts'
import { type BrokerLink, LinkFailure } from '../../src/ports/broker-link.ts'
import { sleep } from '../../src/ports/clock.ts'
import { createProducer } from '../../src/producer/producer.ts'
import { createTransactionalProducer } from '../../src/producer/transaction/transactional.ts'
import type { Bench } from '../contract/subject.ts'
import { type DyingLink, dyingLink } from '../support/dying-link.ts'
import { SimulatedClock } from '../support/simulated-clock.ts'
import { judgeOnce, type OnceVerdict, type SeenRecord } from '../support/transaction-judge.ts'
import { seedsOf, simulatedBench } from './stage.ts'

const GROUP = 'transform'
const SEEDS_DEFAULT = 4
const FAULTS_UNTIL_MS = 60_000
const PARTITIONS = 3
const CLASSIC: Partial<TransformOptions> = {
  groupProtocol: 'classic',
  sessionTimeoutMs: 6_000,
  heartbeatIntervalMs: 1_000,
}

const seeds = seedsOf(SEEDS_DEFAULT)

class Scene {
  readonly clock = new SimulatedClock()
  readonly world: SimulatedClusterHandle
  readonly bench: Bench
  readonly expected = new Map<string, number>()
  readonly codes = new Map<string, number>()
  from = ''
  to = ''
  #links = 0

  constructor(seed: string) {
    const { world, bench } = simulatedBench(seed, this.clock, 'transform')
    this.world = world
    this.bench = bench
  }

  async open(): Promise<void> {
    const configs = { 'min.insync.replicas': '2' }
    this.from = (await this.bench.topic(PARTITIONS, { configs })).name
    this.to = (await this.bench.topic(PARTITIONS, { configs })).name
  }

  link(at = 0, moment: 'before' | 'after' = 'before'): DyingLink {
    return dyingLink(this.world.openLink(`worker-${this.#links++}`), at, moment)
  }

  /** Values 1, 2, 3 … of each key, a batch at a time. */
  async writeInputs(random: SeededRandom, keys: number, records: number, pauseMs: number): Promise<void> {
    const producer = createProducer({
      link: this.world.openLink('input'),
      clock: this.clock,
      codecs: nodeCodecs,
      random,
      options: { lingerMs: 1 },
    })
    for (let index = 0; index < records; index++) {
      const key = `k${integerBelow(random, keys)}`
      const sequence = (this.expected.get(key) ?? 0) + 1
      this.expected.set(key, sequence)
      producer.send({ topic: this.from, key, value: String(sequence) })
      if (pauseMs > 0) await sleep(this.clock, pauseMs)
    }
    const { acknowledged } = await producer.close({ deadlineMs: 130_000 })
    assert.equal(acknowledged, records)
  }

  worker(
    { link }: DyingLink,
    name: string,
    random: SeededRandom,
    options: Partial<TransformOptions> = {},
  ): Transform {
    return createTransform({
      link,
      clock: this.clock,
      codecs: nodeCodecs,
      random,
      openTransactions: transactionTimeoutMs =>
        createTransactionalProducer({
          link,
          clock: this.clock,
          codecs: nodeCodecs,
          random,
          options: {
            transactionalId: `${GROUP}-${name}`,
            transactionTimeoutMs,
            giveUpMs: 15_000,
            producer: { lingerMs: 1, deliveryTimeoutMs: 15_000 },
          },
        }),
      options: {
        from: this.from,
        to: this.to,
        group: GROUP,
        commitIntervalMs: 50,
        transactionTimeoutMs: 20_000,
        handler: async ({ key, value }) => {
          await sleep(this.clock, between(random, 0, 20))
          return { key, value }
        },
        onEvent: event => {
          if (event.type === 'restarting') this.count(event.error.code)
        },
        ...options,
      },
    })
  }

  count(code: string): void {
    this.codes.set(code, (this.codes.get(code) ?? 0) + 1)
  }

  /** Runs it to its end, whatever that is. */
  async run(transform: Transform): Promise<void> {
    try {
      await transform.run()
    } catch (error) {
      if (!(error instanceof LanekeeperError)) throw error
      this.count(error.code)
    }
  }

  async untilCommitted(limitMs = 300_000): Promise<void> {
    await this.bench.eventually(
      'the group has committed everything',
      async () => {
        const snapshot = await this.bench.snapshot(this.from)
        const end = (await this.world.cluster.readOffsets(snapshot, [this.from])).get(this.from)?.end ?? []
        const [group] = await this.world.cluster.readGroups(snapshot, [GROUP])
        const committed = group?.committed.get(this.from)
        return (
          committed !== undefined &&
          [...end].every((offset, partition) => committed[partition] === offset || offset === 0)
        )
      },
      limitMs,
    )
  }

  async judge(): Promise<OnceVerdict> {
    return judgeOnce(await this.read(this.to), this.expected)
  }

  /** Committed records of a topic, each partition in its order. */
  async read(topic: string): Promise<readonly SeenRecord[]> {
    const records: SeenRecord[] = []
    const text = new TextDecoder()
    await readTopic({
      link: this.world.openLink('judge'),
      clock: this.clock,
      codecs: nodeCodecs,
      topics: [topic],
      from: 'earliest',
      until: 'end',
      onRecord: ({ partition, offset, key, value }) => {
        records.push({
          partition,
          offset,
          key: text.decode(key ?? undefined),
          value: text.decode(value ?? undefined),
        })
      },
    })
    return records
  }

  async close(): Promise<void> {
    await this.bench.close()
    await this.world.close()
  }
}

const assertOnce = ({ missing, repeated, reordered, foreign, examples }: OnceVerdict, where: string): void =>
  assert.deepEqual(
    { missing, repeated, reordered, foreign },
    { missing: 0, repeated: 0, reordered: 0, foreign: 0 },
    `${where}: ${examples.join('; ')}`,
  )

const onScene = (seed: string, body: (scene: Scene) => Promise<void>): Promise<void> => {
  const scene = new Scene(seed)
  return scene.clock.run(
    (async () => {
      await scene.open()
      await body(scene)
      await scene.close()
    })(),
    3_600_000,
  )
}

const RECORDS = 40

test('a worker that dies around any of its requests leaves nothing half done to its successor', async () => {
  let requests = 0
  await onScene('whole', async scene => {
    await scene.writeInputs(seededRandom('input'), 6, RECORDS, 0)
    const link = scene.link()
    const worker = scene.worker(link, 'a', seededRandom('worker'))
    const running = scene.run(worker)
    await scene.untilCommitted()
    requests = link.requests()
    await worker.close({ deadlineMs: 10_000 })
    await running
    assertOnce(await scene.judge(), 'unharmed')
    assert.ok(worker.stats().transactionsCommitted > 1)
  })
  for (let at = 2; at <= requests; at += 5)
    for (const moment of ['before', 'after'] as const)
      await onScene(`${moment} ${at}`, async scene => {
        await scene.writeInputs(seededRandom('input'), 6, RECORDS, 0)
        const dying = scene.link(at, moment)
        void scene.run(scene.worker(dying, 'a', seededRandom('worker')))
        await dying.death
        const successor = scene.worker(scene.link(), 'a', seededRandom(at))
        const running = scene.run(successor)
        await scene.untilCommitted()
        await successor.close({ deadlineMs: 10_000 })
        await running
        assertOnce(await scene.judge(), `${moment} request ${at} of ${requests}`)
      })
})

test('deaths, zombies, brokers and networks that fail, from seeds: every output once, in order per key', async () => {
  const codes = new Map<string, number>()
  for (const seed of seeds) {
    try {
      await onScene(seed, async scene => {
        const random = seededRandom(`${seed}/run`)
        const brokers = (await scene.world.cluster.describe()).brokers.map(broker => broker.id)
        scene.world.faults.follow(
          drawFaultPlan(random.fork('plan'), {
            brokers,
            fromMs: 500,
            untilMs: FAULTS_UNTIL_MS,
            quietMs: 4000,
            awayMs: 12_000,
            recoveryMs: 5000,
          }),
        )
        scene.world.faults.setNetwork({
          requestLost: 0.003,
          answerLost: 0.005,
          answerLate: 0.003,
          produceLate: 0.01,
          lateMs: between(random, 50, 6000),
        })
        const writing = scene.writeInputs(random.fork('input'), 12, 600, FAULTS_UNTIL_MS / 800)
        const protocol = chance(random.fork('protocol'), 0.5) ? CLASSIC : {}
        const live = new Map<string, Transform>()
        const start = (name: string): DyingLink => {
          const dying = scene.link(30 + integerBelow(random, 600), chance(random, 0.5) ? 'before' : 'after')
          const worker = scene.worker(dying, name, random.fork(`${name}-${live.size}`), protocol)
          live.set(name, worker)
          void scene.run(worker)
          return dying
        }
        const keepAlive = async (name: string): Promise<void> => {
          while (scene.clock.monotonicMs() < FAULTS_UNTIL_MS)
            // some are not waited for: their successor begins while they still run
            await Promise.race([start(name).death, sleep(scene.clock, between(random, 5000, 25_000))])
        }
        await Promise.all([writing, keepAlive('a'), keepAlive('b')])
        scene.world.faults.setNetwork({ requestLost: 0, answerLost: 0, answerLate: 0, produceLate: 0 })
        await sleep(scene.clock, 15_000)
        const last = scene.worker(scene.link(), 'a', random.fork('last'), protocol)
        const running = scene.run(last)
        await scene.untilCommitted()
        await last.close({ deadlineMs: 20_000 })
        await running
        assertOnce(await scene.judge(), seed)
        for (const [code, count] of scene.codes) codes.set(code, (codes.get(code) ?? 0) + count)
      })
    } catch (error) {
      throw new Error(`seed ${seed}`, { cause: error })
    }
  }
  // the faults really met it
  if (seeds.length >= SEEDS_DEFAULT)
    assert.ok((codes.get('TRANSACTION_FENCED') ?? 0) > 0, JSON.stringify([...codes]))
})

test('a worker that lost its partitions with uncommitted output aborts it, although it joins again', () =>
  onScene('lost', async scene => {
    await scene.writeInputs(seededRandom('input'), 6, RECORDS, 0)
    const slow = scene.link()
    let deaf = false
    const { link } = slow
    const deafLink: BrokerLink = new Proxy(link, {
      get: (target, name) => {
        const method = Reflect.get(target, name) as (...parameters: unknown[]) => unknown
        if (name !== 'groupHeartbeat') return method.bind(target)
        return (...parameters: unknown[]) =>
          deaf
            ? Promise.reject(new LinkFailure('timeout', null, 'the coordinator is not heard'))
            : method.apply(target, parameters)
      },
    })
    let processed = 0
    const first = scene.worker({ ...slow, link: deafLink }, 'a', seededRandom('a'), {
      commitIntervalMs: 3_000_000,
      transactionTimeoutMs: 100_000,
      handler: ({ key, value }) => {
        processed++
        return { key, value }
      },
    })
    const firstRuns = scene.run(first)
    await scene.bench.eventually('everything is processed, nothing committed', () =>
      Promise.resolve(processed === RECORDS),
    )
    deaf = true
    const second = scene.worker(scene.link(), 'b', seededRandom('b'))
    const secondRuns = scene.run(second)
    await scene.untilCommitted()
    deaf = false
    await scene.bench.eventually('the first is a member again', () =>
      Promise.resolve(first.stats().attempts > 1 && first.stats().consumer.phase === 'STABLE'),
    )
    assert.equal(scene.codes.get('GROUP_FENCED'), 1)
    await Promise.all([first.close({ deadlineMs: 10_000 }), second.close({ deadlineMs: 10_000 })])
    await Promise.all([firstRuns, secondRuns])
    assertOnce(await scene.judge(), 'after the loss')
  }))

test('a handler that fails for good ends the transform, and nothing of the open transaction is visible', () =>
  onScene('poison', async scene => {
    await scene.writeInputs(seededRandom('input'), 6, RECORDS, 0)
    const worker = scene.worker(scene.link(), 'a', seededRandom('worker'), {
      retry: { attempts: 2, backoffMs: 10 },
      handler: ({ key, value }) => {
        if (new TextDecoder().decode(value ?? undefined) === '3') throw new Error('poison')
        return { key, value }
      },
    })
    await assert.rejects(
      worker.run(),
      (error: unknown) =>
        error instanceof LanekeeperError &&
        error.code === 'HANDLER_FAILED' &&
        error.message.includes('poison'),
    )
    // what is visible is below what is committed, and a repaired worker goes on from there
    const repaired = scene.worker(scene.link(), 'a', seededRandom('repaired'))
    const running = scene.run(repaired)
    await scene.untilCommitted()
    await repaired.close({ deadlineMs: 10_000 })
    await running
    assertOnce(await scene.judge(), 'after the repair')
  }))

test('an output that no transaction can hold ends the transform, with the reason', () =>
  onScene('too large', async scene => {
    await scene.writeInputs(seededRandom('input'), 6, RECORDS, 0)
    const worker = scene.worker(scene.link(), 'a', seededRandom('worker'), {
      handler: ({ key }) => ({ key, value: 'x'.repeat(2_000_000) }),
    })
    await assert.rejects(
      worker.run(),
      (error: unknown) =>
        error instanceof LanekeeperError &&
        error.code === 'TRANSACTION_ABORTED' &&
        error.cause instanceof LanekeeperError &&
        error.cause.code === 'RECORD_TOO_LARGE',
    )
    assert.equal((await scene.judge()).records, 0)
  }))

test('a dead letter is written in the transaction that passes over its record', () =>
  onScene('dead letters', async scene => {
    await scene.writeInputs(seededRandom('input'), 6, RECORDS, 0)
    const letters = (await scene.bench.topic(1)).name
    const dying = scene.link(60, 'after')
    const options: Partial<TransformOptions> = {
      retry: { attempts: 1 },
      onFailure: { policy: 'dead-letter', topic: letters },
      handler: ({ key, value }) => {
        if (new TextDecoder().decode(value ?? undefined) === '3') throw new Error('poison')
        return { key, value }
      },
    }
    void scene.run(scene.worker(dying, 'a', seededRandom('a'), options))
    await Promise.race([dying.death, sleep(scene.clock, 5_000)])
    const successor = scene.worker(scene.link(), 'a', seededRandom('b'), options)
    const running = scene.run(successor)
    await scene.untilCommitted()
    await successor.close({ deadlineMs: 10_000 })
    await running
    const poisoned = [...scene.expected].flatMap(([key, count]) => (count >= 3 ? [key] : []))
    assert.deepEqual((await scene.read(letters)).map(({ key }) => key).toSorted(), poisoned.toSorted())
    const { missing, repeated, foreign } = await scene.judge()
    assert.deepEqual([missing, repeated, foreign], [poisoned.length, 0, 0])
  }))

test('what cannot work is refused before anything is sent', () =>
  onScene('usage', async scene => {
    const usage = (error: unknown): boolean => error instanceof LanekeeperError && error.code === 'USAGE'
    const cases: readonly Partial<TransformOptions>[] = [
      { to: scene.from },
      { to: '' },
      { from: [] },
      { commitIntervalMs: 0 },
      { transactionTimeoutMs: 0.5 },
      { concurrency: 0 },
    ]
    for (const options of cases)
      assert.throws(() => scene.worker(scene.link(), 'a', seededRandom('a'), options), usage)
    return Promise.resolve()
  }))
