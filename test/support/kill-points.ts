import type { Cluster } from '../../src/ports/cluster.ts'
import type { Journal } from '../../src/ports/journal.ts'

/** What a dead process throws: not a LanekeeperError, so that no code under test may treat it as an answer. */
export class Killed extends Error {}

/**
 * Ends a "process" at its n-th outside effect, before or after it happened. An effect is a changing request or a
 * journal line. After the kill every further effect is killed too: the dead do nothing.
 */
export class KillPoint {
  readonly #at: number
  readonly #moment: 'before' | 'after'
  effects = 0
  changes = 0

  /** `at` counts from 1; 0 never kills and only counts. */
  constructor(at = 0, moment: 'before' | 'after' = 'before') {
    this.#at = at
    this.#moment = moment
  }

  async #effect<Value>(action: () => Promise<Value>): Promise<Value> {
    this.effects++
    const here = this.#at > 0 && this.effects >= this.#at
    if (here && (this.#moment === 'before' || this.effects > this.#at))
      throw new Killed(`before effect ${this.effects}`)
    const value = await action()
    if (here) throw new Killed(`after effect ${this.effects}`)
    return value
  }

  journal(journal: Journal): Journal {
    return { read: () => journal.read(), append: entry => this.#effect(() => journal.append(entry)) }
  }

  cluster(cluster: Cluster): Cluster {
    const change = <Value>(action: () => Promise<Value>): Promise<Value> =>
      this.#effect(() => {
        this.changes++
        return action()
      })
    return {
      bootstrapServer: cluster.bootstrapServer,
      simulated: cluster.simulated,
      describe: options => cluster.describe(options),
      readOffsets: (snapshot, topics) => cluster.readOffsets(snapshot, topics),
      readSizes: (snapshot, topics) => cluster.readSizes(snapshot, topics),
      readGroups: (snapshot, groups) => cluster.readGroups(snapshot, groups),
      close: () => cluster.close(),
      createTopics: requests => change(() => cluster.createTopics(requests)),
      addPartitions: (topic, count) => change(() => cluster.addPartitions(topic, count)),
      alterTopicConfigs: (topic, changes) => change(() => cluster.alterTopicConfigs(topic, changes)),
      deleteTopics: topics => change(() => cluster.deleteTopics(topics)),
      moveLeader: (topic, partition, leader) => change(() => cluster.moveLeader(topic, partition, leader)),
      setGroupOffsets: (group, topic, offsets) =>
        change(() => cluster.setGroupOffsets(group, topic, offsets)),
    }
  }
}
