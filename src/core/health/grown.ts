import type { Observation } from '../model/index.ts'

/** A topic that got partitions while it was watched, and had records by then: its keys had places already. */
export interface Growth {
  readonly topicId: string
  /** Partitions before; of several increases within the time remembered, before the first. */
  readonly from: number
  readonly monotonicMs: number
}

/** As long as readers may still have records from before in front of them, roughly. */
const REMEMBERED_MS = 3_600_000

export const advanceGrown = (
  known: ReadonlyMap<string, Growth>,
  before: Observation | undefined,
  now: Observation,
): ReadonlyMap<string, Growth> => {
  if (before === undefined || before.snapshot === now.snapshot) return known
  const grown = new Map(
    [...known].filter(
      ([topic, growth]) =>
        now.snapshot.topics.get(topic)?.topicId === growth.topicId &&
        now.monotonicMs - growth.monotonicMs <= REMEMBERED_MS,
    ),
  )
  for (const [name, { topicId, partitions }] of now.snapshot.topics) {
    const old = before.snapshot.topics.get(name)
    if (old?.topicId !== topicId || old.partitions.length >= partitions.length || grown.has(name)) continue
    if (before.offsets.get(name)?.end.some(end => end > 0) === true)
      grown.set(name, { topicId, from: old.partitions.length, monotonicMs: now.monotonicMs })
  }
  return grown
}
