import type { ClusterHealth } from './assess.ts'
import { watchGroup } from './diagnosis/diagnose.ts'
import type { FindingDraft } from './finding.ts'

/** What is worth a sentence about the groups, unasked. */
export const groupFindings = ({ groups, topics }: ClusterHealth): readonly FindingDraft[] =>
  groups.flatMap(group => watchGroup({ group, groups, topics, started: null, keys: null }))
