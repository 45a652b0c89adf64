/** The colour scale with its ends, and every mark with its count, at 0 too: a mark not in the picture is still explained. */
import { usePalette } from '../data/theme.ts'
import { type Cells, countFlag, LEADERLESS, NO_DATA, OUTLIER, UNDER_REPLICATED } from '../model/cells.ts'
import type { Measure } from '../model/measure.ts'
import { RAMP_LEVELS } from '../model/ramp.ts'
import { count } from '../model/text.ts'

const WIDTH = 252
const SEGMENTS = 63

export const Legend = ({ measure, cells, note }: { measure: Measure; cells: Cells; note?: string }) => (
  <div className="legend">
    <div>
      <div className="legend-title">{note ?? measure.legend}</div>
      <ScaleBar measure={measure} />
    </div>
    <span className="legend-keys">
      <span className="key">
        <svg viewBox="0 0 12 12" aria-hidden="true">
          <rect x="2.5" y="2.5" width="7" height="7" className="f-most" />
          <rect x=".75" y=".75" width="10.5" height="10.5" rx="2" className="k-text" />
        </svg>
        above p99, {count(countFlag(cells, OUTLIER))}
      </span>
      <span className="key">
        <svg viewBox="0 0 12 12" aria-hidden="true">
          <rect width="12" height="12" rx="1.5" className="f-none" />
          <path d="M-1 9L9-1M2 12L12 2M-1 5L5-1M7 13L13 7" className="k-hatch" />
        </svg>
        no data, {count(countFlag(cells, NO_DATA))}
      </span>
      <span className="key">
        <svg viewBox="0 0 12 12" aria-hidden="true">
          <rect width="12" height="12" rx="1.5" className="f-mean" />
          <path d="M3 12L12 3V12z" className="f-surface" />
          <path d="M3 12L12 3" className="k-cut" />
          <rect x=".5" y=".5" width="11" height="11" rx="1.5" className="k-line" />
        </svg>
        under-replicated, {count(countFlag(cells, UNDER_REPLICATED))}
      </span>
      <span className="key">
        <svg viewBox="0 0 12 12" aria-hidden="true">
          <rect x=".75" y=".75" width="10.5" height="10.5" rx="1.5" className="k-hatch wide" />
          <path d="M3 3l6 6M9 3L3 9" className="k-hatch wide" />
        </svg>
        no leader, {count(countFlag(cells, LEADERLESS))}
      </span>
    </span>
  </div>
)

export const ScaleBar = ({ measure }: { measure: Measure }) => {
  const { ramp } = usePalette()
  const ends = `${measure.legend}: from ${measure.ticks[0]?.label ?? ''} to ${measure.ticks.at(-1)?.label ?? ''}`
  return (
    <svg className="scale-bar" viewBox={`0 0 ${WIDTH} 24`} role="img" aria-label={ends}>
      {Array.from({ length: SEGMENTS }, (_, segment) => (
        <rect
          key={segment}
          x={(segment * WIDTH) / SEGMENTS}
          width={WIDTH / SEGMENTS + 0.5}
          height="9"
          fill={ramp.css[Math.round((segment / (SEGMENTS - 1)) * (RAMP_LEVELS - 1))]}
        />
      ))}
      {measure.ticks.map(tick => (
        <g key={tick.label}>
          <path d={`M${Math.min(WIDTH - 0.5, tick.at * WIDTH + 0.5)} 9v3`} className="k-line" />
          <text
            className="ax"
            x={tick.at * WIDTH}
            y="22"
            textAnchor={tick.at === 0 ? 'start' : tick.at === 1 ? 'end' : 'middle'}
          >
            {tick.label}
          </text>
        </g>
      ))}
    </svg>
  )
}
