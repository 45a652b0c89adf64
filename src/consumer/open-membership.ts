import type { BrokerLink } from '../ports/broker-link.ts'
import type { Clock } from '../ports/clock.ts'
import type { Coordinator } from './coordinator.ts'
import type { Leaders } from './leaders.ts'
import { Membership } from './membership.ts'
import { ClassicMembership } from './membership-classic.ts'
import type { GroupMembership, MembershipCallbacks } from './membership-effects.ts'
import type { ConsumerSettings } from './settings.ts'

export interface MembershipParts extends MembershipCallbacks {
  readonly link: BrokerLink
  readonly clock: Clock
  readonly coordinator: Coordinator
  readonly leaders: Leaders
}

/** A membership by the protocol that the settings choose. `sessionTimeoutMs`: the one in force for the group. */
export const openMembership = (
  parts: MembershipParts,
  options: ConsumerSettings,
  sessionTimeoutMs: number,
): GroupMembership => {
  const { topics, memberId, heartbeatIntervalMs } = options
  const settings = {
    group: options.group,
    sessionTimeoutMs,
    rebalanceTimeoutMs: options.maxPollIntervalMs,
    instanceId: options.groupInstanceId,
  }
  if (options.groupProtocol === 'consumer')
    return new Membership({ ...parts, settings, topics, memberId, assignor: options.groupRemoteAssignor })
  const assignors = options.partitionAssignmentStrategy
  const eager = assignors.some(name => name !== 'cooperative-sticky')
  return new ClassicMembership({
    ...parts,
    settings: { ...settings, heartbeatIntervalMs, eager },
    topics,
    assignors,
  })
}
