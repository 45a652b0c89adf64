import type { ClusterHealth } from './assess.ts'
import type { FindingDraft } from './finding.ts'
import { brokerFindings } from './findings-brokers.ts'
import { diskFindings } from './findings-disks.ts'
import { groupFindings } from './findings-groups.ts'
import { topicFindings } from './findings-topics.ts'
import { type KeyEvidence, noKeyEvidence } from './key-evidence.ts'
import type { HealthThresholds } from './thresholds.ts'

/**
 * Worst first; among equals in the order of what depends on what: brokers, topics, groups.
 *
 * @param declaredPartitions by topic, as a file asks for them: one that grew to as many was meant to
 */
export const findingsOf = (
  health: ClusterHealth,
  thresholds: HealthThresholds,
  bootstrapServer: string,
  evidence: KeyEvidence = noKeyEvidence,
  declaredPartitions: ReadonlyMap<string, number> = new Map(),
): readonly FindingDraft[] => {
  const findings = [
    ...brokerFindings(health, thresholds, bootstrapServer),
    ...diskFindings(health, thresholds, bootstrapServer),
    ...topicFindings(health, thresholds, evidence, declaredPartitions),
    ...groupFindings(health),
  ]
  const rank = { act: 0, warning: 1, info: 2 }
  return findings.toSorted((a, b) => rank[a.severity] - rank[b.severity])
}

/** When each finding began and was last seen, wall clock. */
export type FindingDates = ReadonlyMap<string, { readonly sinceMs: number; readonly seenMs: number }>

/** A finding that comes back within this is the same one: a figure near its threshold does not restart the clock. */
const forgetMs = 60_000

export const dateFindings = (
  dates: FindingDates,
  findings: readonly { readonly id: string }[],
  nowMs: number,
): FindingDates => {
  const next = new Map([...dates].filter(([, date]) => nowMs - date.seenMs <= forgetMs))
  for (const { id } of findings) next.set(id, { sinceMs: next.get(id)?.sinceMs ?? nowMs, seenMs: nowMs })
  return next
}
