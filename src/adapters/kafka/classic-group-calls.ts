/** The classic group protocol as plain calls. Its laws are in the port. */
import { heartbeatV4, joinGroupV9, leaveGroupV5, syncGroupV5 } from '@platformatic/kafka'
import type {
  ClassicMember,
  JoinGroupAnswer,
  JoinGroupRequest,
  SyncGroupAnswer,
  SyncGroupRequest,
} from '../../ports/classic-group.ts'
import type { Endpoint } from './addresses.ts'
import type { Wires } from './wires.ts'

const PROTOCOL_TYPE = 'consumer'

export const joinGroup = async (
  wires: Wires,
  coordinator: Endpoint,
  request: JoinGroupRequest,
): Promise<JoinGroupAnswer> => {
  const answer = await wires.call(
    coordinator,
    'rebalance',
    joinGroupV9.api,
    [
      request.group,
      request.sessionTimeoutMs,
      request.rebalanceTimeoutMs,
      request.memberId,
      request.instanceId,
      PROTOCOL_TYPE,
      request.protocols.map(({ name, metadata }) => ({ name, metadata: Buffer.from(metadata) })),
      request.reason,
    ],
    request.rebalanceTimeoutMs,
  )
  return {
    code: answer.errorCode,
    generation: answer.generationId,
    memberId: answer.memberId,
    leader: answer.leader,
    protocol: answer.protocolName ?? '',
    skipAssignment: answer.skipAssignment,
    members: answer.members.map(({ memberId, groupInstanceId, metadata }) => ({
      memberId,
      instanceId: groupInstanceId ?? null,
      // the library's buffers are views into a block that it goes on to use
      metadata: Uint8Array.from(metadata),
    })),
  }
}

export const syncGroup = async (
  wires: Wires,
  coordinator: Endpoint,
  request: SyncGroupRequest,
): Promise<SyncGroupAnswer> => {
  const answer = await wires.call(
    coordinator,
    'rebalance',
    syncGroupV5.api,
    [
      request.group,
      request.generation,
      request.memberId,
      request.instanceId,
      PROTOCOL_TYPE,
      request.protocol,
      request.assignments.map(({ memberId, assignment }) => ({
        memberId,
        assignment: Buffer.from(assignment),
      })),
    ],
    request.waitMs,
  )
  return { code: answer.errorCode, assignment: Uint8Array.from(answer.assignment) }
}

export const heartbeatClassic = async (
  wires: Wires,
  coordinator: Endpoint,
  { group, generation, memberId, instanceId }: ClassicMember,
): Promise<number> => {
  const { errorCode } = await wires.call(coordinator, 'control', heartbeatV4.api, [
    group,
    generation,
    memberId,
    instanceId,
  ])
  return errorCode
}

export const leaveGroup = async (
  wires: Wires,
  coordinator: Endpoint,
  { group, memberId, instanceId }: Omit<ClassicMember, 'generation'>,
): Promise<number> => {
  const { errorCode, members } = await wires.call(coordinator, 'control', leaveGroupV5.api, [
    group,
    [{ memberId, groupInstanceId: instanceId, reason: 'the consumer is being closed' }],
  ])
  return errorCode === 0 ? (members[0]?.errorCode ?? 0) : errorCode
}
