/**
 * Offsets of a group, set from outside as an administrator does. The coordinator takes it only while the group has no
 * members (UNKNOWN_MEMBER_ID otherwise), and creates a group that is not there.
 */
import { type BrokerId, KafkaCode, kafkaCodeName, type Offset } from '../../core/model/index.ts'
import { LinkFailure } from '../../ports/broker-link.ts'
import type { ItemOutcome } from '../../ports/cluster.ts'
import { sleep } from '../../ports/clock.ts'
import { commitOffsets } from './group-calls.ts'
import type { ChangeTools } from './topic-changes.ts'

const TRIES = 10
const RETRY_PAUSE_MS = 300

const MOVED: ReadonlySet<number> = new Set([
  KafkaCode.COORDINATOR_LOAD_IN_PROGRESS,
  KafkaCode.COORDINATOR_NOT_AVAILABLE,
  KafkaCode.NOT_COORDINATOR,
])

/** @throws LinkFailure while no coordinator is found */
export const setGroupOffsets = async (
  tools: ChangeTools,
  group: string,
  topic: string,
  offsets: readonly { readonly partition: number; readonly offset: Offset }[],
): Promise<readonly ItemOutcome[]> => {
  const asked = offsets.map(each => ({ ...each, topic }))
  for (let tries = 1; ; tries++) {
    const coordinator: BrokerId = await tools.lookup.coordinator(group, 'group')
    const endpoint = tools.book.endpoint(coordinator)
    if (endpoint === null)
      throw new LinkFailure('unknown-broker', coordinator, `broker ${coordinator} has no known address`)
    const codes = await commitOffsets(tools.wires, endpoint, {
      group,
      memberId: '',
      memberEpoch: -1,
      instanceId: null,
      offsets: asked,
    })
    // a coordinator that moves says so for all of them
    if (tries < TRIES && codes.some(code => MOVED.has(code))) {
      await sleep(tools.clock, RETRY_PAUSE_MS)
      continue
    }
    return asked.map(({ partition }, index) => {
      const code = codes[index] ?? -1
      return { item: `${topic}-${partition}`, code, message: messageOf(group, code) }
    })
  }
}

const messageOf = (group: string, code: number): string | null => {
  if (code === KafkaCode.NONE) return null
  return code === KafkaCode.UNKNOWN_MEMBER_ID
    ? `group ${group} has members: offsets are set only while nobody consumes`
    : kafkaCodeName(code)
}
