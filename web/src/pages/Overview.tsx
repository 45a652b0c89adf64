/** Is anything wrong, since when, what to do; then the evidence. */
import { useMemo } from 'react'
import type { TopicSummary } from '../../../src/api/contract.ts'
import type { HeldTick as Tick } from '../../../src/api/delta.ts'
import { useLive } from '../data/context.tsx'
import { useCells } from '../data/map-cells.ts'
import { Link, useNavigation } from '../data/navigation.tsx'
import { hasFlag, HAS_FINDING, shownTopics } from '../model/cells.ts'
import { isCurrent } from '../model/connection.ts'
import { headlineOf, OVER_SHARE, partitionsOfAll } from '../model/headline.ts'
import { measureOf } from '../model/measure.ts'
import { rankCells } from '../model/ranked.ts'
import { tooFewRecords } from '../model/skew-told.ts'
import { byteRate, count, counted, duration, period, rate, records, times } from '../model/text.ts'
import { Bars } from '../parts/Bars.tsx'
import { BrokerTable, evenShare } from '../parts/BrokerTable.tsx'
import { type Figure, Figures } from '../parts/Figures.tsx'
import { Findings } from '../parts/Findings.tsx'
import { GroupTable } from '../parts/GroupTable.tsx'
import { useWindowHeight, useWindowWidth, WALL_WIDTH } from '../parts/hooks.ts'
import { MapPanel } from '../parts/MapPanel.tsx'
import { TableBox } from '../parts/TableBox.tsx'
import { Head } from './Head.tsx'
import { RasterPanel, TopicCurves, useHistory } from './HistoryPanels.tsx'
import { BlankFrames, Empty, Trouble } from './states.tsx'

const HOTTEST = 20
const GROUPS_SHOWN = 8
/** Coloured from here on even where no finding says so. */
const SKEW_LOUD = 1.5
const SKEW_ALARMING = 3
/** Bar, headline, two findings, the map's own head and legend: what stands above and below the map on one screen. */
const AROUND_MAP = 470

export const Overview = ({ tick }: { tick: Tick }) => {
  const { belief, now, groupHistory } = useLive()
  const { route, look } = useNavigation()
  const wide = useWindowWidth() >= WALL_WIDTH
  const windowHeight = useWindowHeight()
  const topics = shownTopics(tick)
  const names = topics.map(topic => topic.topic)
  const current = isCurrent(belief)
  const { title, sub } = headlineOf(belief, tick, now)
  const charted = topics.find(topic => topic.topic === route.view.raster) ?? topics[0]
  const history = useHistory(charted?.topic)

  const head = <Head title={title} sub={sub} />
  if (topics.length === 0)
    return (
      <>
        {head}
        <Trouble />
        {belief.kind === 'empty' ? <Empty tick={tick} /> : <BlankFrames />}
      </>
    )
  return (
    <>
      {head}
      <Trouble />
      <Findings findings={tick.findings} now={now} current={current} observedAt={tick.health.observedAt} />
      <div className="overview">
        <MapPanel
          tick={tick}
          topics={names}
          title="Partitions now"
          note={`${count(tick.totals.partitions)} in ${counted(topics.length, 'topic')}`}
          heightLimit={Math.min(440, Math.max(270, windowHeight - AROUND_MAP))}
          headed
        >
          <Figures figures={figuresOf(tick, topics, current)} />
        </MapPanel>
        <div className="beside">
          <section className="panel" aria-label="Groups">
            <div className="ph">
              <h2>Groups</h2>
              <span className="t3">worst first</span>
              <span className="sp" />
              <Link className="link" to="/groups">
                All {tick.groups.length}
              </Link>
            </div>
            {tick.groups.length === 0 ? (
              <p className="pb t2">No consumer group is known to the brokers.</p>
            ) : (
              <TableBox>
                <GroupTable
                  groups={tick.groups.slice(0, GROUPS_SHOWN)}
                  current={current}
                  history={groupHistory}
                />
              </TableBox>
            )}
          </section>
          <section className="panel" aria-label="Brokers">
            <div className="ph">
              <h2>Brokers</h2>
              <span className="t3">
                leaders against an even share of {count(evenShare(tick.cluster.brokers))}
              </span>
              <span className="sp" />
              <Link className="link" to="/brokers">
                All {tick.cluster.brokers.length}
              </Link>
            </div>
            <TableBox>
              <BrokerTable brokers={tick.cluster.brokers} current={current} />
            </TableBox>
          </section>
          {wide ? <Hottest tick={tick} names={names} current={current} /> : null}
        </div>
        <div className="below">
          {charted === undefined ? null : (
            <RasterPanel
              topic={charted}
              history={history}
              height={wide ? wallRest(windowHeight, 170, 290) : 250}
              choices={topics
                .filter(topic => topic.partitions >= 10)
                .slice(0, 3)
                .map(topic => topic.topic)}
              onChoose={topic => look({ raster: topic })}
            />
          )}
          <TopicCurves topics={topics} {...(wide ? { height: wallRest(windowHeight, 120, 320) } : {})} />
        </div>
      </div>
    </>
  )
}

/** Nobody scrolls a wall: history and curves share what the map and two findings leave of it. */
const ABOVE_REST = 1000
const wallRest = (windowHeight: number, least: number, most: number): number =>
  Math.round(Math.min(most, Math.max(least, (windowHeight - ABOVE_REST) / 2)))

const Hottest = ({ tick, names, current }: { tick: Tick; names: readonly string[]; current: boolean }) => {
  const cells = useCells(tick, names, measureOf('records'))
  const ranked = useMemo(() => rankCells(cells, 'top', HOTTEST), [cells])
  return (
    <section className={current ? 'panel' : 'panel stale'} aria-label="Hottest partitions">
      <div className="ph">
        <h2>Hottest {ranked.length}</h2>
        <span className="t3">share of the topic&apos;s mean</span>
      </div>
      <div className="pb long-names">
        <Bars
          ranked={ranked}
          format={rate}
          nameOf={one => `${one.topic}-${one.partition}`}
          hot={one => current && hasFlag(cells, one.cell, HAS_FINDING)}
        />
      </div>
    </section>
  )
}

const figuresOf = (tick: Tick, topics: readonly TopicSummary[], current: boolean): readonly Figure[] => {
  const { totals } = tick
  const seen = totals.partitionsKnown < totals.partitions
  const skewed = topics
    .filter(topic => topic.skewMaxOverMean !== null)
    .toSorted((a, b) => (b.skewMaxOverMean ?? 0) - (a.skewMaxOverMean ?? 0))[0]
  const behind = tick.groups.find(group => group.lagMsMax !== null && group.lagMsMax === totals.lagMsMax)
  const unsettled = tick.groups.some(group => group.verdict !== 'ok' && group.verdict !== 'unknown')
  const chance = skewed?.skewExpectedByChance ?? null
  const skew = skewed?.skewMaxOverMean ?? 0
  const skewFound = tick.findings.some(
    finding => finding.topic === skewed?.topic && finding.partition !== null,
  )
  const skewStands = skew > Math.max(OVER_SHARE, chance ?? 0) && (skewFound || skew > SKEW_LOUD)
  return [
    {
      label: 'Records in',
      value: rate(totals.recordsPerSecond),
      ...(seen ? { after: 'seen' } : {}),
      note: seen
        ? `from ${count(totals.partitionsKnown)} of ${count(totals.partitions)} partitions`
        : `${byteRate(totals.bytesPerSecond)}, over ${period(tick.rateWindowMs)}`,
    },
    {
      label: skewed === undefined ? 'Skew' : `Skew, ${skewed.topic}`,
      value: times(skewed?.skewMaxOverMean),
      note:
        skewed === undefined && topics.some(tooFewRecords)
          ? 'too few records to say'
          : chance === null
            ? 'max ÷ mean'
            : `max ÷ mean; chance ${times(chance)}`,
      ...(current && skewStands ? { tone: skew > SKEW_ALARMING ? 'crit' : 'warn' } : {}),
    },
    {
      label: 'Furthest behind',
      value: duration(totals.lagMsMax),
      note:
        tick.groups.length === 0
          ? 'no group reads'
          : `${behind === undefined ? '' : `${behind.groupId}, `}${records(totals.lagRecords)}`,
      ...(current && unsettled ? { tone: 'warn' } : {}),
    },
    countFigure('Under-replicated', totals.underReplicated, tick, current),
    countFigure('Without leader', totals.leaderless, tick, current),
  ]
}

/** A count of what is wrong is exact only where everything was seen. */
const countFigure = (label: string, found: number, tick: Tick, current: boolean): Figure => {
  const missing = tick.totals.partitions - tick.totals.partitionsKnown
  return {
    label,
    value: count(found),
    after: `of ${count(partitionsOfAll(tick))}`,
    note: missing > 0 ? `${count(missing)} not seen` : found === 0 ? 'as declared' : 'of all partitions',
    ...(current && found > 0 ? { tone: label === 'Without leader' ? 'crit' : 'warn' } : {}),
  }
}
