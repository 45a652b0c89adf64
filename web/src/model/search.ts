/** Search over topics, partitions and groups: "417" and "user-actions-417" both lead to that partition. */
import type { HeldTick as Tick } from '../../../src/api/delta.ts'
import type { Page } from './route.ts'
import { counted } from './text.ts'

export interface Hit {
  readonly label: string
  /** What kind of thing it is, and its size. */
  readonly note: string
  readonly page: Page
}

const HITS_MAX = 8

export const searchTick = (tick: Tick, query: string): readonly Hit[] => {
  const wanted = query.trim().toLowerCase()
  if (wanted === '') return []
  return [...partitionHits(tick, wanted), ...nameHits(tick, wanted)].slice(0, HITS_MAX)
}

const partitionHits = (tick: Tick, wanted: string): readonly Hit[] => {
  const match = /^(?:(.*?)[-\s:/])?(\d+)$/.exec(wanted)
  if (match === null) return []
  const [, name = '', digits = ''] = match
  const partition = Number(digits)
  return tick.topics
    .filter(
      topic => !topic.internal && partition < topic.partitions && topic.topic.toLowerCase().includes(name),
    )
    .toSorted((a, b) => b.partitions - a.partitions)
    .map(topic => ({
      label: `${topic.topic}-${partition}`,
      note: 'partition',
      page: { name: 'partition', topic: topic.topic, partition },
    }))
}

const nameHits = (tick: Tick, wanted: string): readonly Hit[] => {
  const hits: Hit[] = [
    ...tick.topics.map(
      (topic): Hit => ({
        label: topic.topic,
        note: `topic, ${counted(topic.partitions, 'partition')}`,
        page: { name: 'topic', topic: topic.topic },
      }),
    ),
    ...tick.groups.map(
      (group): Hit => ({
        label: group.groupId,
        note: `group, ${counted(group.members, 'member')}`,
        page: { name: 'group', group: group.groupId },
      }),
    ),
  ]
  return hits
    .filter(hit => hit.label.toLowerCase().includes(wanted))
    .toSorted((a, b) => a.label.toLowerCase().indexOf(wanted) - b.label.toLowerCase().indexOf(wanted))
}
