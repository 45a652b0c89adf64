import { sparkPath } from '../model/history.ts'

/** A small line without axes, beside figures that say the same. */
export const Spark = ({
  values,
  width,
  height,
  tone = '',
}: {
  values: readonly (number | null)[]
  width: number
  height: number
  tone?: string
}) => (
  <svg
    className={`spark ${tone}`}
    viewBox={`0 0 ${width} ${height}`}
    preserveAspectRatio="none"
    height={height}
    aria-hidden="true"
  >
    <path d={sparkPath(values, width, height)} vectorEffect="non-scaling-stroke" />
  </svg>
)
