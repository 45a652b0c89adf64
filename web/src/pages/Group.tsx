/** Why the group is where it is, and which member and partition hold it there. */
import { useMemo } from 'react'
import type { GroupHistory, GroupSummary, GroupView } from '../../../src/api/contract.ts'
import type { HeldTick as Tick } from '../../../src/api/delta.ts'
import { useLive } from '../data/context.tsx'
import { Link, useNavigation } from '../data/navigation.tsx'
import { useResource } from '../data/resource.ts'
import type { GroupSample } from '../data/live.ts'
import { isCurrent } from '../model/connection.ts'
import { groupSinceSeen, secondsOf, type Series } from '../model/history.ts'
import { measureOf } from '../model/measure.ts'
import { LOUD_MS, type MemberRow, membersWorstFirst } from '../model/members.ts'
import { findingsAbout } from '../model/order.ts'
import { count, counted, duration, minute, rate, trend } from '../model/text.ts'
import { rangeOf, rangeQuery, rangeWords } from '../model/time-range.ts'
import { verdictWords } from '../model/verdict.ts'
import { CellStrip } from '../parts/CellStrip.tsx'
import { ConsumerPanel } from '../parts/ConsumerPanel.tsx'
import { Curve, type CurveSeries } from '../parts/Curve.tsx'
import { CurvePanel } from '../parts/CurvePanel.tsx'
import { type Figure, Figures } from '../parts/Figures.tsx'
import { Findings } from '../parts/Findings.tsx'
import { useChartHeight, useWindowWidth, WALL_WIDTH } from '../parts/hooks.ts'
import { ScaleBar } from '../parts/Legend.tsx'
import { Status, Tag } from '../parts/Status.tsx'
import { goneWords, Missing, useSeenAt } from './Missing.tsx'
import { TableBox } from '../parts/TableBox.tsx'
import { FurthestBehind } from './FurthestBehind.tsx'
import { Head } from './Head.tsx'
import { Trouble } from './states.tsx'

const GROUP_EVERY_MS = 3000
const HISTORY_EVERY_MS = 15_000
const MEMBERS_AT_FIRST = 25
const RECORDS: readonly CurveSeries[] = [{ name: 'records', colour: 0 }]
const TIME: readonly CurveSeries[] = [{ name: 'worst partition', colour: 1 }]

export const Group = ({ tick, groupId }: { tick: Tick; groupId: string }) => {
  const { belief, now, groupHistory } = useLive()
  // else its columns stand in the whole width
  const wide = useWindowWidth() >= WALL_WIDTH
  const group = tick.groups.find(candidate => candidate.groupId === groupId)
  const detail = useResource<GroupView>(
    group === undefined ? undefined : `/groups/${encodeURIComponent(groupId)}`,
    GROUP_EVERY_MS,
  )
  const seenAt = useSeenAt(tick, group !== undefined)
  if (group === undefined)
    return <Missing tick={tick} what={goneWords(tick, 'group', groupId, seenAt)} seenAt={seenAt} />
  const current = isCurrent(belief)
  const words = verdictWords({ ...group, idleMembers: 0 }, current)
  const view = detail.state === 'ready' ? detail.body : undefined
  const findings = findingsAbout(tick.findings, { groupId })
  // a finding gives the same reason, with a cure
  const told = current && words.tone !== 'ok' && findings.length > 0
  return (
    <>
      <Head title={groupId} tags={<Tag {...words} />} sub={<GroupWords group={group} />} />
      <Trouble />
      <Findings findings={findings} now={now} current={current} observedAt={tick.health.observedAt} />
      <section className={current ? 'panel' : 'panel stale'} aria-label={told ? 'Figures' : 'Why'}>
        {told ? null : (
          <div className="why">
            <h2>{words.tone === 'ok' ? 'Why it counts as keeping up' : 'Why'}</h2>
            <p className="big">{group.reason}</p>
          </div>
        )}
        <Figures figures={figuresOf(group, current)} />
      </section>
      <Lag groupId={groupId} samples={groupHistory.get(groupId) ?? []} />
      <div className="cols wide-side">
        <div className="stack">
          <Members tick={tick} view={view} current={current} />
          {wide ? <ConsumerPanel groupId={groupId} /> : null}
        </div>
        <FurthestBehind view={view} />
      </div>
      {wide ? null : <ConsumerPanel groupId={groupId} />}
    </>
  )
}

const GroupWords = ({ group }: { group: GroupSummary }) => (
  <>
    {counted(group.members, 'member')} {group.members === 1 ? 'reads' : 'read'}{' '}
    {counted(group.partitionsAssigned, 'partition')} of{' '}
    {group.topics.length === 0
      ? 'no topic'
      : group.topics.map((topic, index) => (
          <span key={topic}>
            {index > 0 ? ', ' : ''}
            <Link className="link" to={{ name: 'topic', topic }}>
              {topic}
            </Link>
          </span>
        ))}
    .{' '}
    {group.type === 'consumer'
      ? 'Assigned by the brokers'
      : group.type === 'classic'
        ? 'Assigned by a member'
        : 'Assignment unknown'}
    {group.assignor === null ? '' : `, ${group.assignor}`}. State {group.state.toLowerCase()}
    {group.coordinator === null ? '' : `, coordinated by broker ${group.coordinator}`}.
  </>
)

const figuresOf = (group: GroupSummary, current: boolean): readonly Figure[] => {
  const loud = current && group.verdict !== 'ok' && group.verdict !== 'unknown'
  return [
    {
      label: 'Furthest behind',
      value: duration(group.lagMsMax),
      note: `${count(group.lagRecordsMax)} on one partition`,
      ...(loud ? { tone: 'warn' } : {}),
    },
    { label: 'Lag', value: count(group.lagRecords), note: 'records, all partitions' },
    {
      label: 'Trend',
      value: trend(group.lagTrendPerSecond),
      note:
        group.catchUpMs === null
          ? 'time to catch up unknown'
          : group.catchUpMs === 0
            ? 'caught up'
            : `caught up in ${duration(group.catchUpMs)}`,
    },
    { label: 'Done', value: rate(group.processedPerSecond), note: 'records committed' },
    {
      label: 'Members',
      value: count(group.members),
      note: group.members === 0 ? 'nobody reads' : `${count(group.idleMembers)} idle`,
    },
  ]
}

/** The past of the group in the range that the address says; where none is kept, what this page has seen since it was opened. */
const Lag = ({ groupId, samples }: { groupId: string; samples: readonly GroupSample[] }) => {
  const { route } = useNavigation()
  const range = rangeOf(route.view)
  const height = useChartHeight()
  const kept = useResource<GroupHistory>(
    `/groups/${encodeURIComponent(groupId)}/history?${rangeQuery(range)}`,
    HISTORY_EVERY_MS,
  )
  const history = useMemo(() => (kept.state === 'ready' ? groupSinceSeen(kept.body) : undefined), [kept])
  const [time, records] = useMemo((): readonly [Series, Series] => {
    const xs = secondsOf(history?.at ?? samples.map(sample => sample.at))
    return [
      [xs, history?.lagMsMax ?? samples.map(sample => sample.lagMsMax)],
      [xs, history?.lagRecords ?? samples.map(sample => sample.lagRecords)],
    ]
  }, [history, samples])
  const since = samples[0]?.at
  if (history === undefined && (since === undefined || samples.length < 2)) return null
  const note =
    history === undefined
      ? `since this page was opened, ${minute(since ?? '')}`
      : rangeWords(range).toLowerCase()
  return (
    <div className="cols two">
      <CurvePanel title="Lag in time" note={`worst partition, ${note}`} ranged={history !== undefined}>
        <Curve
          label="Lag in time"
          data={time}
          series={TIME}
          format={duration}
          unit="milliseconds"
          height={height}
        />
      </CurvePanel>
      <CurvePanel title="Lag in records" note={`whole group, ${note}`}>
        <Curve label="Lag in records" data={records} series={RECORDS} format={count} height={height} />
      </CurvePanel>
    </div>
  )
}

const Members = ({ tick, view, current }: { tick: Tick; view: GroupView | undefined; current: boolean }) => {
  const { route, look } = useNavigation()
  const all = route.view.members === 'all'
  const rows = useMemo(() => (view === undefined ? [] : membersWorstFirst(view, tick)), [view, tick])
  const shown = all ? rows : rows.slice(0, MEMBERS_AT_FIRST)
  return (
    <section
      className={current ? 'panel' : 'panel stale'}
      aria-label="Members"
      aria-busy={view === undefined}
    >
      <div className="ph">
        <h2>Members and their partitions</h2>
        <span className="t3">worst first; each cell one partition, coloured by lag time</span>
        <span className="sp" />
        <span className="hide-m">
          <ScaleBar measure={measureOf('lag-time')} />
        </span>
      </div>
      {view !== undefined && rows.length === 0 ? (
        <p className="pb t2">No member now. Its offsets are kept; what arrives waits.</p>
      ) : (
        <TableBox>
          <table>
            <thead>
              <tr>
                <th>Member</th>
                <th className="hide-s">State</th>
                <th className="strip-column hide-m">Partitions</th>
                <th className="r">Partitions</th>
                <th className="r">Behind</th>
                <th className="r">Lag</th>
                <th className="r hide-m">Host</th>
              </tr>
            </thead>
            <tbody>
              {shown.map(row => (
                <MemberLine key={row.memberId} row={row} current={current} keepsUp={view?.verdict === 'ok'} />
              ))}
            </tbody>
          </table>
        </TableBox>
      )}
      {rows.length > MEMBERS_AT_FIRST ? (
        <button type="button" className="more" onClick={() => look({ members: all ? undefined : 'all' })}>
          {all ? `Show the first ${MEMBERS_AT_FIRST}` : `Show all ${rows.length}`}
        </button>
      ) : null}
    </section>
  )
}

const MemberLine = ({
  row,
  current,
  keepsUp,
}: {
  row: MemberRow
  current: boolean
  /** The group as a whole: what waits is being worked off, and no member is to be warned of. */
  keepsUp: boolean
}) => (
  <tr>
    <td className="mono" title={row.memberId}>
      {row.name}
    </td>
    <td className="hide-s">
      {!current ? (
        <Status tone="unknown" icon="unknown" word="not seen now" />
      ) : row.partitions === 0 ? (
        <Status tone="info" icon="info" word="Idle, nothing assigned" />
      ) : row.behind > 0 ? (
        <Status
          tone={keepsUp ? 'ok' : 'warn'}
          icon={keepsUp ? 'ok' : 'warning'}
          word={keepsUp ? `Catching up on ${count(row.behind)}` : `Behind on ${count(row.behind)}`}
        />
      ) : (
        <Status tone="ok" icon="ok" word="Reading" />
      )}
    </td>
    <td className="strip-column hide-m">
      <CellStrip
        levels={row.levels}
        label={`${row.name}: ${counted(row.partitions, 'partition')}, ${row.lagMsMax === null ? 'time behind unknown' : `at most ${duration(row.lagMsMax)} behind`}`}
      />
    </td>
    <td className="r">{count(row.partitions)}</td>
    <td className="r">
      {(row.lagMsMax ?? 0) > LOUD_MS ? <b>{duration(row.lagMsMax)}</b> : duration(row.lagMsMax)}
    </td>
    <td className="r">{count(row.lagRecords)}</td>
    <td className="r mono t2 hide-m">{row.host}</td>
  </tr>
)
