/**
 * Tells of topics that are to be read and do not exist, or not any more, and of their return. Without it a consumer of a
 * deleted topic, or of a misspelled one, looks like a consumer of a quiet topic.
 */
import type { Clock, Timer } from '../ports/clock.ts'
import type { Leaders } from './leaders.ts'

const LOOK_INTERVAL_MS = 1000

export interface TopicWatchOptions {
  readonly clock: Clock
  readonly leaders: Leaders
  readonly onMissing: (topic: string) => void
  /** `recreated`: under another id, so that offsets of the old one mean nothing in it. */
  readonly onFound: (topic: string, recreated: boolean) => void
  /** The cluster refuses to say (credentials). */
  readonly onFatal: (error: unknown) => void
}

export class TopicWatch {
  readonly #options: TopicWatchOptions
  /** Topics that were told to be missing, and the id under which they were known; null: never seen. */
  readonly #told = new Map<string, string | null>()
  #timer: Timer | null = null
  #closed = false

  constructor(options: TopicWatchOptions) {
    this.#options = options
  }

  /** To be called after each answer to `leaders`. While a topic is absent it asks again by itself. */
  look(): void {
    const { leaders, onMissing, onFound } = this.#options
    for (const topic of leaders.topics) {
      const missing = leaders.isMissing(topic)
      const idBefore = this.#told.get(topic)
      if (missing && idBefore === undefined) {
        this.#told.set(topic, leaders.topicId(topic))
        onMissing(topic)
      } else if (!missing && idBefore !== undefined) {
        this.#told.delete(topic)
        onFound(topic, idBefore !== null && idBefore !== leaders.topicId(topic))
      }
    }
    if (leaders.someAbsent) this.lookSoon()
  }

  /** Asks the cluster in a moment, once for all who wish it meanwhile: not at once, for a broker hears of it late. */
  lookSoon(): void {
    if (this.#timer !== null || this.#closed) return
    const { clock, leaders, onFatal } = this.#options
    this.#timer = clock.after(LOOK_INTERVAL_MS, () => {
      this.#timer = null
      leaders.refresh().catch(onFatal)
    })
  }

  close(): void {
    this.#closed = true
    this.#timer?.cancel()
  }
}
