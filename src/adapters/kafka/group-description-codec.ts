/**
 * ConsumerGroupDescribe, version 0. Members and what they hold are the same from look to look while a group is at rest,
 * and are then not read again (read-before.ts): a member with 1,000 partitions has two lists of them.
 *
 *     answer: throttle_time_ms [ error_code error_message group_id group_state group_epoch assignment_epoch assignor_name
 *             [ member ] authorized_operations ]
 *     member: member_id instance_id rack_id member_epoch client_id client_host [ subscribed_topic_name ]
 *             subscribed_topic_regex assignment target_assignment
 *     assignment: [ topic_id topic_name [ partition ] ]
 */
import { type API, consumerGroupDescribeV0, createAPI } from '@platformatic/kafka'
import type { GroupMember } from '../../core/model/index.ts'
import { ReadBefore } from './read-before.ts'
import { WireReader } from './wire-bytes.ts'

export interface DescribedGroup {
  readonly code: number
  readonly groupId: string
  readonly state: string
  readonly assignor: string
  readonly members: readonly GroupMember[]
}

export class GroupDescriptionReader {
  readonly #groups = new ReadBefore<DescribedGroup>()

  request(groups: readonly string[]): API<[], readonly DescribedGroup[]> {
    return createAPI(
      69,
      0,
      () => consumerGroupDescribeV0.createRequest([...groups], false),
      (_correlation, _key, _version, reader) => this.read(reader.buffer.slice(reader.position)),
    )
  }

  /** @throws UnreadableAnswer */
  read(bytes: Buffer): readonly DescribedGroup[] {
    const reader = new WireReader(bytes)
    const groups: DescribedGroup[] = []
    this.#groups.begin()
    reader.int32() // throttle time
    for (let left = reader.compactLength(); left > 0; left--) {
      const from = reader.at
      reader.int16()
      reader.nullableString()
      groups.push(this.#groups.part(reader, from, reader.string(), readGroup))
    }
    return groups
  }
}

const readGroup = (reader: WireReader): DescribedGroup => {
  const code = reader.int16()
  reader.nullableString() // error in words
  const groupId = reader.string()
  const state = reader.string()
  reader.skip(8) // epochs
  const assignor = reader.string()
  const members: GroupMember[] = []
  for (let left = reader.compactLength(); left > 0; left--) members.push(readMember(reader))
  reader.int32() // authorised operations
  reader.taggedFields()
  return { code, groupId, state, assignor, members }
}

const readMember = (reader: WireReader): GroupMember => {
  const memberId = reader.string()
  const instanceId = reader.nullableString()
  reader.nullableString() // rack
  reader.int32() // epoch
  const clientId = reader.string()
  const host = hostOf(reader.string())
  const subscribed: string[] = []
  for (let left = reader.compactLength(); left > 0; left--) subscribed.push(reader.string())
  reader.nullableString() // pattern subscribed to
  const assigned = readAssignment(reader)
  readAssignment(reader) // what it is to have
  reader.taggedFields()
  return { memberId, instanceId, clientId, host, subscribed, assigned }
}

const readAssignment = (reader: WireReader): ReadonlyMap<string, readonly number[]> => {
  const assigned = new Map<string, readonly number[]>()
  for (let left = reader.compactLength(); left > 0; left--) {
    reader.skip(16) // topic id
    const topic = reader.string()
    const partitions: number[] = []
    for (let more = reader.compactLength(); more > 0; more--) partitions.push(reader.int32())
    reader.taggedFields()
    assigned.set(topic, partitions)
  }
  reader.taggedFields()
  return assigned
}

/** Java prints an address as `name/address`, with an empty name. */
export const hostOf = (clientHost: string): string => clientHost.replace(/^\//, '')
