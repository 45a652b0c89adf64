/** When each rule fired: a lane a rule, filled where it fired, outlined where it nearly did, hatched where nothing was seen. */
import { useRef } from 'react'
import type { Lane } from '../model/alerts.ts'
import { axisTime } from '../model/time-range.ts'
import { counted } from '../model/text.ts'
import { useWidth } from './hooks.ts'

const NAMES = 132
const RIGHT = 8
const LANE = 24
const AXIS = 22
const TICKS = 6
/** Seconds of a month are less than a pixel, and still happened. */
const BAR_MIN = 4

export const AlertLanes = ({
  lanes,
  unseen,
  from,
  to,
}: {
  lanes: readonly Lane[]
  unseen: readonly { readonly from: number; readonly to: number; readonly words: string }[]
  from: string
  to: string
}) => {
  const frame = useRef<HTMLDivElement>(null)
  const width = useWidth(frame)
  const inner = Math.max(0, width - NAMES - RIGHT)
  const height = Math.max(1, lanes.length) * LANE + AXIS
  const x = (part: number): number => NAMES + part * inner
  const span = Date.parse(to) - Date.parse(from)
  const ticks = inner > 480 ? TICKS : TICKS / 2
  const words = lanes.map(lane => `${lane.rule} fired ${counted(lane.fired, 'time')}`).join('; ')
  return (
    <div ref={frame} className="lanes">
      {width === 0 ? null : (
        <svg
          width={width}
          height={height}
          role="img"
          aria-label={`From ${axisTime(from, Infinity)} to ${axisTime(to, Infinity)} UTC: ${words === '' ? 'nothing fired' : words}`}
        >
          <defs>
            <pattern
              id="unseen"
              width="5"
              height="5"
              patternUnits="userSpaceOnUse"
              patternTransform="rotate(45)"
            >
              <path d="M0 0V5" />
            </pattern>
          </defs>
          {Array.from({ length: ticks + 1 }, (_, index) => {
            const part = index / ticks
            const time = new Date(Date.parse(from) + part * span).toISOString()
            return (
              <g key={time}>
                <path d={`M${x(part)} 0V${height - AXIS}`} className="l-grid" />
                <text
                  x={x(part)}
                  y={height - 5}
                  textAnchor={index === 0 ? 'start' : index === ticks ? 'end' : 'middle'}
                >
                  {axisTime(time, span)}
                </text>
              </g>
            )
          })}
          {unseen.map(bar => (
            <rect
              key={`${bar.from} ${bar.to}`}
              x={x(bar.from)}
              y={0}
              width={Math.max(BAR_MIN, (bar.to - bar.from) * inner)}
              height={height - AXIS}
              className="l-unseen"
            >
              <title>{bar.words}</title>
            </rect>
          ))}
          {lanes.map((lane, index) => (
            <g key={lane.rule}>
              <text x={0} y={index * LANE + 16} className="l-name">
                {lane.rule}
              </text>
              <path d={`M${NAMES} ${index * LANE + 12}h${inner}`} className="l-grid" />
              {lane.bars.map(bar => (
                <rect
                  key={`${bar.state} ${bar.from} ${bar.to} ${bar.words}`}
                  x={x(bar.from)}
                  y={index * LANE + 6}
                  width={Math.max(BAR_MIN, (bar.to - bar.from) * inner)}
                  height={12}
                  rx={2}
                  className={bar.state === 'firing' ? `l-${bar.severity}` : 'l-nearly'}
                >
                  <title>{bar.words}</title>
                </rect>
              ))}
            </g>
          ))}
        </svg>
      )}
    </div>
  )
}
