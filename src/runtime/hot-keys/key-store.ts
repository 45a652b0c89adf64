import {
  DistinctKeys,
  KEY_WINDOW_MS,
  KeyWindow,
  KeyWords,
  type WindowSummary,
} from '../../core/sketch/index.ts'

/**
 * Key windows of the partitions of one source (the log, or our own producer), and beside them one count of distinct keys
 * per topic, since a topic's keys are asked for each second and merging a thousand partitions for that would not do.
 *
 * Memory: a window exists only for partitions of which something was seen in the last minute, and a slice of it for every
 * five seconds with records. A topic recreated under the same name starts anew.
 */
export class KeyStore {
  readonly #topics = new Map<string, StoredTopic>()
  readonly #key = new KeyWords()

  /** Forgets what was not added to for a minute, and topics that are gone or recreated. `idOf`: null for a topic that is gone. */
  expire(nowMs: number, idOf: (topic: string) => string | null): void {
    for (const [name, topic] of this.#topics) {
      if (idOf(name) !== topic.topicId) this.#topics.delete(name)
      for (const [partition, { touchedMs }] of topic.partitions)
        if (nowMs - touchedMs > KEY_WINDOW_MS) topic.partitions.delete(partition)
    }
  }

  /** Adds one record that stands for `weight` like it. */
  add(place: RecordPlace, key: Uint8Array | null, sizeBytes: number, weight: number, nowMs: number): void {
    const topic = this.#topicOf(place)
    const slice = topic.slices.at(nowMs)
    slice.recordsRead++
    const stored = storedPartition(topic, place, nowMs)
    const sketch = stored.window.at(nowMs)
    if (key === null) sketch.addKeyless(sizeBytes, weight)
    else {
      slice.distinct.add(this.#key.read(key, 0, key.length).hash)
      sketch.add(this.#key, sizeBytes, weight)
    }
  }

  /** After the records of one batch, see `KeySketch.addDraw`. */
  addDraw(place: RecordPlace, records: number, bytes: number, readShare: number, nowMs: number): void {
    storedPartition(this.#topicOf(place), place, nowMs).window.at(nowMs).addDraw(records, bytes, readShare)
  }

  /** Null where nothing was seen within the window. */
  summary(topic: string, partition: number, nowMs: number, limit: number): WindowSummary | null {
    return this.#topics.get(topic)?.partitions.get(partition)?.window.summary(nowMs, limit) ?? null
  }

  /** Records looked at and distinct keys among them within the last minute; null where there is none. */
  ofTopic(topic: string, nowMs: number): { readonly recordsRead: number; readonly distinct: number } | null {
    const slices = this.#topics.get(topic)?.slices.live(nowMs) ?? []
    if (slices.length === 0) return null
    const all = new DistinctKeys()
    let recordsRead = 0
    for (const slice of slices) {
      all.merge(slice.distinct)
      recordsRead += slice.recordsRead
    }
    return { recordsRead, distinct: all.estimate() }
  }

  #topicOf({ topic, topicId }: RecordPlace): StoredTopic {
    let stored = this.#topics.get(topic)
    if (stored === undefined || stored.topicId !== topicId) {
      stored = { topicId, partitions: new Map(), slices: new TopicSlices() }
      this.#topics.set(topic, stored)
    }
    return stored
  }
}

export interface RecordPlace {
  readonly topic: string
  readonly topicId: string
  readonly partition: number
  /** Of the topic; how many keys a partition's sketch may hold follows from it. */
  readonly partitions: number
}

interface StoredTopic {
  readonly topicId: string
  readonly partitions: Map<number, { readonly window: KeyWindow; touchedMs: number }>
  readonly slices: TopicSlices
}

/** Keys in all slices of all partitions of a topic, at some 60 bytes each: 24 MB if every one were full. */
const KEYS_PER_TOPIC = 400_000
const KEYS_MIN = 64
const KEYS_MAX = 512
const SLICES = 12

const storedPartition = (topic: StoredTopic, { partition, partitions }: RecordPlace, nowMs: number) => {
  let stored = topic.partitions.get(partition)
  if (stored === undefined) {
    const keys = Math.floor(KEYS_PER_TOPIC / (partitions * SLICES))
    stored = { window: new KeyWindow(Math.max(KEYS_MIN, Math.min(KEYS_MAX, keys))), touchedMs: nowMs }
    topic.partitions.set(partition, stored)
  }
  stored.touchedMs = nowMs
  return stored
}

/** Distinct keys of a topic per five seconds, the last minute of them. */
class TopicSlices {
  readonly #slices: (TopicSlice | undefined)[] = []

  at(nowMs: number): TopicSlice {
    const number = Math.floor(nowMs / (KEY_WINDOW_MS / SLICES))
    const known = this.#slices[number % SLICES]
    if (known?.number === number) return known
    const slice = { number, recordsRead: 0, distinct: new DistinctKeys() }
    this.#slices[number % SLICES] = slice
    return slice
  }

  live(nowMs: number): readonly TopicSlice[] {
    const newest = Math.floor(nowMs / (KEY_WINDOW_MS / SLICES))
    return this.#slices.filter(slice => slice !== undefined && slice.number > newest - SLICES) as TopicSlice[]
  }
}

interface TopicSlice {
  readonly number: number
  recordsRead: number
  readonly distinct: DistinctKeys
}
