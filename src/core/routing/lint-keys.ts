import {
  formatCount,
  formatShare,
  formatTimes,
  type PartitionCount,
  printable,
  readUtf8,
} from '../model/index.ts'
import { isPlaceholder } from '../sketch/index.ts'
import { perfectHash } from './chance-by-weights.ts'
import { type ConventionName, routeKey } from './conventions.ts'
import type { TalliedKeys } from './key-tally.ts'
import { type Skew, skewOf } from './skew.ts'
import { trailingNumberMod } from './strategies/id-mod.ts'

/**
 * What is wrong with a set of keys, before it becomes a hot partition. Each rule has its threshold and its reason in the
 * table below; a finding says what was measured, why it matters and what to do. The rules look at keys and weights
 * only, so they are the same for a file and for a live topic.
 */
export const keyRules = {
  'few-keys': {
    threshold: 1000,
    why: 'a hash spreads keys, not records: with few keys some lanes get several and others none',
  },
  'keys-per-lane': {
    threshold: 20,
    why: 'below about 20 keys a lane, chance alone leaves the fullest lane far above the mean',
  },
  'no-key': {
    threshold: 0.001,
    why: 'a record without a key has no order with any other, and some clients send all of them to one lane',
  },
  'default-key': {
    threshold: 0.01,
    why: 'a placeholder such as GUEST is one key for many people: its lane carries all of them, and they need no common order',
  },
  'heavy-key': {
    threshold: 1,
    why: 'one key goes to one lane: a key that outweighs a lane’s mean makes that lane hot under any hash and any count above',
  },
  'sequential-ids': {
    threshold: 0.9,
    why: 'ids that count up tempt to use id % n as the lane, which is even only while all ids are equally active',
  },
  uneven: {
    threshold: 1.2,
    why: 'the lanes are less even than a perfect hash would leave them with these weights',
  },
} as const satisfies Record<string, { readonly threshold: number; readonly why: string }>

export type KeyRule = keyof typeof keyRules

export interface KeyFinding {
  readonly rule: KeyRule
  readonly severity: 'warning' | 'critical'
  /** What was measured, as a sentence. */
  readonly sentence: string
  readonly measured: number
  readonly threshold: number
  readonly why: string
  readonly advice: string
}

export interface KeyLint {
  readonly findings: readonly KeyFinding[]
  /** The hash and, where keys end in digits, `id % n` beside it. */
  readonly hash: Skew
  readonly idMod: Skew | null
}

/** Lints keys for a topic of `count` partitions whose writers follow `convention`. */
export const lintKeys = (
  keys: TalliedKeys,
  count: PartitionCount,
  convention: ConventionName = 'java',
): KeyLint => {
  const findings: KeyFinding[] = []
  const found = (
    rule: KeyRule,
    severity: KeyFinding['severity'],
    measured: number,
    sentence: string,
    advice: string,
  ): void => {
    findings.push({ rule, severity, sentence, measured, advice, ...keyRules[rule] })
  }
  const { distinct, total, keyless } = keys
  const lanes = lanesOf(keys, count, convention)

  if (distinct < keyRules['few-keys'].threshold && distinct > 0)
    found(
      'few-keys',
      distinct < count ? 'critical' : 'warning',
      distinct,
      distinct < count
        ? `${distinct === 1 ? 'There is 1 distinct key' : `There are ${formatCount(distinct)} distinct keys`} for ${formatCount(count)} partitions: at least ${formatCount(count - distinct)} stay empty.`
        : `There are only ${formatCount(distinct)} distinct keys.`,
      'Put something finer into the key, such as region and device, if order is not needed across it.',
    )
  else if (distinct / count < keyRules['keys-per-lane'].threshold && distinct > 0)
    found(
      'keys-per-lane',
      'warning',
      distinct / count,
      `There are ${(distinct / count).toFixed(1)} keys a partition on the mean.`,
      `Use fewer partitions (${formatCount(Math.max(1, Math.floor(distinct / 300)))} would have 300 keys each), or a finer key.`,
    )
  if (keyless / total > keyRules['no-key'].threshold)
    found(
      'no-key',
      keyless / total > 0.5 ? 'critical' : 'warning',
      keyless / total,
      `${formatShare(keyless / total)} of the records have no key.`,
      'Set the key in every producer, or declare the topic unordered.',
    )
  for (const { key, weight } of keys.heaviest(100)) {
    const text = readUtf8(key, 0, key.length)
    if (weight / total < keyRules['default-key'].threshold || !isPlaceholder(text)) continue
    found(
      'default-key',
      weight / total > 0.1 ? 'critical' : 'warning',
      weight / total,
      `The key "${printable(text)}" looks like a placeholder and has ${formatShare(weight / total)} of the traffic.`,
      'Give these records a key of their own (a session id), or none, so that they spread.',
    )
  }
  const [top] = keys.heaviest(1)
  if (top !== undefined && (top.weight / total) * count > keyRules['heavy-key'].threshold)
    found(
      'heavy-key',
      (top.weight / total) * count > 2 ? 'critical' : 'warning',
      (top.weight / total) * count,
      `The key "${printable(readUtf8(top.key, 0, top.key.length))}" alone has ${formatShare(top.weight / total)} of the traffic, ` +
        `${formatTimes((top.weight / total) * count)} the mean of ${formatCount(count)} partitions.`,
      'Salt or isolate that key, or use fewer partitions; no hash helps.',
    )
  if (lanes.numbered / Math.max(1, lanes.keys) >= keyRules['sequential-ids'].threshold && lanes.dense)
    found(
      'sequential-ids',
      'warning',
      lanes.numbered / lanes.keys,
      `${formatShare(lanes.numbered / lanes.keys)} of the keys end in numbers that count up. ` +
        `As lanes, id % ${count} gives ${formatTimes(lanes.idMod.maxOverMean)}, the hash ${formatTimes(lanes.hash.maxOverMean)}.`,
      'Leave placement to the hash: steps in the ids (shards, resellers, test users) become hot lanes under id % n.',
    )
  const chance = perfectHash(keys.weights(), count)
  // of keys too many to hold, those that are left say nothing about the lanes of all
  if (
    keys.exact &&
    lanes.hash.maxOverMean > Math.max(chance.high, chance.maxOverMean * keyRules.uneven.threshold)
  )
    found(
      'uneven',
      'warning',
      lanes.hash.maxOverMean,
      `Lanes are at ${formatTimes(lanes.hash.maxOverMean)} under ${convention}, where chance gives ${formatTimes(chance.maxOverMean)} ` +
        `(${formatTimes(chance.low)} to ${formatTimes(chance.high)}).`,
      'Heavy keys met on one lane: another count moves them apart, or isolate the heaviest.',
    )
  return { findings, hash: lanes.hash, idMod: lanes.numbered > 0 ? lanes.idMod : null }
}

/** Numbers this dense among their least and greatest were counted up and not drawn. */
const DENSE = 0.5

const lanesOf = (
  keys: TalliedKeys,
  count: PartitionCount,
  convention: ConventionName,
): {
  readonly keys: number
  readonly numbered: number
  readonly dense: boolean
  readonly hash: Skew
  readonly idMod: Skew
} => {
  const byHash = new Float64Array(count)
  const byId = new Float64Array(count)
  let seen = 0
  let numbered = 0
  let least = Number.POSITIVE_INFINITY
  let greatest = Number.NEGATIVE_INFINITY
  keys.forEach((key, weight) => {
    seen++
    const lane = routeKey(convention, key, count)
    if (typeof lane === 'number') byHash[lane] = (byHash[lane] as number) + weight
    const byNumber = trailingNumberMod(key, count)
    const idLane = byNumber ?? lane
    if (typeof idLane === 'number') byId[idLane] = (byId[idLane] as number) + weight
    if (byNumber === null) return
    numbered++
    // the number itself, as far as a float is exact: longer ones are not ids that count up
    const number = trailingNumberMod(key, Number.MAX_SAFE_INTEGER / 16) ?? 0
    least = Math.min(least, number)
    greatest = Math.max(greatest, number)
  })
  return {
    keys: seen,
    numbered,
    dense: numbered >= 10 && numbered / (greatest - least + 1) >= DENSE,
    hash: skewOf(byHash),
    idMod: skewOf(byId),
  }
}
