/** Sorted loads, hottest first, over the band that chance alone explains: above it something else is at work. */
import { useRef } from 'react'
import { axisEnd, type SkewCurve as Curve, shareToHeight } from '../model/skew-curve.ts'
import { count, times } from '../model/text.ts'
import { useWidth } from './hooks.ts'

const LEFT = 40
const RIGHT = 8
const TOP = 8
const BOTTOM = 20

export const SkewCurve = ({
  curve,
  height,
  marked,
}: {
  curve: Curve
  height: number
  /** Share of the partition that the page is about. */
  marked?: number
}) => {
  const frame = useRef<HTMLDivElement>(null)
  const width = useWidth(frame)
  const end = axisEnd(curve)
  const inner = { width: Math.max(1, width - LEFT - RIGHT), height: height - TOP - BOTTOM }
  const x = (place: number): number => LEFT + (place / Math.max(1, curve.known - 1)) * inner.width
  const y = (share: number): number => TOP + (1 - shareToHeight(share, end)) * inner.height
  const line = (shares: Float64Array, back = false): string => {
    const points = curve.places.map(
      (place, index) => `${x(place).toFixed(1)} ${y(shares[index] ?? 0).toFixed(1)}`,
    )
    return (back ? points.reverse() : points).join('L')
  }
  const marks = Array.from({ length: Math.log2(end) + 3 }, (_, step) => 2 ** (step - 2))
  const markedAt = marked === undefined ? -1 : curve.shares.findIndex(share => share <= marked * (1 + 1e-9))
  return (
    <div ref={frame}>
      <svg
        className="skew"
        width={width}
        height={height}
        role="img"
        aria-label={`${count(curve.known)} partitions, hottest first: from ${times(curve.shares[0])} to ${times(curve.shares.at(-1))} of the mean. ${skewWords(curve)}`}
      >
        {marks.map(share => (
          <g key={share}>
            <path className="grid-line" d={`M${LEFT} ${y(share)}H${width - RIGHT}`} />
            <text className="ax" x={LEFT - 8} y={y(share) + 3.5} textAnchor="end">
              {share === 0.25 ? '¼×' : share === 0.5 ? '½×' : `${share}×`}
            </text>
          </g>
        ))}
        {curve.band === undefined ? null : (
          <>
            <path className="band" d={`M${line(curve.band.high)}L${line(curve.band.low, true)}Z`} />
            <path className="band-line" d={`M${line(curve.band.middle)}`} />
          </>
        )}
        <path className="loads" d={`M${line(curve.shares)}`} />
        {markedAt < 0 ? null : (
          <circle className="mark" cx={x(curve.places[markedAt] ?? 0)} cy={y(marked ?? 1)} r="4" />
        )}
        <text className="ax" x={LEFT} y={height - 5}>
          hottest
        </text>
        <text className="ax" x={width - RIGHT} y={height - 5} textAnchor="end">
          coolest
        </text>
        <text className="ax" x={LEFT + inner.width / 2} y={height - 5} textAnchor="middle">
          {count(Math.round(curve.known / 2))}
        </text>
      </svg>
    </div>
  )
}

/** What the curve shows, in a sentence. */
export const skewWords = (curve: Curve): string => {
  if (curve.band === undefined) return 'What chance explains is not known yet.'
  const { above, below } = curve
  // the intervals hold 95 of 100: a few places outside say nothing, unless the hottest itself is
  const hottest = (curve.shares[0] ?? 0) > (curve.band.high[0] ?? Number.POSITIVE_INFINITY)
  if (!hottest && above + below <= curve.known * 0.05) return 'All lies where chance alone would put it.'
  // one partition with a hundred times its share lifts the mean, and all others lie below what it makes them seem
  if (above > 0 && above < curve.known / 20 && below > curve.known / 4)
    return `Outside of what chance explains: ${count(above)} above; that lifts the mean, so ${count(below)} lie below.`
  const parts = [above > 0 ? `${count(above)} above` : '', below > 0 ? `${count(below)} below` : '']
  return `Outside of what chance explains: ${parts.filter(part => part !== '').join(', ')}.`
}
