import { sinceKnown, sparkEnd, sparkPath } from '../model/history.ts'

/**
 * A small line without axes, beside figures that say the same.
 * @param ended a dot stands where it is now; only for one that is drawn at its own width
 */
export const Spark = ({
  values,
  width,
  height,
  tone = '',
  ended = false,
}: {
  values: readonly (number | null)[]
  width: number
  height: number
  tone?: string
  ended?: boolean
}) => {
  const shown = sinceKnown(values)
  const end = ended ? sparkEnd(shown, width, height) : undefined
  return (
    <svg
      className={`spark ${tone}`}
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="none"
      height={height}
      aria-hidden="true"
    >
      <path d={sparkPath(shown, width, height)} vectorEffect="non-scaling-stroke" />
      {end === undefined ? null : <circle cx={end.x} cy={end.y} r={2} />}
    </svg>
  )
}
