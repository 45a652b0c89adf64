import {
  type ClusterHealth,
  type KeyEvidence,
  type PartitionKeys,
  sumKnown,
  type TopicHealth,
  type TopicWriters,
} from '../../core/health/index.ts'
import { murmur2 } from '../../core/routing/index.ts'
import { fullKey, KEY_WINDOW_MS, maskedKey } from '../../core/sketch/index.ts'
import type { BrokerLink } from '../../ports/broker-link.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Codecs } from '../../ports/codecs.ts'
import type { Random } from '../../ports/random.ts'
import { KeyStore, type RecordPlace } from './key-store.ts'
import { Placements } from './placements.ts'
import { RecordSizes } from './record-sizes.ts'
import { Sampler, type SamplerStats } from './sampler.ts'

/**
 * Which keys load which partition, known from two sources: a sample of the log, and our own producer, which tells each
 * record that was acknowledged. A producer knows only its own records, so its figures stand for a topic only while they
 * account for nearly all that the log grew by; the sample is then not needed and not taken.
 */
export interface HotKeys extends KeyEvidence {
  /** Called after each look, with its judgement. */
  look(health: ClusterHealth): void
  /** Tells of a record that our own producer got acknowledged. */
  written(topic: string, partition: number, key: Uint8Array | null, sizeBytes: number): void
  /** Somebody wants to know about this partition: it is sampled like a hot one for the next minute. */
  want(topic: string, partition: number): void
  stats(): SamplerStats
  /** False: keys are known from our own producer alone. */
  readonly reading: boolean
  /** Keys are shown in full. */
  readonly showKeys: boolean
}

export interface HotKeysOptions {
  readonly link: BrokerLink
  readonly clock: Clock
  readonly codecs: Codecs
  readonly random: Random
  /** Bytes to fetch per look, of all brokers together; 0: read nothing. */
  readonly bytesPerLook?: number
  /** Show keys as they are; otherwise shortened. */
  readonly showKeys?: boolean
}

/** A megabyte a second is a hundredth of what a broker serves without noticing. */
const BYTES_PER_LOOK = 1024 * 1024
const TURN_BYTES_MAX = 32 * 1024
const INTEREST_BYTES_MAX = 256 * 1024
const WANTED_MS = 60_000
const KEYS_SHOWN = 20
/** What went by is forgotten so often: it takes a walk through every partition that was seen. */
const EXPIRE_EVERY_MS = 5_000
/** Part of a topic's records that must have been looked at before its number of keys is believed. */
const READ_SHARE_MIN = 0.5
/** Part of a topic's growth that our producer must account for; acknowledgements trail offsets by moments. */
const OWN_SHARE_MIN = 0.97
const OWN_LOOKS = 10

export const createHotKeys = (options: HotKeysOptions): HotKeys => {
  const { clock, link, codecs, random } = options
  const sampled = new KeyStore()
  const own = new KeyStore()
  const placements = new Map<string, Placements>()
  const sizes = new RecordSizes()
  const wanted = new Map<string, Map<number, number>>()
  const ownWriting = new Map<string, OwnWriting>()
  let newest: ClusterHealth | null = null
  /** Of the newest look by topic; kept apart, since the columns of a judgement end with the next. */
  const recordsPerSecond = new Map<string, number>()
  let expiredMs = Number.NEGATIVE_INFINITY

  const sampler = new Sampler({
    link,
    codecs,
    random,
    budget: {
      bytes: options.bytesPerLook ?? BYTES_PER_LOOK,
      partitionBytesMax: TURN_BYTES_MAX,
      interestBytesMax: INTEREST_BYTES_MAX,
    },
    readerFor: (topic, partition) => {
      const place = placeIn(topic, partition)
      const pool = placementsOf(topic.info.name)
      const nowMs = clock.monotonicMs()
      return {
        record: (key, sizeBytes, weight) => {
          sizes.add(topic.info.name, partition, sizeBytes, nowMs)
          sampled.add(place, key, sizeBytes, weight, nowMs)
          if (key !== null && pool.open) pool.add(key, partition, nowMs)
        },
        batch: (records, bytes, readShare) => sampled.addDraw(place, records, bytes, readShare, nowMs),
      }
    },
    onPiece: (topic, partition, records, diskBytes) =>
      sizes.addPiece(topic, partition, records, diskBytes, clock.monotonicMs()),
  })

  const placementsOf = (topic: string): Placements => {
    const known = placements.get(topic) ?? new Placements()
    placements.set(topic, known)
    return known
  }

  const expire = (health: ClusterHealth, nowMs: number): void => {
    expiredMs = nowMs
    const idOf = (topic: string): string | null => health.topics.get(topic)?.info.topicId ?? null
    sampled.expire(nowMs, idOf)
    own.expire(nowMs, idOf)
    sizes.expire(nowMs)
    for (const topic of placements.keys()) if (!health.topics.has(topic)) placements.delete(topic)
  }

  const isOwn = (topic: string): boolean => ownWriting.get(topic)?.accountsForAll === true

  const wantedOf = (topic: string): readonly number[] => {
    const nowMs = clock.monotonicMs()
    return [...(wanted.get(topic) ?? [])].flatMap(([partition, untilMs]) =>
      untilMs > nowMs ? [partition] : [],
    )
  }

  return {
    look: health => {
      newest = health
      const nowMs = clock.monotonicMs()
      if (nowMs - expiredMs >= EXPIRE_EVERY_MS) expire(health, nowMs)
      recordsPerSecond.clear()
      for (const topic of health.topics.values()) {
        recordsPerSecond.set(topic.info.name, sumKnown(topic.recordsPerSecond))
        // one end that is not known makes the sum unknown, and then nobody claims to account for it
        ownWriting.get(topic.info.name)?.look(topic.end.reduce((sum, end) => sum + end, 0))
        placements.get(topic.info.name)?.judge(topic.info.partitions.length, nowMs)
      }
      if (options.bytesPerLook !== 0) void sampler.sample(health, nowMs, wantedOf, isOwn)
    },

    written: (topic, partition, key, sizeBytes) => {
      let writing = ownWriting.get(topic)
      if (writing === undefined) {
        writing = new OwnWriting()
        ownWriting.set(topic, writing)
      }
      writing.records++
      sizes.add(topic, partition, sizeBytes, clock.monotonicMs())
      const known = newest?.topics.get(topic)
      if (known !== undefined) own.add(placeIn(known, partition), key, sizeBytes, 1, clock.monotonicMs())
    },

    want: (topic, partition) => {
      const partitions = wanted.get(topic) ?? new Map<number, number>()
      partitions.set(partition, clock.monotonicMs() + WANTED_MS)
      wanted.set(topic, partitions)
    },

    stats: () => sampler.stats(),
    reading: options.bytesPerLook !== 0,
    showKeys: options.showKeys === true,

    partition: (topic, partition): PartitionKeys | null => {
      const method = isOwn(topic) ? 'exact' : 'sampled'
      const summary = (method === 'exact' ? own : sampled).summary(
        topic,
        partition,
        clock.monotonicMs(),
        KEYS_SHOWN,
      )
      return summary === null ? null : { ...summary, method }
    },

    activeKeys: topic => {
      const seen = (isOwn(topic) ? own : sampled).ofTopic(topic, clock.monotonicMs())
      const rate = recordsPerSecond.get(topic) ?? 0
      if (seen === null || !(seen.recordsRead >= (READ_SHARE_MIN * rate * KEY_WINDOW_MS) / 1000))
        return Number.NaN
      return seen.distinct
    },

    recordBytes: topic => sizes.meansOnDisk(topic),
    recordSizes: (topic, partition) => sizes.seen(topic, partition),

    writers: (topic): TopicWriters | null => (isOwn(topic) ? null : (placements.get(topic)?.writers ?? null)),

    nameOf: ({ key }) => (options.showKeys === true ? fullKey(key) : maskedKey(key, murmur2(key))),
  }
}

const placeIn = ({ info }: TopicHealth, partition: number): RecordPlace => ({
  topic: info.name,
  topicId: info.topicId,
  partition,
  partitions: info.partitions.length,
})

/** What our producer wrote to a topic beside what the log grew by, over the last looks. */
class OwnWriting {
  records = 0
  readonly #looks: { readonly records: number; readonly end: number }[] = []

  get accountsForAll(): boolean {
    const first = this.#looks[0]
    const last = this.#looks.at(-1)
    if (first === undefined || last === undefined || this.#looks.length < OWN_LOOKS) return false
    return (
      last.records > first.records && last.records - first.records >= OWN_SHARE_MIN * (last.end - first.end)
    )
  }

  /** `end`: sum of the topic's end offsets; NaN while one is not known. */
  look(end: number): void {
    this.#looks.push({ records: this.records, end })
    if (this.#looks.length > OWN_LOOKS) this.#looks.shift()
  }
}
