import { readUtf8 } from '../../model/index.ts'
import { onAnyCount, type Strategy } from './strategy.ts'

/**
 * The id of a store, shop or site as the key, placed by `String.hashCode`. Found in the wild as hand-made partitioners,
 * most of them written `Math.abs(id.hashCode()) % n`. That has a hole: `Math.abs` of the smallest integer is that same
 * negative integer, so an id with this hash (the word "polygenelubricants" is one) gets a negative lane, and the send
 * fails. `floorMod`, or masking the sign bit, has no such hole.
 *
 * Two more reasons to leave it: `hashCode` hardly mixes, so ids that count up fall on neighbouring lanes, and no other
 * client knows the rule.
 */
export const javaHashCode = (text: string): number => {
  let hash = 0
  for (let index = 0; index < text.length; index++) hash = (Math.imul(31, hash) + text.charCodeAt(index)) | 0
  return hash
}

/** `Math.abs(text.hashCode()) % count` as Java computes it: negative for the smallest integer. */
export const handMadeLane = (text: string, count: number): number => {
  const hash = javaHashCode(text)
  // Java's abs stays in 32 bits, where 2^31 does not exist; `| 0` does the same. The last one makes 0 of JavaScript's -0
  return ((Math.abs(hash) | 0) % count) | 0
}

export const storeIdStrategy = (form: 'hand-made' | 'mended'): Strategy => ({
  ...onAnyCount,
  name: form === 'hand-made' ? 'store-id-by-hand' : 'store-id',
  noteOn: count => (form === 'hand-made' ? holeSentence(count) : null),
  order: 'per key',
  keeps: 'all records of an id in order, as long as the partition count stays',
  givesUp:
    form === 'hand-made'
      ? 'records of an id whose hash is the smallest integer: their lane is negative, and the send fails'
      : 'agreement with every standard client; evenness where ids count up',
  readerMust: 'nothing',
  lanesPerKeyMax: () => 1,
  lanesOf: ({ key }, count) => {
    const text = key === null ? '' : readUtf8(key, 0, key.length)
    if (form === 'mended') return [(javaHashCode(text) & 0x7fffffff) % count]
    const lane = handMadeLane(text, count)
    return lane < 0 ? [] : [lane]
  },
})

const HOLE = 'polygenelubricants'

const holeSentence = (count: number): string => {
  const lane = handMadeLane(HOLE, count)
  return lane < 0
    ? `Math.abs of the smallest integer is negative: the id "${HOLE}" gets lane ${lane}, which does not exist.`
    : `On ${count} lanes the hole does not show, because ${count} divides 2^31; on another count the id "${HOLE}" gets a negative lane.`
}
