/** Members of a group with the lag of each of their partitions, worst first. */
import type { GroupView } from '../../../src/api/contract.ts'
import type { HeldTick as Tick } from '../../../src/api/delta.ts'
import { levelOf } from './ramp.ts'
import { lagTimeToUnit } from './scale.ts'
import { knownOf } from './statistics.ts'

export interface MemberRow {
  readonly memberId: string
  /** Instance id where it is static, else client id. */
  readonly name: string
  readonly host: string
  readonly partitions: number
  readonly lagRecords: number | null
  /** Largest of its partitions; null when none is known. */
  readonly lagMsMax: number | null
  /** Partitions further behind than `LOUD_MS`. */
  readonly behind: number
  /** One level of the lag-time scale for each partition. */
  readonly levels: Uint8Array
}

/** Behind by more than this is said aloud. */
export const LOUD_MS = 10_000

export const membersWorstFirst = (view: GroupView, tick: Tick): readonly MemberRow[] =>
  view.memberList
    .map((member): MemberRow => {
      const lags = member.assigned.flatMap(({ topic, partitions }) => {
        const columns = tick.columns.find(candidate => candidate.topic === topic)
        return partitions.map(partition => columns?.lagMs[partition] ?? null)
      })
      const known = knownOf(lags)
      return {
        memberId: member.memberId,
        name: member.instanceId ?? member.clientId,
        host: member.host,
        partitions: lags.length,
        lagRecords: member.lagRecords,
        lagMsMax: known.length === 0 ? null : Math.max(...known),
        behind: known.filter(lag => lag > LOUD_MS).length,
        levels: Uint8Array.from(lags, lag => levelOf(lagTimeToUnit(lag ?? Number.NaN))),
      }
    })
    .toSorted(
      (a, b) =>
        (b.lagMsMax ?? -1) - (a.lagMsMax ?? -1) ||
        (b.lagRecords ?? -1) - (a.lagRecords ?? -1) ||
        (a.name < b.name ? -1 : 1),
    )
