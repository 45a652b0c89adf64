import { formatCount, type GroupObservation, LanekeeperError, printable } from '../../core/model/index.ts'
import type { Cluster } from '../../ports/cluster.ts'
import { known } from '../known.ts'
import { print, printJson, printTable, say } from '../output.ts'
import { type TargetFlags, targetSuffix } from '../target-options.ts'
import type { Io, World } from '../world.ts'

export interface ShowFlags extends TargetFlags {
  readonly csv: boolean
}

/** One partition of a group; null: not known, or nothing committed. */
interface Standing {
  readonly topic: string
  readonly partition: number
  readonly committed: number | null
  readonly start: number | null
  readonly end: number | null
  readonly lag: number | null
}

export const showOffsets = async (
  { io }: World,
  cluster: Cluster,
  groupId: string,
  flags: ShowFlags,
): Promise<void> => {
  const snapshot = await cluster.describe()
  const [group] = await cluster.readGroups(snapshot, [groupId])
  if (group === undefined)
    throw new LanekeeperError('GROUP_UNKNOWN', `The cluster has no consumer group "${printable(groupId)}".`, {
      fix: `See which there are: lanekeeper groups${targetSuffix(flags)}`,
    })
  const standings = await standingsOf(cluster, snapshot, group)
  if (flags.json) printJson(io, standings.map(asJson))
  else if (flags.csv) printCsv(io, standings)
  else printStandings(io, group, standings, flags)
}

const standingsOf = async (
  cluster: Cluster,
  snapshot: Awaited<ReturnType<Cluster['describe']>>,
  { committed }: GroupObservation,
): Promise<readonly Standing[]> => {
  const topics = [...committed.keys()].toSorted()
  const log = await cluster.readOffsets(snapshot, topics)
  return topics.flatMap(topic => {
    const bounds = log.get(topic)
    return [...(committed.get(topic) ?? [])].map((at, partition): Standing => {
      const [start, end] = [numberOrNull(bounds?.start[partition]), numberOrNull(bounds?.end[partition])]
      const offset = numberOrNull(at)
      const lag =
        offset === null || end === null || start === null ? null : Math.max(0, end - Math.max(offset, start))
      return { topic, partition, committed: offset, start, end, lag }
    })
  })
}

const numberOrNull = (value: number | undefined): number | null =>
  value === undefined || Number.isNaN(value) ? null : value

/** Offsets are 64-bit: text in JSON. */
const asJson = ({ topic, partition, committed, start, end, lag }: Standing) => {
  const text = (offset: number | null): string | null => (offset === null ? null : String(offset))
  return { topic, partition, committed: text(committed), start: text(start), end: text(end), lag }
}

const printCsv = (io: Io, standings: readonly Standing[]): void => {
  for (const { topic, partition, committed } of standings)
    if (committed !== null) print(io, `${topic},${partition},${committed}`)
}

const printStandings = (
  io: Io,
  { groupId, state, members }: GroupObservation,
  standings: readonly Standing[],
  flags: ShowFlags,
): void => {
  say(io, printable(`${groupId}: ${state}, ${members.length} ${members.length === 1 ? 'member' : 'members'}`))
  if (standings.length === 0) {
    say(io, 'It has committed nothing.')
    return
  }
  printTable(
    io,
    [
      { title: 'TOPIC' },
      { title: 'PARTITION', align: 'right' },
      { title: 'COMMITTED', align: 'right' },
      { title: 'START', align: 'right' },
      { title: 'END', align: 'right' },
      { title: 'LAG', align: 'right' },
    ],
    standings.map(({ topic, partition, committed, start, end, lag }) => [
      topic,
      String(partition),
      committed === null ? '-' : String(committed),
      known(start, String),
      known(end, String),
      known(lag, formatCount),
    ]),
  )
  say(
    io,
    `\nNext: lanekeeper offsets reset ${printable(groupId)} --to-earliest --dry-run${targetSuffix(flags)}`,
  )
}
