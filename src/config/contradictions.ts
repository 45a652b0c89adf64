import type { z } from 'zod'
import { collisionKey } from '../core/model/index.ts'
import { DEFAULT_BROKERS, groupSection, topicSection } from './file-schema.ts'
import { listIn, textIn, valueIn } from './raw-values.ts'
import type { Path } from './read-yaml.ts'
import { scenarioNames, scenarioRoles } from './scenarios.ts'

/**
 * What is wrong although each value is right by itself. Judged on the raw values, section by section: a slip in one
 * topic must not hide a contradiction in another until the next try.
 */
export interface Contradiction {
  readonly path: Path
  /** Follows the name of `path`. */
  readonly text: string
}

type TopicEntry = { readonly index: number; readonly topic: z.output<typeof topicSection> }

export const contradictions = (file: unknown): readonly Contradiction[] => {
  const topics: readonly TopicEntry[] = listIn(file, 'topics').flatMap((item, index) => {
    const parsed = topicSection.safeParse(item)
    return parsed.success ? [{ index, topic: parsed.data }] : []
  })
  // A name counts as declared even when the rest of its topic is wrong: one slip, one problem
  const declared = new Set(listIn(file, 'topics').map(item => textIn(item, 'name')))
  return [
    ...repeated(listIn(file, 'topics'), 'topics'),
    ...repeated(listIn(file, 'groups'), 'groups'),
    ...topics.flatMap(entry => topicContradictions(entry, file)),
    ...collisions(topics),
    ...groupContradictions(file, topics, declared),
    ...trafficContradictions(file, declared),
  ]
}

const topicContradictions = ({ index, topic }: TopicEntry, file: unknown): readonly Contradiction[] => {
  const found: Contradiction[] = []
  const say = (path: Path, text: string): void => {
    found.push({ path: ['topics', index, ...path], text })
  }
  const replicas = topic['replication-factor']
  const inSync = topic.configs.get('min.insync.replicas')
  if (inSync !== undefined && (Number(inSync) > replicas || Number(inSync) < 1))
    say(
      ['configs', 'min.insync.replicas'],
      `must be from 1 to the replication factor ${replicas}; with ${inSync} every write with acks=all would be refused`,
    )
  const local = localBrokers(file)
  if (local !== null && replicas > local)
    say(
      ['replication-factor'],
      `${replicas} needs ${replicas} brokers and the cluster has ${local}; raise cluster.brokers or lower it`,
    )
  if (topic.ordering === 'per-key' && (topic.key ?? null) === null)
    say(['ordering'], 'is per-key, but the topic states no key; add key, or write ordering: none')
  return found
}

/** How many local brokers there will be; null when an existing cluster is meant, which is asked when it is there. */
const localBrokers = (file: unknown): number | null => {
  const cluster = valueIn(file, 'cluster')
  if (valueIn(cluster, 'bootstrap-server') !== undefined) return null
  const brokers = valueIn(cluster, 'brokers')
  if (brokers === undefined) return DEFAULT_BROKERS
  const count = Number(valueIn(brokers, 'source'))
  return Number.isInteger(count) ? count : null
}

const groupContradictions = (
  file: unknown,
  topics: readonly TopicEntry[],
  declared: ReadonlySet<string | null>,
): readonly Contradiction[] =>
  listIn(file, 'groups').flatMap((item, index) => {
    const group = groupSection.safeParse(item)
    if (!group.success) return []
    const found: Contradiction[] = group.data.topics.flatMap((topic, position) =>
      declared.has(topic)
        ? []
        : [
            {
              path: ['groups', index, 'topics', position],
              text: `names ${topic}, which topics does not declare; add it there`,
            },
          ],
    )
    const partitions = topics
      .filter(entry => group.data.topics.includes(entry.topic.name))
      .reduce((sum, entry) => sum + entry.topic.partitions, 0)
    if (found.length === 0 && partitions > 0 && group.data.members > partitions)
      found.push({
        path: ['groups', index, 'members'],
        text: `${group.data.members} is more than the ${partitions} partitions to read; the others would be idle, write at most ${partitions}`,
      })
    return found
  })

const trafficContradictions = (
  file: unknown,
  declared: ReadonlySet<string | null>,
): readonly Contradiction[] => {
  const traffic = valueIn(file, 'traffic')
  const shares = valueIn(traffic, 'topics')
  if (typeof shares !== 'object' || shares === null || Array.isArray(shares)) return []
  const found: Contradiction[] = Object.keys(shares)
    .filter(topic => !declared.has(topic))
    .map(topic => ({
      path: ['traffic', 'topics', topic],
      text: 'is not declared under topics; add it there',
    }))
  const name = scenarioNames.find(each => each === valueIn(traffic, 'scenario'))
  const roles = name === undefined ? [] : scenarioRoles[name]
  if (name !== undefined && Object.keys(shares).length !== roles.length)
    found.push({
      path: ['traffic', 'topics'],
      text: `must name ${roles.length === 1 ? 'one topic' : `${roles.length} topics, in this order,`} for scenario ${name}: ${roles.join(', ')}; it names ${Object.keys(shares).length}`,
    })
  const sum = Object.values(shares).reduce(
    (total: number, value) => total + Number(valueIn(value, 'source')),
    0,
  )
  // Shares are written with a few decimals; 0.333 three times is meant as a whole
  if (Math.abs(sum - 1) > 0.01)
    found.push({
      path: ['traffic', 'topics'],
      text: `must add up to 1; they add up to ${Number(sum.toFixed(4))}`,
    })
  return found
}

const collisions = (topics: readonly TopicEntry[]): readonly Contradiction[] => {
  const first = new Map<string, string>()
  return topics.flatMap(({ index, topic: { name } }) => {
    const key = collisionKey(name)
    const earlier = first.get(key) ?? name
    first.set(key, earlier)
    return earlier === name
      ? []
      : [
          {
            path: ['topics', index, 'name'],
            text: `differs from ${earlier} only in "." and "_", which Kafka does not allow; rename one`,
          },
        ]
  })
}

const repeated = (items: readonly unknown[], list: string): readonly Contradiction[] => {
  const seen = new Map<string, number>()
  return items.flatMap((item, index) => {
    const name = textIn(item, 'name')
    if (name === null) return []
    const first = seen.get(name)
    if (first === undefined) seen.set(name, index)
    return first === undefined
      ? []
      : [
          {
            path: [list, index, 'name'],
            text: `${name} is declared already as ${list}[${first}]; keep one of them`,
          },
        ]
  })
}
