/** Ranked bars: length against the longest, share and figure in columns. */
import { Link } from '../data/navigation.tsx'
import type { RankedCell } from '../model/ranked.ts'
import { times } from '../model/text.ts'

export const Bars = ({
  ranked,
  format,
  nameOf,
  hot,
  current,
  onPick,
}: {
  ranked: readonly RankedCell[]
  format: (value: number) => string
  nameOf: (one: RankedCell) => string
  /** Partitions that have a finding. */
  hot: (one: RankedCell) => boolean
  /** Cell picked on the page. */
  current?: number
  /** Without it a bar is a link to its partition. */
  onPick?: (cell: number) => void
}) => {
  const longest = Math.max(...ranked.map(one => one.share), 0) || 1
  return (
    <ol className="bars">
      {ranked.map(one => {
        const row = (
          <>
            <span className="name">{nameOf(one)}</span>
            <span className="t">
              <i
                className={hot(one) ? 'hot' : ''}
                style={{ width: `${Math.max(1, (one.share / longest) * 100)}%` }}
              />
            </span>
            <b>{times(one.share)}</b>
            <span className="t3">{format(one.value)}</span>
          </>
        )
        return (
          <li key={one.cell}>
            {onPick === undefined ? (
              <Link className="b" to={{ name: 'partition', topic: one.topic, partition: one.partition }}>
                {row}
              </Link>
            ) : (
              <button
                type="button"
                className="b"
                aria-current={one.cell === current}
                onClick={() => onPick(one.cell)}
              >
                {row}
              </button>
            )}
          </li>
        )
      })}
    </ol>
  )
}
