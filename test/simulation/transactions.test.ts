/**
 * Transactional producers over the simulated cluster: a counter that each process takes from the committed offset of a
 * group, writes into two partitions, and moves on, all in one transaction. Processes die before and after every single
 * request, and at random under broker and network faults; zombies go on beside their successors. Whatever happens, the
 * log shows every number once, in order, in both partitions, up to the committed offset.
 *
 * A failing run prints its seed; `LANEKEEPER_SIM_SEED=<seed>` plays it again, alone. `LANEKEEPER_SIM_SEEDS=<count>`
 * plays more.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nodeCodecs } from '../../src/adapters/codecs/node-codecs.ts'
import type { SimulatedClusterHandle } from '../../src/adapters/simulated/create.ts'
import { LanekeeperError } from '../../src/core/model/index.ts'
import {
  between,
  chance,
  drawFaultPlan,
  integerBelow,
  type SeededRandom,
  seededRandom,
} from '../../src/core/simulation/index.ts'
import type { BrokerLink } from '../../src/ports/broker-link.ts'
import { sleep } from '../../src/ports/clock.ts'
import { createTransactionalProducer } from '../../src/producer/transaction/transactional.ts'
import { type Bench, recordsIn } from '../contract/subject.ts'
import { type DyingLink, dyingLink } from '../support/dying-link.ts'
import { SimulatedClock } from '../support/simulated-clock.ts'
import { seedsOf, simulatedBench } from './stage.ts'

const GROUP = 'counter'
const SEEDS_DEFAULT = 40
const LIVES = 12
const FAULTS_UNTIL_MS = 60_000
const GIVE_UP_MS = 15_000
const NOT_MEMBER = { group: GROUP, memberId: '', memberEpoch: -1, instanceId: null }

const seeds = seedsOf(SEEDS_DEFAULT)

class Scene {
  readonly clock = new SimulatedClock()
  readonly world: SimulatedClusterHandle
  readonly bench: Bench
  topic = ''
  /** Numbers whose process heard that they were committed. */
  readonly heard = new Set<number>()
  readonly codes = new Map<string, number>()

  constructor(seed: string) {
    const { world, bench } = simulatedBench(seed, this.clock, 'transactions')
    this.world = world
    this.bench = bench
  }

  async open(): Promise<void> {
    this.topic = (await this.bench.topic(2, { configs: { 'min.insync.replicas': '2' } })).name
    await this.bench.topic(1)
  }

  /** The group's committed offset, once no transaction can change it. */
  async committed(link: BrokerLink = this.bench.link): Promise<number> {
    for (;;) {
      try {
        const { code, offsets } = await link.fetchOffsets(await link.findCoordinator(GROUP), {
          ...NOT_MEMBER,
          requireStable: true,
          topics: [{ topic: this.topic, partitions: [0] }],
        })
        const [found] = offsets
        if (code === 0 && found?.code === 0) return Math.max(0, found.offset)
      } catch {
        // a broker is away: ask again
      }
      await sleep(this.clock, 50)
    }
  }

  /** One life of a process: registers, then counts up to `until`, unless it is stopped or told that it is over. */
  async live({ link }: Pick<DyingLink, 'link'>, until: number, random: SeededRandom): Promise<void> {
    const producer = createTransactionalProducer({
      link,
      clock: this.clock,
      codecs: nodeCodecs,
      random,
      options: {
        transactionalId: 'counter',
        transactionTimeoutMs: 20_000,
        giveUpMs: GIVE_UP_MS,
        producer: { lingerMs: 1, deliveryTimeoutMs: 15_000 },
      },
    })
    try {
      await producer.init()
      for (let number = await this.committed(link); number < until; number++) {
        producer.begin()
        for (const partition of [0, 1])
          for (const part of ['a', 'b'])
            producer.send({
              topic: this.topic,
              partition,
              key: `${number}${part}`,
              value: `${number}${part}`,
            })
        await producer.addOffsets({
          ...NOT_MEMBER,
          offsets: [{ topic: this.topic, partition: 0, offset: number + 1 }],
        })
        await producer.commit()
        this.heard.add(number)
      }
    } catch (error) {
      if (!(error instanceof LanekeeperError)) throw error
      this.codes.set(error.code, (this.codes.get(error.code) ?? 0) + 1)
    }
    await producer.close()
  }

  /** Values of committed records, partition by partition. */
  async visible(): Promise<string[][]> {
    const info = await this.bench.described(this.topic)
    return Promise.all(
      [0, 1].map(async partition => {
        const values: string[] = []
        let from = 0
        await this.bench.eventually('everything is decided and read', async () => {
          const fetched = await this.bench.fetch(info, partition, from, {
            isolation: 'read_committed',
            maxWaitMs: 1,
          })
          const found = recordsIn(fetched, from, 'read_committed')
          values.push(...found.map(each => each.slice(each.indexOf(':') + 1)))
          from = fetched.lastStableOffset
          return fetched.lastStableOffset === fetched.highWatermark
        })
        return values
      }),
    )
  }

  /** Throws what is wrong. */
  async judge(): Promise<number> {
    const committed = await this.committed()
    const expected = Array.from({ length: committed }, (_, number) => [`${number}a`, `${number}b`]).flat()
    assert.deepEqual(await this.visible(), [expected, expected])
    for (const number of this.heard) assert.ok(number < committed, `${number} was heard to be committed`)
    return committed
  }

  async close(): Promise<void> {
    await this.bench.close()
    await this.world.close()
  }
}

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

const NUMBERS = 3

test('a process that dies before or after any single request leaves nothing half done to its successor', async () => {
  let requests = 0
  await onScene('whole', async scene => {
    const unharmed = dyingLink(scene.world.openLink('unharmed'), 0, 'before')
    await scene.live(unharmed, NUMBERS, seededRandom('whole'))
    requests = unharmed.requests()
    assert.equal(await scene.judge(), NUMBERS)
  })
  assert.ok(requests > 3 * NUMBERS, `${requests} requests`)
  const left = new Map<number, number>()
  for (let at = 1; at <= requests; at++)
    for (const moment of ['before', 'after'] as const)
      await onScene(`${moment} ${at}`, async scene => {
        const victim = dyingLink(scene.world.openLink('victim'), at, moment)
        void scene.live(victim, NUMBERS, seededRandom(at))
        await victim.death
        const successor = dyingLink(scene.world.openLink('successor'), 0, 'before')
        await scene.live(successor, NUMBERS, seededRandom(-at))
        assert.equal(await scene.judge(), NUMBERS, `${moment} request ${at}`)
        left.set(scene.heard.size, (left.get(scene.heard.size) ?? 0) + 1)
      })
  // some died after the commit was carried out and before they heard of it
  assert.ok((left.get(NUMBERS - 1) ?? 0) > 0 && (left.get(NUMBERS) ?? 0) > 0, JSON.stringify([...left]))
})

test('deaths, zombies, brokers and networks that fail, from seeds: every number once, in order', async () => {
  let aborted = 0
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
          requestLost: 0.01,
          answerLost: 0.02,
          answerLate: 0.01,
          produceLate: 0.02,
          lateMs: between(random, 50, 6000),
        })
        const lives: Promise<void>[] = []
        for (let life = 0; life < LIVES; life++) {
          const dying = dyingLink(
            scene.world.openLink(`life-${life}`),
            4 + integerBelow(random, 60),
            chance(random, 0.5) ? 'before' : 'after',
          )
          const living = scene.live(dying, 10_000, random.fork(`life-${life}`))
          lives.push(living)
          // some of them live on while their successor begins: it must shut them out
          await Promise.race([dying.death, living, sleep(scene.clock, between(random, 500, 8000))])
        }
        await sleep(scene.clock, Math.max(0, FAULTS_UNTIL_MS - scene.clock.monotonicMs()))
        scene.world.faults.setNetwork({ requestLost: 0, answerLost: 0, answerLate: 0, produceLate: 0 })
        // whoever still tries to register would shut the last one out
        await sleep(scene.clock, GIVE_UP_MS)
        const before = await scene.committed()
        const last = dyingLink(scene.world.openLink('last'), 0, 'before')
        await scene.live(last, before + 5, random.fork('last'))
        assert.ok((await scene.judge()) >= before + 5)
        const all = (await scene.bench.described(scene.topic)).partitions.length
        assert.equal(all, 2)
        for (const [code, count] of scene.codes) codes.set(code, (codes.get(code) ?? 0) + count)
        aborted += scene.codes.size
      })
    } catch (error) {
      throw new Error(`seed ${seed}`, { cause: error })
    }
  }
  // the faults really met the machine
  if (seeds.length >= SEEDS_DEFAULT) {
    assert.ok((codes.get('TRANSACTION_FENCED') ?? 0) > 0, JSON.stringify([...codes]))
    assert.ok(aborted > 0)
  }
})

test('a record outside of a transaction is refused aloud; after the end every call tells why', () =>
  onScene('misuse', async scene => {
    const [first, second] = ['first', 'second'].map(name =>
      createTransactionalProducer({
        link: scene.world.openLink(name),
        clock: scene.clock,
        codecs: nodeCodecs,
        random: seededRandom(name),
        options: { transactionalId: 'misuse' },
      }),
    )
    assert.ok(first !== undefined && second !== undefined)
    const coded = (code: string) => (error: unknown) =>
      error instanceof LanekeeperError && error.code === code
    const record = { topic: scene.topic, key: 'k', value: 'v' }
    assert.throws(() => first.send(record), coded('TRANSACTION_STATE'))
    await first.init()
    await assert.rejects(first.commit(), coded('TRANSACTION_STATE'))
    first.begin()
    first.send(record)
    const committing = first.commit()
    assert.throws(() => first.send(record), coded('TRANSACTION_STATE'), 'the transaction is being committed')
    await assert.rejects(first.abort(), coded('TRANSACTION_STATE'), 'one call at a time')
    await committing
    await second.init()
    first.begin()
    first.send(record)
    await assert.rejects(first.commit(), coded('TRANSACTION_FENCED'))
    assert.throws(() => first.begin(), coded('TRANSACTION_FENCED'))
    assert.throws(() => first.send(record), coded('TRANSACTION_FENCED'))
    await Promise.all([first.close(), second.close()])
    await assert.rejects(second.init(), coded('PRODUCER_CLOSED'))
  }))
