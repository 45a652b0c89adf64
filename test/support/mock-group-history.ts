import type { GroupHistory } from '../../src/api/contract.ts'
import { mockGroup, mockHistory, type Scenario } from './mock-figures.ts'

/** A group's past as its topic's: it works off what is written, and what waits is the topic's lag. */
export const mockGroupHistory = (
  scenario: Scenario,
  tickNumber: number,
  groupId: string,
): GroupHistory | undefined => {
  const group = mockGroup(scenario, tickNumber, groupId)
  const topic = group?.topics[0]
  const past = topic === undefined ? undefined : mockHistory(scenario, topic)
  if (group === undefined || past === undefined) return undefined
  return {
    groupId,
    stepMs: past.stepMs,
    at: past.at,
    lagRecords: past.lagRecords,
    lagMsMax: past.lagMsMax,
    processedPerSecond: past.recordsPerSecond,
    members: past.at.map(() => group.members),
  }
}
