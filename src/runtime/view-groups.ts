import type { GroupSummary, GroupView } from '../api/contract.ts'
import type { GroupHealth, GroupTopicHealth } from '../core/health/index.ts'
import { figure, whole } from './figure.ts'

/** Consumer groups as the HTTP contract states them. */
export const groupSummary = (group: GroupHealth): GroupSummary => ({
  groupId: group.observed.groupId,
  type: group.observed.type,
  state: group.observed.state,
  coordinator: group.observed.coordinator,
  assignor: group.observed.assignor,
  members: group.observed.members.length,
  idleMembers: group.idleMembers,
  topics: group.topics.map(topic => topic.topic),
  partitionsAssigned: group.partitionsAssigned,
  lagRecords: whole(group.lagRecords),
  lagRecordsMax: whole(group.lagRecordsMax),
  lagMsMax: whole(group.lagMsMax),
  lagTrendPerSecond: figure(group.lagTrendPerSecond),
  processedPerSecond: figure(group.processedPerSecond),
  catchUpMs: whole(group.catchUpMs),
  verdict: group.verdict,
  reason: group.reason,
})

const worstShown = 50

export const groupView = (group: GroupHealth): GroupView => ({
  ...groupSummary(group),
  memberList: group.observed.members.map((member, index) => ({
    memberId: member.memberId,
    instanceId: member.instanceId,
    clientId: member.clientId,
    host: member.host,
    subscribed: [...member.subscribed],
    assigned: [...member.assigned].map(([topic, partitions]) => ({ topic, partitions: [...partitions] })),
    lagRecords: whole(memberLag(group.topics, index)),
  })),
  worstPartitions: group.topics
    .flatMap(topic =>
      Array.from(topic.lagRecords, (lag, partition) => ({
        topic: topic.topic,
        partition,
        lag,
        ms: topic.lagMs[partition] ?? NaN,
      })),
    )
    .filter(each => each.lag > 0)
    .toSorted((a, b) => ageForOrder(b.ms) - ageForOrder(a.ms) || b.lag - a.lag)
    .slice(0, worstShown)
    .map(each => ({
      topic: each.topic,
      partition: each.partition,
      lagRecords: whole(each.lag),
      lagMs: whole(each.ms),
    })),
})

/** An age older than the history sorts above every known one; a year stands for it, since Infinity - Infinity is NaN. */
const ageForOrder = (ms: number): number => (Number.isNaN(ms) ? 3.2e10 : ms)

const memberLag = (topics: readonly GroupTopicHealth[], member: number): number => {
  let total = NaN
  for (const topic of topics) {
    topic.owner.forEach((owner, p) => {
      const lag = topic.lagRecords[p] ?? NaN
      if (owner === member && !Number.isNaN(lag)) total = Number.isNaN(total) ? lag : total + lag
    })
  }
  return total
}
