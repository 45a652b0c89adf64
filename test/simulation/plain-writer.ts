/**
 * The least client that may call itself idempotent: per partition one batch in flight, the same bytes until they are
 * acknowledged. It stands in for a producer where the cluster itself is on trial; `numbered: false` is the mutant
 * that must be caught.
 */
import { type BrokerId, brokerId, KafkaCode, type TopicInfo } from '../../src/core/model/index.ts'
import type { BrokerLink } from '../../src/ports/broker-link.ts'
import { type Clock, sleep } from '../../src/ports/clock.ts'
import { batchOf } from '../contract/subject.ts'

const RETRY_MS = 50
const FINAL: ReadonlySet<number> = new Set([
  KafkaCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
  KafkaCode.INVALID_PRODUCER_EPOCH,
  KafkaCode.CORRUPT_MESSAGE,
  KafkaCode.MESSAGE_TOO_LARGE,
])

export class PlainWriter {
  /** How often a request had to be repeated: a run without any has shown nothing. */
  retries = 0
  readonly #link: BrokerLink
  readonly #clock: Clock
  readonly #topic: string
  readonly #numbered: boolean
  readonly #nextSequence: number[]
  readonly #lanes: Promise<void>[]
  readonly #leaders = new Map<number, BrokerId>()
  #producerId: Promise<bigint> | null = null

  constructor(link: BrokerLink, clock: Clock, topic: TopicInfo, options: { readonly numbered: boolean }) {
    this.#link = link
    this.#clock = clock
    this.#topic = topic.name
    this.#numbered = options.numbered
    this.#nextSequence = topic.partitions.map(() => 0)
    this.#lanes = topic.partitions.map(() => Promise.resolve())
  }

  /** Queues one batch behind those of its partition. */
  write(partition: number, values: readonly string[]): void {
    const before = this.#lanes[partition] ?? Promise.resolve()
    this.#lanes[partition] = before.then(() => this.#deliver(partition, values))
  }

  /** Resolves when everything is acknowledged; rejects on a refusal that no repetition helps. */
  async flush(): Promise<void> {
    await Promise.all(this.#lanes)
  }

  async #deliver(partition: number, values: readonly string[]): Promise<void> {
    const sequence = this.#nextSequence[partition] ?? 0
    const batch = batchOf(values, this.#numbered ? { id: await this.#id(), sequence } : null)
    this.#nextSequence[partition] = sequence + values.length
    for (;;) {
      const code = await this.#try(partition, batch)
      if (code === 0 || code === KafkaCode.DUPLICATE_SEQUENCE_NUMBER) return
      if (FINAL.has(code)) throw new Error(`${this.#topic}-${partition} sequence ${sequence}: code ${code}`)
      this.retries++
      this.#leaders.delete(partition)
      await sleep(this.#clock, RETRY_MS)
    }
  }

  /** The code, or -1 when no answer came. */
  async #try(partition: number, batch: Uint8Array): Promise<number> {
    try {
      const leader = await this.#leaderOf(partition)
      if (leader === null) return -1
      const { results } = await this.#link.produce(leader, 'produce', {
        acks: -1,
        timeoutMs: 1000,
        items: [{ topic: this.#topic, partition, batch }],
      })
      return results[0]?.code ?? -1
    } catch {
      return -1
    }
  }

  async #leaderOf(partition: number): Promise<BrokerId | null> {
    const known = this.#leaders.get(partition)
    if (known !== undefined) return known
    const { topics } = await this.#link.metadata([this.#topic])
    topics[0]?.partitions.forEach(({ leader }, index) => {
      if (leader >= 0) this.#leaders.set(index, brokerId(leader))
    })
    return this.#leaders.get(partition) ?? null
  }

  #id(): Promise<bigint> {
    this.#producerId ??= (async () => {
      for (;;) {
        try {
          const { code, producerId } = await this.#link.initProducerId()
          if (code === 0) return producerId
        } catch {
          this.retries++
        }
        await sleep(this.#clock, RETRY_MS)
      }
    })()
    return this.#producerId
  }
}
