/**
 * Consumer groups: who coordinates what is asked of every broker, because a group is listed by its coordinator alone.
 * The list also tells each group's type, without which it cannot be described: asked with the wrong request, a
 * coordinator answers that the group is dead, or unknown. Then, per coordinator and all at once, the members of its
 * groups and the committed offsets of all of them in one request.
 *
 * A coordinator that does not answer hides its groups; they are absent from the result, not shown as empty.
 */
import { describeGroupsV5, listGroupsV5 } from '@platformatic/kafka'
import { decodeAssignment, decodeSubscription } from '../../core/groups/index.ts'
import {
  KafkaCode,
  kafkaCodeName,
  type BrokerId,
  type ClusterSnapshot,
  type Columns,
  type GroupMember,
  type GroupObservation,
  type GroupType,
} from '../../core/model/index.ts'
import { LinkFailure } from '../../ports/broker-link.ts'
import type { BrokerBook, Endpoint } from './addresses.ts'
import { type Committed, fetchCommittedV9 } from './committed-codec.ts'
import { mergeFailures, RequestRefused } from './errors.ts'
import { groupBy } from './group-by.ts'
import { GroupDescriptionReader, hostOf } from './group-description-codec.ts'
import type { Wires } from './wires.ts'

interface ListedGroup {
  readonly groupId: string
  readonly type: GroupType
  readonly state: string
  readonly endpoint: Endpoint
  readonly coordinator: BrokerId
}

interface Described {
  readonly state: string
  readonly assignor: string | null
  readonly members: readonly GroupMember[]
}

export interface GroupTools {
  readonly wires: Wires
  readonly book: BrokerBook
  /** What each coordinator said last of the members of its groups. */
  readonly descriptions: Map<BrokerId, GroupDescriptionReader>
  /** Lends those of committed offsets. */
  readonly columns: Columns
  /** Told of each broker that does not say what it coordinates. */
  readonly onSilence: (broker: BrokerId) => void
}

/** All groups, or those of `named` that exist; sorted by id. */
export const readGroups = async (
  tools: GroupTools,
  snapshot: ClusterSnapshot,
  named: readonly string[] | null,
): Promise<readonly GroupObservation[]> => {
  const wanted = named === null ? null : new Set(named)
  const listed = (await listGroups(tools, snapshot)).filter(
    each => wanted === null || wanted.has(each.groupId),
  )
  const observed = await Promise.all(
    [...groupBy(listed, each => each.coordinator)].map(([coordinator, groups]) =>
      unlessSilent(
        () => observe(tools, snapshot, groups),
        () => tools.onSilence(coordinator),
      ),
    ),
  )
  return observed
    .flatMap(groups => groups ?? [])
    .toSorted((left, right) => (left.groupId < right.groupId ? -1 : 1))
}

const listGroups = async (
  { wires, book, onSilence }: GroupTools,
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
              () => listGroupsOf(wires, endpoint, id, onSilence),
              failure => {
                failures.push(failure)
                onSilence(id)
              },
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
  onSilence: GroupTools['onSilence'],
): Promise<readonly ListedGroup[]> => {
  const { errorCode, groups } = await wires.call(endpoint, 'control', listGroupsV5.api, [[], []])
  // while a broker loads its part of the offsets topic it cannot list; that is silence, not a refusal
  if (errorCode === KafkaCode.COORDINATOR_LOAD_IN_PROGRESS) onSilence(coordinator)
  else if (errorCode !== 0)
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
  tools: GroupTools,
  snapshot: ClusterSnapshot,
  groups: readonly ListedGroup[],
): Promise<readonly GroupObservation[]> => {
  const [first] = groups
  if (first === undefined) return []
  const idsOf = (type: GroupType): string[] =>
    groups.filter(each => each.type === type).map(each => each.groupId)
  const [consumer, classic, committed] = await Promise.all([
    describeConsumerGroups(tools, first, idsOf('consumer')),
    describeClassicGroups(tools.wires, first.endpoint, idsOf('classic')),
    committedOffsets(tools, first.endpoint, [...idsOf('consumer'), ...idsOf('classic')], snapshot),
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
  { wires, descriptions }: GroupTools,
  { endpoint, coordinator }: ListedGroup,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Described>> => {
  if (ids.length === 0) return new Map()
  const reader = descriptions.get(coordinator) ?? new GroupDescriptionReader()
  descriptions.set(coordinator, reader)
  const described = await wires.call(endpoint, 'control', reader.request(ids), [])
  return new Map(
    described
      .filter(group => group.code === 0)
      .map(({ groupId, state, assignor, members }) => [
        groupId,
        { state, assignor: assignor === '' ? null : assignor, members },
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

const committedOffsets = async (
  { wires, columns }: GroupTools,
  coordinator: Endpoint,
  ids: readonly string[],
  snapshot: ClusterSnapshot,
): Promise<ReadonlyMap<string, Committed>> =>
  ids.length === 0
    ? new Map()
    : wires.call(
        coordinator,
        'control',
        fetchCommittedV9(ids, topic => snapshot.topics.get(topic)?.partitions.length, columns),
        [],
      )

/** Null for a broker that gave no answer. Refused credentials and refused requests go on upwards. */
const unlessSilent = async <Value>(
  ask: () => Promise<Value>,
  onSilence: (failure: LinkFailure) => void,
): Promise<Value | null> => {
  try {
    return await ask()
  } catch (error) {
    if (!(error instanceof LinkFailure) || error.kind === 'authentication') throw error
    onSilence(error)
    return null
  }
}
