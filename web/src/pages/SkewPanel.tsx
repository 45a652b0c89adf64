/** How uneven a topic is, and how much of that chance explains. */
import { useMemo } from 'react'
import type { TopicSummary } from '../../../src/api/contract.ts'
import { LARGE, useAside } from '../data/aside.ts'
import type { Cells } from '../model/cells.ts'
import type { Measure } from '../model/measure.ts'
import { tooFewRecords } from '../model/skew-told.ts'
import { count, times } from '../model/text.ts'
import { useSeldom } from '../parts/hooks.ts'
import { SkewCurve, skewWords } from '../parts/SkewCurve.tsx'

/** A curve of so many moves too little in less to be drawn anew. */
const LARGE_EVERY_MS = 5000

export const SkewPanel = ({
  summary,
  cells,
  measure,
  partition,
}: {
  summary: TopicSummary
  /** The topic's, by the measure. */
  cells: Cells
  measure: Measure
  /** The partition that the page is about; a topic's page has the ranking beside, which says the first two figures. */
  partition?: number
}) => {
  // chance is known for records alone: it is records that keys throw at partitions
  const chance = measure.id === 'records' ? summary.skewExpectedByChance : null
  const large = cells.length > LARGE
  const newest = useMemo(() => ({ cells, chance }), [cells, chance])
  const tooFew = measure.id === 'records' && tooFewRecords(summary)
  const curve = useAside('skew', useSeldom(newest, large ? LARGE_EVERY_MS : 0), large)
  const share = partition === undefined ? undefined : cells.share[partition]
  return (
    <section className="panel" aria-label="Skew">
      <div className="ph">
        <h2>{partition === undefined ? 'Skew' : `Among its ${count(summary.partitions)}`}</h2>
        <span className="t3">
          {measure.label.toLowerCase()} ÷ mean, sorted
          {tooFew || curve?.band === undefined ? '' : '; grey: chance'}
        </span>
      </div>
      <div className="pb">
        {curve === undefined || tooFew ? (
          <p className="t2">
            {summary.partitions === 1
              ? 'It is the only one.'
              : tooFew
                ? 'Too few records arrive to compare partitions by them.'
                : 'Too little is known to compare partitions.'}
          </p>
        ) : (
          <>
            <SkewCurve
              curve={curve}
              height={partition === undefined ? 220 : 170}
              {...(share === undefined || Number.isNaN(share) ? {} : { marked: share })}
            />
            <p className="t2 skew-words">{skewWords(curve)}</p>
            <dl className="kv ruled">
              {partition === undefined ? null : (
                <>
                  <dt>Max ÷ mean</dt>
                  <dd>
                    <b>{times(curve.shares[0])}</b>
                  </dd>
                  {chance === null ? null : (
                    <>
                      <dt>By chance alone</dt>
                      <dd>{times(chance)}</dd>
                    </>
                  )}
                </>
              )}
              <dt>Standard deviation ÷ mean</dt>
              <dd>{curve.spread.toFixed(2)}</dd>
              <dt>Gini</dt>
              <dd>{curve.gini.toFixed(2)}</dd>
            </dl>
          </>
        )}
      </div>
    </section>
  )
}
