/**
 * The producer's machine against the model of three brokers and a bad network, all from one seed.
 *
 * Requests and answers are delayed, lost, executed late (after the client gave the connection up) or twice, and answered
 * twice; connections are reset; leaders move; brokers stop and go on; look-ups show an older state; copies are late with
 * and without an append; a broker fences the producer. Two kinds of runs:
 *
 * - *patient*: the outage ends before the delivery timeout. Everything must be acknowledged.
 * - *impatient*: it does not. Then some records fail and some are in doubt, and the log is asked about those afterwards.
 *
 * The judge is the same for both: what is acknowledged stands in the log once, where its outcome says, in the order in
 * which it was sent; what failed does not stand there; and nothing does that was not sent.
 */
import assert from 'node:assert/strict'
import { KafkaCode, partitionCount } from '../../src/core/model/index.ts'
import { crc32c } from '../../src/core/records/index.ts'
import { routeKey } from '../../src/core/routing/index.ts'
import { Agenda, chance, seededRandom } from '../../src/core/simulation/index.ts'
import type { ProduceRequest } from '../../src/ports/broker-link.ts'
import type { ProducerEffect, ProducerEvent } from '../../src/producer/machine/events.ts'
import { ProducerMachine } from '../../src/producer/machine/machine.ts'
import { producerOptions } from '../../src/producer/options.ts'
import type { Outcome, ProducerRecord } from '../../src/producer/outcome.ts'
import { settleDoubts } from '../../src/producer/settle.ts'
import { BROKERS, ProducerModel, TOPIC } from './producer-model.ts'

/** How bad the world is: probabilities, and mean times between events. */
interface Faults {
  readonly lose: number
  readonly late: number
  readonly twice: number
  readonly lateCopies: number
  readonly moveEveryMs: number
  readonly resetEveryMs: number
  readonly stopEveryMs: number
  readonly fence: number
}

const PATIENT: Faults = {
  lose: 0.12,
  late: 0.06,
  twice: 0.1,
  lateCopies: 0.1,
  moveEveryMs: 40,
  resetEveryMs: 150,
  stopEveryMs: 1500,
  fence: 0,
}

const IMPATIENT: Faults = {
  ...PATIENT,
  lose: 0.3,
  moveEveryMs: 700,
  stopEveryMs: 900,
  fence: 0.002,
}

const PARTITIONS = 5
const RECORDS = 120
const KEYS = 17
const CALM_AT_MS = 4000
const LIMIT_MS = 200_000

export interface SeedReport {
  readonly kind: 'patient' | 'impatient'
  /** How often each fault happened. */
  readonly faults: ReadonlyMap<string, number>
  readonly inDoubt: number
  readonly settled: number
}

/** Throws with the seed in the message where the producer breaks its word. */
export const runProducerSeed = async (seed: number): Promise<SeedReport> => {
  try {
    return await new ProducerWorld(seed).run()
  } catch (error) {
    throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    })
  }
}

/** Everything that a run left behind, as text: the same for the same seed. */
export const traceOfSeed = async (seed: number): Promise<string> => {
  const world = new ProducerWorld(seed)
  const report = await world.run()
  const { latency, answersByCode, retries, requests } = world.machine.stats()
  const logs = world.model.partitions.map(({ values }) => values)
  return JSON.stringify([[...report.faults], latency, [...answersByCode], retries, requests, logs])
}

class ProducerWorld {
  readonly machine: ProducerMachine
  readonly model: ProducerModel
  readonly #kind: SeedReport['kind']
  readonly #faults: Faults
  readonly #random: { next(): number }
  readonly #agenda = new Agenda(1000)
  readonly #faultsSeen = new Map<string, number>()
  readonly #openRequests = new Map<string, Set<() => void>>()
  /** What stopped brokers have in their sockets. */
  readonly #backlog = new Map<number, (() => void)[]>()
  readonly #sent: ProducerRecord[] = []
  readonly #outcomes = new Map<ProducerRecord, Outcome>()
  #faulty = true

  constructor(seed: number) {
    this.#kind = seed % 4 === 0 ? 'impatient' : 'patient'
    this.#faults = this.#kind === 'patient' ? PATIENT : IMPATIENT
    this.#random = seededRandom(seed)
    this.model = new ProducerModel(PARTITIONS, seed % 8 === 0 ? 500 : 1 << 20, () => this.#random.next())
    this.machine = new ProducerMachine(
      producerOptions({
        compression: 'none',
        lingerMs: 5,
        batchBytes: 1024,
        maxRequestBytes: 4096,
        requestsInFlightMax: 1 + (seed % 3),
        ...(this.#kind === 'patient' ? {} : { deliveryTimeoutMs: 2000 }),
      }),
      this.#random,
      { crc32c, compress: (_codec, bytes) => bytes, decompress: (_codec, bytes) => bytes },
    )
  }

  async run(): Promise<SeedReport> {
    this.#repeat(this.#faults.moveEveryMs, () => this.#happens(1, 'leader moved') && this.model.moveLeader())
    this.#repeat(this.#faults.resetEveryMs, () => this.#resetOne())
    this.#repeat(this.#faults.stopEveryMs, () => this.#stopOne())
    this.#sendOver(400)
    this.#runUntilSettled()
    // soon after the outage: requests that were given up may still be on their way, and leaders move no more
    this.#runUntil(Math.max(CALM_AT_MS, this.#agenda.nowMs) + 2_000 * this.#random.next())
    this.#faulty = false
    const doubts = this.machine.openDoubts()
    const inDoubt = this.machine.stats().recordsInDoubt
    const resolutions = await settleDoubts({
      link: this.model.link,
      clock: {
        monotonicMs: () => this.#agenda.nowMs,
        wallMs: () => 0,
        after: () => ({ cancel: () => undefined }),
        soon: absent,
      },
      doubts,
      deadlineMs: 1000,
      resolved: (doubt, finding) => this.#tell({ kind: 'resolved', doubt, finding }),
    })
    for (const { each } of resolutions)
      for (const { record, outcome } of each) this.#outcomes.set(record, outcome)
    // partitions that were settled take records again
    this.#sendOver(50)
    this.#runUntilSettled()
    this.#runUntil(this.#agenda.nowMs + 20_000)
    this.#judge()
    return {
      kind: this.#kind,
      faults: this.#faultsSeen,
      inDoubt,
      settled: inDoubt - this.machine.stats().recordsInDoubt,
    }
  }

  // -- records -------------------------------------------------------------------------------------------------------

  #sendOver(spanMs: number): void {
    for (let index = 0; index < RECORDS; index++)
      this.#agenda.after(this.#random.next() * spanMs, () => {
        const key = `user-${index % KEYS}`
        const record = { topic: TOPIC, key, value: `${key}:${this.#sent.length}`.padEnd(120, '.') }
        this.#sent.push(record)
        this.machine.append(
          record,
          (outcome, of) => {
            assert.ok(!this.#outcomes.has(of), 'a second outcome')
            this.#outcomes.set(of, outcome)
          },
          1_700_000_000_000 + Math.floor(this.#agenda.nowMs),
          this.#agenda.nowMs,
        )
      })
  }

  #judge(): void {
    const inLog = new Map<string, { readonly partition: number; readonly offset: number }>()
    for (const [partition, { values }] of this.model.partitions.entries())
      for (const [offset, value] of values.entries()) {
        assert.ok(!inLog.has(value), `${value} stands twice in the log`)
        inLog.set(value, { partition, offset })
      }
    const lastOffset = new Map<number, number>()
    for (const record of this.#sent) {
      const value = String(record.value)
      const outcome = this.#outcomes.get(record)
      const place = inLog.get(value)
      assert.ok(outcome !== undefined, `${value} has no outcome`)
      if (this.#kind === 'patient') assert.equal(outcome.kind, 'acknowledged', JSON.stringify(outcome))
      if (outcome.kind === 'failed') assert.equal(place, undefined, `${value} failed and stands in the log`)
      if (outcome.kind === 'acknowledged') {
        assert.ok(place !== undefined, `${value} is acknowledged and lost`)
        assert.equal(outcome.partition, place.partition)
        if (outcome.offset >= 0) assert.equal(outcome.offset, place.offset, `${value} lies elsewhere`)
      }
      if (place === undefined) continue
      assert.equal(place.partition, routeKey('java', record.key ?? null, partitionCount(PARTITIONS)))
      assert.ok(
        place.offset > (lastOffset.get(place.partition) ?? -1),
        `${value} stands before an earlier one`,
      )
      lastOffset.set(place.partition, place.offset)
      inLog.delete(value)
    }
    assert.deepEqual([...inLog.keys()], [], 'the log holds what was not sent')
    assert.equal(this.machine.bufferedBytes, 0)
    assert.equal(this.machine.recordsPending, 0)
  }

  // -- time ----------------------------------------------------------------------------------------------------------

  #repeat(everyMs: number, action: () => void): void {
    this.#agenda.after(everyMs * (0.5 + this.#random.next()), () => {
      if (!this.#faulty) return
      action()
      this.#repeat(everyMs, action)
    })
  }

  #runUntilSettled(): void {
    const records = this.#sent.length + RECORDS
    while (this.#sent.length < records || this.machine.recordsPending > 0) {
      this.#step()
      assert.ok(this.#agenda.nowMs < LIMIT_MS, `not settled after ${LIMIT_MS} ms`)
    }
    // outcomes of records that were refused as they came
    this.#tell({ kind: 'tick' })
  }

  #runUntil(endMs: number): void {
    while ((this.#agenda.nextMs() ?? Number.POSITIVE_INFINITY) <= endMs) this.#step()
  }

  /** To the next thing that happens: an action of the world, or the machine's own timer. */
  #step(): void {
    const nowMs = this.#agenda.nowMs
    this.#tell({ kind: 'tick' })
    const wakeMs = Math.max(this.machine.wakeAtMs(nowMs), nowMs + 0.5)
    const nextMs = this.#agenda.nextMs()
    assert.ok(nextMs !== null || Number.isFinite(wakeMs), 'records are pending and nothing will ever happen')
    // the faults end, as every outage does
    if (nowMs >= CALM_AT_MS) this.#faulty = false
    if (nextMs === null || nextMs > wakeMs) this.#agenda.runUntil(wakeMs)
    else this.#agenda.runNext()
  }

  #happens(probability: number, name: string): boolean {
    if (!this.#faulty || !chance(this.#random, probability)) return false
    this.#happened(name)
    return true
  }

  #happened(name: string): void {
    this.#faultsSeen.set(name, (this.#faultsSeen.get(name) ?? 0) + 1)
  }

  // -- the network ---------------------------------------------------------------------------------------------------

  #tell(event: ProducerEvent): void {
    this.machine.advance(event, this.#agenda.nowMs)
    for (const effect of this.machine.takeEffects()) this.#perform(effect)
  }

  #perform(effect: ProducerEffect): void {
    switch (effect.kind) {
      case 'identify':
        this.#agenda.after(2, () =>
          this.#tell(
            this.#happens(0.5, 'no id yet')
              ? { kind: 'identified', code: 0, producerId: -1n, producerEpoch: -1 }
              : { kind: 'identified', code: 0, producerId: this.model.nextProducerId(), producerEpoch: 0 },
          ),
        )
        return
      case 'look-up': {
        const back = this.#happens(0.3, 'stale look-up') ? Math.floor(this.#random.next() * 3) : 0
        const answer = this.model.metadata(back)
        if (this.#happens(0.1, 'look-up lost'))
          this.#agenda.after(50, () => this.#tell({ kind: 'look-up-failed' }))
        else this.#agenda.after(1 + this.#random.next() * 5, () => this.#tell({ kind: 'looked-up', answer }))
        return
      }
      case 'produce':
        this.#carry(effect)
        return
      case 'abandon':
        this.#reset(`${effect.broker} ${effect.channel}`)
        return
      case 'outcome':
        effect.onOutcome(effect.outcome, effect.record)
        return
      case 'topic-known':
      case 'topic-refused':
      case 'names-wanted':
      case 'flushed':
      case 'gave-up':
    }
  }

  /** Everything that is out on a connection fails at once; what has left is under way all the same. */
  #reset(connection: string): void {
    for (const fail of this.#openRequests.get(connection) ?? []) fail()
  }

  #resetOne(): void {
    const open = [...this.#openRequests].filter(([, requests]) => requests.size > 0)
    const chosen = open[Math.floor(this.#random.next() * open.length)]
    if (chosen !== undefined && this.#happens(1, 'connection reset')) this.#reset(chosen[0])
  }

  /** SIGSTOP, the controller's notice after its session, SIGCONT. */
  #stopOne(): void {
    const broker = Math.floor(this.#random.next() * BROKERS)
    if (this.#backlog.size > 0 || !this.#happens(1, 'broker stopped')) return
    this.#backlog.set(broker, [])
    this.model.stop(broker)
    const sessionMs = 500
    this.#agenda.after(sessionMs, () => this.model.isStopped(broker) && this.model.depose(broker))
    this.#agenda.after(200 + this.#random.next() * 3000, () => {
      this.model.goOn(broker)
      const waiting = this.#backlog.get(broker) ?? []
      this.#backlog.delete(broker)
      for (const execute of waiting) execute()
    })
  }

  /** One request over the bad network. The bytes are copied when they leave, as a socket does. */
  #carry({ broker, channel, request, body }: Extract<ProducerEffect, { kind: 'produce' }>): void {
    const items = body.items.map(item => ({ ...item, batch: item.batch.slice() }))
    const connection = `${broker} ${channel}`
    const open = this.#openRequests.get(connection) ?? new Set()
    this.#openRequests.set(connection, open)
    const close = (event: ProducerEvent): void => {
      if (!open.delete(fail)) return
      this.#tell(event)
      // an answer that comes again finds nobody
      if (this.#happens(this.#faults.twice, 'answered twice')) this.#tell(event)
    }
    const fail = (): void =>
      void this.#agenda.after(0, () => close({ kind: 'unanswered', request, why: 'reset' }))
    open.add(fail)
    this.#agenda.after(body.timeoutMs + 4000, () => close({ kind: 'unanswered', request, why: 'timeout' }))

    if (this.#happens(this.#faults.lose, 'request lost')) {
      if (this.#random.next() < 0.5) this.#agenda.after(5, fail)
      return
    }
    const isLate = this.#happens(this.#faults.late, 'late')
    const delayMs = isLate ? 1000 + this.#random.next() * 8000 : 1 + this.#random.next() * 4
    if (isLate && this.#random.next() < 0.5) this.#agenda.after(20, fail)
    const execute = (): void => {
      const answer = { throttleMs: 0, results: this.#execute(broker, items) }
      if (this.#happens(this.#faults.twice, 'executed twice')) {
        // only what was appended: a broker that said no has not kept the batch to change its mind later
        const appended = items.filter((_, index) => wasAppended(answer.results[index]?.code))
        this.#agenda.after(this.#random.next() * 3000, () =>
          this.#arrive(broker, () => this.#execute(broker, appended)),
        )
      }
      if (this.#happens(this.#faults.lose, 'answer lost')) {
        if (this.#random.next() < 0.5) fail()
        return
      }
      this.#agenda.after(1 + this.#random.next() * 3, () => close({ kind: 'answered', request, answer }))
    }
    this.#agenda.after(delayMs, () => this.#arrive(broker, execute))
  }

  #arrive(broker: number, execute: () => void): void {
    const backlog = this.#backlog.get(broker)
    if (backlog === undefined) execute()
    else backlog.push(execute)
  }

  #execute(broker: number, items: ProduceRequest['items']): ReturnType<ProducerModel['execute']>[] {
    return items.map(({ partition, batch }) => {
      const refused = (code: number): ReturnType<ProducerModel['execute']> => ({
        code,
        baseOffset: -1,
        appendTimeMs: -1,
        message: null,
        leader: null,
      })
      const model = this.model.partitions[partition]
      if (model?.leader === broker && this.#happens(this.#faults.fence, 'fenced')) model.fenced = true
      if (model?.leader === broker && this.#happens(this.#faults.lateCopies / 2, 'not enough replicas'))
        return refused(KafkaCode.NOT_ENOUGH_REPLICAS)
      const done = this.model.execute(broker, partition, batch)
      if (done.code === KafkaCode.MESSAGE_TOO_LARGE) this.#happened('too large')
      return done.code === KafkaCode.NONE && this.#happens(this.#faults.lateCopies, 'appended, copies late')
        ? refused(
            this.#random.next() < 0.5
              ? KafkaCode.REQUEST_TIMED_OUT
              : KafkaCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND,
          )
        : done
    })
  }
}

const wasAppended = (code: number | undefined): boolean =>
  code === KafkaCode.NONE ||
  code === KafkaCode.REQUEST_TIMED_OUT ||
  code === KafkaCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND

const absent = (): never => {
  throw new Error('settling needs no timers')
}
