/** The sorted loads of a topic beside what chance alone would make of it: what the skew curve draws and says. */
import { giniOf } from '../../../src/core/routing/index.ts'
import type { Cells } from './cells.ts'
import { meanForSpread, type SkewBand, skewBand } from './skew-band.ts'
import { knownOf, meanOf } from './statistics.ts'

export interface SkewCurve {
  /** Ranks that are drawn, 0 the hottest: each at the ends, ever fewer of them towards the middle. */
  readonly places: readonly number[]
  readonly shares: Float64Array
  /** Undefined: not known what chance explains. */
  readonly band: SkewBand | undefined
  readonly known: number
  /** Partitions above the band, and below it. */
  readonly above: number
  readonly below: number
  /** Standard deviation ÷ mean. */
  readonly spread: number
  readonly gini: number
}

const PLACES_MAX = 240

/** @param expectedMaxOverMean what chance explains, as the server says; null: not known */
export const skewCurveOf = (cells: Cells, expectedMaxOverMean: number | null): SkewCurve | undefined => {
  const loads = knownOf(cells.value).sort().reverse()
  const mean = meanOf(loads)
  if (loads.length < 2 || !(mean > 0)) return undefined
  const places = placesOf(loads.length)
  const balls = expectedMaxOverMean === null ? Number.NaN : meanForSpread(loads.length, expectedMaxOverMean)
  const band = Number.isNaN(balls) ? undefined : skewBand(loads.length, balls, places)
  let squares = 0
  for (const load of loads) squares += (load / mean - 1) ** 2
  return {
    places,
    shares: Float64Array.from(places, place => (loads[place] ?? 0) / mean),
    band,
    known: loads.length,
    ...outsideOf(loads, mean, places, band, 1 / balls),
    spread: Math.sqrt(squares / loads.length),
    gini: giniOf(loads),
  }
}

/** Both ends in full, since that is where skew is, and the same number of steps between them whatever the size. */
const placesOf = (lanes: number): readonly number[] => {
  if (lanes <= PLACES_MAX) return Array.from({ length: lanes }, (_, place) => place)
  const half = PLACES_MAX / 2
  // from place 0 to the middle in growing steps; the other half is its mirror
  const growth = Math.log(lanes / 2 + 1) / half
  const first = [
    ...new Set(Array.from({ length: half }, (_, step) => Math.floor(Math.expm1(growth * step)))),
  ].filter(place => place < lanes / 2)
  return [...first, ...first.map(place => lanes - 1 - place).reverse()].filter(
    (place, index, all) => place !== all[index - 1],
  )
}

/**
 * Between two places that are drawn the band is taken to be that of the nearer end. Records come whole: where a
 * partition has fifteen of them, many lie on one step beside the band by less than a record, which says nothing.
 *
 * @param record share of the mean that one record is
 */
const outsideOf = (
  loads: Float64Array,
  mean: number,
  places: readonly number[],
  band: SkewBand | undefined,
  record: number,
): { readonly above: number; readonly below: number } => {
  let above = 0
  let below = 0
  let step = 0
  if (band === undefined) return { above, below }
  const slack = Math.max(1e-9, record)
  for (let place = 0; place < loads.length; place++) {
    while ((places[step + 1] ?? Number.POSITIVE_INFINITY) <= place) step++
    const share = (loads[place] ?? 0) / mean
    // the hotter of the two neighbouring places bounds from above, the cooler from below
    if (share > (band.high[step] ?? 0) + slack) above++
    else if (share < (band.low[Math.min(step + 1, places.length - 1)] ?? 0) - slack) below++
  }
  return { above, below }
}

/** Place on the drawn axis, 0 (a quarter of the mean and less) to 1 (the end): doublings, as the colours are. */
export const shareToHeight = (share: number, end: number): number =>
  Math.min(1, Math.max(0, (Math.log2(Math.max(share, 0.25)) + 2) / (Math.log2(end) + 2)))

/** The doubling at or above the largest share, at least twice the mean. */
export const axisEnd = (curve: SkewCurve): number =>
  2 ** Math.max(1, Math.ceil(Math.log2(Math.max(curve.shares[0] ?? 1, curve.band?.high[0] ?? 1)) - 0.02))
