import type { TopicWriters } from '../../core/health/index.ts'
import { identifyWriters, type PlacedKey } from '../../core/routing/index.ts'

/**
 * Where some keys of a topic were seen lately, and what that says about who places them. Judged once in `JUDGE_EVERY_MS`
 * and from at most `PAIRS_MAX` pairs of key and partition, because looking for a writer is arithmetic that nobody may
 * wait for. What is older than two minutes goes: a writer that was mended must stop being told of.
 */
export class Placements {
  readonly #pairs = new Map<string, { readonly placed: PlacedKey; seenMs: number }>()
  #judgedMs = Number.NEGATIVE_INFINITY
  #writers: TopicWriters | null = null

  get writers(): TopicWriters | null {
    return this.#writers
  }

  /** True while a key would be taken; asked first, so that nobody makes a text of a key for nothing. */
  get open(): boolean {
    return this.#pairs.size < PAIRS_MAX
  }

  add(key: Uint8Array, partition: number, nowMs: number): void {
    const name = `${partition} ${String.fromCharCode(...key.subarray(0, NAME_BYTES))}`
    const known = this.#pairs.get(name)
    if (known !== undefined) known.seenMs = nowMs
    else if (this.open)
      this.#pairs.set(name, {
        placed: { key: key.slice(), partition, timestampMs: nowMs, headers: [] },
        seenMs: nowMs,
      })
  }

  judge(count: number, nowMs: number): void {
    for (const [name, { seenMs }] of this.#pairs) if (nowMs - seenMs > FORGET_MS) this.#pairs.delete(name)
    if (nowMs - this.#judgedMs < JUDGE_EVERY_MS) return
    if (this.#pairs.size < PAIRS_MIN) {
      this.#writers = null
      return
    }
    this.#judgedMs = nowMs
    const found = identifyWriters(
      [...this.#pairs.values()].map(({ placed }) => placed),
      count,
    )
    this.#writers = {
      writers: found.writers.filter(
        writer => writer.count === count && writer.share >= SHARE_MIN && writer.alone >= ALONE_MIN,
      ),
      scatteredKeys: found.scatteredKeys,
      keys: found.keys,
    }
    // the other half of the room is for keys that come now: writers change, and so do keys
    for (const name of [...this.#pairs.keys()].slice(0, this.#pairs.size - PAIRS_MAX / 2))
      this.#pairs.delete(name)
  }
}

const PAIRS_MAX = 300
const PAIRS_MIN = 60
const FORGET_MS = 120_000
const JUDGE_EVERY_MS = 10_000
const SHARE_MIN = 0.08
/** Pairs that only this writer explains: fewer could be a handful of records sent by hand. */
const ALONE_MIN = 8
const NAME_BYTES = 64
