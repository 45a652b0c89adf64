import type { Random } from '../ports/random.ts'
import { createShape, type Crowd, GUEST_KEY, type TrafficShape } from './shapes.ts'
import type { ScenarioRecord } from './streamsocial.ts'

/**
 * Traffic of several keyed streams that share one rate, stamped like StreamSocial's: `run` and a `seq` per key of a topic
 * that grows by one, first in the value, so that anyone can check order and loss.
 *
 * All keys of a stream are equally active. That is on purpose: a calm day must look calm, so that an uneven partition
 * means something. The uneven days of a scenario are simulated from its workload file.
 */
export interface KeyedStream {
  readonly topic: string
  /** Part of all records, 0 … 1. */
  readonly share: number
  readonly keys: number
  /** Whose numbers they are. */
  readonly crowd: Crowd
  readonly keyOf: (index: number) => string
  /** The fields after the stamp, as JSON without braces: `"order_id":17,"total":3`. */
  readonly fields: (index: number, random: Random) => string
}

/** Returns a function that makes the record of a time since the start; the same streams, run and seed give the same. */
export const createKeyedStreams = (
  streams: readonly KeyedStream[],
  run: number,
  random: Random,
  shape: TrafficShape = createShape(['steady'], random),
): ((atMs?: number) => ScenarioRecord) => {
  // one more than there are: the guest
  const sequences = streams.map(({ keys }) => new Uint32Array(keys + 1))
  return (atMs = 0) => {
    const at = pickStream(streams, random)
    const stream = streams[at] as KeyedStream
    const sequence = sequences[at] as Uint32Array
    const index = shape.choose(stream.crowd, stream.keys, atMs)
    const seq = (sequence[index] = (sequence[index] ?? 0) + 1)
    const key = index === stream.keys ? GUEST_KEY : stream.keyOf(index)
    return {
      topic: stream.topic,
      key,
      value: `{"run":${run},"seq":${seq},${stream.fields(index, random)}}`,
    }
  }
}

/** Shares are written with a few decimals; what they lack to 1 falls to the last stream. */
const pickStream = (streams: readonly KeyedStream[], random: Random): number => {
  let left = random.next()
  for (let at = 0; at < streams.length - 1; at++) {
    left -= streams[at]?.share ?? 0
    if (left < 0) return at
  }
  return streams.length - 1
}
