import type { ClusterHealth } from './assess.ts'
import { brokerFindings } from './findings-brokers.ts'
import { diskFindings } from './findings-disks.ts'
import { groupFindings } from './findings-groups.ts'
import { topicFindings } from './findings-topics.ts'
import { type KeyEvidence, noKeyEvidence } from './key-evidence.ts'
import type { SentencePiece } from './sentence.ts'
import type { HealthThresholds } from './thresholds.ts'

/**
 * What is worth a sentence: subject, figure, cause, cure. One finding per cause: partitions that are under-replicated
 * because a broker is gone are part of that broker's finding, not 500 of their own; leaders that moved away from it
 * are not called unbalanced. A calm day yields none.
 */
export interface FindingDraft {
  /** The same as long as the cause is the same. */
  readonly id: string
  readonly severity: 'act' | 'warning' | 'info'
  readonly kind: string
  readonly sentence: readonly SentencePiece[]
  readonly cure: string
  readonly command: string | null
  readonly topic?: string
  readonly partition?: number
  readonly groupId?: string
  readonly broker?: number
}

/** Worst first; among equals in the order of what depends on what: brokers, topics, groups. */
export const findingsOf = (
  health: ClusterHealth,
  thresholds: HealthThresholds,
  bootstrapServer: string,
  evidence: KeyEvidence = noKeyEvidence,
): readonly FindingDraft[] => {
  const findings = [
    ...brokerFindings(health, thresholds, bootstrapServer),
    ...diskFindings(health, thresholds, bootstrapServer),
    ...topicFindings(health, thresholds, evidence),
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
