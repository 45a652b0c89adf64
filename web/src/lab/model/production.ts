/**
 * A stream of messages on its way to the lanes: advanced chunk by chunk while the page draws, with the figures of
 * everything sent so far. Tallies of the core take the messages in, so the last figures are those of
 * `lanekeeper simulate` for the same messages.
 */
import { type PartitionCount, partitionCount, readUtf8 } from '../../../../src/core/model/index.ts'
import {
  type KeyChunk,
  KeyTally,
  type PerfectHash,
  perfectHash,
  skewOf,
  SpreadTally,
  type Strategy,
} from '../../../../src/core/routing/index.ts'
import { chunksOf, messagesOf, type Population } from './population.ts'

/** Lanes over this are counted; the heat map's pale side ends about here. */
export const OVER = 1.2
const HEAVIEST = 5

export interface KeyShare {
  readonly key: string
  readonly messages: number
  readonly share: number
}

export interface LaneFigures {
  readonly strategy: Strategy
  /** Messages by lane; parts of one where a key takes several lanes in turn. */
  readonly loads: Float64Array
  readonly keysPerLane: Float64Array
  readonly hottestLane: number
  readonly hottestMessages: number
  readonly hottestShare: number
  readonly maxOverMean: number
  readonly lanesOver: number
  readonly emptyLanes: number
  /** Messages that the strategy has no lane for. */
  readonly unsent: number
}

export class Production {
  readonly population: Population
  readonly total: number
  readonly #keys = new KeyTally()
  readonly #tallies: readonly SpreadTally[]
  readonly #chunks: Iterator<KeyChunk>
  #sent = 0
  #last: KeyChunk | null = null

  /** @param steps in how many chunks the whole is sent. Throws RangeError where a strategy does not fit the count. */
  constructor(population: Population, strategies: readonly Strategy[], partitions: number, steps: number) {
    const count: PartitionCount = partitionCount(partitions)
    this.population = population
    this.total = messagesOf(population)
    this.#tallies = strategies.map(strategy => new SpreadTally(strategy, count))
    this.#chunks = chunksOf(population, Math.max(1, Math.ceil(this.total / steps)))
  }

  get sent(): number {
    return this.#sent
  }

  /** The chunk sent last, for drawing it on its way. */
  get last(): KeyChunk | null {
    return this.#last
  }

  get done(): boolean {
    return this.#sent >= this.total
  }

  /** Sends one more chunk; false when there was none. */
  advance(): boolean {
    const { value, done } = this.#chunks.next()
    if (done === true) return false
    const chunk = value as KeyChunk
    const fresh = this.#keys.add(chunk)
    for (const tally of this.#tallies) tally.add(chunk, fresh)
    this.#last = chunk
    this.#sent += chunk.keys.offsets.length - 1
    return true
  }

  finish(): this {
    while (this.advance());
    return this
  }

  get keysSeen(): number {
    return this.#keys.result().distinct
  }

  heaviest(): readonly KeyShare[] {
    const { heaviest, total } = this.#keys.result()
    return heaviest(HEAVIEST).map(({ key, weight }) => ({
      key: readUtf8(key, 0, key.length),
      messages: weight,
      share: weight / total,
    }))
  }

  /** What a perfect hash would make of these very keys: the part of the skew that is chance. */
  chance(lanes: number): PerfectHash {
    return perfectHash(this.#keys.result().weights(), lanes)
  }

  lanes(index = 0): LaneFigures {
    const tally = this.#tallies[index]
    if (tally === undefined) throw new RangeError(`no strategy ${index}`)
    return laneFigures(tally)
  }
}

/** Figures of the lanes as they are loaded now. */
export const laneFigures = ({ strategy, loads, keysPerLane, unsent }: SpreadTally): LaneFigures => {
  const skew = skewOf(loads)
  let lanesOver = 0
  let emptyLanes = 0
  loads.forEach(load => {
    if (load > OVER * skew.mean) lanesOver++
  })
  keysPerLane.forEach(keys => {
    if (keys === 0) emptyLanes++
  })
  return {
    strategy,
    loads: loads.slice(),
    keysPerLane: keysPerLane.slice(),
    hottestLane: skew.maxLane,
    hottestMessages: skew.max,
    hottestShare: skew.topShare,
    maxOverMean: skew.maxOverMean,
    lanesOver,
    emptyLanes,
    unsent,
  }
}
