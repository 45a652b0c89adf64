import type { ClusterHealth, TopicHealth } from '../../core/health/index.ts'
import { type BrokerId, KafkaCode } from '../../core/model/index.ts'
import {
  chooseSamples,
  type Sample,
  type SampleBudget,
  type SampleCandidate,
} from '../../core/sketch/index.ts'
import type { BrokerLink, FetchedPartition } from '../../ports/broker-link.ts'
import type { Codecs } from '../../ports/codecs.ts'
import type { Random } from '../../ports/random.ts'
import { readSample, type SampleReader } from './read-sample.ts'

/**
 * Reads a little of what was just written, after each look: one request per broker, a bounded number of partitions and
 * bytes, no group, no commit. The hot partitions, and those that somebody looks at, come first and may take more; then
 * those with a batch that did not fit, and a turn that goes through all the others.
 *
 * What did not fit matters most to whoever asks what is heavy. A broker cuts an answer at the size asked for and sends
 * nothing at all where already the first batch is larger; only the first partition of a request gets one batch of any
 * size. So a partition with such a batch stays where it was, gets more room with the next look, and stands first in its
 * request; a few of them at a time, in the order in which they were cut, so that a topic of large batches throughout
 * leaves the budget to others.
 *
 * It never makes a sick cluster sicker: one reading at a time, so a slow broker is asked more seldom; a broker that does
 * not answer is left alone for a while; a topic that may not be read is not asked for again soon.
 */
export interface SamplerParts {
  readonly link: BrokerLink
  readonly codecs: Codecs
  readonly random: Random
  /** Per look. */
  readonly budget: SampleBudget
  readonly readerFor: (topic: TopicHealth, partition: number) => SampleReader
  /** Told after each piece: its records, and the bytes that they take on disk. */
  readonly onPiece: (topic: string, partition: number, records: number, diskBytes: number) => void
}

export interface SamplerStats {
  readonly requests: number
  readonly bytes: number
  readonly records: number
  /** Topics that may not be read. */
  readonly refused: readonly string[]
}

const INTEREST_PER_TOPIC = 16
/** Partitions with a batch that did not fit, in one look. */
const CUT_PER_LOOK = 4
/** Partitions that get their turn in one look; 1,500 are through in half a minute. */
const TURN_PER_LOOK = 64
/** What was written in the last seconds stands for a partition that comes to its turn for the first time. */
const FIRST_RANGE_S = 5
/** A longer gap is not made up: what the sample stands for would be older than the window. */
const RANGE_MAX_S = 55
/** So often longer gaps are looked for, which takes a walk through every place that was seen. */
const EXPIRE_EVERY_MS = 5_000
const QUIET_AFTER_FAILURE_MS = 10_000
const QUIET_AFTER_REFUSAL_MS = 300_000

export class Sampler {
  readonly #parts: SamplerParts
  /** By place; no place is cut that was not seen. */
  readonly #seen = new Map<string, Seen>()
  /** Places with a batch that did not fit, in the order in which it was met. */
  readonly #cut = new Map<string, { readonly topic: string; readonly partition: number }>()
  readonly #quietUntilMs = new Map<BrokerId, number>()
  readonly #refusedUntilMs = new Map<string, number>()
  #turn = 0
  #expiredMs = Number.NEGATIVE_INFINITY
  #busy = false
  #requests = 0
  #bytes = 0
  #records = 0

  constructor(parts: SamplerParts) {
    this.#parts = parts
  }

  stats(): SamplerStats {
    return {
      requests: this.#requests,
      bytes: this.#bytes,
      records: this.#records,
      refused: [...this.#refusedUntilMs.keys()],
    }
  }

  /** Resolves when the reading is done; at once while another is under way. Never rejects. */
  async sample(
    health: ClusterHealth,
    nowMs: number,
    wanted: (topic: string) => readonly number[],
    skip: (topic: string) => boolean,
  ): Promise<void> {
    if (this.#busy) return
    this.#busy = true
    try {
      if (nowMs - this.#expiredMs >= EXPIRE_EVERY_MS) this.#expire(nowMs)
      for (const [topic, untilMs] of this.#refusedUntilMs)
        if (untilMs <= nowMs) this.#refusedUntilMs.delete(topic)
      const topics = [...health.topics.values()].filter(
        ({ info }) => !info.internal && !skip(info.name) && !this.#refusedUntilMs.has(info.name),
      )
      const candidates = this.#candidates(topics, wanted)
      const samples = chooseSamples(candidates, this.#parts.budget, () => this.#parts.random.next())
      await Promise.all(
        [...byLeader(samples, health)].map(([broker, ofBroker]) =>
          this.#read(broker, ofBroker, health, nowMs),
        ),
      )
    } finally {
      this.#busy = false
    }
  }

  #expire(nowMs: number): void {
    this.#expiredMs = nowMs
    for (const [place, { atMs }] of this.#seen)
      if (nowMs - atMs > RANGE_MAX_S * 1000) {
        this.#seen.delete(place)
        this.#cut.delete(place)
      }
  }

  #candidates(
    topics: readonly TopicHealth[],
    wanted: (topic: string) => readonly number[],
  ): readonly SampleCandidate[] {
    const candidates: SampleCandidate[] = []
    const taken = new Set<string>()
    const add = (topic: TopicHealth, partition: number, interest: boolean): void => {
      const place = placeOf(topic.info.name, partition)
      if (taken.has(place)) return
      taken.add(place)
      const candidate = this.#candidate(topic, partition, interest)
      if (candidate !== null) candidates.push(candidate)
    }
    for (const topic of topics) {
      for (const partition of wanted(topic.info.name)) add(topic, partition, true)
      for (const partition of topic.skew.hot.slice(0, INTEREST_PER_TOPIC)) add(topic, partition, true)
      if (topic.skew.uneven >= 0) add(topic, topic.skew.uneven, true)
      // it may be luck, and only a sample can tell
      if (topic.hotBytes !== null) add(topic, topic.hotBytes.partition, true)
    }
    for (const [place, cut] of [...this.#cut].slice(0, CUT_PER_LOOK)) {
      this.#cut.delete(place)
      const topic = topics.find(({ info }) => info.name === cut.topic)
      if (topic?.info.partitions[cut.partition] === undefined) continue
      // to the end of the line, so that one with nothing new to read does not keep others waiting
      this.#cut.set(place, cut)
      add(topic, cut.partition, true)
    }
    const total = topics.reduce((sum, topic) => sum + topic.info.partitions.length, 0)
    for (let step = 0; step < Math.min(TURN_PER_LOOK, total); step++) {
      this.#turn = (this.#turn + 1) % total
      const found = partitionAt(topics, this.#turn)
      if (found !== null) add(found.topic, found.partition, false)
    }
    return candidates
  }

  #candidate(topic: TopicHealth, partition: number, interest: boolean): SampleCandidate | null {
    const { name } = topic.info
    const end = topic.end[partition] ?? Number.NaN
    const start = topic.start[partition] ?? Number.NaN
    const rate = topic.recordsPerSecond[partition] ?? Number.NaN
    if (Number.isNaN(end) || Number.isNaN(start) || topic.info.partitions[partition]?.leader === null)
      return null
    const seen = this.#seen.get(placeOf(name, partition))
    const fresh = seen !== undefined && seen.offset <= end
    if (!fresh && Number.isNaN(rate)) return null
    return {
      topic: name,
      partition,
      from: Math.max(start, fresh ? seen.offset : Math.floor(end - rate * FIRST_RANGE_S)),
      end,
      bytesPerRecord: seen?.recordBytes ?? Number.NaN,
      cutBytes: seen?.cutBytes ?? 0,
      interest,
    }
  }

  async #read(
    broker: BrokerId,
    samples: readonly Sample[],
    health: ClusterHealth,
    nowMs: number,
  ): Promise<void> {
    if ((this.#quietUntilMs.get(broker) ?? 0) > nowMs) return
    const cutFirst = samples.toSorted((a, b) => Number(this.#isCut(b)) - Number(this.#isCut(a)))
    const partitions = cutFirst.map(sample => {
      const info = health.topics.get(sample.topic)?.info
      return {
        topic: sample.topic,
        topicId: info?.topicId ?? '',
        partition: sample.partition,
        leaderEpoch: info?.partitions[sample.partition]?.leaderEpoch ?? -1,
        offset: sample.offset,
        lastFetchedEpoch: -1,
        maxBytes: sample.maxBytes,
      }
    })
    const maxBytes = samples.reduce((sum, each) => sum + each.maxBytes, 0)
    this.#requests++
    try {
      const answer = await this.#parts.link.fetch(broker, 'fetch', {
        maxWaitMs: 0,
        minBytes: 0,
        maxBytes,
        isolation: 'read_uncommitted',
        partitions,
      })
      const byPlace = new Map(
        cutFirst.map((sample, at) => [`${partitions[at]?.topicId} ${sample.partition}`, sample]),
      )
      const answeredBytes = answer.partitions.reduce((sum, { records }) => sum + (records?.length ?? 0), 0)
      for (const fetched of answer.partitions) {
        const sample = byPlace.get(`${fetched.topicId} ${fetched.partition}`)
        const topic = sample === undefined ? undefined : health.topics.get(sample.topic)
        if (sample === undefined || topic === undefined) continue
        // nothing came since the first batch took the room of all: that says nothing about this one
        const crowdedOut = fetched.records?.length === 0 && answeredBytes + sample.maxBytes > maxBytes
        if (!crowdedOut) this.#take(sample, topic, fetched, nowMs)
      }
    } catch {
      // the looks say what is wrong with the cluster; a sample that failed is only one less
      this.#quietUntilMs.set(broker, nowMs + QUIET_AFTER_FAILURE_MS)
    }
  }

  #isCut({ topic, partition }: Sample): boolean {
    return this.#cut.has(placeOf(topic, partition))
  }

  #take(sample: Sample, topic: TopicHealth, fetched: FetchedPartition, nowMs: number): void {
    if (fetched.code === KafkaCode.TOPIC_AUTHORIZATION_FAILED) {
      this.#refusedUntilMs.set(sample.topic, nowMs + QUIET_AFTER_REFUSAL_MS)
      return
    }
    if (fetched.code !== 0) return
    const reader = this.#parts.readerFor(topic, sample.partition)
    const { diskBytes, records, readTo, cutBytes } = readSample(sample, fetched, this.#parts.codecs, reader)
    this.#bytes += diskBytes
    this.#records += records
    const place = placeOf(sample.topic, sample.partition)
    const before = this.#seen.get(place)
    this.#seen.set(place, {
      offset: readTo,
      atMs: readTo > sample.from ? nowMs : (before?.atMs ?? nowMs),
      recordBytes: records > 0 ? diskBytes / records : (before?.recordBytes ?? Number.NaN),
      cutBytes,
    })
    this.#cut.delete(place)
    if (cutBytes > 0) this.#cut.set(place, { topic: sample.topic, partition: sample.partition })
    if (records > 0) this.#parts.onPiece(sample.topic, sample.partition, records, diskBytes)
  }
}

interface Seen {
  /** Up to which the partition was looked at, and when. */
  readonly offset: number
  readonly atMs: number
  readonly recordBytes: number
  readonly cutBytes: number
}

const placeOf = (topic: string, partition: number): string => `${topic} ${partition}`

const partitionAt = (
  topics: readonly TopicHealth[],
  index: number,
): { readonly topic: TopicHealth; readonly partition: number } | null => {
  let left = index
  for (const topic of topics) {
    if (left < topic.info.partitions.length) return { topic, partition: left }
    left -= topic.info.partitions.length
  }
  return null
}

const byLeader = (
  samples: readonly Sample[],
  health: ClusterHealth,
): ReadonlyMap<BrokerId, readonly Sample[]> => {
  const groups = new Map<BrokerId, Sample[]>()
  for (const sample of samples) {
    const leader = health.topics.get(sample.topic)?.info.partitions[sample.partition]?.leader ?? null
    if (leader === null) continue
    const group = groups.get(leader)
    if (group === undefined) groups.set(leader, [sample])
    else group.push(sample)
  }
  return groups
}
