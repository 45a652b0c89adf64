import type { GroupObservation } from '../core/model/index.ts'
import { LanekeeperError } from '../core/model/index.ts'
import type { Stage } from './exercise.ts'

/** What the cluster itself says; the figures of a lesson come from here, not from the clients that made them. */

/** Records in each partition. Rejects with CLUSTER_UNREACHABLE while a leader does not answer. */
export const recordsIn = async (stage: Stage, topic: string): Promise<Float64Array> => {
  const { end, start } = await offsetsOf(stage, topic)
  return end.map((value, p) => value - (start[p] ?? Number.NaN))
}

const offsetsOf = async ({ cluster }: Stage, topic: string) => {
  const offsets = (await cluster.readOffsets(await cluster.describe({ topics: [topic] }), [topic])).get(topic)
  if (offsets === undefined || offsets.end.some(Number.isNaN))
    throw new LanekeeperError('CLUSTER_UNREACHABLE', `A leader of ${topic} did not tell its offsets.`)
  return offsets
}

/** Records that wait for the group in each partition; where nothing is committed, all of them. */
export const lagOf = async (stage: Stage, group: string, topic: string): Promise<Float64Array> => {
  // commits first: read the other way round, one made in between would lie beyond the end
  const committed = (await observeGroup(stage, group))?.committed.get(topic)
  const { end, start } = await offsetsOf(stage, topic)
  return end.map((value, p) => {
    const position = committed?.[p] ?? Number.NaN
    return Math.max(0, value - (Number.isNaN(position) ? (start[p] ?? 0) : position))
  })
}

/** Null: the group does not exist, or its coordinator did not answer. */
export const observeGroup = async ({ cluster }: Stage, group: string): Promise<GroupObservation | null> =>
  (await cluster.readGroups(await cluster.describe(), [group]))[0] ?? null
