/** Pictures of the past, as far as the address asks for: curves of all topics, and the raster of one. */
import { useMemo } from 'react'
import type { History, TopicSummary } from '../../../src/api/contract.ts'
import { useNavigation } from '../data/navigation.tsx'
import { useResource, useResources } from '../data/resource.ts'
import { joinHistories, topicSinceSeen } from '../model/history.ts'
import {
  partOf,
  rangeOf,
  rangeQuery,
  rangeView,
  rangeWords,
  type TimeRange as TimeRangeAsked,
} from '../model/time-range.ts'
import { count, duration, minute, rate } from '../model/text.ts'
import { Curve, type CurveSeries } from '../parts/Curve.tsx'
import { CurvePanel } from '../parts/CurvePanel.tsx'
import { useChartHeight } from '../parts/hooks.ts'
import { Raster } from '../parts/Raster.tsx'
import { Segmented } from '../parts/Segmented.tsx'
import { TimeRange } from '../parts/TimeRange.tsx'

const HISTORY_EVERY_MS = 15_000
/** More curves than this in one chart are told apart by nobody. */
const CURVES_MAX = 4
const QUIET_SHARE = 0.01
const COLOURS = [0, 1, 2, 3] as const

const useHistoryPath = (): ((topic: string, partition?: number) => string) => {
  const { route } = useNavigation()
  const query = rangeQuery(rangeOf(route.view))
  return (topic, partition) =>
    `/topics/${encodeURIComponent(topic)}/history?${query}${partition === undefined ? '' : `&partition=${partition}`}`
}

/** The past of a topic; `why`: there is none, and the server says why. */
export interface KnownHistory extends History {
  readonly why?: string
}

const noHistory = (topic: string, why: string): KnownHistory => ({
  topic,
  why,
  stepMs: 1000,
  at: [],
  recordsPerSecond: [],
  bytesPerSecond: [],
  lagRecords: [],
  lagMsMax: [],
  partitionsPerCell: 1,
  raster: [],
  partition: null,
  events: [],
  oldest: null,
})

/**
 * The past of a topic in the range that the address says, from where it begins; `partition`: that one by itself too.
 * Undefined until it is answered; without steps, and with the reason, where none is kept or it cannot be read.
 */
export const useHistory = (topic: string | undefined, partition?: number): KnownHistory | undefined => {
  const path = useHistoryPath()
  const resource = useResource<History>(
    topic === undefined ? undefined : path(topic, partition),
    HISTORY_EVERY_MS,
  )
  return useMemo(
    () =>
      resource.state === 'ready'
        ? topicSinceSeen(resource.body)
        : resource.state === 'loading'
          ? undefined
          : noHistory(topic ?? '', resource.state === 'absent' ? NONE_KEPT : resource.message),
    [resource, topic],
  )
}

/** Records in and lag of the largest topics. */
export const TopicCurves = ({
  topics,
  height: given,
}: {
  topics: readonly TopicSummary[]
  /** Absent: as high as the window suggests. */
  height?: number
}) => {
  const busiest = Math.max(...topics.map(topic => topic.recordsPerSecond ?? 0))
  // beside one of 400k/s a topic of 5/s is a line on the axis: its own page draws it
  const shown = topics
    .filter(topic => (topic.recordsPerSecond ?? 0) >= busiest * QUIET_SHARE)
    .slice(0, CURVES_MAX)
  const path = useHistoryPath()
  const suggested = useChartHeight()
  const height = given ?? suggested
  const answers = useResources<History>(
    shown.map(topic => `${path(topic.topic)}&cells=0`),
    HISTORY_EVERY_MS,
  )
  const histories = useMemo(() => answers.map(topicSinceSeen), [answers])
  const series = useMemo(
    () =>
      histories.map((history, index): CurveSeries => ({ name: history.topic, colour: COLOURS[index] ?? 0 })),
    [histories],
  )
  const throughput = useMemo(() => joinHistories(histories, history => history.recordsPerSecond), [histories])
  const lag = useMemo(() => joinHistories(histories, history => history.lagRecords), [histories])
  if (histories.length === 0) return null
  const largest = topics.length > shown.length ? 'the busiest topics' : 'by topic'
  return (
    <div className="cols two">
      <CurvePanel title="Records in" note={largest} ranged>
        <Curve label="Records in" data={throughput} series={series} format={rate} height={height} />
      </CurvePanel>
      <CurvePanel title="Lag" note={`records behind, ${largest}`}>
        <Curve label="Lag" data={lag} series={series} format={count} height={height} />
      </CurvePanel>
    </div>
  )
}

/** Time × partition of one topic; with `choices` the reader picks which. */
export const RasterPanel = ({
  topic,
  history,
  height,
  choices,
  onChoose,
  scrubbed,
}: {
  topic: TopicSummary
  history: KnownHistory | undefined
  height: number
  choices?: readonly string[]
  onChoose?: (topic: string) => void
  /** Where the page has a map of the past: the step that it shows, undefined for now. */
  scrubbed?: number | undefined
}) => {
  const { route, look } = useNavigation()
  const range = rangeOf(route.view)
  return (
    <section className="panel" aria-label="History" aria-busy={history === undefined}>
      <div className="ph">
        <h2>{rangeWords(range)}</h2>
        <span className="t3">
          {choices === undefined ? '' : `${topic.topic}; `}time across, partition down
          {history === undefined
            ? ''
            : `, ${cellWords(history, topic.partitions, height)}, one column ${duration(history.stepMs)}${beginWords(history, range)}`}
        </span>
        <span className="sp" />
        {choices === undefined || choices.length < 2 || onChoose === undefined ? null : (
          <span className="scroll-s">
            <Segmented
              label="Topic"
              options={choices.map(name => ({ id: name, label: name }))}
              value={topic.topic}
              onChange={onChoose}
            />
          </span>
        )}
        {choices === undefined ? (
          <span className="only-s">
            <TimeRange />
          </span>
        ) : null}
      </div>
      <div className="pb">
        {history === undefined ? (
          <div className="blank-raster" style={{ height: height + 38 }} />
        ) : history.raster.every(row => row === null || row.length === 0) ? (
          <p className="t2">{nothingWords(history)}</p>
        ) : (
          <Raster
            history={history}
            partitions={topic.partitions}
            height={height}
            outlierShare={Math.max(1.5, topic.skewExpectedByChance ?? 1)}
            onPick={(a, b) => {
              const first = Date.parse(history.at[0] ?? '')
              look(rangeView(partOf([first, first + history.at.length * history.stepMs], a, b)))
            }}
            {...(choices === undefined
              ? {
                  scrubbed,
                  onScrub: (step: number | undefined) =>
                    look({
                      moment: step === undefined ? undefined : history.at[step]?.replace('.000Z', 'Z'),
                    }),
                }
              : {})}
          />
        )}
      </div>
    </section>
  )
}

export const NONE_KEPT = 'No history is kept of Kafka’s own topics; of others it begins with the second look.'

/** Nothing in this time: because nothing is kept of it, or because nobody looked. */
const nothingWords = ({ oldest, at, stepMs, why }: KnownHistory): string => {
  if (why !== undefined) return why
  const end = Date.parse(at.at(-1) ?? '') + stepMs
  if (oldest === null || Date.now() - Date.parse(oldest) < 2 * stepMs)
    return 'Nothing recorded yet. The picture begins with the second look.'
  if (end < Date.parse(oldest)) return `Nothing is kept of this time; history begins ${day(oldest)} UTC.`
  return 'Nothing was seen in this time: Lanekeeper did not run, or no broker answered.'
}

const day = (iso: string): string => `${iso.slice(0, 10)} ${iso.slice(11, 16)}`

/** Where the picture is shorter than what was asked for: from when on something is kept. */
const beginWords = ({ at, stepMs, oldest }: History, range: TimeRangeAsked): string => {
  const [first] = at
  if (range.kind !== 'last' || first === undefined || at.length * stepMs >= range.minutes * 60_000 * 0.9)
    return ''
  // a picture has some steps however young the history is
  return `; kept since ${minute(oldest !== null && oldest > first ? oldest : first)} UTC`
}

/** How many partitions one screen row stands for. */
const cellWords = (history: History, partitions: number, height: number): string => {
  const rows = Math.min(height * (devicePixelRatio || 1), Math.ceil(partitions / history.partitionsPerCell))
  const perRow = Math.ceil(partitions / rows)
  return perRow <= 1 ? 'each line one partition' : `each line the largest of ${perRow}`
}
