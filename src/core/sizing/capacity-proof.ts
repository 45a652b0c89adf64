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

/** Median of the rounds, with the least and the most. */
export interface Spread {
  readonly median: number
  readonly min: number
  readonly max: number
}

export interface ModelProof {
  /** Fitted on all points; null where there were too few. */
  readonly model: CapacityModel | null
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
  /** Against the largest rate that was measured. */
  readonly timesMeasured: number
  readonly label: 'measured' | 'extrapolated' | 'theoretical'
}

/** Beyond this many times the measured, a figure is a computation and no longer an expectation. */
const THEORETICAL_FROM = 10

export const proveCapacity = (points: readonly MeasuredPoint[], target: CapacityTarget): CapacityProof => {
  const summaries = points.map(summaryOf)
  const produce = modelProof(summaries, point => point.producedRecordsPerSecond.median)
  const consume = modelProof(summaries, point => point.consumedRecordsPerSecond.median)
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
  producedRecordsPerSecond: spreadOf(produced.map(round => round.recordsPerSecond)),
  consumedRecordsPerSecond: spreadOf(consumed.map(round => round.recordsPerSecond)),
  producedCpuSecondsPerRecord: spreadOf(produced.map(round => round.cpuSecondsPerRecord)),
  consumedCpuSecondsPerRecord: spreadOf(consumed.map(round => round.cpuSecondsPerRecord)),
})

const spreadOf = (values: readonly number[]): Spread => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  const at = (index: number): number => sorted[index] ?? Number.NaN
  return {
    median: sorted.length % 2 === 1 ? at(Math.floor(middle)) : (at(middle - 1) + at(middle)) / 2,
    min: at(0),
    max: at(sorted.length - 1),
  }
}

const modelProof = (points: readonly PointSummary[], rateOf: (point: PointSummary) => number): ModelProof => {
  const timed = (some: readonly PointSummary[]): readonly TimedPoint[] =>
    some.map(point => ({ ...point, recordsPerSecond: rateOf(point) }))
  const [largest, ...others] = points.toSorted(
    (a, b) => b.partitions - a.partitions || b.recordBytes - a.recordBytes,
  )
  const fitted = largest === undefined ? null : fitCapacity(timed(others))
  const model = fitCapacity(timed(points))
  if (largest === undefined || fitted === null) return { model, heldOut: null }
  const predicted = predictCapacity(fitted, largest.recordBytes, largest.partitions)
  const measured = rateOf(largest)
  return {
    model,
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
    neededForTarget: wholeUp(target.recordsPerSecond / recordsPerSecond.median),
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

const inverse = ({ median, min, max }: Spread): Spread => ({ median: 1 / median, min: 1 / max, max: 1 / min })

const extrapolationsOf = (
  points: readonly PointSummary[],
  model: CapacityModel | null,
  target: CapacityTarget,
): readonly Extrapolation[] => {
  const ofSize = pointsOfSize(points, target.recordBytes)
  const narrow = ofSize.toSorted((a, b) => a.partitions - b.partitions)[0]
  if (narrow === undefined) return []
  const measured = Math.max(...ofSize.map(point => point.producedRecordsPerSecond.median))
  const claim = (text: string, { recordsPerSecond, low, high }: Prediction): Extrapolation => ({
    claim: text,
    recordsPerSecond,
    low,
    high,
    timesMeasured: recordsPerSecond / measured,
    label:
      recordsPerSecond > measured * THEORETICAL_FROM
        ? 'theoretical'
        : recordsPerSecond > measured
          ? 'extrapolated'
          : 'measured',
  })
  const lanes = scaled(narrow.producedRecordsPerSecond, target.partitions / narrow.partitions)
  const even = 1 / target.skewMaxOverMean
  const rest = [
    claim(`${target.partitions} partitions, each as fast as one alone, at utilisation 1.0`, lanes),
    claim(
      `the same with the hottest partition ${target.skewMaxOverMean} times the mean`,
      scaled({ median: lanes.recordsPerSecond, min: lanes.low, max: lanes.high }, even),
    ),
  ]
  if (model === null) return rest
  const here = predictCapacity(model, narrow.recordBytes, target.partitions)
  const machines = Math.ceil(target.recordsPerSecond / here.recordsPerSecond)
  return [
    claim(`this machine, by the model, with ${target.partitions} partitions`, here),
    ...rest,
    claim(
      `${machines} machines like this one, if they scale in proportion`,
      scaled({ median: here.recordsPerSecond, min: here.low, max: here.high }, machines),
    ),
  ]
}

const scaled = ({ median, min, max }: Spread, factor: number): Prediction => ({
  recordsPerSecond: median * factor,
  low: min * factor,
  high: max * factor,
})
