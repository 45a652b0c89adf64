import type { GroupHistory, GroupSummary } from '../../../src/api/contract.ts'
import type { GroupSample } from '../data/live.ts'
import { Link } from '../data/navigation.tsx'
import { useResource } from '../data/resource.ts'
import { groupsWorstFirst } from '../model/order.ts'
import { count, duration, rate, trend } from '../model/text.ts'
import { verdictWords } from '../model/verdict.ts'
import { Spark } from './Spark.tsx'
import { Status } from './Status.tsx'

const PAST_EVERY_MS = 15_000
/** Hundreds of groups would be as many questions. */
const PASTS_ASKED = 30

/** Groups, worst first. `wide` adds what only the page of groups has room for. */
export const GroupTable = ({
  groups,
  current,
  history,
  wide = false,
}: {
  groups: readonly GroupSummary[]
  current: boolean
  history: ReadonlyMap<string, readonly GroupSample[]>
  wide?: boolean
}) => (
  <table>
    <thead>
      <tr>
        <th>Group</th>
        <th>State</th>
        <th className="r">Behind</th>
        <th className="r hide-s">Lag</th>
        <th className="r hide-s">Trend</th>
        {wide ? <th className="r hide-m">Done</th> : null}
        {wide ? <th className="hide-m">Lag, last hour</th> : null}
        {wide ? <th className="r hide-m">Partitions</th> : null}
        <th className="r hide-s">Members</th>
      </tr>
    </thead>
    <tbody>
      {groupsWorstFirst(groups).map((group, place) => {
        const words = verdictWords(group, current)
        const loud = current && (words.tone === 'warn' || words.tone === 'crit')
        return (
          <tr key={group.groupId}>
            <td>
              <Link to={{ name: 'group', group: group.groupId }}>{group.groupId}</Link>
            </td>
            <td>
              <Status {...words} />
            </td>
            <td className="r">{loud ? <b>{duration(group.lagMsMax)}</b> : duration(group.lagMsMax)}</td>
            <td className="r hide-s">{count(group.lagRecords)}</td>
            <td className="r hide-s">{trend(group.lagTrendPerSecond)}</td>
            {wide ? <td className="r hide-m">{rate(group.processedPerSecond)}</td> : null}
            {wide ? (
              <td className="hide-m">
                <LagSpark
                  groupId={group.groupId}
                  samples={history.get(group.groupId)}
                  asked={place < PASTS_ASKED}
                  loud={loud}
                />
              </td>
            ) : null}
            {wide ? <td className="r hide-m">{count(group.partitionsAssigned)}</td> : null}
            <td className="r hide-s">{count(group.members)}</td>
          </tr>
        )
      })}
    </tbody>
  </table>
)

/** The last hour as it is kept; where nothing is, what this page has seen since it was opened. */
const LagSpark = ({
  groupId,
  samples = [],
  asked,
  loud,
}: {
  groupId: string
  samples?: readonly GroupSample[] | undefined
  asked: boolean
  loud: boolean
}) => {
  const kept = useResource<GroupHistory>(
    asked ? `/groups/${encodeURIComponent(groupId)}/history?minutes=60&columns=60` : undefined,
    PAST_EVERY_MS,
  )
  const values =
    kept.state === 'ready' ? kept.body.lagRecords : samples.slice(-300).map(sample => sample.lagRecords)
  return <Spark values={values} width={120} height={22} tone={loud ? 'warn' : ''} ended />
}
