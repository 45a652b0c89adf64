import type { Finding, Health, Tick } from '../api/contract.ts'
import { maxKnown, sumKnown, type ClusterHealth, type FindingDraft } from '../core/health/index.ts'
import { withCommandsAs } from '../core/model/index.ts'
import { figure, isoTime, whole } from './figure.ts'
import { clusterView, readersOf, topicColumns, topicSummary, type DeclaredTopics } from './view-cluster.ts'
import { groupSummary } from './view-groups.ts'

/** Everything that lives on the page, as one value; before the first look with empty lists and status "starting". */
export const tickView = (
  judged: ClusterHealth | null,
  frame: {
    readonly atMs: number
    readonly health: Health
    readonly findings: Finding[]
    readonly declared: DeclaredTopics
  },
): Tick => {
  const all = [...(judged?.topics.values() ?? [])]
  // Kafka's own topics count where they can be offline, and nowhere else
  const users = all.filter(topic => !topic.info.internal)
  const groups = judged?.groups ?? []
  const readers = judged === null ? new Map() : readersOf(judged)
  return {
    at: isoTime(frame.atMs),
    health: frame.health,
    cluster: clusterView(judged),
    topics: all.map(topic =>
      topicSummary(topic, readers.get(topic.info.name), frame.declared.get(topic.info.name)),
    ),
    columns: users.map(topic => topicColumns(topic, readers.get(topic.info.name))),
    groups: groups.map(groupSummary),
    findings: frame.findings,
    totals: {
      partitions: users.reduce((sum, topic) => sum + topic.info.partitions.length, 0),
      partitionsKnown: users.reduce((sum, topic) => sum + topic.known, 0),
      recordsPerSecond: figure(sumKnown(users.map(topic => sumKnown(topic.recordsPerSecond)))),
      bytesPerSecond: whole(sumKnown(users.map(topic => sumKnown(topic.bytesPerSecond)))),
      underReplicated: all.reduce((sum, topic) => sum + topic.underReplicated, 0),
      leaderless: all.reduce((sum, topic) => sum + topic.leaderless, 0),
      lagRecords: whole(sumKnown(groups.map(group => group.lagRecords))),
      lagMsMax: whole(maxKnown(groups.map(group => group.lagMsMax))),
    },
    rateWindowMs: Math.round(judged?.rateSpanMs ?? 0),
  }
}

/** @param seen a simulated cluster lives in one process: no command of another one can ask it */
export const findingView = (
  draft: FindingDraft,
  sinceMs: number,
  { calledAs, simulated }: { readonly calledAs: string; readonly simulated: boolean },
): Finding => ({
  id: draft.id,
  severity: draft.severity,
  kind: draft.kind,
  sentence: draft.sentence.map(piece => ({ ...piece })),
  cure: withCommandsAs(calledAs, draft.cure),
  since: isoTime(sinceMs),
  command: draft.command === null || simulated ? null : withCommandsAs(calledAs, draft.command),
  topic: draft.topic ?? null,
  partition: draft.partition ?? null,
  groupId: draft.groupId ?? null,
  broker: draft.broker ?? null,
})
