/** Lanes of a stream as cells of the heat map, so that a thousand partitions are seen as the live ones are. */
import type { Block } from '../../model/blocks.ts'
import { type Cells, HAS_FINDING, OUTLIER, withMarks } from '../../model/cells.ts'
import type { CellWords } from '../../model/describe.ts'
import type { Measure } from '../../model/measure.ts'
import { levelOf } from '../../model/ramp.ts'
import { shareTicks, shareToUnit } from '../../model/scale.ts'
import { knownOf, selectPercentile } from '../../model/statistics.ts'
import { count, times } from '../../model/text.ts'

const OUTLIER_SHARE_MIN = 1.5

export const messageMeasure: Measure = {
  id: 'records',
  label: 'Messages',
  noun: 'Messages',
  values: () => [],
  format: count,
  scale: 'share',
  legend: 'Share of the mean',
  ticks: shareTicks,
}

/** @param hottest lane that has its name in the margin; -1 for none */
export const laneCells = (loads: Float64Array, hottest: number): Cells => {
  const length = loads.length
  const mean = loads.reduce((sum, load) => sum + load, 0) / length
  const p99 = selectPercentile(knownOf(loads), 0.99)
  const share = Float32Array.from(loads, load => (mean > 0 ? load / mean : 1))
  return withMarks({
    topics: [''],
    start: [0],
    length,
    value: Float32Array.from(loads),
    share,
    level: Uint8Array.from(share, each => levelOf(shareToUnit(each))),
    flags: Uint8Array.from(
      share,
      (each, lane) =>
        (each >= OUTLIER_SHARE_MIN && (loads[lane] ?? 0) >= p99 ? OUTLIER : 0) |
        (lane === hottest ? HAS_FINDING : 0),
    ),
  })
}

export const laneBlocks = (lanes: number): readonly Block[] => [
  {
    key: 'lanes',
    label: '',
    cells: Int32Array.from({ length: lanes }, (_, lane) => lane),
    numbered: true,
  },
]

export const laneWords = (loads: Float64Array, keysPerLane: Float64Array, lane: number): CellWords => {
  const mean = loads.reduce((sum, load) => sum + load, 0) / loads.length
  return {
    title: `Partition ${lane}`,
    rows: [
      ['Messages', count(loads[lane])],
      ['Share of the mean', times((loads[lane] ?? 0) / mean)],
      ['Keys', count(keysPerLane[lane])],
    ],
  }
}
