/** Produce and hash: one stream, one hash, the lanes it fills, and the way of one key step by step. */
import { labAddress, labLimits } from '../../../../src/api/lab.ts'
import {
  formatCount,
  formatShare,
  formatTimes,
  partitionCount,
  utf8Bytes,
} from '../../../../src/core/model/index.ts'
import {
  type Convention,
  type ConventionName,
  conventions,
  hashStrategy,
  type PerfectHash,
  routeKey,
} from '../../../../src/core/routing/index.ts'
import {
  type Population,
  populationSettings,
  shellWord,
  simulateCommand,
  TYPED_LENGTH_MAX,
} from './population.ts'
import { type KeyShare, type LaneFigures, Production } from './production.ts'
import { codecOf, oneOf, text, whole } from './settings.ts'

/** One convention for each way of placing keys that is in wide use. */
export const shownConventions = [
  'java',
  'librdkafka-consistent-random',
  'platformatic-default',
  'sarama-hash',
  'franz-go-sarama-fnv1a',
  'kafkajs-legacy',
] as const satisfies readonly ConventionName[]
export type ShownConvention = (typeof shownConventions)[number]

export const conventionLabels: Readonly<Record<ShownConvention, string>> = {
  java: 'Java client, murmur2',
  'librdkafka-consistent-random': 'librdkafka, CRC-32',
  'platformatic-default': '@platformatic/kafka, murmur2 unsigned',
  'sarama-hash': 'Sarama, FNV-1a',
  'franz-go-sarama-fnv1a': 'franz-go, FNV-1a unsigned',
  'kafkajs-legacy': 'KafkaJS before 2',
}

export const PARTITIONS_MAX = labLimits.partitions
/** Up to here each partition is drawn as a lane; more are a map. */
export const LANES_DRAWN_MAX = 32

export interface ProduceSettings extends Population {
  readonly partitions: number
  readonly convention: ShownConvention
  /** The key whose way is shown; empty: the hottest. */
  readonly key: string
}

export const produceCodec = codecOf<ProduceSettings>({
  ...populationSettings,
  partitions: whole(1, PARTITIONS_MAX, 12),
  convention: oneOf(shownConventions, 'java'),
  key: text('', TYPED_LENGTH_MAX),
})

export const startProduction = (settings: ProduceSettings, steps: number): Production =>
  new Production(settings, [hashStrategy(settings.convention)], settings.partitions, steps)

export interface ProduceFigures extends LaneFigures {
  readonly messages: number
  readonly keysSeen: number
  readonly chance: PerfectHash
  readonly heaviest: readonly KeyShare[]
}

/** The figures when everything is sent. */
export const produceFigures = (production: Production): ProduceFigures => {
  const lanes = production.lanes()
  return {
    ...lanes,
    messages: production.sent,
    keysSeen: production.keysSeen,
    chance: production.chance(lanes.loads.length),
    heaviest: production.heaviest(),
  }
}

/** What is seen, and whether it is more than chance, in a sentence or two. */
export const produceVerdict = (figures: ProduceFigures, partitions: number): string => {
  const { hottestLane, hottestShare, maxOverMean, chance, heaviest, emptyLanes } = figures
  const [first] = heaviest
  if (partitions === 1)
    return 'One partition takes everything, in one order: nothing can be uneven, and nothing scales.'
  const byChance = maxOverMean <= chance.high
  const heavy = first !== undefined && first.share > 1.5 / partitions
  const cause = heavy
    ? `${first.key} alone is ${formatShare(first.share)} of the traffic`
    : byChance
      ? `chance alone gives ${formatTimes(chance.maxOverMean)} for such keys`
      : `a perfect hash would give ${formatTimes(chance.maxOverMean)}`
  const empty =
    emptyLanes === 0
      ? ''
      : ` ${emptyLanes === 1 ? 'One partition gets' : `${formatCount(emptyLanes)} partitions get`} nothing.`
  return `Partition ${hottestLane} takes ${formatTimes(maxOverMean)} its share, ${formatShare(hottestShare)} of all messages; ${cause}.${empty}`
}

/** True where no hash could have done much better: the keys are the reason, or too few messages. */
export const isUneven = ({ maxOverMean }: LaneFigures): boolean => maxOverMean > 1.5

/** One key on its way: bytes, hash, sign bit off, remainder. */
export interface KeyPath {
  readonly key: string
  readonly bytes: string
  readonly hashName: string
  /** As 32 bits without sign. */
  readonly hash: string
  /** How the hash becomes a number that can be divided, in words, and that number. */
  readonly reduction: string
  readonly reduced: number
  readonly partition: number | null
}

const HASH_NAMES: Readonly<Record<Convention['hash'], string>> = {
  murmur2: 'murmur2',
  'murmur2 of kafkajs before 2': 'murmur2, as KafkaJS had it',
  crc32: 'CRC-32',
  fnv1a: 'FNV-1a',
}

export const keyPath = (key: string, convention: ShownConvention, partitions: number): KeyPath => {
  const facts: Convention = conventions[convention]
  const bytes = utf8Bytes(key)
  const hash = facts.hashOf(bytes)
  const lane = routeKey(convention, key, partitionCount(partitions))
  return {
    key,
    bytes: [...bytes].map(byte => byte.toString(16).padStart(2, '0')).join(' '),
    hashName: HASH_NAMES[facts.hash],
    hash: `0x${(hash >>> 0).toString(16).padStart(8, '0')}`,
    ...reducedBy(facts, hash),
    partition: typeof lane === 'number' ? lane : null,
  }
}

const reducedBy = (
  { reduction }: Convention,
  hash: number,
): { readonly reduction: string; readonly reduced: number } => {
  switch (reduction) {
    case 'masked':
      return { reduction: 'Sign bit off', reduced: hash & 0x7fffffff }
    case 'unsigned':
      return { reduction: 'Read without sign', reduced: hash >>> 0 }
    case 'remainder without sign':
      return { reduction: 'Signed, sign dropped after', reduced: hash }
  }
}

export const produceCommand = (settings: ProduceSettings): string =>
  simulateCommand(settings, `--partitions ${settings.partitions}${conventionFlag(settings)}`)

export const routeCommand = (settings: ProduceSettings, key: string): string =>
  `npx lanekeeper route --partitions ${settings.partitions}${conventionFlag(settings)} ${key.startsWith('-') ? '-- ' : ''}${shellWord(key)}`

const conventionFlag = ({ convention }: ProduceSettings): string =>
  convention === 'java' ? '' : ` --convention ${convention}`

/** The same messages on the page that compares strategies. */
export const comparedAt = (settings: ProduceSettings): string => {
  const { convention: _convention, key: _key, ...shared } = produceCodec.print(settings)
  return labAddress('strategies', shared)
}
