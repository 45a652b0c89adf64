import {
  type PartitionCount,
  type PartitionIndex,
  REPLACEMENT_CHARACTER as FFFD,
  utf8Bytes,
} from '../model/index.ts'
import { type Convention, type ConventionFacts, convention, type Spread } from './convention.ts'
import { java } from './java.ts'

/**
 * Every convention by name: client, then what the client calls it. Sources are the clients themselves; golden vectors
 * from each of them are in test/vectors/routing, and the test reads them by these rows' `client` and `setting`.
 */
const row = (
  client: string,
  setting: string,
  hash: ConventionFacts['hash'],
  reduction: ConventionFacts['reduction'],
  nullKey: ConventionFacts['nullKey'],
  emptyKey: ConventionFacts['emptyKey'] = 'hashed',
  loneSurrogate: number | null = FFFD,
): Convention => convention({ client, setting, hash, reduction, nullKey, emptyKey, loneSurrogate })

const NO_SIGN = 'remainder without sign'
const OLD_KAFKAJS = 'murmur2 of kafkajs before 2'
const AS_EMPTY = 'as the empty key'
const ROUND = 'round-robin'

// biome-ignore format: a table is read by its columns
const table = {
  java,
  'platformatic-default': row('platformatic', 'default', 'murmur2', 'unsigned', ROUND),
  'platformatic-compatibility': row('platformatic', 'compatibility', 'murmur2', 'masked', 'partition 0'),
  'librdkafka-consistent': row('librdkafka', 'consistent', 'crc32', 'unsigned', AS_EMPTY),
  'librdkafka-consistent-random': row('librdkafka', 'consistent_random', 'crc32', 'unsigned', 'random', 'random'),
  'librdkafka-murmur2': row('librdkafka', 'murmur2', 'murmur2', 'masked', AS_EMPTY),
  'librdkafka-murmur2-random': row('librdkafka', 'murmur2_random', 'murmur2', 'masked', 'random'),
  'librdkafka-fnv1a': row('librdkafka', 'fnv1a', 'fnv1a', NO_SIGN, AS_EMPTY),
  'librdkafka-fnv1a-random': row('librdkafka', 'fnv1a_random', 'fnv1a', NO_SIGN, 'random'),
  'sarama-hash': row('sarama', 'NewHashPartitioner', 'fnv1a', NO_SIGN, 'random'),
  'sarama-reference-hash': row('sarama', 'NewReferenceHashPartitioner', 'fnv1a', 'masked', 'random'),
  'sarama-hash-unsigned': row('sarama', 'NewCustomPartitioner(HashUnsigned)', 'fnv1a', 'unsigned', 'random'),
  'sarama-murmur2': row('sarama', 'NewMurmur2Partitioner', 'murmur2', 'masked', 'random'),
  'sarama-consistent-crc': row('sarama', 'NewConsistentCRCHashPartitioner', 'crc32', 'unsigned', 'random'),
  'sarama-custom-hash-crc32': row('sarama', 'NewCustomHashPartitioner(crc32)', 'crc32', NO_SIGN, 'random'),
  'sarama-abs-first-crc32': row('sarama', 'NewCustomPartitioner(AbsFirst,crc32)', 'crc32', 'masked', 'random'),
  'franz-go-default': row('franz-go', 'StickyKeyPartitioner(nil)', 'murmur2', 'masked', 'sticky'),
  'franz-go-sarama-fnv1a': row('franz-go', 'SaramaHasher(fnv1a)', 'fnv1a', 'unsigned', 'sticky'),
  'franz-go-sarama-compat-fnv1a': row('franz-go', 'SaramaCompatHasher(fnv1a)', 'fnv1a', NO_SIGN, 'sticky'),
  'franz-go-kafka-fnv1a': row('franz-go', 'KafkaHasher(fnv1a)', 'fnv1a', 'masked', 'sticky'),
  'franz-go-kafka-crc32': row('franz-go', 'KafkaHasher(crc32)', 'crc32', 'masked', 'sticky'),
  'franz-go-sarama-crc32': row('franz-go', 'SaramaHasher(crc32)', 'crc32', 'unsigned', 'sticky'),
  'franz-go-sarama-compat-crc32': row('franz-go', 'SaramaCompatHasher(crc32)', 'crc32', NO_SIGN, 'sticky'),
  'kafka-go-hash': row('kafka-go', 'Hash', 'fnv1a', NO_SIGN, ROUND),
  'kafka-go-reference-hash': row('kafka-go', 'ReferenceHash', 'fnv1a', 'masked', ROUND),
  'kafka-go-murmur2': row('kafka-go', 'Murmur2Balancer', 'murmur2', 'masked', 'random'),
  'kafka-go-murmur2-consistent': row('kafka-go', 'Murmur2Balancer{Consistent}', 'murmur2', 'masked', AS_EMPTY),
  'kafka-go-crc32': row('kafka-go', 'CRC32Balancer', 'crc32', 'unsigned', 'random', 'random'),
  'kafka-go-crc32-consistent': row('kafka-go', 'CRC32Balancer{Consistent}', 'crc32', 'unsigned', AS_EMPTY),
  'kafka-go-hash-crc32': row('kafka-go', 'Hash{crc32}', 'crc32', NO_SIGN, ROUND),
  'kafka-go-reference-hash-crc32': row('kafka-go', 'ReferenceHash{crc32}', 'crc32', 'masked', ROUND),
  'kafkajs-default': row('kafkajs', 'default', 'murmur2', 'masked', ROUND),
  'kafkajs-java-compatible': row('kafkajs', 'javaCompatible', 'murmur2', 'masked', ROUND),
  'kafkajs-legacy': row('kafkajs', 'legacy', OLD_KAFKAJS, 'masked', ROUND),
  // str.encode() raises on half of a surrogate pair: the record is never sent
  'kafka-python': row('kafka-python', 'default', 'murmur2', 'masked', 'random', 'hashed', null),
  aiokafka: row('aiokafka', 'default', 'murmur2', 'masked', 'random', 'hashed', null),
} as const satisfies Record<string, Convention>

/** Under a second name, because the engine folds what a module keeps to itself, and not what it exports. */
export const conventions = table

export type ConventionName = keyof typeof conventions

export const conventionNames = Object.keys(conventions) as readonly ConventionName[]

/** Where no partition number is the answer: the client spreads such records, or cannot make bytes of the text. */
export type Unrouted = Spread | 'refused'

/**
 * The partition that clients of `convention` choose for `key` among `count` partitions. Text is encoded as their text
 * serializer does it. Null is a record without a key.
 *
 * The answer holds for this count only: another count routes most keys elsewhere.
 */
export function routeKey(convention: 'java', key: Uint8Array | string, count: PartitionCount): PartitionIndex
export function routeKey(
  convention: ConventionName,
  key: Uint8Array | string | null,
  count: PartitionCount,
): PartitionIndex | Unrouted
export function routeKey(
  name: ConventionName,
  key: Uint8Array | string | null,
  count: PartitionCount,
): PartitionIndex | Unrouted {
  // this much is compiled into callers: most keys are bytes, and most conventions hash what is empty
  if (key === null) return routeNull(name, count)
  if (typeof key === 'string') return routeText(name, key, count)
  const { emptyKey, partitionOf }: Convention = table[name]
  return emptyKey !== 'hashed' && key.length === 0
    ? emptyKey
    : (partitionOf(key, key.length, count) as PartitionIndex)
}

const routeNull = (name: ConventionName, count: PartitionCount): PartitionIndex | Spread => {
  const { nullKey, partitionOf }: Convention = table[name]
  if (nullKey === 'as the empty key') return partitionOf(NO_BYTES, 0, count) as PartitionIndex
  return nullKey === 'partition 0' ? (0 as PartitionIndex) : nullKey
}

const routeText = (name: ConventionName, text: string, count: PartitionCount): PartitionIndex | Unrouted => {
  const { emptyKey, partitionOf, partitionOfAscii }: Convention = table[name]
  if (emptyKey !== 'hashed' && text.length === 0) return emptyKey
  const quick = partitionOfAscii(text, count)
  if (quick !== null) return quick as PartitionIndex
  const bytes = keyBytesOfText(name, text)
  return bytes === null ? 'refused' : (partitionOf(bytes, bytes.length, count) as PartitionIndex)
}

const NO_BYTES = new Uint8Array(0)

/** The bytes that clients of `convention` make of a text; null where they refuse it (half of a surrogate pair). */
export const keyBytesOfText = (name: ConventionName, text: string): Uint8Array | null => {
  const { loneSurrogate }: Convention = conventions[name]
  if (loneSurrogate !== null) return utf8Bytes(text, loneSurrogate)
  return text.isWellFormed() ? utf8Bytes(text) : null
}

/**
 * Conventions that place every non-empty key alike, whatever the count: same hash, same reduction. First of each group
 * is its name in tables that compare placements.
 */
export const samePlacement = (a: ConventionName, b: ConventionName): boolean =>
  conventions[a].hash === conventions[b].hash && conventions[a].reduction === conventions[b].reduction

/** One convention for each distinct placement, in the order of the table. */
export const distinctPlacements: readonly ConventionName[] = conventionNames.filter(
  (name, index) => conventionNames.findIndex(other => samePlacement(name, other)) === index,
)
