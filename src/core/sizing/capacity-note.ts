import { formatCount, formatRate, formatShare, formatTimes } from '../model/index.ts'
import type { CapacityModel } from './capacity-model.ts'
import type { CapacityProof, ModelProof } from './capacity-proof.ts'
import { type Block, heading, table, text } from './note-blocks.ts'

/** A proof that was asked to err by less than this and did not is said to have failed. */
const ERROR_MAX = 0.1
/** Rounds of an idle machine agree better than this. */
const DISTURBED_FROM = 0.1

/** A capacity proof as a note: what was measured, how well the model predicts, what follows and how far to trust it. */
export const capacityNote = (proof: CapacityProof): readonly Block[] => {
  const { target, extrapolations } = proof
  return [
    { kind: 'heading', level: 1, text: `Capacity for ${formatRate(target.recordsPerSecond)}` },
    heading('Measured here'),
    text(
      'The best round of each point: whatever else the machine does only takes away. The median says how much it did.',
    ),
    pointTable(proof),
    heading('Model'),
    text(
      'Seconds a record = a + b × bytes + (c + d × bytes) ÷ partitions: what does not divide, and waiting that partitions share.',
    ),
    ...modelBlocks('Producing', proof.produce),
    ...modelBlocks('Consuming', proof.consume),
    heading('One of each'),
    table(
      ['unit', '>carries', '>median round', 'measured with', '>needed for the target'],
      proof.units.map(({ unit, recordsPerSecond, from, neededForTarget }) => [
        unit,
        formatRate(recordsPerSecond.best),
        formatRate(recordsPerSecond.median),
        from,
        formatCount(neededForTarget),
      ]),
    ),
    heading('Extrapolated'),
    table(
      ['claim', '>rate', '>interval', '>times measured', ''],
      extrapolations.map(({ claim, recordsPerSecond, low, high, timesMeasured, label }) => [
        claim,
        formatRate(recordsPerSecond),
        interval({ low, high }),
        formatTimes(timesMeasured),
        label,
      ]),
    ),
    text(honestLine(proof)),
  ]
}

const interval = ({ low, high }: { readonly low: number; readonly high: number }): string =>
  `${formatRate(low)} to ${Number.isFinite(high) ? formatRate(high) : 'unbounded'}`

const pointTable = ({ points }: CapacityProof): Block =>
  table(
    [
      '>bytes',
      '>partitions',
      '>produced',
      '>median',
      '>CPU a record',
      '>consumed',
      '>median',
      '>CPU a record',
    ],
    points.map(point => [
      formatCount(point.recordBytes),
      formatCount(point.partitions),
      formatRate(point.producedRecordsPerSecond.best),
      formatRate(point.producedRecordsPerSecond.median),
      microseconds(point.producedCpuSecondsPerRecord.best),
      formatRate(point.consumedRecordsPerSecond.best),
      formatRate(point.consumedRecordsPerSecond.median),
      microseconds(point.consumedCpuSecondsPerRecord.best),
    ]),
  )

const microseconds = (seconds: number): string =>
  Number.isFinite(seconds) ? `${(seconds * 1e6).toPrecision(3)} µs` : 'unknown'

const modelBlocks = (what: string, { model, heldOut, disturbedShare }: ModelProof): readonly Block[] => {
  if (model === null || heldOut === null)
    return [text(`${what}: too few points to fit and to hold one out; nothing is extrapolated.`)]
  const { predicted, measuredRecordsPerSecond: measured, errorShare } = heldOut
  const inside = measured >= predicted.low && measured <= predicted.high
  return [
    text(`${what}: ${coefficients(model)}; scatter ${formatShare(model.residual)}.`),
    text(
      `Held out: ${formatCount(heldOut.recordBytes)} bytes on ${formatCount(heldOut.partitions)} partitions, predicted from the ${heldOut.fittedOn} other points: ` +
        `${formatRate(predicted.recordsPerSecond)} (${interval(predicted)}), measured ${formatRate(measured)}. ` +
        `Error ${formatShare(errorShare)}, ${errorShare < ERROR_MAX ? 'under' : 'NOT under'} ${formatShare(ERROR_MAX)}; the measurement is ${inside ? 'inside' : 'OUTSIDE'} the interval.` +
        (errorShare < ERROR_MAX ? '' : ` ${whyNot(disturbedShare)}`),
    ),
  ]
}

/** A model of undisturbed work cannot be held against measurements that were disturbed. */
const whyNot = (disturbedShare: number): string =>
  disturbedShare > DISTURBED_FROM
    ? `Why: the machine was busy with other work; the median round of a point is ${formatShare(disturbedShare)} below its best. Run it on an idle machine, or for longer (--seconds 300).`
    : 'Why: the model does not describe this cluster, whose rounds agree with each other; do not extrapolate from it.'

const coefficients = (model: CapacityModel): string =>
  [
    `a = ${microseconds(model.perRecordSeconds)}`,
    `b = ${(model.perByteSeconds * 1e9).toPrecision(3)} ns a byte`,
    `c = ${microseconds(model.waitPerRecordSeconds)}`,
    `d = ${(model.waitPerByteSeconds * 1e9).toPrecision(3)} ns a byte`,
  ].join(', ')

const honestLine = ({ target, extrapolations, units }: CapacityProof): string => {
  const perPartition = target.recordsPerSecond / target.partitions
  const sustained = target.recordsPerSecond / target.skewMaxOverMean
  const consumer = units.find(({ unit }) => unit === 'one consumer')?.recordsPerSecond.best ?? Number.NaN
  const theoretical = extrapolations.some(
    ({ label, recordsPerSecond }) => label === 'theoretical' && recordsPerSecond >= target.recordsPerSecond,
  )
  return (
    `${formatCount(target.partitions)} partitions × ${formatRate(perPartition)} are ${formatRate(target.recordsPerSecond)} only at utilisation 1.0; ` +
    `with the hottest partition ${formatShare(target.skewMaxOverMean - 1)} over the mean, ${formatRate(sustained)} is sustainable on them. ` +
    `One consumer here reads ${formatRate(consumer)}, before any work of its own, which is ${consumer >= perPartition ? 'above' : 'below'} ${formatRate(perPartition)}. ` +
    `${formatRate(target.recordsPerSecond)} itself was not measured here${theoretical ? ': it is theoretical' : ''}.`
  )
}
