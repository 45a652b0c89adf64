import { z } from 'zod'
import type { ClusterHealth } from '../core/health/index.ts'
import { LanekeeperError } from '../core/model/index.ts'
import type { AlertKeeper } from '../runtime/alerts/keeper.ts'
import type { LiveState } from '../runtime/live-state.ts'
import { createExposition, type Exposition, label, nothingKept } from './exposition.ts'
import {
  type Family,
  familiesOfAlerts,
  familiesOfBrokers,
  familiesOfGroups,
  familiesOfSelf,
  familiesOfTopics,
  familiesOfTopicReaders,
} from './metric-families.ts'
import { familiesOfPartitions, familiesOfReaders } from './metric-columns.ts'
import { type WatchedConsumer, writeConsumers } from './consumer-metrics.ts'
import { type WatchedProducer, writeProducer } from './producer-metrics.ts'

/**
 * What is known now for Prometheus, from memory: a scrape asks no broker and is answered also when there is none. What
 * is not known has no sample; a 0 would be a claim.
 *
 * Granularity bounds what a Prometheus has to keep: per partition, per topic, or per group only. Coarse figures are
 * written first, so that the cap on series takes away the finest ones; how many is told, never hidden.
 */
export interface MetricsOptions {
  readonly granularity: Granularity
  readonly seriesMax: number
}

export const granularities = ['partition', 'topic', 'group'] as const
export type Granularity = (typeof granularities)[number]

export interface Metrics {
  /** The answer to a scrape, UTF-8. */
  bytes(granularity: Granularity): Buffer
  /** The same, compressed; what did not change since the last one costs nothing. */
  gzipped(granularity: Granularity): Promise<Buffer>
  /** A scrape may ask for less than the server is set to, never for more. Throws REQUEST_INVALID. */
  granularityOf(query: unknown): Granularity
}

/** Some 12 MB of text; a Prometheus of ordinary size takes it. */
export const defaultMetrics: MetricsOptions = { granularity: 'partition', seriesMax: 200_000 }

export const createMetrics = (
  live: LiveState,
  alerts: AlertKeeper | null,
  wallMs: () => number,
  options: MetricsOptions = defaultMetrics,
  {
    producers = () => [],
    consumers = () => [],
  }: {
    readonly producers?: () => readonly WatchedProducer[]
    readonly consumers?: () => readonly WatchedConsumer[]
  } = {},
): Metrics => {
  const kept = nothingKept()
  const written = (granularity: Granularity): Exposition => {
    const to = createExposition(options.seriesMax, kept)
    writeFamilies(to, familiesOfSelf, { live, nowMs: wallMs() })
    if (alerts !== null) writeFamilies(to, familiesOfAlerts, { alerts, nowMs: wallMs() })
    for (const each of producers()) writeProducer(to, each, granularity === 'partition')
    writeConsumers(to, consumers(), granularity === 'partition')
    const judged = live.judgement()
    if (judged !== null) writeJudgement(to, judged, granularity)
    return to
  }
  return {
    granularityOf: query => {
      const parsed = querySchema.safeParse(query)
      if (!parsed.success)
        throw new LanekeeperError('REQUEST_INVALID', 'granularity is partition, topic or group.')
      const wanted = parsed.data.granularity ?? options.granularity
      const coarser = Math.max(granularities.indexOf(wanted), granularities.indexOf(options.granularity))
      return granularities[coarser] ?? options.granularity
    },
    bytes: granularity => written(granularity).bytes(),
    gzipped: granularity => written(granularity).gzipped(),
  }
}

const querySchema = z.object({ granularity: z.enum(granularities).optional() })

const writeFamilies = <Subject>(
  to: Exposition,
  families: readonly Family<Subject>[],
  subject: Subject,
): void => {
  for (const { name, help, samples } of families) to.write(name, help, samples(subject))
}

const writeJudgement = (to: Exposition, judged: ClusterHealth, granularity: Granularity): void => {
  writeFamilies(to, familiesOfBrokers, judged.brokers)
  writeFamilies(to, familiesOfGroups, judged.groups)
  if (granularity === 'group') return
  const topics = [...judged.topics.values()]
  writeFamilies(to, familiesOfTopics, topics)
  writeFamilies(to, familiesOfTopicReaders, judged.groups)
  if (granularity === 'topic') return
  for (const { name, help, sourceOf, figureOf } of familiesOfPartitions)
    to.writeColumns(
      name,
      help,
      topics.map(topic => ({
        labels: label('topic', topic.info.name),
        length: topic.info.partitions.length,
        source: sourceOf(topic),
        value: figureOf(topic),
      })),
    )
  for (const { name, help, sourceOf, figureOf } of familiesOfReaders)
    to.writeColumns(
      name,
      help,
      judged.groups.flatMap(group =>
        group.topics.map(topic => ({
          labels: `${label('consumergroup', group.observed.groupId)},${label('topic', topic.topic)}`,
          length: topic.lagRecords.length,
          source: sourceOf(topic),
          value: figureOf(topic),
        })),
      ),
    )
}
