/** A value on a bar from 0, with the point above which its alert fires and the lower one at which it clears. */
import type { Gauge as Places } from '../model/alerts.ts'
import { useFontsReady } from './hooks.ts'

const WIDTH = 188
const PAD = 4
const INNER = WIDTH - 2 * PAD
/** Two labels closer than this would run into each other; the firing one stays. */
const LABELS_APART = 72

export const Gauge = ({
  gauge,
  severity,
  value,
  fires,
  clears,
}: {
  gauge: Places
  /** undefined: held or silenced, without colour. */
  severity: 'critical' | 'warning' | 'info' | undefined
  value: string
  fires: string
  clears: string
}) => {
  useFontsReady()
  const at = (part: number): number => PAD + Math.min(1, part) * INNER
  const [fire, clear] = [at(gauge.fire), at(gauge.clear)]
  const late = fire > WIDTH - 70
  return (
    <svg
      className={`gauge ${severity ?? 'quiet'}`}
      width={WIDTH}
      height={34}
      viewBox={`0 0 ${WIDTH} 34`}
      role="img"
      aria-label={`now ${value}, fires over ${fires}, clears at ${clears} or less`}
    >
      <rect x={PAD} y={6} width={INNER} height={6} rx={1.5} className="g-all" />
      <rect
        x={PAD}
        y={6}
        width={Math.max(1, at(gauge.value) - PAD)}
        height={6}
        rx={1.5}
        className="g-value"
      />
      <path d={`M${clear} 3v12`} className="g-clear" />
      <path d={`M${fire} 2v14`} className="g-fire" />
      {clear > 44 && fire - clear > LABELS_APART ? (
        <text x={clear} y={28} textAnchor="middle">
          clears {clears}
        </text>
      ) : null}
      <text
        x={late ? WIDTH - PAD : fire}
        y={28}
        textAnchor={late ? 'end' : fire < 30 ? 'start' : 'middle'}
        className="g-name"
      >
        fires {fires}
      </text>
    </svg>
  )
}
