/**
 * 10,000 messages on 10 partitions, once for each of six patterns of keys. The lesson: a hash spreads keys and not
 * messages, so the pattern of keys decides how even the partitions are; and where each key goes can be computed before.
 */
import {
  formatCount,
  formatShare,
  formatTimes,
  partitionCount,
  type PartitionCount,
} from '../core/model/index.ts'
import {
  expectedMaxOverMeanByChance,
  maxOverMeanByChanceUpper,
  routeKey,
  type Skew,
  skewOf,
} from '../core/routing/index.ts'
import { heading, table, text } from '../core/sizing/index.ts'
import type { Random } from '../ports/random.ts'
import { makeTopic, writeAll } from './clients.ts'
import type { Check, Exercise, Lesson, Stage } from './exercise.ts'
import { recordsIn } from './seen.ts'

const MESSAGES = 10_000
const PARTITIONS = 10
const VALUE = 'x'.repeat(100)

interface Pattern {
  readonly name: string
  readonly of: string
  readonly keys: number
  readonly keyOf: (message: number, random: Random) => string | null
  /** What must be seen. */
  readonly teaches: (skew: Skew, counts: Float64Array) => Check
}

const upTo = (count: number, random: Random): number => Math.floor(random.next() * count)

const countries: readonly (readonly [string, number])[] = [
  ['US', 0.5],
  ['DE', 0.2],
  ['JP', 0.15],
  ['BR', 0.1],
  ['NG', 0.05],
]

const countryOf = (random: Random): string => {
  let left = random.next()
  for (const [country, share] of countries) {
    left -= share
    if (left < 0) return country
  }
  return 'US'
}

const emptyLanes = (counts: Float64Array): number => counts.filter(count => count === 0).length

const patterns: readonly Pattern[] = [
  {
    name: 'orders',
    of: 'an order number each',
    keys: MESSAGES,
    keyOf: message => `order-${message}`,
    teaches: skew => ({
      name: 'a key for each message: as even as chance allows',
      held: skew.maxOverMean <= maxOverMeanByChanceUpper(MESSAGES, PARTITIONS),
      evidence: `max ÷ mean ${formatTimes(skew.maxOverMean)}, chance alone gives up to ${formatTimes(maxOverMeanByChanceUpper(MESSAGES, PARTITIONS))}`,
    }),
  },
  {
    name: 'users',
    of: '1,000 equally active users',
    keys: 1_000,
    keyOf: (_, random) => `user-${upTo(1_000, random)}`,
    teaches: skew => ({
      name: '1,000 users: as even as 100 keys a partition can be',
      held: skew.maxOverMean <= maxOverMeanByChanceUpper(MESSAGES, PARTITIONS, 1_000),
      evidence: `max ÷ mean ${formatTimes(skew.maxOverMean)}, chance alone gives up to ${formatTimes(maxOverMeanByChanceUpper(MESSAGES, PARTITIONS, 1_000))}`,
    }),
  },
  {
    name: 'countries',
    of: 'five countries',
    keys: countries.length,
    keyOf: (_, random) => countryOf(random),
    teaches: (_, counts) => ({
      name: 'five keys: half of the partitions stay empty',
      held: emptyLanes(counts) >= PARTITIONS - countries.length,
      evidence: `${emptyLanes(counts)} of ${PARTITIONS} are empty`,
    }),
  },
  {
    name: 'celebrity',
    of: 'one user with 40 %, 1,000 others',
    keys: 1_001,
    keyOf: (_, random) => (random.next() < 0.4 ? 'celebrity' : `user-${upTo(1_000, random)}`),
    teaches: skew => ({
      name: 'a celebrity: one partition carries at least the share of that key',
      held: skew.topShare >= 0.38,
      evidence: `partition ${skew.maxLane} has ${formatShare(skew.topShare)}`,
    }),
  },
  {
    name: 'guest',
    of: 'GUEST for everybody',
    keys: 1,
    keyOf: () => 'GUEST',
    teaches: (skew, counts) => ({
      name: 'one key for all: one partition, nine idle',
      held: skew.topShare === 1 && emptyLanes(counts) === PARTITIONS - 1,
      evidence: `partition ${skew.maxLane} has ${formatShare(skew.topShare)}`,
    }),
  },
  {
    name: 'no-key',
    of: 'no key',
    keys: 0,
    keyOf: () => null,
    teaches: (_, counts) => ({
      name: 'no key: spread batch by batch, and no order',
      held: emptyLanes(counts) < PARTITIONS - 1,
      evidence: `${PARTITIONS - emptyLanes(counts)} of ${PARTITIONS} partitions got batches`,
    }),
  },
]

interface Seen {
  readonly pattern: Pattern
  readonly topic: string
  readonly counts: Float64Array
  /** By the Java client's hash; null without keys. */
  readonly predicted: Float64Array | null
  readonly skew: Skew
}

const run = async (stage: Stage): Promise<Lesson> => {
  const count = partitionCount(PARTITIONS)
  const seen: Seen[] = []
  for (const pattern of patterns) {
    const topic = await makeTopic(stage, `distribution-${pattern.name}`, PARTITIONS)
    stage.say(`${formatCount(MESSAGES)} messages keyed by ${pattern.of}`)
    const random = stage.seededRandom(11)
    const keys = Array.from({ length: MESSAGES }, (_, message) => pattern.keyOf(message, random))
    await writeAll(
      stage,
      keys.map(key => ({ topic, key, value: VALUE })),
    )
    const counts = await recordsIn(stage, topic)
    seen.push({ pattern, topic, counts, predicted: predict(keys, count), skew: skewOf(counts) })
  }
  return lessonOf(seen)
}

const predict = (keys: readonly (string | null)[], count: PartitionCount): Float64Array | null => {
  const predicted = new Float64Array(count)
  for (const key of keys) {
    if (key === null) return null
    const lane = routeKey('java', key, count)
    if (typeof lane !== 'number') return null
    predicted[lane] = (predicted[lane] ?? 0) + 1
  }
  return predicted
}

const lessonOf = (seen: readonly Seen[]): Lesson => {
  const total = (counts: Float64Array): number => counts.reduce((sum, each) => sum + each, 0)
  const lost = seen.filter(({ counts }) => total(counts) !== MESSAGES)
  const misplaced = seen.filter(
    ({ counts, predicted }) => predicted !== null && counts.some((each, p) => each !== predicted[p]),
  )
  return {
    blocks: [
      heading('What is in the partitions'),
      table(
        ['keys', ...Array.from({ length: PARTITIONS }, (_, p) => `>P${p}`), '>max ÷ mean', '>by chance'],
        seen.map(({ pattern, counts, skew }) => [
          pattern.of,
          ...Array.from(counts, formatCount),
          formatTimes(skew.maxOverMean),
          pattern.keys === 0
            ? '–'
            : formatTimes(expectedMaxOverMeanByChance(MESSAGES, PARTITIONS, pattern.keys)),
        ]),
      ),
      heading('What that means'),
      text(
        'The hash of the key decides the partition, so a key never changes its lane and its order is kept. A hash spreads keys, not messages: many keys of like weight give an even spread, a few give none, and one heavy key makes one heavy partition under any hash.',
      ),
      text(
        '"By chance" is what a perfect hash gives for as many equally active keys. What is above it has a cause: here the weights of the keys.',
      ),
    ],
    checks: [
      {
        name: 'every message is in the log',
        held: lost.length === 0,
        evidence: `${formatCount(MESSAGES)} of each pattern${lost.length === 0 ? '' : `, but not of ${lost.map(({ pattern }) => pattern.name).join(', ')}`}`,
      },
      {
        name: 'each key lies where the hash of the Java client puts it',
        held: misplaced.length === 0,
        evidence: `${seen.length - 1} keyed patterns compared, partition by partition${misplaced.length === 0 ? '' : `; differs: ${misplaced.map(({ pattern }) => pattern.name).join(', ')}`}`,
      },
      ...seen.map(({ pattern, skew, counts }) => pattern.teaches(skew, counts)),
    ],
    commands: seen.slice(0, 1).flatMap(({ topic }) => [
      { shows: 'the end offset of each partition', command: `kafka-get-offsets.sh --topic ${topic}` },
      {
        shows: 'messages of one partition with their keys',
        command: `kafka-console-consumer.sh --topic ${topic} --partition 3 --offset 0 --max-messages 5 --formatter-property print.key=true`,
      },
    ]),
    figures: {
      messages: MESSAGES,
      partitions: PARTITIONS,
      patterns: seen.map(({ pattern, topic, counts, skew }) => ({
        pattern: pattern.name,
        topic,
        keys: pattern.keys,
        counts: [...counts],
        maxOverMean: skew.maxOverMean,
      })),
    },
  }
}

export const distribution: Exercise = {
  name: 'distribution',
  title: '10,000 messages on 10 partitions, for six patterns of keys',
  brokers: 1,
  breaksBrokers: false,
  run,
}
