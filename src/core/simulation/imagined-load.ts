/**
 * Traffic that nobody sends: where the logs of a topic would stand at any moment.
 *
 * Goal: a cluster of any size under load, to look at, for the price of a few multiplications a partition and look;
 * sending 200,000 partitions their records would take several machines. Invariants: offsets never fall; start ≤
 * committed ≤ end; the same seed gives the same load. Method: a partition's pace is drawn once (log-normal, one
 * partition of each topic far above the others), and all of a topic swing together in a slow wave; an offset is the
 * integral of that pace, in closed form. Reading is the same function some seconds ago, member by member, one member
 * far behind the others.
 *
 * What it does not do: records. There is nothing to fetch, and so nothing to learn about keys.
 */
import { type SeededRandom, seededRandom } from './random.ts'

export interface ImaginedTopic {
  readonly name: string
  readonly partitions: number
}

export interface LogPositions {
  readonly start: Float64Array
  readonly committed: Float64Array
  readonly end: Float64Array
}

export interface ImaginedLoad {
  readonly topics: readonly ImaginedTopic[]
  /** Of the topic's group; each reads a run of neighbouring partitions. */
  readonly members: readonly { readonly first: number; readonly end: number }[][]
  /** Positions of a topic so many milliseconds after the beginning. */
  at(topic: number, elapsedMs: number): LogPositions
}

/** A large topic, half as large a one, and so on: pictures of several topics are what is wanted to be seen. */
const shares: readonly (readonly [name: string, share: number])[] = [
  ['clicks', 1 / 2],
  ['orders', 1 / 4],
  ['payments', 1 / 8],
  ['audit', 1 / 8],
]

const recordsPerSecondMean = 10
const spreadOfLog = 0.06
const hottestTimes = 8
const waveSeconds = 600
const waveHeight = 0.3
/** What lies behind the beginning, so that there is something to retain. */
const pastSeconds = 3600
const retainedSeconds = 1800
const membersMax = 20
const behindSeconds = 0.6
const slowBehindSeconds = 45

/** @param partitions of all topics together, at least 1 */
export const imagineLoad = (partitions: number, seed: number): ImaginedLoad => {
  const random = seededRandom(`${seed}/load`)
  const topics = topicsOf(partitions)
  const paces = topics.map(topic => pacesOf(topic.partitions, random.fork(topic.name)))
  const members = topics.map(topic => membersOf(topic.partitions))
  return {
    topics,
    members,
    at: (topic, elapsedMs) => {
      const nowSeconds = pastSeconds + elapsedMs / 1000
      const pace = paces[topic] ?? new Float64Array(0)
      const committed = new Float64Array(pace.length)
      members[topic]?.forEach(({ first, end }, member) => {
        const behind = member === SLOW_MEMBER ? slowBehindSeconds : behindSeconds
        fill(committed, pace, first, end, secondsOfMeanPace(nowSeconds - behind))
      })
      return {
        start: fill(
          new Float64Array(pace.length),
          pace,
          0,
          pace.length,
          secondsOfMeanPace(nowSeconds - retainedSeconds),
        ),
        committed,
        end: fill(new Float64Array(pace.length), pace, 0, pace.length, secondsOfMeanPace(nowSeconds)),
      }
    },
  }
}

/** Where there are two members and more, the second is slow. */
const SLOW_MEMBER = 1

const topicsOf = (partitions: number): readonly ImaginedTopic[] => {
  let left = partitions
  return shares.flatMap(([name, share], index) => {
    const own = index === shares.length - 1 ? left : Math.min(left, Math.ceil(partitions * share))
    left -= own
    return own === 0 ? [] : [{ name, partitions: own }]
  })
}

const pacesOf = (partitions: number, random: SeededRandom): Float64Array => {
  const paces = Float64Array.from(
    { length: partitions },
    () => recordsPerSecondMean * Math.exp(spreadOfLog * bell(random)),
  )
  const hottest = Math.floor(random.next() * partitions)
  paces[hottest] = recordsPerSecondMean * hottestTimes
  return paces
}

/** Nearly normal: twelve uniform draws have a variance of 1. */
const bell = (random: SeededRandom): number => {
  let sum = -6
  for (let draw = 0; draw < 12; draw++) sum += random.next()
  return sum
}

const membersOf = (partitions: number): { readonly first: number; readonly end: number }[] => {
  const count = Math.min(membersMax, partitions)
  return Array.from({ length: count }, (_, member) => ({
    first: Math.floor((member * partitions) / count),
    end: Math.floor(((member + 1) * partitions) / count),
  }))
}

/** The integral of 1 + height × sin: grows always, since the wave is lower than its middle. */
const secondsOfMeanPace = (seconds: number): number => {
  const turn = (2 * Math.PI) / waveSeconds
  return seconds + (waveHeight / turn) * (1 - Math.cos(turn * seconds))
}

const fill = (
  positions: Float64Array,
  paces: Float64Array,
  first: number,
  end: number,
  seconds: number,
): Float64Array => {
  for (let p = first; p < end; p++) positions[p] = Math.floor((paces[p] ?? 0) * seconds)
  return positions
}
