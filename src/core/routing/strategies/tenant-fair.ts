import { formatShare, partitionCount, utf8Bytes } from '../../model/index.ts'
import type { ConventionName } from '../conventions.ts'
import { murmur2 } from '../murmur2.ts'
import { lanesByHash, type Strategy } from './strategy.ts'

/**
 * Shuffle sharding: each tenant has a small set of lanes of its own choosing, so that a tenant that floods its lanes
 * hurts few others, and hardly anyone on all of theirs.
 *
 * Method: rendezvous hashing. Each lane gets a score from (tenant, lane); the tenant owns the `shards` lanes with the
 * highest scores. The set depends on nothing but the tenant's name, needs no table, and is stable: when lanes are added,
 * a lane is replaced only where a new one scores higher. Inside the set the key is hashed, so order per key holds.
 *
 * Bounded, not even: with few tenants some lanes have none. Sources: Thaler and Ravishankar (1998) for the scores; the
 * idea of overlapping small sets as Amazon's "shuffle sharding" describes it.
 */
export const tenantFairStrategy = (shards: number, convention: ConventionName = 'java'): Strategy => {
  const byHash = lanesByHash(convention)
  const kept = new Map<string, readonly number[]>()
  let keptFor = -1
  const lanesOfTenant = (tenant: string, count: number): readonly number[] => {
    // a set costs one score a lane; tenants come again and again
    if (keptFor !== count || kept.size >= TENANTS_KEPT) {
      kept.clear()
      keptFor = count
    }
    let lanes = kept.get(tenant)
    if (lanes === undefined) {
      lanes = tenantLanes(tenant, shards, count)
      kept.set(tenant, lanes)
    }
    return lanes
  }
  return {
    name: `tenant-fair:${shards}`,
    order: 'per key',
    keeps: 'all records of a key in order; a tenant stays on its lanes',
    givesUp: `evenness: a tenant gets at most ${shards} lanes however much it sends`,
    readerMust: 'nothing; the lanes of a tenant follow from its name',
    lanesPerKeyMax: () => 1,
    lanesIn: count => count,
    noteOn: count => blastRadiusSentence(shards, count),
    misfit: count =>
      shards > count ? `${shards} lanes a tenant are asked for, and the topic has ${count}` : null,
    lanesOf: ({ key, label }, count) => {
      const lanes = lanesOfTenant(label ?? '', count)
      return byHash(key, partitionCount(lanes.length)).map(index => lanes[index] as number)
    },
  }
}

const TENANTS_KEPT = 100_000

/** The lanes of a tenant, ascending. */
export const tenantLanes = (tenant: string, shards: number, count: number): readonly number[] => {
  const seed = murmur2(utf8Bytes(tenant))
  return Array.from({ length: count }, (_, lane) => ({ lane, score: score(seed, lane) }))
    .toSorted((a, b) => b.score - a.score || a.lane - b.lane)
    .slice(0, shards)
    .map(({ lane }) => lane)
    .toSorted((a, b) => a - b)
}

/** Finaliser of MurmurHash3: every bit of tenant and lane reaches every bit of the score. */
const score = (seed: number, lane: number): number => {
  let mixed = seed ^ Math.imul(lane + 1, 0x9e3779b1)
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}

/** What a tenant that floods its lanes can do to another one, chosen at random. */
export interface BlastRadius {
  /** Part of the topic's lanes that it reaches. */
  readonly lanesShare: number
  /** Chance that the other tenant has at least one of its lanes there. */
  readonly touchedShare: number
  /** Chance that the other tenant has all of its lanes there, and so no way around. */
  readonly coveredShare: number
}

/** Exact for sets drawn at random: of C(n, s) sets, C(n - s, s) avoid the flooded one and one equals it. */
export const blastRadius = (shards: number, count: number): BlastRadius => {
  let avoiding = 1
  let equal = 1
  for (let index = 0; index < shards; index++) {
    avoiding *= Math.max(0, count - shards - index) / (count - index)
    equal *= (shards - index) / (count - index)
  }
  return { lanesShare: shards / count, touchedShare: 1 - avoiding, coveredShare: equal }
}

const blastRadiusSentence = (shards: number, count: number): string => {
  const { lanesShare, touchedShare, coveredShare } = blastRadius(shards, count)
  return (
    `Blast radius of a tenant that floods its lanes: ${formatShare(lanesShare)} of the lanes; ${formatShare(touchedShare)} of the ` +
    `other tenants have a lane there, ${coveredShare < 0.0005 ? `1 in ${Math.round(1 / coveredShare).toLocaleString('en-US')}` : formatShare(coveredShare)} have all of theirs there.`
  )
}
