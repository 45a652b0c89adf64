import {
  type CapacityModel,
  fitCapacity,
  type Prediction,
  predictCapacity,
  type TimedPoint,
} from './capacity-model.ts'
import { wholeUp } from './counts.ts'

/**
 * From what one machine was seen to carry to what a design claims. Fits the model on all points but the largest, predicts
 * that one and says how wrong it was; only then extrapolates, and names everything beyond ten times the measured what it
 * is: theoretical.
 */
export interface MeasuredPoint {
  readonly recordBytes: number
  readonly partitions: number
  /** One figure a round. */
  readonly produced: readonly Round[]
  readonly consumed: readonly Round[]
}

export interface Round {
  readonly recordsPerSecond: number
  /** Processor time of the client for a record. */
  readonly cpuSecondsPerRecord: number
}

export interface CapacityTarget {
  readonly recordsPerSecond: number
  readonly partitions: number
  readonly recordBytes: number
  /** Hottest partition over the mean. */
  readonly skewMaxOverMean: number
}

export interface CapacityProof {
  readonly target: CapacityTarget
  readonly points: readonly PointSummary[]
  readonly produce: ModelProof
  readonly consume: ModelProof
  readonly units: readonly UnitFigure[]
  readonly extrapolations: readonly Extrapolation[]
}

export interface PointSummary {
  readonly recordBytes: number
  readonly partitions: number
  readonly producedRecordsPerSecond: Spread
  readonly consumedRecordsPerSecond: Spread
  readonly producedCpuSecondsPerRecord: Spread
  readonly consumedCpuSecondsPerRecord: Spread
}

/**
 * The rounds of one point. Whatever else a machine does can only take away from a round and never add to it, so the best
 * round is what it carries, and the distance to the median says how undisturbed the measurement was.
 */
export interface Spread {
  readonly best: number
  readonly median: number
  readonly worst: number
}

export interface ModelProof {
  /** Fitted on all points; null where there were too few. */
  readonly model: CapacityModel | null
  /** How far the median round lies below the best, on the mean over the points: what was disturbed by other work. */
  readonly disturbedShare: number
  /** The largest point, predicted from the others. */
  readonly heldOut: {
    readonly recordBytes: number
    readonly partitions: number
    readonly fittedOn: number
    readonly predicted: Prediction
    readonly measuredRecordsPerSecond: number
    /** |predicted − measured| ÷ measured. */
    readonly errorShare: number
  } | null
}

/** What one of something carries here. */
export interface UnitFigure {
  readonly unit:
    | 'one partition, written'
    | 'one producer'
    | 'one consumer'
    | 'one core, producing'
    | 'one core, consuming'
  readonly recordsPerSecond: Spread
  readonly from: string
  /** How many of it the target takes, at utilisation 1. */
  readonly neededForTarget: number
}

export interface Extrapolation {
  readonly claim: string
  readonly recordsPerSecond: number
  readonly low: number
  readonly high: number
  /** Against the largest rate that was measured with records of this size. */
  readonly timesMeasured: number
  readonly label: 'measured' | 'extrapolated' | 'theoretical'
}

/** Beyond this many times the measured, a figure is a computation and no longer an expectation. */
const THEORETICAL_FROM = 10

export const proveCapacity = (points: readonly MeasuredPoint[], target: CapacityTarget): CapacityProof => {
  const summaries = points.map(summaryOf)
  const produce = modelProof(summaries, point => point.producedRecordsPerSecond)
  const consume = modelProof(summaries, point => point.consumedRecordsPerSecond)
  return {
    target,
    points: summaries,
    produce,
    consume,
    units: unitsOf(summaries, target),
    extrapolations: extrapolationsOf(summaries, produce.model, target),
  }
}

const summaryOf = ({ recordBytes, partitions, produced, consumed }: MeasuredPoint): PointSummary => ({
  recordBytes,
  partitions,
  producedRecordsPerSecond: rates(produced),
  consumedRecordsPerSecond: rates(consumed),
  producedCpuSecondsPerRecord: cpuTimes(produced),
  consumedCpuSecondsPerRecord: cpuTimes(consumed),
})

const rates = (rounds: readonly Round[]): Spread =>
  spreadOf(rounds.map(round => round.recordsPerSecond).toSorted((a, b) => b - a))

const cpuTimes = (rounds: readonly Round[]): Spread =>
  spreadOf(rounds.map(round => round.cpuSecondsPerRecord).toSorted((a, b) => a - b))

/** Of values from the best to the worst. */
const spreadOf = (values: readonly number[]): Spread => {
  const at = (index: number): number => values[index] ?? Number.NaN
  const middle = (values.length - 1) / 2
  return {
    best: at(0),
    median: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2,
    worst: at(values.length - 1),
  }
}

const modelProof = (points: readonly PointSummary[], rateOf: (point: PointSummary) => Spread): ModelProof => {
  const timed = (some: readonly PointSummary[]): readonly TimedPoint[] =>
    some.map(point => ({ ...point, recordsPerSecond: rateOf(point).best }))
  const [largest, ...others] = points.toSorted(
    (a, b) => b.partitions - a.partitions || b.recordBytes - a.recordBytes,
  )
  const fitted = largest === undefined ? null : fitCapacity(timed(others))
  const model = fitCapacity(timed(points))
  const disturbedShare =
    points.reduce((sum, point) => sum + 1 - rateOf(point).median / rateOf(point).best, 0) / points.length
  if (largest === undefined || fitted === null) return { model, disturbedShare, heldOut: null }
  const predicted = predictCapacity(fitted, largest.recordBytes, largest.partitions)
  const measured = rateOf(largest).best
  return {
    model,
    disturbedShare,
    heldOut: {
      recordBytes: largest.recordBytes,
      partitions: largest.partitions,
      fittedOn: others.length,
      predicted,
      measuredRecordsPerSecond: measured,
      errorShare: Math.abs(predicted.recordsPerSecond - measured) / measured,
    },
  }
}

const unitsOf = (points: readonly PointSummary[], target: CapacityTarget): readonly UnitFigure[] => {
  const ofSize = pointsOfSize(points, target.recordBytes)
  const narrow = ofSize.toSorted((a, b) => a.partitions - b.partitions)[0]
  const wide = ofSize.toSorted((a, b) => b.partitions - a.partitions)[0]
  if (narrow === undefined || wide === undefined) return []
  const figure = (unit: UnitFigure['unit'], recordsPerSecond: Spread, point: PointSummary): UnitFigure => ({
    unit,
    recordsPerSecond,
    from: `${point.recordBytes} bytes, ${point.partitions} ${point.partitions === 1 ? 'partition' : 'partitions'}`,
    neededForTarget: wholeUp(target.recordsPerSecond / recordsPerSecond.best),
  })
  return [
    figure('one partition, written', narrow.producedRecordsPerSecond, narrow),
    figure('one producer', wide.producedRecordsPerSecond, wide),
    figure('one consumer', wide.consumedRecordsPerSecond, wide),
    figure('one core, producing', inverse(wide.producedCpuSecondsPerRecord), wide),
    figure('one core, consuming', inverse(wide.consumedCpuSecondsPerRecord), wide),
  ]
}

/** The measured size nearest to the one asked for, so that the figures are measurements. */
const pointsOfSize = (points: readonly PointSummary[], recordBytes: number): readonly PointSummary[] => {
  const nearest = points
    .map(point => point.recordBytes)
    .toSorted((a, b) => Math.abs(a - recordBytes) - Math.abs(b - recordBytes))[0]
  return points.filter(point => point.recordBytes === nearest)
}

const inverse = ({ best, median, worst }: Spread): Spread => ({
  best: 1 / best,
  median: 1 / median,
  worst: 1 / worst,
})

const extrapolationsOf = (
  points: readonly PointSummary[],
  model: CapacityModel | null,
  target: CapacityTarget,
): readonly Extrapolation[] => {
  const ofSize = pointsOfSize(points, target.recordBytes).toSorted((a, b) => a.partitions - b.partitions)
  const [narrow, wide] = [ofSize[0], ofSize.at(-1)]
  if (narrow === undefined || wide === undefined) return []
  const measured = Math.max(...ofSize.map(point => point.producedRecordsPerSecond.best))
  const stretch = target.partitions / wide.partitions
  const claim = (text: string, { recordsPerSecond, low, high }: Prediction): Extrapolation => ({
    claim: text,
    recordsPerSecond,
    low,
    high,
    timesMeasured: recordsPerSecond / measured,
    label: labelOf(Math.max(recordsPerSecond / measured, stretch)),
  })
  const { best, worst } = narrow.producedRecordsPerSecond
  const alone = { recordsPerSecond: best, low: worst, high: best }
  const lanes = times(alone, target.partitions / narrow.partitions)
  const apart = [
    claim(`${target.partitions} partitions, each as fast as one alone, at utilisation 1.0`, lanes),
    claim(
      `the same with the hottest partition ${target.skewMaxOverMean} times the mean`,
      times(lanes, 1 / target.skewMaxOverMean),
    ),
  ]
  if (model === null) return apart
  const here = predictCapacity(model, narrow.recordBytes, target.partitions)
  const machines = Math.ceil(target.recordsPerSecond / here.recordsPerSecond)
  return [
    claim(`this machine, by the model, with ${target.partitions} partitions`, here),
    ...apart,
    claim(`${machines} machines like this one, if they scale in proportion`, times(here, machines)),
  ]
}

/** `stretch`: how many times beyond the measured, in rate or in partitions, whichever is further. */
const labelOf = (stretch: number): Extrapolation['label'] => {
  if (stretch > THEORETICAL_FROM) return 'theoretical'
  return stretch > 1 ? 'extrapolated' : 'measured'
}

const times = ({ recordsPerSecond, low, high }: Prediction, factor: number): Prediction => ({
  recordsPerSecond: recordsPerSecond * factor,
  low: low * factor,
  high: high * factor,
})
