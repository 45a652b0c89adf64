/**
 * Consumer groups: who coordinates what is asked of every broker, because a group is listed by its coordinator alone.
 * The list also tells each group's type, without which it cannot be described: asked with the wrong request, a
 * coordinator answers that the group is dead, or unknown. Then, per coordinator and all at once, the members of its
 * groups and the committed offsets of all of them in one request.
 *
 * A coordinator that does not answer hides its groups; they are absent from the result, not shown as empty.
 */
import { consumerGroupDescribeV0, describeGroupsV5, listGroupsV5, offsetFetchV9 } from '@platformatic/kafka'
import { decodeAssignment, decodeSubscription } from '../../core/groups/index.ts'
import {
  failingFrom,
  KafkaCode,
  kafkaCodeName,
  offsetFromWire,
  type BrokerId,
  type ClusterSnapshot,
  type FailingRecord,
  type GroupMember,
  type GroupObservation,
  type GroupType,
} from '../../core/model/index.ts'
import { LinkFailure } from '../../ports/broker-link.ts'
import type { BrokerBook, Endpoint } from './addresses.ts'
import { mergeFailures, RequestRefused } from './errors.ts'
import { groupBy } from './group-by.ts'
import type { Wires } from './wires.ts'

type WireOffsets = ReturnType<typeof offsetFetchV9.parseResponse>

interface ListedGroup {
  readonly groupId: string
  readonly type: GroupType
  readonly state: string
  readonly endpoint: Endpoint
  readonly coordinator: BrokerId
}

type Committed = Pick<GroupObservation, 'committed' | 'failing'>

interface Described {
  readonly state: string
  readonly assignor: string | null
  readonly members: readonly GroupMember[]
}

/** All groups, or those of `named` that exist; sorted by id. */
export const readGroups = async (
  wires: Wires,
  book: BrokerBook,
  snapshot: ClusterSnapshot,
  named: readonly string[] | null,
): Promise<readonly GroupObservation[]> => {
  const wanted = named === null ? null : new Set(named)
  const listed = (await listGroups(wires, book, snapshot)).filter(
    each => wanted === null || wanted.has(each.groupId),
  )
  const observed = await Promise.all(
    [...groupBy(listed, each => each.coordinator).values()].map(groups =>
      unlessSilent(() => observe(wires, snapshot, groups)),
    ),
  )
  return observed
    .flatMap(groups => groups ?? [])
    .toSorted((left, right) => (left.groupId < right.groupId ? -1 : 1))
}

const listGroups = async (
  wires: Wires,
  book: BrokerBook,
  snapshot: ClusterSnapshot,
): Promise<readonly ListedGroup[]> => {
  const failures: LinkFailure[] = []
  const lists = await Promise.all(
    snapshot.brokers.flatMap(({ id, alive }) => {
      const endpoint = book.endpoint(id)
      return !alive || endpoint === null
        ? []
        : [
            unlessSilent(
              () => listGroupsOf(wires, endpoint, id),
              failure => failures.push(failure),
            ),
          ]
    }),
  )
  if (failures.length > 0 && failures.length === lists.length) throw mergeFailures(failures)
  return lists.flatMap(list => list ?? [])
}

const listGroupsOf = async (
  wires: Wires,
  endpoint: Endpoint,
  coordinator: BrokerId,
): Promise<readonly ListedGroup[]> => {
  const { errorCode, groups } = await wires.call(endpoint, 'control', listGroupsV5.api, [[], []])
  // while a broker loads its part of the offsets topic it cannot list; that is silence, not a refusal
  if (errorCode !== 0 && errorCode !== KafkaCode.COORDINATOR_LOAD_IN_PROGRESS)
    throw new RequestRefused(errorCode, `groups cannot be listed: ${kafkaCodeName(errorCode)}`)
  return groups.map(({ groupId, groupState, groupType }) => ({
    groupId,
    type: groupTypeOf(groupType),
    state: groupState,
    endpoint,
    coordinator,
  }))
}

const groupTypeOf = (text: string): GroupType => {
  const type = text.toLowerCase()
  return type === 'consumer' || type === 'classic' || type === 'share' ? type : 'unknown'
}

/** `groups` share a coordinator. */
const observe = async (
  wires: Wires,
  snapshot: ClusterSnapshot,
  groups: readonly ListedGroup[],
): Promise<readonly GroupObservation[]> => {
  const [first] = groups
  if (first === undefined) return []
  const idsOf = (type: GroupType): string[] =>
    groups.filter(each => each.type === type).map(each => each.groupId)
  const [consumer, classic, committed] = await Promise.all([
    describeConsumerGroups(wires, first.endpoint, idsOf('consumer')),
    describeClassicGroups(wires, first.endpoint, idsOf('classic')),
    committedOffsets(wires, first.endpoint, [...idsOf('consumer'), ...idsOf('classic')], snapshot),
  ])
  return groups.map(({ groupId, type, state, coordinator }) => {
    const described = consumer.get(groupId) ?? classic.get(groupId)
    return {
      groupId,
      type,
      state: described?.state ?? state,
      coordinator,
      assignor: described?.assignor ?? null,
      members: described?.members ?? [],
      ...(committed.get(groupId) ?? { committed: new Map() }),
    }
  })
}

const describeConsumerGroups = async (
  wires: Wires,
  coordinator: Endpoint,
  ids: string[],
): Promise<ReadonlyMap<string, Described>> => {
  if (ids.length === 0) return new Map()
  const answer = await wires.call(coordinator, 'control', consumerGroupDescribeV0.api, [ids, false])
  return new Map(
    answer.groups
      .filter(group => group.errorCode === 0)
      .map(group => [
        group.groupId,
        {
          state: group.groupState,
          assignor: group.assignorName === '' ? null : group.assignorName,
          members: group.members.map(member => ({
            memberId: member.memberId,
            instanceId: member.instanceId ?? null,
            clientId: member.clientId,
            host: hostOf(member.clientHost),
            subscribed: member.subscribedTopicNames,
            assigned: new Map(
              member.assignment.topicPartitions.map(each => [each.topicName, each.partitions]),
            ),
          })),
        },
      ]),
  )
}

const describeClassicGroups = async (
  wires: Wires,
  coordinator: Endpoint,
  ids: string[],
): Promise<ReadonlyMap<string, Described>> => {
  if (ids.length === 0) return new Map()
  const answer = await wires.call(coordinator, 'control', describeGroupsV5.api, [ids, false])
  return new Map(
    answer.groups
      .filter(group => group.errorCode === 0)
      .map(group => [
        group.groupId,
        {
          state: group.groupState,
          assignor: group.protocolData === '' ? null : group.protocolData,
          members: group.members.map(member => ({
            memberId: member.memberId,
            instanceId: member.groupInstanceId ?? null,
            clientId: member.clientId,
            host: hostOf(member.clientHost),
            subscribed: decodeSubscription(member.memberMetadata).topics,
            assigned: new Map(
              [...decodeAssignment(member.memberAssignment)].map(([topic, partitions]) => [
                topic,
                [...partitions],
              ]),
            ),
          })),
        },
      ]),
  )
}

/** Java prints an address as `name/address`, with an empty name. */
const hostOf = (clientHost: string): string => clientHost.replace(/^\//, '')

const committedOffsets = async (
  wires: Wires,
  coordinator: Endpoint,
  ids: readonly string[],
  snapshot: ClusterSnapshot,
): Promise<ReadonlyMap<string, Committed>> => {
  if (ids.length === 0) return new Map()
  const allTopics = null
  const answer = await wires.call(coordinator, 'control', offsetFetchV9.api, [
    ids.map(groupId => ({ groupId, memberId: null, memberEpoch: -1, topics: allTopics })),
    false,
  ])
  return new Map(
    answer.groups
      .filter(group => group.errorCode === 0)
      .map(group => [
        group.groupId,
        { committed: committedColumns(group.topics, snapshot), ...failingIn(group.topics) },
      ]),
  )
}

/** What stands beside committed offsets about records that fail; nothing where no text says so. */
const failingIn = (topics: WireOffsets['groups'][number]['topics']): Pick<GroupObservation, 'failing'> => {
  const failing = new Map<string, Map<number, FailingRecord>>()
  for (const { name, partitions } of topics)
    for (const { partitionIndex, committedOffset, metadata, errorCode } of partitions) {
      // looked at every second for every partition: most texts are empty
      if (errorCode !== 0 || (metadata ?? '') === '') continue
      const record = failingFrom(offsetFromWire(committedOffset), metadata ?? '')
      if (record === null) continue
      const ofTopic = failing.get(name) ?? new Map<number, FailingRecord>()
      failing.set(name, ofTopic.set(partitionIndex, record))
    }
  return failing.size === 0 ? {} : { failing }
}

/** Committed offsets by topic and partition; NaN where nothing is committed, which Kafka writes as -1. */
export const committedColumns = (
  topics: WireOffsets['groups'][number]['topics'],
  snapshot: ClusterSnapshot,
): ReadonlyMap<string, Float64Array> => {
  const columns = new Map<string, Float64Array>()
  for (const { name, partitions } of topics) {
    const count = snapshot.topics.get(name)?.partitions.length
    // offsets outlive their topic; without it there is nothing to compare them with
    if (count === undefined) continue
    const column = new Float64Array(count).fill(Number.NaN)
    for (const each of partitions)
      if (each.errorCode === 0 && each.committedOffset >= 0n && each.partitionIndex < count)
        column[each.partitionIndex] = offsetFromWire(each.committedOffset)
    columns.set(name, column)
  }
  return columns
}

/** Null for a broker that gave no answer. Refused credentials and refused requests go on upwards. */
const unlessSilent = async <Value>(
  ask: () => Promise<Value>,
  onSilence: (failure: LinkFailure) => void = () => undefined,
): Promise<Value | null> => {
  try {
    return await ask()
  } catch (error) {
    if (!(error instanceof LinkFailure) || error.kind === 'authentication') throw error
    onSilence(error)
    return null
  }
}
