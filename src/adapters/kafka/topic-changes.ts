/**
 * Changes of topics. Each goes out once: whether a change without an answer was made is not known, and a repetition
 * would be told "already there" about its own success. Any broker takes them and hands them to the controller, so a
 * broker that answered just now is chosen.
 */
import {
  ConfigResourceTypes,
  createPartitionsV3,
  createTopicsV7,
  deleteTopicsV6,
  IncrementalAlterConfigOperationTypes,
  incrementalAlterConfigsV1,
} from '@platformatic/kafka'
import type { ItemOutcome, NewTopic } from '../../ports/cluster.ts'
import type { Clock } from '../../ports/clock.ts'
import type { BrokerBook, Endpoint } from './addresses.ts'
import { readTopicConfigs } from './describe.ts'
import { RequestRefused } from './errors.ts'
import type { Lookup } from './lookup.ts'
import type { WireMetadata } from './metadata.ts'
import { untilVisible } from './until-visible.ts'
import type { Wires } from './wires.ts'

export interface ChangeTools {
  readonly wires: Wires
  readonly lookup: Lookup
  readonly book: BrokerBook
  readonly clock: Clock
}

/** A thousand partitions take the controller seconds; the small machine takes its time. */
const CHANGE_TIMEOUT_MS = 30_000
const VISIBLE_DEADLINE_MS = 30_000

const { TOPIC } = ConfigResourceTypes
const { SET, DELETE } = IncrementalAlterConfigOperationTypes
/** Kafka chooses the brokers. For new topics that is an empty list, for new partitions no list. */
const CHOSEN_BY_KAFKA: never[] = []

export const createTopics = async (
  tools: ChangeTools,
  requests: readonly NewTopic[],
): Promise<readonly ItemOutcome[]> => {
  const live = await tools.lookup.liveBroker()
  const answer = await tools.wires.call(
    live,
    'control',
    createTopicsV7.api,
    [
      requests.map(({ name, partitions, replicationFactor, configs }) => ({
        name,
        numPartitions: partitions,
        replicationFactor,
        assignments: CHOSEN_BY_KAFKA,
        configs: [...configs].map(([key, value]) => ({ name: key, value })),
      })),
      CHANGE_TIMEOUT_MS,
      false,
    ],
    CHANGE_TIMEOUT_MS,
  )
  const outcomes = inOrder(
    requests.map(each => each.name),
    answer.topics,
  )
  const counts = new Map(requests.map(each => [each.name, each.partitions]))
  return sayIfInvisible(tools, outcomes, metadata =>
    metadata.topics.every(
      topic =>
        topic.partitions.length === counts.get(topic.name ?? '') &&
        topic.partitions.every(partition => partition.leaderId >= 0),
    ),
  )
}

export const addPartitions = async (
  tools: ChangeTools,
  topic: string,
  count: number,
): Promise<ItemOutcome> => {
  const live = await tools.lookup.liveBroker()
  const answer = await tools.wires.call(
    live,
    'control',
    createPartitionsV3.api,
    [[{ name: topic, count, assignments: null }], CHANGE_TIMEOUT_MS, false],
    CHANGE_TIMEOUT_MS,
  )
  const outcomes = await sayIfInvisible(tools, inOrder([topic], answer.results), metadata =>
    metadata.topics.every(
      each => each.partitions.length === count && each.partitions.every(partition => partition.leaderId >= 0),
    ),
  )
  return only(outcomes)
}

export const deleteTopics = async (
  tools: ChangeTools,
  topics: readonly string[],
): Promise<readonly ItemOutcome[]> => {
  const live = await tools.lookup.liveBroker()
  const answer = await tools.wires.call(
    live,
    'control',
    deleteTopicsV6.api,
    [topics.map(name => ({ name })), CHANGE_TIMEOUT_MS],
    CHANGE_TIMEOUT_MS,
  )
  return sayIfInvisible(tools, inOrder(topics, answer.responses), metadata =>
    metadata.topics.every(topic => topic.errorCode !== 0),
  )
}

export const alterTopicConfigs = async (
  tools: ChangeTools,
  topic: string,
  changes: ReadonlyMap<string, string | null>,
): Promise<ItemOutcome> => {
  const live = await tools.lookup.liveBroker()
  const answer = await tools.wires.call(
    live,
    'control',
    incrementalAlterConfigsV1.api,
    [
      [
        {
          resourceType: TOPIC,
          resourceName: topic,
          configs: [...changes].map(([name, value]) =>
            value === null ? { name, configOperation: DELETE } : { name, configOperation: SET, value },
          ),
        },
      ],
      false,
    ],
    CHANGE_TIMEOUT_MS,
  )
  const outcome = only(
    inOrder(
      [topic],
      answer.responses.map(each => ({ ...each, name: each.resourceName })),
    ),
  )
  if (outcome.code !== 0) return outcome
  const visible = await untilVisible(tools.clock, tools.book, VISIBLE_DEADLINE_MS, endpoint =>
    showsConfigs(tools.wires, endpoint, topic, changes),
  )
  return visible ? outcome : { ...outcome, message: NOT_YET_VISIBLE }
}

const showsConfigs = async (
  wires: Wires,
  endpoint: Endpoint,
  topic: string,
  changes: ReadonlyMap<string, string | null>,
): Promise<boolean> => {
  try {
    const configs = (await readTopicConfigs(wires, endpoint, [topic], true)).get(topic)
    return [...changes].every(([name, value]) => (configs?.get(name) ?? null) === value)
  } catch (error) {
    // who may alter configs need not be allowed to read them; then there is nothing to wait for
    if (error instanceof RequestRefused) return true
    throw error
  }
}

const NOT_YET_VISIBLE = `accepted, but after ${VISIBLE_DEADLINE_MS / 1000} s not yet visible on every broker`

/** Waits until all brokers show the successful items, and says so in their message where that did not happen. */
const sayIfInvisible = async (
  { clock, book, lookup }: ChangeTools,
  outcomes: readonly ItemOutcome[],
  shows: (metadata: WireMetadata) => boolean,
): Promise<readonly ItemOutcome[]> => {
  const done = outcomes.filter(each => each.code === 0).map(each => each.item)
  if (done.length === 0) return outcomes
  const visible = await untilVisible(clock, book, VISIBLE_DEADLINE_MS, async endpoint =>
    shows(await lookup.metadataFrom(endpoint, done)),
  )
  return visible
    ? outcomes
    : outcomes.map(each => (each.code === 0 ? { ...each, message: NOT_YET_VISIBLE } : each))
}

/** Kafka answers items in an order of its own. */
const inOrder = (
  names: readonly string[],
  answers: readonly {
    readonly name: string | null | undefined
    readonly errorCode: number
    readonly errorMessage: string | null | undefined
  }[],
): readonly ItemOutcome[] => {
  const byName = new Map(answers.map(each => [each.name, each]))
  return names.map(item => {
    const answer = byName.get(item)
    return answer === undefined
      ? { item, code: -1, message: 'the broker left this item out of its answer' }
      : { item, code: answer.errorCode, message: answer.errorMessage ?? null }
  })
}

const only = (outcomes: readonly ItemOutcome[]): ItemOutcome => {
  const [outcome] = outcomes
  if (outcome === undefined) throw new RangeError('one item was asked for, none was answered')
  return outcome
}
