/** The past of one partition: what arrives, and what waits to be read. */
import { useMemo } from 'react'
import { partitionSeries, secondsOf, type Series } from '../model/history.ts'
import { count, rate } from '../model/text.ts'
import { Curve, type CurveSeries } from '../parts/Curve.tsx'
import { CurvePanel } from '../parts/CurvePanel.tsx'
import { type KnownHistory, NONE_KEPT } from './HistoryPanels.tsx'

const HEIGHT = 200
const ARRIVING: readonly CurveSeries[] = [
  { name: 'this partition', colour: 0 },
  { name: 'mean of topic', colour: 4, dashed: true },
]
const WAITING: readonly CurveSeries[] = [{ name: 'records', colour: 1 }]

export const PartitionCurves = ({
  history,
  partition,
  partitions,
}: {
  /** Undefined: not answered yet. */
  history: KnownHistory | undefined
  partition: number
  /** Of the whole topic. */
  partitions: number
}) => {
  const [arriving, waiting] = useMemo((): readonly [Series, Series] => {
    if (history === undefined)
      return [
        [[], [], []],
        [[], []],
      ]
    const at = secondsOf(history.at)
    return [
      [
        at,
        partitionSeries(history, partition),
        history.recordsPerSecond.map(value => (value === null ? null : value / partitions)),
      ],
      [at, history.partition?.lagRecords ?? []],
    ]
  }, [history, partition, partitions])
  const neighbours = history?.partition?.partitionsPerCell ?? 1
  const read = history?.partition?.lagRecords.some(lag => lag !== null) ?? false
  return (
    <div className={read ? 'cols two-wide' : 'cols'}>
      <CurvePanel
        title="Arriving"
        note={`records each second${neighbours > 1 ? `; history keeps the largest of ${neighbours} neighbours` : ''}`}
        ranged
      >
        {history !== undefined && history.at.length > 1 ? (
          <Curve
            label="Records each second"
            data={arriving}
            series={ARRIVING}
            format={rate}
            height={HEIGHT}
            events={history.events}
          />
        ) : history === undefined ? (
          <div className="blank-raster" style={{ height: HEIGHT }} />
        ) : (
          <p className="t2">{history.why ?? NONE_KEPT}</p>
        )}
      </CurvePanel>
      {read ? (
        <CurvePanel title="Waiting" note="written and not yet committed, of the slowest group">
          <Curve label="Records waiting" data={waiting} series={WAITING} format={count} height={HEIGHT} />
        </CurvePanel>
      ) : null}
    </div>
  )
}
