import assert from 'node:assert/strict'
import { crc32c, readBatchHeader } from '../../src/core/records/index.ts'
import type { ProduceResult } from '../../src/ports/broker-link.ts'
import type { ProducerEffect, ProducerEvent } from '../../src/producer/machine/events.ts'
import { ProducerMachine } from '../../src/producer/machine/machine.ts'
import { type ProducerOptions, producerOptions } from '../../src/producer/options.ts'
import type { Outcome } from '../../src/producer/outcome.ts'

export type Produce = Extract<ProducerEffect, { kind: 'produce' }>

/** The machine with a hand on everything: time moves and answers come when the test says so. */
export class Hand {
  nowMs = 0
  readonly machine: ProducerMachine
  readonly outcomes: Outcome[] = []
  /** Batches that the codec was given. It makes none of them smaller. */
  compressed = 0
  private log: ProducerEffect[] = []

  constructor(options: Partial<ProducerOptions> = {}) {
    this.machine = new ProducerMachine(
      producerOptions({ compression: 'none', lingerMs: 5, ...options }),
      { next: () => 0.5 },
      {
        crc32c,
        compress: (_codec, bytes) => {
          this.compressed++
          return bytes
        },
        decompress: (_codec, bytes) => bytes,
      },
    )
  }

  /** Identified, topic "t" known with one partition per leader given, nothing sent. */
  static ready(leaders: readonly number[], options: Partial<ProducerOptions> = {}): Hand {
    const hand = new Hand(options)
    hand.tell({ kind: 'topic-wanted', topic: 't' })
    hand.tell({ kind: 'identified', code: 0, producerId: 7n, producerEpoch: 0 })
    hand.lookUp(leaders.map(leader => [leader, 1]))
    hand.take()
    return hand
  }

  tell(event: ProducerEvent): void {
    this.machine.advance(event, this.nowMs)
    this.collect()
  }

  pass(ms: number): void {
    // in small steps, as a driver's timer does
    for (const end = this.nowMs + ms; this.nowMs < end; ) {
      this.nowMs = Math.min(end, Math.max(this.nowMs + 1, this.machine.wakeAtMs(this.nowMs)))
      this.tell({ kind: 'tick' })
    }
  }

  send(value: string, partition = 0): void {
    this.machine.append(
      { topic: 't', key: null, value, partition },
      outcome => this.outcomes.push(outcome),
      this.nowMs,
      this.nowMs,
    )
    this.collect()
  }

  /** Sends and lets the linger pass: the request that leaves. */
  sent(value: string, partition = 0): Produce {
    this.send(value, partition)
    this.pass(10)
    return this.takeProduce()
  }

  lookUp(leaders: readonly (readonly [leader: number, epoch: number])[], topicId = 'a'.repeat(32)): void {
    const partitions = leaders.map(([leader, leaderEpoch]) => ({ leader, leaderEpoch }))
    this.tell({
      kind: 'looked-up',
      answer: { brokers: [], topics: [{ name: 't', code: 0, topicId, partitions }] },
    })
  }

  answer({ request }: Produce, ...codes: readonly (number | Partial<ProduceResult>)[]): void {
    const results = codes.map(code => ({
      code: 0,
      baseOffset: 0,
      appendTimeMs: -1,
      message: null,
      leader: null,
      ...(typeof code === 'number' ? { code } : code),
    }))
    this.tell({ kind: 'answered', request, answer: { throttleMs: 0, results } })
  }

  take(): readonly ProducerEffect[] {
    const effects = this.log
    this.log = []
    return effects
  }

  produces(): readonly Produce[] {
    return this.take().filter(effect => effect.kind === 'produce')
  }

  takeProduce(): Produce {
    const found = this.produces()
    assert.equal(found.length, 1, `${found.length} requests left`)
    return found[0] as Produce
  }

  kinds(): readonly string[] {
    return this.take().map(effect => effect.kind)
  }

  private collect(): void {
    for (const effect of this.machine.takeEffects()) {
      if (effect.kind === 'outcome') effect.onOutcome(effect.outcome, effect.record)
      // kept bytes are those of the moment, whatever happens to the buffer later
      else if (effect.kind === 'produce')
        this.log.push({
          ...effect,
          body: {
            ...effect.body,
            items: effect.body.items.map(item => ({ ...item, batch: item.batch.slice() })),
          },
        })
      else this.log.push(effect)
    }
  }
}

export const batchOf = (effect: Produce, index = 0): Uint8Array =>
  effect.body.items[index]?.batch as Uint8Array
export const headerOf = (effect: Produce, index = 0) => readBatchHeader(batchOf(effect, index), 0)
