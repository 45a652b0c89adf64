import { type BrokerInfo, formatCount, type TopicInfo } from '../model/index.ts'
import type { TopicDraft } from './topic-rules.ts'

/** Copies that share a rack although there are others. Says nothing of a cluster whose brokers name no racks, or one. */
export const rackFindings = (
  topics: readonly TopicInfo[],
  brokers: readonly BrokerInfo[],
): readonly TopicDraft[] => {
  const rackOf = new Map<number, string>(
    brokers.flatMap(({ id, rack }) => (rack === null ? [] : [[id, rack] as const])),
  )
  const nameless = brokers.filter(broker => broker.rack === null)
  if (nameless.length > 0)
    return nameless.length === brokers.length
      ? []
      : [
          {
            rule: 'racks',
            severity: 'warning',
            topic: null,
            sentence: `${brokerList(nameless.map(broker => broker.id))} ${nameless.length === 1 ? 'names' : 'name'} no rack and the others do: where copies may stand is not known.`,
            advice: 'Set broker.rack on every broker.',
          },
        ]
  const racks = new Set(rackOf.values()).size
  if (racks < 2) return []
  return topics.flatMap(topic => {
    let together = 0
    let sharing = 0
    for (const { replicas } of topic.partitions) {
      const used = new Set(replicas.map(id => rackOf.get(id))).size
      if (used >= Math.min(replicas.length, racks)) continue
      sharing++
      if (used === 1) together++
    }
    if (sharing === 0) return []
    const of = formatCount(topic.partitions.length)
    return [
      {
        rule: 'racks',
        topic: topic.name,
        severity: together > 0 ? 'critical' : 'warning',
        sentence:
          together > 0
            ? `${formatCount(together)} of ${of} partitions have all copies in one rack.`
            : `${formatCount(sharing)} of ${of} partitions have copies that share a rack, though there are ${racks}.`,
        advice: 'Reassign them (kafka-reassign-partitions.sh --generate regards racks).',
      },
    ]
  })
}

const brokerList = (ids: readonly number[]): string =>
  `${ids.length === 1 ? 'broker' : 'brokers'} ${ids.join(', ')}`
