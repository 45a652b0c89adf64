/** Worst first: what a reader must see without scrolling. Ties by name, so that rows do not swap places. */
import type { Finding, GroupSummary, GroupVerdict } from '../../../src/api/contract.ts'

const SEVERITY: Record<Finding['severity'], number> = { act: 0, warning: 1, info: 2 }

export const findingsWorstFirst = (findings: readonly Finding[]): readonly Finding[] =>
  findings.toSorted(
    (a, b) =>
      SEVERITY[a.severity] - SEVERITY[b.severity] ||
      Date.parse(a.since) - Date.parse(b.since) ||
      (a.id < b.id ? -1 : 1),
  )

/** The same order as the verdicts of core/health; `unknown` stands before `ok`: what is not seen may be anything. */
const VERDICT: Record<GroupVerdict, number> = {
  stopped: 0,
  stalled: 1,
  rewinding: 2,
  warning: 3,
  unknown: 4,
  ok: 5,
}

export const groupsWorstFirst = (groups: readonly GroupSummary[]): readonly GroupSummary[] =>
  groups.toSorted(
    (a, b) =>
      VERDICT[a.verdict] - VERDICT[b.verdict] ||
      (b.lagMsMax ?? -1) - (a.lagMsMax ?? -1) ||
      (a.groupId < b.groupId ? -1 : 1),
  )

/** Findings that concern a topic, a partition of it, or a group. */
export const findingsAbout = (
  findings: readonly Finding[],
  subject: { readonly topic?: string; readonly partition?: number; readonly groupId?: string },
): readonly Finding[] =>
  findings.filter(
    finding =>
      (subject.topic !== undefined &&
        finding.topic === subject.topic &&
        (subject.partition === undefined || finding.partition === subject.partition)) ||
      (subject.groupId !== undefined && finding.groupId === subject.groupId),
  )
