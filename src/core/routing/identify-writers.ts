import {
  type ConventionName,
  conventionNames,
  conventions,
  distinctPlacements,
  samePlacement,
} from './conventions.ts'

/**
 * Which client wrote this topic? Told from where its keys lie.
 *
 * Goal. Two clients that place keys differently break the order of every key they share, and joins between topics, and
 * nothing in Kafka says so. The placement itself does: with 12 partitions a wrong convention explains a key by luck one
 * time in twelve, so a few dozen keys decide.
 *
 * Method. A mixture: each record was placed by one of a few writers, each a convention at a partition count, or by
 * nobody known (a lane named by hand, a partitioner of one's own: any lane alike). Expectation–maximisation finds the
 * writers' shares that make the sample most likely. A pair of key and partition counts once, however many records it has:
 * a thousand records of one key are one piece of evidence.
 *
 * What it will not say. Conventions that put every sampled key on the same lane cannot be told apart; they are one
 * answer with several names. That is so for Java and the unsigned reading at a power of two, whatever the sample.
 * Records older than the last change of the count lie by the older count: such a writer is looked for among the records
 * that nothing else explains.
 *
 * Source of the mixture: Dempster, Laird and Rubin (1977).
 */
export interface PlacedKey {
  readonly key: Uint8Array
  readonly partition: number
  readonly timestampMs: number
  readonly headers: readonly { readonly key: string; readonly value: string }[]
}

export interface Writer {
  /** Conventions that explain these records equally well; the first of each placement, in the table's order. */
  readonly placements: readonly ConventionName[]
  /** All convention names behind them. */
  readonly names: readonly ConventionName[]
  /** Partition count that it placed by: the topic's, or an older one. */
  readonly count: number
  /** Estimated share of the pairs of key and partition that it wrote. */
  readonly share: number
  /** Pairs that lie where it would put them, of all. */
  readonly matched: number
  /** Pairs that only this writer explains. */
  readonly alone: number
  /** Earliest and latest record that only this writer explains; null without any. */
  readonly seen: { readonly firstMs: number; readonly lastMs: number } | null
  /** Headers that nearly all of its own records carry and nearly no others. */
  readonly headers: readonly string[]
}

export interface Identification {
  /**
   * one: a single writer, and one placement. cannot-tell: a single writer, several placements fit. mixed: several
   * writers. unknown: keys do not decide where records lie. too-few: not enough keys to say anything.
   */
  readonly verdict: 'one' | 'cannot-tell' | 'mixed' | 'unknown' | 'too-few'
  /** By share, largest first. */
  readonly writers: readonly Writer[]
  /** Every placement by itself: how much of the sample lies where it says, and its probability as the only writer. */
  readonly likelihoods: readonly Likelihood[]
  /** Distinct pairs of key and partition with a key of at least one byte. */
  readonly pairs: number
  readonly keys: number
  /** Keys found on more than one partition: their order is broken already. */
  readonly scatteredKeys: number
  /** Share of pairs that no known convention explains. */
  readonly unexplainedShare: number
}

export interface Likelihood {
  readonly placement: ConventionName
  readonly names: readonly ConventionName[]
  readonly matchedShare: number
  /** Posterior probability among all placements and "none of them", each equally likely before. */
  readonly probability: number
}

/** Fewer pairs than this are not an answer: at 2 partitions, ten keys agree with a wrong convention once in 1,024. */
const PAIRS_MIN = 20
/** A record that its writer's convention does not explain: bad luck of the model, not of the arithmetic. */
const SLIP = 0.002
const SHARE_MIN = 0.02
const ALONE_MIN = 3
const ROUNDS = 60

/** Whether pair `index` lies where `placement` puts it among `among` lanes. */
type LiesWhere = (placement: ConventionName, among: number, index: number) => boolean

interface Hypothesis {
  readonly placements: readonly ConventionName[]
  readonly count: number
  /** 1 where the pair lies where the hypothesis puts it. */
  readonly match: Uint8Array
}

export const identifyWriters = (records: readonly PlacedKey[], count: number): Identification => {
  const { pairs, pairOf, keys, scatteredKeys } = distinctPairs(records)
  const hashes = new Map<string, Int32Array>()
  const lies: LiesWhere = (placement, among, index) => {
    const { hash, hashOf, laneOf } = conventions[placement]
    let hashed = hashes.get(hash)
    if (hashed === undefined) {
      hashed = Int32Array.from(pairs, ({ key }) => hashOf(key))
      hashes.set(hash, hashed)
    }
    return laneOf(hashed[index] as number, among) === (pairs[index] as PlacedKey).partition
  }
  const matchOf = (placement: ConventionName, among: number): Uint8Array =>
    Uint8Array.from(pairs, (_, index) => (lies(placement, among, index) ? 1 : 0))
  const single = distinctPlacements.map(placement => ({ placement, match: matchOf(placement, count) }))
  let hypotheses = merged(single.map(({ placement, match }) => ({ placements: [placement], count, match })))
  const older = olderCount(hypotheses, count, pairs.length, lies)
  if (older !== null)
    hypotheses = [
      ...hypotheses,
      { placements: [older.placement], count: older.count, match: matchOf(older.placement, older.count) },
    ]
  const shares = mixtureShares(hypotheses, pairs.length, count)
  const likelihoods = likelihoodsOf(single, pairs.length, count)
  const writers = hypotheses
    .map((hypothesis, index) => writerOf(hypothesis, shares[index] as number, hypotheses, records, pairOf))
    .filter(writer => writer.share >= SHARE_MIN && (hypotheses.length === 1 || writer.alone >= ALONE_MIN))
    .toSorted((a, b) => b.share - a.share)
  const unexplainedShare = shares.at(-1) as number
  return {
    verdict: verdictOf(writers, pairs.length, unexplainedShare, count),
    writers: pairs.length < PAIRS_MIN ? [] : writers,
    likelihoods,
    pairs: pairs.length,
    keys,
    scatteredKeys,
    unexplainedShare,
  }
}

const verdictOf = (
  writers: readonly Writer[],
  pairs: number,
  unexplainedShare: number,
  count: number,
): Identification['verdict'] => {
  if (pairs < PAIRS_MIN) return 'too-few'
  // one lane takes every key: all conventions agree, and none can be told
  if (count === 1) return 'cannot-tell'
  const [first] = writers
  if (first === undefined) return 'unknown'
  if (writers.length > 1 || unexplainedShare >= SHARE_MIN) return unexplainedShare > 0.5 ? 'unknown' : 'mixed'
  return first.placements.length > 1 ? 'cannot-tell' : 'one'
}

const identityOf = (bytes: Uint8Array): string => String.fromCharCode(...bytes)

interface Pairs {
  /** The first record of each. */
  readonly pairs: readonly PlacedKey[]
  /** By record: its place among the pairs; -1: its key is no evidence. */
  readonly pairOf: Int32Array
  readonly keys: number
  readonly scatteredKeys: number
}

const distinctPairs = (records: readonly PlacedKey[]): Pairs => {
  const lanes = new Map<string, Map<number, number>>()
  const pairs: PlacedKey[] = []
  const pairOf = new Int32Array(records.length).fill(-1)
  records.forEach((record, at) => {
    // an empty key is no evidence: some clients hash it, some draw
    if (record.key.length === 0) return
    const name = identityOf(record.key)
    let known = lanes.get(name)
    if (known === undefined) {
      known = new Map()
      lanes.set(name, known)
    }
    const pair = known.get(record.partition) ?? pairs.length
    pairOf[at] = pair
    if (pair < pairs.length) return
    known.set(record.partition, pair)
    pairs.push(record)
  })
  const scattered = [...lanes.values()].filter(known => known.size > 1).length
  return { pairs, pairOf, keys: lanes.size, scatteredKeys: scattered }
}

/** Hypotheses that explain the very same pairs become one with several names. */
const merged = (hypotheses: readonly Hypothesis[]): readonly Hypothesis[] => {
  const found: Hypothesis[] = []
  for (const hypothesis of hypotheses) {
    const twin = found.findIndex(({ match }) => match.every((bit, index) => bit === hypothesis.match[index]))
    if (twin < 0) found.push(hypothesis)
    else {
      const { placements, ...rest } = found[twin] as Hypothesis
      found[twin] = { ...rest, placements: [...placements, ...hypothesis.placements] }
    }
  }
  return found
}

/**
 * Shares of the hypotheses, then the share of "nobody known", by expectation–maximisation. Pairs that the very same
 * hypotheses explain are alike in it: of hundreds there are a handful of kinds.
 */
const mixtureShares = (
  hypotheses: readonly Hypothesis[],
  pairs: number,
  count: number,
): readonly number[] => {
  const parts = hypotheses.length + 1
  const kinds = kindsOf(hypotheses, pairs).map(({ explained, pairs: weight }) => ({
    weight,
    likelihoods: [...explained.map(fits => (fits ? 1 - SLIP + SLIP / count : SLIP / count)), 1 / count],
  }))
  let shares = new Array<number>(parts).fill(1 / parts)
  for (let round = 0; round < ROUNDS && pairs > 0; round++) {
    const next = new Array<number>(parts).fill(0)
    for (const { weight, likelihoods } of kinds) {
      const fits = likelihoods.map((likelihood, part) => (shares[part] as number) * likelihood)
      const sum = fits.reduce((total, fit) => total + fit, 0)
      fits.forEach((fit, part) => {
        next[part] = (next[part] as number) + (weight * fit) / sum
      })
    }
    shares = next.map(each => each / pairs)
  }
  return shares
}

/** How many pairs there are of each kind, by the hypotheses that explain them. */
const kindsOf = (
  hypotheses: readonly Hypothesis[],
  pairs: number,
): readonly { readonly explained: readonly boolean[]; readonly pairs: number }[] => {
  const kinds = new Map<string, { readonly explained: readonly boolean[]; pairs: number }>()
  for (let index = 0; index < pairs; index++) {
    const explained = hypotheses.map(({ match }) => match[index] === 1)
    const kind = kinds.get(explained.join())
    if (kind === undefined) kinds.set(explained.join(), { explained, pairs: 1 })
    else kind.pairs++
  }
  return [...kinds.values()]
}

const likelihoodsOf = (
  single: readonly { readonly placement: ConventionName; readonly match: Uint8Array }[],
  pairs: number,
  count: number,
): readonly Likelihood[] => {
  const rows = single.map(({ placement, match }) => {
    const matched = match.reduce((sum, bit) => sum + bit, 0)
    return {
      placement,
      matchedShare: matched / pairs,
      log: matched * Math.log(1 - SLIP + SLIP / count) + (pairs - matched) * Math.log(SLIP / count),
    }
  })
  const nobody = pairs * Math.log(1 / count)
  const best = Math.max(nobody, ...rows.map(({ log }) => log))
  const total = rows.reduce((sum, { log }) => sum + Math.exp(log - best), Math.exp(nobody - best))
  return rows
    .map(({ placement, matchedShare, log }) => ({
      placement,
      names: namesOf([placement]),
      matchedShare,
      probability: Math.exp(log - best) / total,
    }))
    .toSorted((a, b) => b.matchedShare - a.matchedShare)
}

const namesOf = (placements: readonly ConventionName[]): readonly ConventionName[] =>
  conventionNames.filter(name => placements.some(placement => samePlacement(name, placement)))

/** Older counts are tried on so many unexplained pairs, and counts, that the search stays below a second. */
const OLDER_PAIRS_MAX = 500
const OLDER_COUNT_MAX = 4096

/**
 * A convention at a smaller count that explains most of what nothing explains at today's. Records stay where they were
 * put when partitions are added, so a topic that grew has two placements though it has one writer.
 */
const olderCount = (
  hypotheses: readonly Hypothesis[],
  count: number,
  pairs: number,
  lies: LiesWhere,
): { readonly placement: ConventionName; readonly count: number } | null => {
  const unexplained: number[] = []
  for (let index = 0; index < pairs; index++)
    if (hypotheses.every(({ match }) => match[index] === 0)) unexplained.push(index)
  if (unexplained.length < Math.max(ALONE_MIN * 3, pairs * SHARE_MIN)) return null
  const looked = unexplained.slice(0, OLDER_PAIRS_MAX)
  let best = { placement: distinctPlacements[0] as ConventionName, count: 0, hits: 0 }
  for (const placement of distinctPlacements)
    for (let among = 2; among < Math.min(count, OLDER_COUNT_MAX); among++) {
      let hits = 0
      for (const index of looked) if (lies(placement, among, index)) hits++
      if (hits > best.hits) best = { placement, count: among, hits }
    }
  // at 2 lanes half of anything fits: what is left over must fit better than luck by far
  return best.hits > looked.length * (0.5 + 0.5 / best.count) ? best : null
}

const writerOf = (
  hypothesis: Hypothesis,
  share: number,
  all: readonly Hypothesis[],
  records: readonly PlacedKey[],
  pairOf: Int32Array,
): Writer => {
  const others = all.filter(other => other !== hypothesis)
  const isOwn = hypothesis.match.map((bit, pair) =>
    bit === 1 && others.every(({ match }) => match[pair] === 0) ? 1 : 0,
  )
  const ownRecords = records.filter((_, at) => isOwn[pairOf[at] as number] === 1)
  return {
    placements: hypothesis.placements,
    names: namesOf(hypothesis.placements),
    count: hypothesis.count,
    share,
    matched: hypothesis.match.reduce((sum, bit) => sum + bit, 0),
    alone: isOwn.reduce((sum, bit) => sum + bit, 0),
    seen:
      ownRecords.length === 0
        ? null
        : {
            firstMs: ownRecords.reduce((least, { timestampMs }) => Math.min(least, timestampMs), Infinity),
            lastMs: ownRecords.reduce((most, { timestampMs }) => Math.max(most, timestampMs), -Infinity),
          },
    headers: tellingHeaders(ownRecords, records),
  }
}

/** Headers on at least nine in ten of a writer's own records, and on hardly more records than those it may have written. */
const tellingHeaders = (own: readonly PlacedKey[], all: readonly PlacedKey[]): readonly string[] => {
  if (own.length === 0 || own.length === all.length) return []
  const counted = (records: readonly PlacedKey[]): Map<string, number> => {
    const counts = new Map<string, number>()
    for (const { headers } of records)
      for (const name of new Set(headers.map(({ key, value }) => `${key}=${value}`)))
        counts.set(name, (counts.get(name) ?? 0) + 1)
    return counts
  }
  const everywhere = counted(all)
  return [...counted(own)]
    .filter(([name, mine]) => mine >= own.length * 0.9 && (everywhere.get(name) ?? 0) <= all.length * 0.9)
    .map(([name]) => name)
    .toSorted()
}
