import { type KeyGenerator, keyText, VIRAL_WINDOWS, viralShares, weightOf } from './generate-keys.ts'
import type { KeyChunk } from './key-chunk.ts'
import { packKeys } from './packed-keys.ts'

/**
 * Messages one by one, as producers send them: each draws its key from a population.
 *
 * A population alone says where the load goes in the long run. Ten thousand messages are not the long run: some keys
 * are never seen, and lanes are less even than their keys. Drawing shows that too, and the same seed draws the same
 * messages on the page, in the terminal and in a test.
 *
 * Method: one draw a message. Equal keys are an index; a Zipf is looked up in its running sum. A viral key burns for a
 * part of the messages: their order is time, and each of the 24 windows has as many of them as it has traffic.
 *
 * What it does not do: bursts of one key, sessions, several producers. Memory: 8 bytes a key of a Zipf.
 */
export function* drawMessages(
  generator: KeyGenerator,
  messages: number,
  random: { next(): number },
  size: number,
): Generator<KeyChunk> {
  const draw = keyDrawer(generator, messages, random)
  for (let from = 0; from < messages; from += size) {
    const texts = Array.from({ length: Math.min(size, messages - from) }, (_, at) =>
      keyText(generator, draw(from + at)),
    )
    yield { keys: packKeys(texts), weights: null, absent: null }
  }
}

/** Index of the key of the message at a place in the order, 0 ≤ place < messages; to be asked once for each, in order. */
export const keyDrawer = (
  generator: KeyGenerator,
  messages: number,
  random: { next(): number },
): ((place: number) => number) => {
  const { kind, keys } = generator
  const any = (): number => Math.floor(random.next() * keys)
  switch (kind) {
    case 'uniform':
    case 'sequential':
      return any
    case 'celebrity':
      return () => (random.next() < generator.share ? 0 : 1 + Math.floor(random.next() * (keys - 1)))
    case 'zipf': {
      const sums = runningSums(generator)
      const total = sums[keys - 1] as number
      return () => firstAbove(sums, random.next() * total)
    }
    case 'viral': {
      const burning = viralShares(generator.share)
      const windowOf = windowsByTraffic(burning, messages)
      return place => (random.next() < (burning[windowOf(place)] as number) ? 0 : any())
    }
  }
}

const runningSums = (generator: KeyGenerator): Float64Array => {
  const weight = weightOf(generator)
  const sums = new Float64Array(generator.keys)
  let sum = 0
  for (let index = 0; index < sums.length; index++) {
    sum += weight(index)
    sums[index] = sum
  }
  return sums
}

/** Index of the first value that is greater than `wanted`; the last one where rounding leaves none. */
const firstAbove = (ascending: Float64Array, wanted: number): number => {
  let low = 0
  let high = ascending.length - 1
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((ascending[middle] as number) > wanted) high = middle
    else low = middle + 1
  }
  return low
}

/** The extra share comes on top of everybody else's traffic, so a window in which a key burns has more messages. */
const windowsByTraffic = (shares: readonly number[], messages: number): ((place: number) => number) => {
  const ends = new Float64Array(VIRAL_WINDOWS)
  let traffic = 0
  shares.forEach((share, window) => {
    traffic += 1 / (1 - share)
    ends[window] = traffic
  })
  return place => firstAbove(ends, (place / messages) * traffic)
}
