/** What one partition is judged by at a glance. */
import type { Finding } from '../../../src/api/contract.ts'
import { type HeldTick as Tick, stateAt } from '../../../src/api/delta.ts'
import type { Tone } from './verdict.ts'

export interface PartitionTag {
  readonly tone: Tone
  readonly icon: 'act' | 'warning' | 'ok' | 'unknown' | 'info'
  readonly word: string
}

/** Tags beside a partition's name: what has been found, and whether its copies are in sync. */
export const partitionTags = (
  tick: Tick,
  topic: string,
  partition: number,
  findings: readonly Finding[],
  current: boolean,
): readonly PartitionTag[] => {
  const columns = tick.columns.find(candidate => candidate.topic === topic)
  const summary = tick.topics.find(candidate => candidate.topic === topic)
  if (!current || columns === undefined || summary === undefined)
    return [{ tone: 'unknown', icon: 'unknown', word: 'Not seen now' }]
  const worst = findings.find(finding => finding.severity === 'act') ?? findings[0]
  const found: PartitionTag[] =
    worst === undefined
      ? []
      : [
          {
            tone: worst.severity === 'act' ? 'crit' : worst.severity === 'warning' ? 'warn' : 'info',
            icon: worst.severity,
            word: findings.length === 1 ? '1 finding' : `${findings.length} findings`,
          },
        ]
  const copies = `${columns.isr[partition] ?? 0} of ${summary.replicationFactor} in sync`
  switch (stateAt(columns, partition)) {
    case 'active':
      return [...found, { tone: 'ok', icon: 'ok', word: `Active, ${copies}` }]
    case 'reassigning':
      return [...found, { tone: 'info', icon: 'info', word: `Reassigning, ${copies}` }]
    case 'recovering':
      return [...found, { tone: 'warn', icon: 'warning', word: `Catching up, ${copies}` }]
    case 'compacting':
      return [...found, { tone: 'ok', icon: 'ok', word: `Compacting, ${copies}` }]
    case 'under-replicated':
      return [...found, { tone: 'warn', icon: 'warning', word: copies }]
    case 'leaderless':
      return [...found, { tone: 'crit', icon: 'act', word: 'No leader' }]
    case 'unknown':
      return [...found, { tone: 'unknown', icon: 'unknown', word: 'No data' }]
  }
}
