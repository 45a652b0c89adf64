/**
 * How long a record takes, from its size and the number of partitions written or read at once.
 *
 *     T(bytes, n) = a + b·bytes + (c + d·bytes) ÷ n            seconds a record; its inverse is records a second
 *
 * Goal: predict a point that was not measured, with an interval that says how far to trust it.
 *
 * The model. `a` and `b` are what does not divide: processor and network, per record and per byte, shared by all
 * partitions. `c` and `d` are waiting, which partitions do side by side: one batch is in flight for each partition, and
 * the wait for its answer is shared by its records (batches of a fixed size hold fewer large ones, hence `d`). None of
 * the four can be negative.
 *
 * Method. Least squares of the relative error, since a slow point must not outweigh a fast one. With four coefficients
 * non-negativity is solved exactly: the best of the fifteen subsets whose plain solution has no negative member. The
 * interval is the usual one for a new observation of a linear model: t · s · √(1 + h), with the residual deviation s, the
 * leverage h of the point, and Student's t at 95 % for the degrees of freedom left. An interval says what the model's own
 * scatter allows; it knows nothing of limits that were not met while measuring.
 *
 * What it does not do: queues in front of a saturated broker (the points are measured at saturation), and other traffic.
 * Source: Lawson and Hanson, "Solving Least Squares Problems" (non-negativity); any text on linear regression for the
 * interval.
 */
export interface TimedPoint {
  readonly recordBytes: number
  readonly partitions: number
  readonly recordsPerSecond: number
}

export interface CapacityModel {
  /** a, b, c, d; 0 where the measurements show none. Seconds. */
  readonly perRecordSeconds: number
  readonly perByteSeconds: number
  readonly waitPerRecordSeconds: number
  readonly waitPerByteSeconds: number
  /** Residual deviation, relative. */
  readonly residual: number
  readonly points: number
  /** Rows of the inverse of the weighted normal matrix, for leverage; zero where a term is unused. */
  readonly inverse: readonly (readonly number[])[]
}

export interface Prediction {
  readonly recordsPerSecond: number
  /** 95 %. */
  readonly low: number
  readonly high: number
}

const TERMS = 4

const terms = (recordBytes: number, partitions: number): readonly number[] => [
  1,
  recordBytes,
  1 / partitions,
  recordBytes / partitions,
]

/** Null with fewer points than would leave a degree of freedom, or where a rate is not above 0. */
export const fitCapacity = (points: readonly TimedPoint[]): CapacityModel | null => {
  if (points.length < 3 || points.some(({ recordsPerSecond }) => !(recordsPerSecond > 0))) return null
  // A row over its own time: the residual is then relative, and the right side 1
  const rows = points.map(({ recordBytes, partitions, recordsPerSecond }) =>
    terms(recordBytes, partitions).map(value => value * recordsPerSecond),
  )
  let best: { used: readonly number[]; solution: Solution } | null = null
  for (let mask = 1; mask < 2 ** TERMS; mask++) {
    const used = [0, 1, 2, 3].filter(term => (mask & (1 << term)) !== 0)
    if (used.length >= points.length) continue
    const solution = leastSquares(rows, used)
    if (solution === null || solution.coefficients.some(value => value < 0)) continue
    if (best === null || solution.squares < best.solution.squares) best = { used, solution }
  }
  if (best === null) return null
  const { used, solution } = best
  const at = (term: number): number => solution.coefficients[used.indexOf(term)] ?? 0
  return {
    perRecordSeconds: at(0),
    perByteSeconds: at(1),
    waitPerRecordSeconds: at(2),
    waitPerByteSeconds: at(3),
    residual: Math.sqrt(solution.squares / (points.length - used.length)),
    points: points.length,
    inverse: [0, 1, 2, 3].map(row =>
      [0, 1, 2, 3].map(column => solution.inverse[used.indexOf(row)]?.[used.indexOf(column)] ?? 0),
    ),
  }
}

/** Rate of a point, measured or not, and the interval that one more measurement of it falls into. */
export const predictCapacity = (
  model: CapacityModel,
  recordBytes: number,
  partitions: number,
): Prediction => {
  const { perRecordSeconds: a, perByteSeconds: b, waitPerRecordSeconds: c, waitPerByteSeconds: d } = model
  const seconds = a + b * recordBytes + (c + d * recordBytes) / partitions
  const row = terms(recordBytes, partitions).map(value => value / seconds)
  const leverage = row.reduce(
    (sum, value, index) =>
      sum +
      value * row.reduce((inner, other, column) => inner + (model.inverse[index]?.[column] ?? 0) * other, 0),
    0,
  )
  const used = [a, b, c, d].filter(value => value > 0).length
  const width = studentT(model.points - used) * model.residual * Math.sqrt(1 + Math.max(0, leverage))
  return {
    recordsPerSecond: 1 / seconds,
    low: 1 / (seconds * (1 + width)),
    high: width < 1 ? 1 / (seconds * (1 - width)) : Number.POSITIVE_INFINITY,
  }
}

interface Solution {
  readonly coefficients: readonly number[]
  readonly squares: number
  readonly inverse: readonly (readonly number[])[]
}

/** Rows with the right side 1, restricted to the terms `used`. Null where they do not determine a solution. */
const leastSquares = (rows: readonly (readonly number[])[], used: readonly number[]): Solution | null => {
  // Bytes and single records differ by orders of magnitude; columns of length 1 keep the elimination honest
  const scale = used.map(term => Math.hypot(...rows.map(row => row[term] ?? 0)))
  const scaled = rows.map(row => used.map((term, index) => (row[term] ?? 0) / (scale[index] ?? 1)))
  const normal = used.map((_, i) =>
    used.map((__, j) => scaled.reduce((sum, row) => sum + (row[i] ?? 0) * (row[j] ?? 0), 0)),
  )
  const inverse = inverted(normal)
  if (inverse === null) return null
  const right = used.map((_, i) => scaled.reduce((sum, row) => sum + (row[i] ?? 0), 0))
  const solved = inverse.map(row => row.reduce((sum, value, index) => sum + value * (right[index] ?? 0), 0))
  const squares = scaled.reduce((sum, row) => {
    const fitted = row.reduce((all, value, index) => all + value * (solved[index] ?? 0), 0)
    return sum + (1 - fitted) ** 2
  }, 0)
  return {
    coefficients: solved.map((value, index) => value / (scale[index] ?? 1)),
    squares,
    inverse: inverse.map((row, i) => row.map((value, j) => value / ((scale[i] ?? 1) * (scale[j] ?? 1)))),
  }
}

/** Gauss-Jordan with pivoting; null where the matrix is singular to working precision. */
const inverted = (matrix: readonly (readonly number[])[]): readonly (readonly number[])[] | null => {
  const size = matrix.length
  const work = matrix.map((row, i) => [...row, ...row.map((_, j) => (i === j ? 1 : 0))])
  for (let column = 0; column < size; column++) {
    let pivot = column
    for (let row = column + 1; row < size; row++)
      if (Math.abs(work[row]?.[column] ?? 0) > Math.abs(work[pivot]?.[column] ?? 0)) pivot = row
    const chosen = work[pivot] as number[]
    const head = chosen[column] ?? 0
    if (Math.abs(head) < 1e-10) return null
    work[pivot] = work[column] as number[]
    work[column] = chosen.map(value => value / head)
    for (let row = 0; row < size; row++) {
      if (row === column) continue
      const factor = work[row]?.[column] ?? 0
      work[row] = (work[row] as number[]).map((value, index) => value - factor * (work[column]?.[index] ?? 0))
    }
  }
  return work.map(row => row.slice(size))
}

/** Two-sided 95 % quantile; by table, and 1.96 from 30 degrees of freedom on. */
const studentT = (freedom: number): number => STUDENT_T[Math.max(0, Math.floor(freedom) - 1)] ?? 1.96

const STUDENT_T = [
  12.71, 4.3, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23, 2.2, 2.18, 2.16, 2.14, 2.13, 2.12, 2.11, 2.1,
  2.09, 2.09, 2.08, 2.07, 2.07, 2.06, 2.06, 2.06, 2.05, 2.05, 2.05,
] as const
