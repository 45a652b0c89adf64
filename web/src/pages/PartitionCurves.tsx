/** The past of one partition: what arrives, and what waits to be read. */
import { useMemo } from 'react'
import type { History } from '../../../src/api/contract.ts'
import { partitionSeries, secondsOf, type Series } from '../model/history.ts'
import { count, rate } from '../model/text.ts'
import { Curve, type CurveSeries } from '../parts/Curve.tsx'
import { TimeRange } from '../parts/TimeRange.tsx'
import { NONE_KEPT } from './HistoryPanels.tsx'

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
  history: History | undefined
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
      <section className="panel" aria-label="Arriving">
        <div className="ph">
          <h2>Arriving</h2>
          <span className="t3">
            records each second
            {neighbours > 1 ? `; history keeps the largest of ${neighbours} neighbours` : ''}
          </span>
          <span className="sp" />
          <span className="only-s">
            <TimeRange />
          </span>
        </div>
        <div className="pb">
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
            <p className="t2">{NONE_KEPT}</p>
          )}
        </div>
      </section>
      {read ? (
        <section className="panel" aria-label="Waiting">
          <div className="ph">
            <h2>Waiting</h2>
            <span className="t3">written and not yet committed, of the slowest group</span>
          </div>
          <div className="pb">
            <Curve label="Records waiting" data={waiting} series={WAITING} format={count} height={HEIGHT} />
          </div>
        </section>
      ) : null}
    </div>
  )
}
