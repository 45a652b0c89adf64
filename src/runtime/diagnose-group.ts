import { readTopic } from '../consumer/reader.ts'
import {
  type ClusterHealth,
  diagnoseGroup,
  type FindingDraft,
  type GroupHealth,
  limitingPartition,
  type WaitingKeys,
} from '../core/health/index.ts'
import { readUtf8 } from '../core/model/index.ts'
import type { BrokerLink } from '../ports/broker-link.ts'
import type { Clock } from '../ports/clock.ts'
import type { Codecs } from '../ports/codecs.ts'

export interface DiagnoseParts {
  readonly openLink: (clientId: string) => BrokerLink
  readonly clock: Clock
  readonly codecs: Codecs
  readonly signal: AbortSignal
}

export interface Diagnosis {
  readonly group: GroupHealth
  /** Worst first. */
  readonly reasons: readonly FindingDraft[]
}

/**
 * Diagnoses a group from a judgement; where one partition holds it back, also from the keys of what waits there. Null:
 * the judgement has no such group.
 *
 * @param started how many consumers somebody started; null: not said.
 */
export const diagnoseFrom = async (
  health: ClusterHealth,
  groupId: string,
  started: number | null,
  parts: DiagnoseParts,
): Promise<Diagnosis | null> => {
  const group = health.groups.find(each => each.observed.groupId === groupId)
  if (group === undefined) return null
  const limit = limitingPartition(group)
  const committed = group.topics.find(({ topic }) => topic === limit?.topic)?.committed[
    limit?.partition ?? -1
  ]
  const keys =
    limit === null || committed === undefined || Number.isNaN(committed)
      ? null
      : await sampleWaiting(parts, limit.topic, limit.partition, committed)
  return {
    group,
    reasons: diagnoseGroup({ group, groups: health.groups, topics: health.topics, started, keys }),
  }
}

/** Enough to see a key that has a tenth of the records. */
const RECORDS_MAX = 2_000
/** A sample is a courtesy: a leader that does not answer must not hold up the rest of the answer. */
const WAIT_MS_MAX = 5_000

/** Keys of the records that wait, oldest first. Joins no group, commits nothing. Null: nothing could be read in time. */
const sampleWaiting = async (
  { openLink, clock, codecs, signal }: DiagnoseParts,
  topic: string,
  partition: number,
  fromOffset: number,
): Promise<WaitingKeys | null> => {
  const counts = new Map<string, number>()
  const enough = new AbortController()
  const deadline = clock.after(WAIT_MS_MAX, () => enough.abort())
  const link = openLink('lanekeeper-diagnose')
  let records = 0
  let keyless = 0
  try {
    await readTopic({
      link,
      clock,
      codecs,
      topics: [topic],
      from: [{ topic, partition, offset: fromOffset }],
      until: 'end',
      signal: AbortSignal.any([signal, enough.signal]),
      onRecord: ({ key }) => {
        if (records === RECORDS_MAX) return
        records++
        if (key === null) keyless++
        else {
          const text = readUtf8(key, 0, key.length)
          counts.set(text, (counts.get(text) ?? 0) + 1)
        }
        if (records === RECORDS_MAX) enough.abort()
      },
    })
  } catch {
    // what waits may be cut off by retention meanwhile, or unreadable; the diagnosis stands without it
    signal.throwIfAborted()
  } finally {
    deadline.cancel()
    await link.close()
  }
  if (records === 0) return null
  const [top] = [...counts].toSorted((a, b) => b[1] - a[1])
  return {
    topic,
    partition,
    records,
    keyless,
    distinct: counts.size,
    top: top === undefined ? null : { key: top[0], records: top[1] },
  }
}
