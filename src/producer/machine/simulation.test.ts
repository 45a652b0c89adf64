/**
 * The machine against a small model of three brokers and a bad network, all from one seed.
 *
 * The model keeps per partition: a log, the leader with its epoch, and what Kafka keeps per producer to tell repeats
 * (the last five batches). Requests and answers are delayed, lost, executed late (after the client gave the connection
 * up) or twice; leaders move; look-ups may show an older state; copies are late with and without an append.
 * It does not model: replicas, truncation after unclean elections, several producers.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { brokerId, KafkaCode, partitionCount } from '../../core/model/index.ts'
import { crc32c, forEachBatchHeader, readBatches } from '../../core/records/index.ts'
import { routeKey } from '../../core/routing/index.ts'
import type { MetadataAnswer, ProduceRequest, ProduceResult } from '../../ports/broker-link.ts'
import { producerOptions } from '../options.ts'
import type { Outcome, ProducerRecord } from '../outcome.ts'
import type { ProducerEffect, ProducerEvent } from './events.ts'
import { ProducerMachine } from './machine.ts'

const BROKERS = 3
const TOPIC_ID = 'a'.repeat(32)

/** mulberry32: one 32-bit state, enough for drawing faults. */
const seeded = (seed: number) => {
  let state = seed | 0
  return (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

interface ModelPartition {
  leader: number
  epoch: number
  end: number
  readonly values: string[]
  /** Base sequence, count and offset of the last five batches. */
  known: { sequence: number; count: number; offset: number }[]
}

/** How bad the world is. */
interface Faults {
  readonly lose: number
  readonly late: number
  readonly twice: number
  readonly lateCopies: number
  readonly moveEveryMs: number
}

class World {
  readonly random: () => number
  readonly partitions: ModelPartition[]
  readonly machine: ProducerMachine
  readonly outcomes = new Map<ProducerRecord, Outcome[]>()
  readonly faultsSeen = new Map<string, number>()
  nowMs = 1000
  private readonly agenda: { atMs: number; order: number; action: () => void }[] = []
  private order = 0
  private readonly openRequests = new Map<string, (() => void)[]>()
  private readonly faults: Faults
  private history: MetadataAnswer[] = []
  private faulty = true

  constructor(seed: number, partitions: number, faults: Faults) {
    this.random = seeded(seed)
    this.faults = faults
    this.partitions = Array.from({ length: partitions }, (_, index) => ({
      leader: index % BROKERS,
      epoch: 0,
      end: 0,
      values: [],
      known: [],
    }))
    this.remember()
    this.machine = new ProducerMachine(
      producerOptions({ compression: 'none', lingerMs: 5, batchBytes: 1024, maxRequestBytes: 4096 }),
      { next: this.random },
      { crc32c, compress: (_codec, bytes) => bytes },
    )
    if (faults.moveEveryMs > 0) this.later(faults.moveEveryMs, () => this.moveLeader())
  }

  later(delayMs: number, action: () => void): void {
    this.agenda.push({ atMs: this.nowMs + delayMs, order: this.order++, action })
  }

  send(record: ProducerRecord): void {
    this.machine.append(
      record,
      (outcome, of) => {
        const seen = this.outcomes.get(of)
        if (seen === undefined) this.outcomes.set(of, [outcome])
        else seen.push(outcome)
      },
      1_700_000_000_000 + Math.floor(this.nowMs),
      this.nowMs,
    )
  }

  /** Runs until nothing is pending; the faults end at `calmAtMs`, as every outage does. */
  run(calmAtMs: number, limitMs: number): void {
    while (this.machine.recordsPending > 0 || this.agenda.some(entry => entry.atMs <= calmAtMs)) {
      this.tell({ kind: 'tick' })
      const next = this.nextEntry()
      const wakeMs = Math.max(this.machine.wakeAtMs(this.nowMs), this.nowMs + 0.5)
      assert.ok(next !== null || Number.isFinite(wakeMs), 'records are pending and nothing will ever happen')
      this.nowMs = Math.max(this.nowMs, Math.min(wakeMs, next?.atMs ?? Number.POSITIVE_INFINITY))
      if (this.nowMs >= calmAtMs) this.faulty = false
      assert.ok(this.nowMs < limitMs, `not settled after ${limitMs} ms`)
      if (next !== null && next.atMs <= this.nowMs) {
        this.agenda.splice(this.agenda.indexOf(next), 1)
        next.action()
      }
    }
  }

  private nextEntry() {
    let first: (typeof this.agenda)[number] | null = null
    for (const entry of this.agenda)
      if (
        first === null ||
        entry.atMs < first.atMs ||
        (entry.atMs === first.atMs && entry.order < first.order)
      )
        first = entry
    return first
  }

  private happens(probability: number, name: string): boolean {
    if (!this.faulty || this.random() >= probability) return false
    this.faultsSeen.set(name, (this.faultsSeen.get(name) ?? 0) + 1)
    return true
  }

  tell(event: ProducerEvent): void {
    this.machine.advance(event, this.nowMs)
    for (const effect of this.machine.takeEffects()) this.perform(effect)
  }

  private perform(effect: ProducerEffect): void {
    switch (effect.kind) {
      case 'identify':
        this.later(2, () =>
          this.tell(
            this.happens(0.5, 'no id yet')
              ? { kind: 'identified', code: 0, producerId: -1n, producerEpoch: -1 }
              : { kind: 'identified', code: 0, producerId: 7n, producerEpoch: 0 },
          ),
        )
        return
      case 'look-up': {
        const back = this.happens(0.3, 'stale look-up') ? Math.floor(this.random() * 3) : 0
        const answer = this.history.at(-1 - Math.min(back, this.history.length - 1)) as MetadataAnswer
        if (this.happens(0.1, 'look-up lost')) this.later(50, () => this.tell({ kind: 'look-up-failed' }))
        else this.later(1 + this.random() * 5, () => this.tell({ kind: 'looked-up', answer }))
        return
      }
      case 'produce':
        this.carry(effect)
        return
      case 'abandon': {
        const key = `${effect.broker} ${effect.channel}`
        for (const fail of this.openRequests.get(key) ?? []) fail()
        return
      }
      case 'outcome':
        effect.onOutcome(effect.outcome, effect.record)
        return
      case 'topic-known':
      case 'topic-refused':
      case 'flushed':
      case 'gave-up':
        return
    }
  }

  /** One request over the bad network. The bytes are copied when they leave, as a socket does. */
  private carry({ broker, channel, request, body }: Extract<ProducerEffect, { kind: 'produce' }>): void {
    const sent: ProduceRequest = {
      ...body,
      items: body.items.map(item => ({ ...item, batch: item.batch.slice() })),
    }
    const key = `${broker} ${channel}`
    let open = true
    const close = (event: ProducerEvent): void => {
      if (!open) return
      open = false
      this.openRequests.set(
        key,
        (this.openRequests.get(key) ?? []).filter(other => other !== fail),
      )
      this.tell(event)
    }
    const fail = (): void => this.later(0, () => close({ kind: 'unanswered', request, why: 'reset' }))
    this.openRequests.set(key, [...(this.openRequests.get(key) ?? []), fail])
    this.later(body.timeoutMs + 4000, () => close({ kind: 'unanswered', request, why: 'timeout' }))

    if (this.happens(this.faults.lose, 'request lost')) {
      if (this.random() < 0.5) this.later(5, fail)
      return
    }
    const delayMs = this.happens(this.faults.late, 'late')
      ? 1000 + this.random() * 8000
      : 1 + this.random() * 4
    if (delayMs > 1000 && this.random() < 0.5) this.later(20, fail)
    this.later(delayMs, () => {
      const answer = { throttleMs: 0, results: this.execute(broker, sent) }
      if (this.happens(this.faults.twice, 'executed twice'))
        this.later(this.random() * 3000, () => this.execute(broker, sent))
      if (this.happens(this.faults.lose, 'answer lost')) {
        if (this.random() < 0.5) fail()
        return
      }
      this.later(1 + this.random() * 3, () => close({ kind: 'answered', request, answer }))
    })
  }

  private execute(broker: number, { items }: ProduceRequest): ProduceResult[] {
    return items.map(({ partition, batch }) => {
      const model = this.partitions[partition] as ModelPartition
      const result = (code: number, baseOffset = -1): ProduceResult => ({
        code,
        baseOffset,
        appendTimeMs: -1,
        message: null,
        leader:
          code === KafkaCode.NOT_LEADER_OR_FOLLOWER && this.random() < 0.5
            ? { id: brokerId(model.leader), epoch: model.epoch }
            : null,
      })
      if (model.leader !== broker) return result(KafkaCode.NOT_LEADER_OR_FOLLOWER)
      if (this.happens(this.faults.lateCopies / 2, 'not enough replicas'))
        return result(KafkaCode.NOT_ENOUGH_REPLICAS)
      const code = this.append(model, batch)
      if (code.code === 0 && this.happens(this.faults.lateCopies, 'appended, copies late'))
        return result(
          this.random() < 0.5 ? KafkaCode.REQUEST_TIMED_OUT : KafkaCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND,
        )
      return result(code.code, code.offset)
    })
  }

  private append(model: ModelPartition, batch: Uint8Array): { code: number; offset: number } {
    let answer = { code: KafkaCode.CORRUPT_MESSAGE as number, offset: -1 }
    forEachBatchHeader(batch, ({ baseSequence, count, producerId }) => {
      assert.equal(producerId, 7n)
      const repeat = model.known.find(known => known.sequence === baseSequence && known.count === count)
      const last = model.known.at(-1)
      const expected = last === undefined ? 0 : last.sequence + last.count
      if (repeat !== undefined)
        answer =
          this.random() < 0.5
            ? { code: 0, offset: repeat.offset }
            : { code: KafkaCode.DUPLICATE_SEQUENCE_NUMBER, offset: -1 }
      else if (baseSequence !== expected)
        answer = { code: KafkaCode.OUT_OF_ORDER_SEQUENCE_NUMBER, offset: -1 }
      else {
        answer = { code: 0, offset: model.end }
        model.known = [...model.known, { sequence: baseSequence, count, offset: model.end }].slice(-5)
        readBatches(
          batch,
          {
            from: 0,
            isolation: 'read_uncommitted',
            aborted: [],
            crc32c,
            decompress: (_codec, bytes) => bytes,
            maxInflatedBytes: 1 << 20,
          },
          record => model.values.push(Buffer.from(record.value ?? []).toString()),
        )
        model.end += count
      }
    })
    return answer
  }

  private moveLeader(): void {
    if (!this.faulty) return
    const model = this.partitions[Math.floor(this.random() * this.partitions.length)] as ModelPartition
    model.leader = (model.leader + 1 + Math.floor(this.random() * (BROKERS - 1))) % BROKERS
    model.epoch++
    this.happens(1, 'leader moved')
    this.remember()
    this.later(this.faults.moveEveryMs * (0.5 + this.random()), () => this.moveLeader())
  }

  private remember(): void {
    this.history = [
      ...this.history.slice(-4),
      {
        brokers: [],
        topics: [
          {
            name: 'orders',
            code: 0,
            topicId: TOPIC_ID,
            partitions: this.partitions.map(({ leader, epoch }) => ({ leader, leaderEpoch: epoch })),
          },
        ],
      },
    ]
  }
}

const SEEDS = 600
const PARTITIONS = 5
const RECORDS = 120

test(`${SEEDS} seeds of lost, late and repeated requests, moves and late copies: nothing lost, repeated or reordered`, () => {
  const totals = new Map<string, number>()
  for (let seed = 1; seed <= SEEDS; seed++) {
    const world = new World(seed, PARTITIONS, {
      lose: 0.12,
      late: 0.06,
      twice: 0.1,
      lateCopies: 0.1,
      moveEveryMs: 40,
    })
    const sent: string[][] = Array.from({ length: PARTITIONS }, () => [])
    const records: ProducerRecord[] = []
    for (let index = 0; index < RECORDS; index++)
      world.later(world.random() * 400, () => {
        const key = `user-${index % 17}`
        const record = { topic: 'orders', key, value: `${key}:${records.length}`.padEnd(120, '.') }
        records.push(record)
        sent[routeKey('java', key, partitionCount(PARTITIONS))]?.push(record.value)
        world.send(record)
      })
    try {
      world.run(4000, 120_000)
      assert.equal(records.length, RECORDS)
      assert.deepEqual(
        world.partitions.map(partition => partition.values),
        sent,
      )
      for (const record of records) {
        const outcomes = world.outcomes.get(record) ?? []
        assert.equal(outcomes.length, 1)
        assert.equal(outcomes[0]?.kind, 'acknowledged')
        if (outcomes[0]?.kind === 'acknowledged' && outcomes[0].offset >= 0)
          assert.equal(
            world.partitions[outcomes[0].partition]?.values[outcomes[0].offset],
            record.value,
            'offset of another record',
          )
      }
      assert.equal(world.machine.bufferedBytes, 0)
    } catch (error) {
      throw new Error(`seed ${seed}`, { cause: error })
    }
    for (const [name, count] of world.faultsSeen) totals.set(name, (totals.get(name) ?? 0) + count)
  }
  for (const name of [
    'request lost',
    'answer lost',
    'late',
    'executed twice',
    'leader moved',
    'stale look-up',
    'look-up lost',
    'not enough replicas',
    'appended, copies late',
    'no id yet',
  ])
    assert.ok((totals.get(name) ?? 0) >= SEEDS / 10, `"${name}" happened ${totals.get(name) ?? 0} times`)
})

test('a run is a function of its seed', () => {
  const trace = (): string => {
    const world = new World(42, 3, { lose: 0.2, late: 0.1, twice: 0.1, lateCopies: 0.1, moveEveryMs: 50 })
    for (let index = 0; index < 50; index++)
      world.later(index, () => world.send({ topic: 'orders', key: null, value: `v${index}` }))
    world.run(2000, 120_000)
    const { latency, answersByCode, retries, requests } = world.machine.stats()
    return JSON.stringify([world.nowMs, latency, [...answersByCode], retries, requests, world.partitions])
  }
  assert.equal(trace(), trace())
})
