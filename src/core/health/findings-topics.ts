import {
  formatByteRate,
  formatBytes,
  formatCount,
  formatDuration,
  formatRate,
  formatShare,
  formatTimes,
} from '../model/index.ts'
import type { ClusterHealth } from './assess.ts'
import type { FindingDraft } from './finding.ts'
import { hotCause } from './hot-cause.ts'
import { causeWords, cureWords } from './hot-words.ts'
import type { KeyEvidence, TopicWriters } from './key-evidence.ts'
import { partitionLink, plain, shellWord, strong, topicLink, type SentencePiece } from './sentence.ts'
import type { HealthThresholds } from './thresholds.ts'
import type { TopicHealth } from './topics.ts'

/**
 * What is wrong with where a topic's records go: partitions hotter than chance explains, writers that place keys
 * differently, partitions added to a topic whose keys were placed already. Kafka's own topics are uneven by design.
 */
export const topicFindings = (
  health: ClusterHealth,
  thresholds: HealthThresholds,
  evidence: KeyEvidence,
  declaredPartitions: ReadonlyMap<string, number>,
): readonly FindingDraft[] =>
  [...health.topics.values()]
    .filter(topic => !topic.info.internal)
    .flatMap(topic => [
      // a young window shows bursts of a few seconds as if they lasted
      ...(topic.rateSpanMs >= thresholds.evidenceMs
        ? [...skewFinding(topic, evidence), ...bytesFinding(topic, evidence)]
        : []),
      ...mixedFinding(topic, evidence.writers(topic.info.name)),
      ...grownFinding(topic, declaredPartitions.get(topic.info.name) ?? null),
      ...burstsFinding(topic),
    ])

/** One finding a topic, for its hottest partition; a topic that is only uneven gets a word and no warning. */
const skewFinding = (topic: TopicHealth, evidence: KeyEvidence): readonly FindingDraft[] => {
  const { skew, info } = topic
  const hottest = skew.hot[0] ?? skew.uneven
  if (hottest < 0) return []
  const hot = skew.hot.length > 0
  const others = skew.hot.length - 1
  const cause = hotCause(topic, hottest, evidence.partition(info.name, hottest))
  const more: readonly SentencePiece[] =
    others > 0 ? [plain(` ${formatCount(others)} more ${others === 1 ? 'is' : 'are'} hot.`)] : []
  const keys = Number.isNaN(skew.keys) ? '' : ` of ${formatCount(skew.keys)} keys`
  return [
    {
      id: `${hot ? 'hot-partition' : 'uneven'}:${info.name}`,
      severity: hot ? 'warning' : 'info',
      kind: hot ? 'hot-partition' : 'uneven',
      sentence: [
        partitionLink(info.name, hottest),
        plain(' takes '),
        strong(formatTimes((topic.recordsPerSecond[hottest] ?? Number.NaN) / meanOf(topic))),
        plain(` its share, ${formatRate(topic.recordsPerSecond[hottest] ?? Number.NaN)}`),
        ...causeWords(cause, key => evidence.nameOf(key)),
        ...more,
      ],
      cure: `${cureWords(cause, info.partitions.length)} Chance alone would give the busiest of ${formatCount(info.partitions.length)} about ${formatTimes(skew.expectedByChance)} from ${formatCount(skew.records)} records${keys} in ${formatDuration(topic.rateSpanMs)}.`,
      command: `npx lanekeeper hot ${shellWord(info.name)} --partition ${hottest}`,
      topic: info.name,
      partition: hottest,
    },
  ]
}

/** A partition with the most records is told for them; one that only weighs more, for its bytes. */
const bytesFinding = (topic: TopicHealth, evidence: KeyEvidence): readonly FindingDraft[] => {
  const { hotBytes, info } = topic
  if (hotBytes?.beyondChance !== true || topic.skew.hot.includes(hotBytes.partition)) return []
  const { partition, bytesPerSecond, recordBytes, othersRecordBytes } = hotBytes
  const cause = hotCause(topic, partition, evidence.partition(info.name, partition), {
    unit: 'bytes',
    perSecond: topic.bytesPerSecond,
    medianPerSecond: hotBytes.medianPerSecond,
  })
  return [
    {
      id: `hot-bytes:${info.name}`,
      severity: 'warning',
      kind: 'hot-bytes',
      sentence: [
        partitionLink(info.name, partition),
        plain(' takes '),
        strong(`${formatTimes(bytesPerSecond / hotBytes.meanPerSecond)} its share of the bytes`),
        plain(`, ${formatByteRate(bytesPerSecond)}, in records of `),
        strong(formatBytes(recordBytes)),
        plain(` where others have ${formatBytes(othersRecordBytes)}`),
        ...causeWords(cause, key => evidence.nameOf(key)),
      ],
      cure: `Cheapest: compress (compression.type=zstd), or keep large values elsewhere and send where they lie; both keep every order. ${cureWords(cause, info.partitions.length)}`,
      command: `npx lanekeeper hot ${shellWord(info.name)} --partition ${partition}`,
      topic: info.name,
      partition,
    },
  ]
}

const meanOf = ({ recordsPerSecond }: TopicHealth): number => {
  let sum = 0
  let known = 0
  for (const rate of recordsPerSecond) {
    if (Number.isNaN(rate)) continue
    sum += rate
    known++
  }
  return sum / known
}

const mixedFinding = ({ info }: TopicHealth, written: TopicWriters | null): readonly FindingDraft[] => {
  if (written === null || written.writers.length < 2) return []
  const ways = written.writers.map(
    ({ names, share }) => `${formatShare(share)} as ${names.slice(0, 2).join(' or ')}`,
  )
  return [
    {
      id: `mixed-partitioners:${info.name}`,
      severity: 'act',
      kind: 'mixed-partitioners',
      sentence: [
        topicLink(info.name),
        plain(' is written by '),
        strong(`${formatCount(written.writers.length)} partitioners that disagree`),
        plain(`: they place the keys ${ways.join(', ')}`),
        ...(written.scatteredKeys > 0
          ? [
              plain('; '),
              strong(`${formatCount(written.scatteredKeys)} of ${formatCount(written.keys)}`),
              plain(' keys seen lie on more than one partition.'),
            ]
          : [plain('.')]),
      ],
      cure: 'A key on two partitions has no order any more, and joins with other topics miss it. Give all producers one partitioner: in librdkafka partitioner=murmur2_random is what Java does. Keys already written stay where they are.',
      command: `npx lanekeeper identify ${shellWord(info.name)}`,
      topic: info.name,
    },
  ]
}

const grownFinding = ({ info, grown }: TopicHealth, declared: number | null): readonly FindingDraft[] => {
  if (grown === null) return []
  const { from } = grown
  const to = info.partitions.length
  if (declared === to) return [grownAsDeclared(info.name, from, to)]
  return [
    {
      id: `partitions-added:${info.name}`,
      severity: 'warning',
      kind: 'partitions-added',
      sentence: [
        topicLink(info.name),
        plain(' grew from '),
        strong(`${formatCount(from)} to ${formatCount(to)} partitions`),
        plain('; '),
        strong(formatShare(movedShare(from, to))),
        plain(' of its keys now go to another partition than before.'),
      ],
      cure: 'Records of such a key lie on two partitions, and a reader may see the newer ones first. It cannot be undone. Where order matters, let readers finish what was written before, or move to a new topic; producers pick the new count up within metadata.max.age.ms (5 minutes).',
      command: `npx lanekeeper identify ${shellWord(info.name)}`,
      topic: info.name,
    },
  ]
}

/** What a file asks for is nobody's slip; that keys moved is still worth a word to who looks at them. */
const grownAsDeclared = (topic: string, from: number, to: number): FindingDraft => ({
  id: `partitions-added:${topic}`,
  severity: 'info',
  kind: 'partitions-added-as-declared',
  sentence: [
    topicLink(topic),
    plain(' grew from '),
    strong(`${formatCount(from)} to ${formatCount(to)} partitions`),
    plain(', as its file declares; '),
    strong(formatShare(movedShare(from, to))),
    plain(' of its keys now go to another partition than before.'),
  ],
  cure: 'Nothing is to be done where no reader needs the order of a key across the change. Producers pick the new count up within metadata.max.age.ms (5 minutes).',
  command: null,
  topic,
})

/** Of a whole period of hash values, min(from, to) keep their partition: both remainders repeat together every lcm. */
const movedShare = (from: number, to: number): number =>
  1 - Math.min(from, to) / leastCommonMultiple(from, to)

const burstsFinding = ({ info, bursts }: TopicHealth): readonly FindingDraft[] => {
  if (bursts === null) return []
  return [
    {
      id: `bursts:${info.name}`,
      severity: 'info',
      kind: 'bursts',
      sentence: [
        topicLink(info.name),
        plain(' gets '),
        strong(
          `${formatShare(bursts.share)} of its records in ${formatCount(bursts.looks)} of ${formatCount(bursts.of)} looks`,
        ),
        plain(`, about every ${formatDuration(bursts.everyMs)}: whoever writes it does so together, at `),
        strong(formatTimes(bursts.peakOverMean)),
        plain(' the mean rate.'),
      ],
      cure: 'Brokers and consumers must bear the peak, not the mean. Let each writer wait a random part of its interval before it reports (jitter): that costs nothing but the age of a record. More partitions or consumers only make the burst shorter.',
      command: null,
      topic: info.name,
    },
  ]
}

const leastCommonMultiple = (a: number, b: number): number => (a / greatestCommonDivisor(a, b)) * b

const greatestCommonDivisor = (a: number, b: number): number =>
  b === 0 ? a : greatestCommonDivisor(b, a % b)
