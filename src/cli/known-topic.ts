import {
  type ClusterSnapshot,
  LanekeeperError,
  nearest,
  printable,
  type TopicInfo,
} from '../core/model/index.ts'
import type { Cluster } from '../ports/cluster.ts'
import { type TargetFlags, targetSuffix } from './target-options.ts'

/**
 * A topic as it is now. It is also the first question of most verbs: a cluster that is not there is told within seconds,
 * where readers and writers go on trying. Rejects with TOPIC_UNKNOWN, naming what was probably meant.
 */
export const knownTopic = async (
  cluster: Cluster,
  topic: string,
  flags: TargetFlags,
): Promise<{ readonly snapshot: ClusterSnapshot; readonly info: TopicInfo }> => {
  const snapshot = await cluster.describe({ topics: [topic] })
  const info = snapshot.topics.get(topic)
  if (info !== undefined) return { snapshot, info }
  throw await unknownTopic(cluster, topic, flags)
}

/** TOPIC_UNKNOWN for a name that the cluster does not have; for throwing. */
export const unknownTopic = async (
  cluster: Cluster,
  topic: string,
  flags: TargetFlags,
): Promise<LanekeeperError> => {
  const names = [...(await cluster.describe()).topics.keys()]
  const meant = nearest(topic, names)
  return new LanekeeperError('TOPIC_UNKNOWN', `Topic ${printable(topic)} does not exist.`, {
    fix: `${meant === null ? '' : `Did you mean ${printable(meant)}? `}Topics that exist: lanekeeper topics${targetSuffix(flags)}`,
  })
}
