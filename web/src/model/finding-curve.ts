/**
 * The curve beside a finding: the figure that its sentence names, over the last hour, so that a reader sees whether it
 * began as a step, as a slope or comes and goes. Where no such figure is kept there is no curve: the records of a
 * partition that is hot by its bytes would show a line that contradicts the sentence.
 */
import type { Finding, GroupHistory, History } from '../../../src/api/contract.ts'

export type CurveValues = readonly (number | null)[]

export interface FindingCurve {
  /** Below the API's base. */
  readonly path: string
  readonly valuesOf: (answer: unknown) => CurveValues
}

const QUERY = 'minutes=60&columns=60'

/** Kinds whose figure is the number of records a partition or a topic takes. */
const OF_PARTITION = new Set(['hot-partition', 'uneven'])
const OF_TOPIC = new Set(['bursts'])

/** Undefined: nothing is kept that shows it. */
export const findingCurve = ({
  kind,
  topic,
  partition,
  groupId,
}: Pick<Finding, 'kind' | 'topic' | 'partition' | 'groupId'>): FindingCurve | undefined => {
  if (groupId !== null)
    return { path: `/groups/${encodeURIComponent(groupId)}/history?${QUERY}`, valuesOf: lagOf }
  if (topic === null) return undefined
  const path = `/topics/${encodeURIComponent(topic)}/history?${QUERY}&cells=0`
  if (partition !== null && OF_PARTITION.has(kind))
    return {
      path: `${path}&partition=${partition}`,
      valuesOf: answer => (answer as History).partition?.recordsPerSecond ?? [],
    }
  return OF_TOPIC.has(kind) ? { path, valuesOf: answer => (answer as History).recordsPerSecond } : undefined
}

/** In time; in records where no time is known. */
const lagOf = (answer: unknown): CurveValues => {
  const { lagMsMax, lagRecords } = answer as GroupHistory
  return lagMsMax.some(value => value !== null) ? lagMsMax : lagRecords
}
