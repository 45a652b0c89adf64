/** Which partitions, and why: the grid, the picked partition beside it, history, ranking, settings. */
import { Fragment, useMemo } from 'react'
import type { TopicSummary, TopicView } from '../../../src/api/contract.ts'
import type { HeldTick as Tick } from '../../../src/api/delta.ts'
import { LARGE, useAside } from '../data/aside.ts'
import { useLive } from '../data/context.tsx'
import { useCells } from '../data/map-cells.ts'
import { useNavigation } from '../data/navigation.tsx'
import { useResource } from '../data/resource.ts'
import { type Cells, hasFlag, HAS_FINDING, partitionAt } from '../model/cells.ts'
import { isCurrent } from '../model/connection.ts'
import { OVER_SHARE } from '../model/headline.ts'
import { partitionSeries } from '../model/history.ts'
import { type Measure, measureOf } from '../model/measure.ts'
import { findingsAbout } from '../model/order.ts'
import { stepAt } from '../model/past.ts'
import { hottestCell } from '../model/ranked.ts'
import { skewTold, tooFewRecords } from '../model/skew-told.ts'
import { byteRate, bytes, clock, count, counted, period, rate, settingWords, times } from '../model/text.ts'
import { Bars } from '../parts/Bars.tsx'
import { Findings } from '../parts/Findings.tsx'
import { useWindowHeight, useWindowWidth, WALL_WIDTH } from '../parts/hooks.ts'
import { MapPanel } from '../parts/MapPanel.tsx'
import { Segmented } from '../parts/Segmented.tsx'
import { goneWords, Missing, useSeenAt } from './Missing.tsx'
import { Head } from './Head.tsx'
import { RasterPanel, useHistory } from './HistoryPanels.tsx'
import { PickedPartition } from './PickedPartition.tsx'
import { SkewPanel } from './SkewPanel.tsx'
import { Trouble } from './states.tsx'

const TOPIC_EVERY_MS = 10_000
const RANKED = 20

export const Topic = ({ tick, topic }: { tick: Tick; topic: string }) => {
  const { belief, now } = useLive()
  const { route, look } = useNavigation()
  const summary = tick.topics.find(candidate => candidate.topic === topic)
  const detail = useResource<TopicView>(
    // its configs are wanted, and no list of perhaps 100,000 partitions
    summary === undefined ? undefined : `/topics/${encodeURIComponent(topic)}?partition=0`,
    TOPIC_EVERY_MS,
  )
  const history = useHistory(summary === undefined ? undefined : topic)
  const wide = useWindowWidth() >= WALL_WIDTH
  const windowHeight = useWindowHeight()
  const records = useCells(tick, [topic], measureOf('records'))
  const measure = measureOf(route.view.measure)
  const shown = useCells(tick, [topic], measure)
  const step = history === undefined ? -1 : stepAt(history, route.view.moment)
  const past = useMemo(
    () => (history === undefined || step < 0 ? undefined : { history, step }),
    [history, step],
  )
  const hottest = useMemo(() => Math.max(0, hottestCell(records)), [records])
  const seenAt = useSeenAt(tick, summary !== undefined)
  if (summary === undefined)
    return <Missing tick={tick} what={goneWords(tick, 'topic', topic, seenAt)} seenAt={seenAt} />

  const wanted = Number.parseInt(route.view.pick ?? '', 10)
  const picked = wanted >= 0 && wanted < summary.partitions ? wanted : hottest
  const current = isCurrent(belief)
  const mean =
    summary.recordsPerSecond === null ? null : summary.recordsPerSecond / Math.max(1, summary.partitions)
  const pick = (partition: number): void => look({ pick: String(partition) })
  return (
    <>
      <Head
        title={topic}
        sub={<TopicWords summary={summary} detail={detail.state === 'ready' ? detail.body : undefined} />}
      />
      <Trouble />
      <Findings
        findings={findingsAbout(tick.findings, { topic })}
        now={now}
        current={current}
        observedAt={tick.health.observedAt}
      />
      <div className="cols with-side">
        <div className="stack">
          <MapPanel
            tick={tick}
            topics={[topic]}
            title="Now"
            note={current ? `${clock(tick.at)} UTC` : ''}
            legendNote={`Share of the mean, ${rate(mean)} a partition`}
            heightLimit={Math.max(280, windowHeight - 430)}
            headed={false}
            picked={picked}
            onPick={pick}
            {...(past === undefined ? {} : { past })}
          />
          <RasterPanel topic={summary} history={history} height={wide ? 480 : 250} scrubbed={past?.step} />
          <div className="cols two own-heights">
            <SkewPanel key={measure.id} summary={summary} cells={shown} measure={measure} />
            {detail.state === 'ready' ? <Configs configs={detail.body.configs} /> : null}
          </div>
        </div>
        <div className="stack">
          <PickedPartition
            tick={tick}
            topic={topic}
            partition={picked}
            series={history === undefined ? [] : partitionSeries(history, picked)}
            current={current}
          />
          <Ranked
            cells={shown}
            measure={measure}
            summary={summary}
            picked={picked}
            current={current}
            end={route.view.ranked === 'bottom' ? 'bottom' : 'top'}
            onEnd={end => look({ ranked: end === 'top' ? undefined : end })}
            onPick={pick}
          />
        </div>
      </div>
    </>
  )
}

const TopicWords = ({ summary, detail }: { summary: TopicSummary; detail: TopicView | undefined }) => {
  const minInSync = detail?.configs['min.insync.replicas']
  const retentionMs = Number(detail?.configs['retention.ms'] ?? Number.NaN)
  const kept = Number.isNaN(retentionMs)
    ? 'Holds'
    : retentionMs < 0
      ? 'Kept for ever:'
      : `Kept ${period(retentionMs)}:`
  return (
    <>
      {counted(summary.partitions, 'partition')}, {rate(summary.recordsPerSecond)},{' '}
      {byteRate(summary.bytesPerSecond)}. {counted(summary.replicationFactor, 'copy', 'copies')}
      {minInSync === undefined ? '.' : `, ${minInSync} must answer.`} {kept} {bytes(summary.sizeBytes)},{' '}
      {count(summary.records)} records.
      {summary.key === null ? null : (
        <>
          <br />
          Key <span className="mono">{summary.key}</span>
          {summary.ordering === 'per-key'
            ? ', its order matters.'
            : summary.ordering === 'none'
              ? ', order does not matter.'
              : '.'}
        </>
      )}
    </>
  )
}

const Ranked = ({
  cells,
  measure,
  summary,
  picked,
  current,
  end,
  onEnd,
  onPick,
}: {
  /** The topic's, by the measure. */
  cells: Cells
  measure: Measure
  summary: TopicSummary
  picked: number
  current: boolean
  end: 'top' | 'bottom'
  onEnd: (end: 'top' | 'bottom') => void
  onPick: (partition: number) => void
}) => {
  const bound = Math.max(OVER_SHARE, summary.skewExpectedByChance ?? 0)
  const asked = useMemo(() => ({ cells, end, bound, limit: RANKED }), [cells, end, bound])
  const { ranked, spread } = useAside('ranking', asked, cells.length > LARGE)
  return (
    <section className={current ? 'panel' : 'panel stale'} aria-label="Ranked">
      <div className="ph">
        <h2>Ranked</h2>
        <span className="t3">{measure.label.toLowerCase()}, share of mean</span>
        <span className="sp" />
        <Segmented
          label="End"
          options={[
            { id: 'top', label: `Top ${RANKED}` },
            { id: 'bottom', label: `Bottom ${RANKED}` },
          ]}
          value={end}
          onChange={onEnd}
        />
      </div>
      <div className="pb">
        {ranked.length === 0 ? <p className="t2">Nothing is known of it yet.</p> : null}
        <Bars
          ranked={ranked}
          format={measure.format}
          nameOf={one => String(one.partition)}
          hot={one => current && hasFlag(cells, one.cell, HAS_FINDING)}
          current={picked}
          onPick={cell => onPick(partitionAt(cells, cell))}
        />
        <dl className="kv ruled">
          <dt>Max ÷ mean</dt>
          <dd>
            <b>
              {measure.id === 'records' && tooFewRecords(summary)
                ? skewTold(summary)
                : times(spread.mostShare)}
            </b>
          </dd>
          {measure.id === 'records' ? (
            <>
              <dt>By chance alone</dt>
              <dd>{times(summary.skewExpectedByChance)}</dd>
            </>
          ) : null}
          <dt>Median</dt>
          <dd>
            {measure.format(spread.median)}, {times(spread.medianShare)}
          </dd>
          <dt>Least</dt>
          <dd>
            {measure.format(spread.least)}, {times(spread.leastShare)}
          </dd>
          <dt>Over {times(bound)}</dt>
          <dd>
            {count(spread.over)} of {count(spread.known)}
          </dd>
        </dl>
      </div>
    </section>
  )
}

const Configs = ({ configs }: { configs: Readonly<Record<string, string>> }) => {
  const names = Object.keys(configs).toSorted()
  if (names.length === 0) return null
  return (
    <section className="panel" aria-label="Settings">
      <div className="ph">
        <h2>Settings</h2>
        <span className="t3">as Kafka has them</span>
      </div>
      <div className="pb">
        <dl className="kv mono-keys">
          {names.map(name => (
            <div key={name}>
              <dt>
                {name.split('.').map((part, index) => (
                  <Fragment key={`${index} ${part}`}>
                    {index > 0 ? '.' : null}
                    {index > 0 ? <wbr /> : null}
                    {part}
                  </Fragment>
                ))}
              </dt>
              <dd>
                <span>{configs[name]}</span>{' '}
                <span className="t3 nw">{settingWords(name, configs[name] ?? '')}</span>
              </dd>
            </div>
          ))}
        </dl>
      </div>
    </section>
  )
}
