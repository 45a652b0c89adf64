import type { z } from 'zod'
import type {
  Figure,
  KeyPopulation,
  KeySkew,
  SizingLimits,
  Workload,
  WorkloadEvent,
} from '../core/model/index.ts'
import { explainIssue, pathName } from './explain-issue.ts'
import { deepFreeze } from './frozen.ts'
import { configInvalid } from './problem.ts'
import { readYaml } from './read-yaml.ts'
import { workloadContradictions } from './workload-contradictions.ts'
import {
  type eventSection,
  type keySection,
  periodSeconds,
  type WorkloadContents,
  workloadJsonSchema,
  workloadSection,
} from './workload-schema.ts'

/** A workload as its file states it, checked and frozen, and the values that replace rules of thumb. */
export interface StatedWorkload {
  readonly workload: Workload
  readonly limits: Partial<SizingLimits>
}

/**
 * The text of a `workload.yaml` → workload. Throws CONFIG_INVALID with every problem as
 * `file:line:column: what is wrong, what to do`. `file` is only named, not read.
 */
export const loadWorkload = (text: string, file: string): StatedWorkload => {
  const yaml = readYaml(text)
  // After a syntax error the values are guesses; judging them would bury the cause under its consequences
  if (yaml.value === null && yaml.problems.length > 0) throw configInvalid(file, yaml.problems)
  const parsed = workloadSection.safeParse(yaml.value, { reportInput: true })
  const found = [
    ...yaml.problems,
    ...(parsed.success
      ? []
      : parsed.error.issues.flatMap(issue => explainIssue(issue, yaml.places, workloadJsonSchema))),
    ...workloadContradictions(yaml.value).map(({ path, text: problem }) => ({
      origin: yaml.places.value(path),
      text: `${pathName(path)} ${problem}`,
    })),
  ]
  if (!parsed.success || found.length > 0) throw configInvalid(file, found)
  return deepFreeze({ workload: toWorkload(parsed.data), limits: toLimits(parsed.data.limits) })
}

const toWorkload = ({ name, rate, ...contents }: WorkloadContents): Workload => ({
  name,
  rate: {
    sources: rate.sources,
    recordsEach: rate.records,
    periodSeconds: periodSeconds[rate.per],
    is: rate.is,
    timeOfDayFactor: rate.peaks?.['time-of-day'] ?? null,
    seasonFactor: rate.peaks?.season ?? null,
  },
  growth: {
    shareAYear: (contents.growth?.['percent-a-year'] ?? 0) / 100,
    years: contents.growth?.years ?? 0,
  },
  consumersWanted: contents.consumers ?? null,
  headroom: contents.headroom ?? null,
  producers: contents.producers?.count ?? null,
  lingerMs: contents.producers?.['linger-ms'] ?? null,
  batchBytes: contents.producers?.['batch-bytes'] ?? null,
  cluster: {
    brokers: contents.cluster.brokers,
    replicationFactor: contents.cluster['replication-factor'],
    minInsyncReplicas: contents.cluster['min-insync-replicas'],
    retentionHours: contents.cluster['retention-hours'],
  },
  topics: contents.topics.map(topic => ({
    name: topic.name,
    weight: topic.weight,
    recordBytes: topic['record-bytes'],
    consumerRecordsPerSecond: consumerRate(topic.consumer),
    ordering: topic.ordering,
    key: topic.key === undefined ? null : toPopulation(topic.key, 1),
    alternatives: topic.alternatives.map(each =>
      toPopulation(each, each.splits ?? Math.max(1, Math.round(distinctOf(each) / distinctOf(topic.key)))),
    ),
    partitionsToday: topic['partitions-today'] ?? null,
  })),
  events: contents.events.map(toEvent),
})

const consumerRate = (consumer: WorkloadContents['topics'][number]['consumer']): Figure | null => {
  const rate = consumer?.['records-per-second']
  if (rate !== undefined) return rate
  const time = consumer?.['ms-per-record']
  return time === undefined ? null : { value: 1000 / time.value, source: time.source }
}

type KeyContents = z.output<typeof keySection>

const toPopulation = (key: KeyContents, splits: number): KeyPopulation => ({
  field: key.field,
  distinct: distinctOf(key),
  skew: toSkew(key),
  splits,
})

const distinctOf = (key: KeyContents | undefined): number => key?.values?.size ?? key?.distinct ?? 1

const toSkew = (key: KeyContents): KeySkew => {
  if (key.values !== undefined) {
    // Written with a few decimals; 0.33 three times is meant as a whole
    const sum = [...key.values.values()].reduce((total, share) => total + share, 0)
    return { kind: 'values', shares: new Map([...key.values].map(([name, share]) => [name, share / sum])) }
  }
  if (key.zipf !== undefined) return { kind: 'zipf', exponent: key.zipf }
  const share = key['heaviest-share']
  return share === undefined ? { kind: 'uniform' } : { kind: 'heaviest', share }
}

const toEvent = (event: z.output<typeof eventSection>): WorkloadEvent => {
  const about = { name: event.name, topic: event.topic ?? null }
  const { surge, wave, outage, 'hot-keys': hot } = event
  if (surge !== undefined)
    return { ...about, kind: 'surge', rateFactor: surge['rate-factor'], minutes: surge.minutes }
  if (hot !== undefined)
    return {
      ...about,
      kind: 'hot-keys',
      keys: hot.keys,
      share: hot.share,
      rateFactor: hot['rate-factor'],
      minutes: hot.minutes,
    }
  if (wave !== undefined)
    return {
      ...about,
      kind: 'wave',
      share: wave.share,
      recordsEach: wave['records-each'],
      withinSeconds: wave['within-seconds'],
    }
  if (outage !== undefined)
    return {
      ...about,
      kind: 'outage',
      share: outage.share,
      silentMinutes: outage['silent-minutes'],
      catchUpMinutes: outage['catch-up-minutes'],
    }
  throw new RangeError(`event ${event.name} says nothing; contradictions should have found it`)
}

const toLimits = (limits: WorkloadContents['limits']): Partial<SizingLimits> =>
  Object.fromEntries(
    Object.entries(limits)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [
        name.replace(/-([a-z])/g, (_all, letter: string) => letter.toUpperCase()),
        value,
      ]),
  ) as Partial<SizingLimits>
