/**
 * Seeded randomness: everything that draws can be replayed from its seed.
 *
 * Method: sfc32 (Chris Doty-Humphrey, PractRand), 128 bits of state, seeded from the text of the seed by a
 * multiply-xor hash and warmed up by twelve rounds as its author advises. A fork derives its seed from the parent's
 * *name* and not from the parent's state: one more draw in one stream then moves no other stream, so that a failing
 * seed still fails after an unrelated part has learned to draw.
 *
 * What it does not do: it is no source of secrets.
 */
export interface SeededRandom {
  /** Uniform in [0, 1), 32 bits of resolution. */
  next(): number
  /** An independent stream; the same label always gives the same stream. */
  fork(label: string): SeededRandom
}

export const seededRandom = (seed: string | number): SeededRandom => {
  const name = String(seed)
  let [a, b, c, d] = hashedSeed(name)
  const next = (): number => {
    const sum = (a + b + d) | 0
    d = (d + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + sum
    c |= 0
    return (sum >>> 0) / 4294967296
  }
  for (let round = 0; round < 12; round++) next()
  return { next, fork: label => seededRandom(`${name}/${label}`) }
}

/** Whole number in [0, limit). `limit` must be at least 1. */
export const integerBelow = (random: { next(): number }, limit: number): number =>
  Math.floor(random.next() * limit)

/** True with the given probability; 0 draws nothing, so that a rate of zero leaves the stream as it was. */
export const chance = (random: { next(): number }, probability: number): boolean =>
  probability > 0 && random.next() < probability

/** Uniform in [from, to). */
export const between = (random: { next(): number }, from: number, to: number): number =>
  from + random.next() * (to - from)

/** One element; undefined only for an empty list. */
export const pick = <Item>(random: { next(): number }, items: readonly Item[]): Item | undefined =>
  items[integerBelow(random, items.length)]

/** A shuffled copy (Fisher-Yates). */
export const shuffled = <Item>(random: { next(): number }, items: readonly Item[]): Item[] => {
  const copy = [...items]
  for (let last = copy.length - 1; last > 0; last--) {
    const other = integerBelow(random, last + 1)
    const kept = copy[last] as Item
    copy[last] = copy[other] as Item
    copy[other] = kept
  }
  return copy
}

/** Four words from a text; two seeds that differ in one character share no word (cyrb128, public domain). */
const hashedSeed = (text: string): [number, number, number, number] => {
  let h1 = 1779033703
  let h2 = 3144134277
  let h3 = 1013904242
  let h4 = 2773480762
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    h1 = h2 ^ Math.imul(h1 ^ unit, 597399067)
    h2 = h3 ^ Math.imul(h2 ^ unit, 2869860233)
    h3 = h4 ^ Math.imul(h3 ^ unit, 951274213)
    h4 = h1 ^ Math.imul(h4 ^ unit, 2716044179)
  }
  h1 = Math.imul(h3 ^ (h1 >>> 18), 597399067)
  h2 = Math.imul(h4 ^ (h2 >>> 22), 2869860233)
  h3 = Math.imul(h1 ^ (h3 >>> 17), 951274213)
  h4 = Math.imul(h2 ^ (h4 >>> 19), 2716044179)
  return [(h1 ^ h2 ^ h3 ^ h4) | 0, (h2 ^ h1) | 0, (h3 ^ h1) | 0, (h4 ^ h1) | 0]
}
