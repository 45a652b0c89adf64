import { formatByteRate, formatBytes, formatDuration, formatShare } from '../model/index.ts'
import type { ClusterHealth } from './assess.ts'
import type { FindingDraft } from './finding.ts'
import { brokerLink, plain, shellWord, strong } from './sentence.ts'
import type { HealthThresholds } from './thresholds.ts'

/**
 * Disks that are nearly full, one finding a broker. Kafka does not refuse records before the disk is full: the broker
 * then takes its log directory offline, and with one directory it stops. Brokers that do not tell have no finding.
 */
export const diskFindings = (
  health: ClusterHealth,
  thresholds: HealthThresholds,
  bootstrapServer: string,
): readonly FindingDraft[] =>
  health.brokers.flatMap(({ info, disk }) => {
    const usable = (disk?.usableBytes ?? Number.NaN) / (disk?.totalBytes ?? Number.NaN)
    if (disk === null || !(usable < thresholds.diskUsableWarning)) return []
    const arriving = arrivingBytes(health, info.id)
    const inUseBytes = disk.totalBytes - disk.usableBytes
    const isOurs = disk.usedBytes >= inUseBytes / 2
    const largest = isOurs ? largestTopic(health) : null
    // how fast something else fills it is not known, and a date by partitions alone would be a comfort too many
    const fullInMs = arriving > 0 && isOurs ? (disk.usableBytes / arriving) * 1000 : Number.NaN
    return [
      {
        id: `disk-nearly-full:${info.id}`,
        severity: usable < thresholds.diskUsableAct ? ('act' as const) : ('warning' as const),
        kind: 'disk-nearly-full',
        sentence: [
          brokerLink(info.id),
          plain(' has '),
          strong(`${formatShare(usable)} of its disk left`),
          plain(`, ${formatBytes(disk.usableBytes)}`),
          ...(fullInMs < HORIZON_MS
            ? [
                plain('; at '),
                strong(formatByteRate(arriving)),
                plain(` it is full in ${formatDuration(fullInMs)}.`),
              ]
            : [plain('.')]),
        ],
        cure: isOurs
          ? `${STOPS} Partitions are ${formatBytes(disk.usedBytes)} of the ${formatBytes(inUseBytes)} in use${largest === null ? '' : `, most of it ${largest.name} (${formatBytes(largest.bytes)} a copy)`}. Cheapest: a shorter retention.ms or retention.bytes there, which deletes its oldest records within minutes. Moving replicas to a broker with room copies them first; more partitions free nothing.`
          : `${STOPS} Only ${formatBytes(disk.usedBytes)} of the ${formatBytes(inUseBytes)} in use are partitions: something else fills it. Cheapest: find it on that machine (df, du) and remove it; logs, dumps, another program. Shorter retention or other places for replicas free next to nothing.`,
        command:
          largest === null
            ? null
            : `kafka-configs.sh --describe --entity-type topics --entity-name ${shellWord(largest.name)} --bootstrap-server ${shellWord(bootstrapServer)}`,
        broker: info.id,
      },
    ]
  })

const STOPS = 'A full disk stops the broker, and all its partitions have one copy less.'

/** Further away than this a date of a rate of half a minute says nothing. */
const HORIZON_MS = 7 * 86_400_000

/** Bytes a second that the broker writes: to partitions it leads and to those it follows. */
const arrivingBytes = (health: ClusterHealth, broker: number): number => {
  let sum = 0
  for (const topic of health.topics.values())
    topic.info.partitions.forEach(({ replicas }, p) => {
      const bytes = topic.bytesPerSecond[p] ?? Number.NaN
      if (!Number.isNaN(bytes) && replicas.some(id => id === broker)) sum += bytes
    })
  return sum
}

/** Of those whose retention somebody sets: what Kafka keeps for itself is compacted, and no retention shrinks it. */
const largestTopic = (health: ClusterHealth): { readonly name: string; readonly bytes: number } | null => {
  let largest: { name: string; bytes: number } | null = null
  for (const topic of health.topics.values()) {
    if (topic.info.internal) continue
    const bytes = topic.sizeBytes.reduce((sum, size) => sum + (Number.isNaN(size) ? 0 : size), 0)
    if (bytes > (largest?.bytes ?? 0)) largest = { name: topic.info.name, bytes }
  }
  return largest
}
