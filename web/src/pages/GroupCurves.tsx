/** How far behind the groups were, in time and in records: those furthest behind now. */
import { useMemo } from 'react'
import type { GroupHistory, GroupSummary } from '../../../src/api/contract.ts'
import { useNavigation } from '../data/navigation.tsx'
import { useResources } from '../data/resource.ts'
import { groupSinceSeen, joinHistories } from '../model/history.ts'
import { groupsWorstFirst } from '../model/order.ts'
import { rangeOf, rangeQuery, rangeWords } from '../model/time-range.ts'
import { count, duration } from '../model/text.ts'
import { Curve, type CurveSeries } from '../parts/Curve.tsx'
import { CurvePanel } from '../parts/CurvePanel.tsx'
import { useChartHeight } from '../parts/hooks.ts'

const HISTORY_EVERY_MS = 15_000
const CURVES_MAX = 4
const COLOURS = [0, 1, 2, 3] as const

export const GroupCurves = ({ groups }: { groups: readonly GroupSummary[] }) => {
  const { route } = useNavigation()
  const range = rangeOf(route.view)
  const height = useChartHeight()
  // a group that stands on purpose is hours behind: beside it the others would be a line on the axis
  const shown = groupsWorstFirst(groups)
    .filter(group => group.verdict !== 'stopped')
    .slice(0, CURVES_MAX)
  const answers = useResources<GroupHistory>(
    shown.map(group => `/groups/${encodeURIComponent(group.groupId)}/history?${rangeQuery(range)}`),
    HISTORY_EVERY_MS,
  )
  const histories = useMemo(() => answers.map(groupSinceSeen), [answers])
  const series = useMemo(
    () =>
      histories.map(
        (history, index): CurveSeries => ({ name: history.groupId, colour: COLOURS[index] ?? 0 }),
      ),
    [histories],
  )
  const time = useMemo(() => joinHistories(histories, history => history.lagMsMax), [histories])
  const records = useMemo(() => joinHistories(histories, history => history.lagRecords), [histories])
  if (histories.length === 0) return null
  const note = `${rangeWords(range).toLowerCase()}, groups that read`
  return (
    <div className="cols two">
      <CurvePanel title="Lag in time" note={note}>
        <Curve
          label="Lag in time"
          data={time}
          series={series}
          format={duration}
          height={height}
          unit="milliseconds"
        />
      </CurvePanel>
      <CurvePanel title="Lag in records" note={note}>
        <Curve label="Lag in records" data={records} series={series} format={count} height={height} />
      </CurvePanel>
    </div>
  )
}
