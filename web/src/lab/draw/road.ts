/**
 * Lanes seen from above: each partition is a lane, messages are cars that queue where the log begins (left) and come in
 * where it grows (right). The length of a queue is the load; the colours are those of bars, so that the eye goes to the
 * lane that is out; a line across all lanes stands at the mean. Knows pixels, not Kafka.
 */
import type { Palette } from '../../data/theme.ts'
import { count, times } from '../../model/text.ts'

export interface RoadPicture {
  readonly width: number
  readonly laneHeight: number
  /** Messages by lane now, and a moment ago: the difference is on its way. */
  readonly loads: Float64Array
  readonly before: Float64Array
  /** Load at which a lane is full from end to end. */
  readonly full: number
  /** Lane that is named as hottest; -1 for none. */
  readonly hottest: number
  /** Moves the cars that come in; null: nothing is on its way. */
  readonly phase: number | null
}

const FONT = "'Inter Variable', system-ui, sans-serif"
const AXIS_FONT = `500 11px ${FONT}`
const STRONG_FONT = `600 11.5px ${FONT}`
const LEFT = 30
const RIGHT = 96
const RIGHT_NARROW = 52
const NARROW = 460
export const ROAD_TOP = 20
const SHOULDER = 3
const CAR_GAP = 2
const CAR_LENGTH = 7
const CAR_LENGTH_MAX = 40
/** From here on a message has a car of its own. */
const OWN_CAR_FROM = 10
const ARRIVING_MAX = 3

export const roadHeight = (lanes: number, laneHeight: number): number =>
  ROAD_TOP + lanes * laneHeight + 2 * SHOULDER

/** Load that fills a lane: room for one and a half times the mean, and for the longest queue. */
export const fullLoad = (loads: Float64Array, total: number): number => {
  let longest = 0
  for (const load of loads) if (load > longest) longest = load
  return Math.max((1.5 * total) / loads.length, longest * 1.04, 4)
}

export const paintRoad = (
  context: CanvasRenderingContext2D,
  picture: RoadPicture,
  palette: Palette,
): void => {
  const { width, laneHeight, loads } = picture
  const lanes = loads.length
  const right = width < NARROW ? RIGHT_NARROW : RIGHT
  const road = { x: LEFT, width: Math.max(40, width - LEFT - right), top: ROAD_TOP + SHOULDER }
  const total = loads.reduce((sum, load) => sum + load, 0)
  const mean = total / lanes
  context.clearRect(0, 0, width, roadHeight(lanes, laneHeight))
  context.textBaseline = 'middle'
  paintSurface(context, road, lanes, laneHeight, palette)
  const scale = Math.min(road.width / picture.full, CAR_LENGTH_MAX + CAR_GAP)
  loads.forEach((load, lane) => {
    const y = road.top + lane * laneHeight
    const colour = colourOf(picture, lane, mean, palette)
    paintQueue(context, { x: road.x, y, height: laneHeight, length: load * scale, scale, colour })
    paintArriving(context, picture, lane, { ...road, y, tail: road.x + load * scale }, palette)
  })
  paintMean(context, road, lanes * laneHeight, mean * scale, palette)
  loads.forEach((load, lane) => {
    const y = road.top + (lane + 0.5) * laneHeight
    paintNames(
      context,
      picture,
      { lane, load, mean, y, right: road.x + road.width, narrow: width < NARROW },
      palette,
    )
  })
}

const paintSurface = (
  context: CanvasRenderingContext2D,
  road: { readonly x: number; readonly width: number; readonly top: number },
  lanes: number,
  laneHeight: number,
  palette: Palette,
): void => {
  const height = lanes * laneHeight
  context.fillStyle = palette.road
  context.beginPath()
  context.roundRect(road.x - 4, road.top - SHOULDER, road.width + 8, height + 2 * SHOULDER, 4)
  context.fill()
  context.strokeStyle = palette.lineStrong
  context.lineWidth = 1
  context.globalAlpha = 0.55
  for (const y of [road.top - 1, road.top + height + 1]) {
    context.beginPath()
    context.moveTo(road.x - 4, Math.round(y) + 0.5)
    context.lineTo(road.x + road.width + 4, Math.round(y) + 0.5)
    context.stroke()
  }
  context.setLineDash([10, 10])
  for (let lane = 1; lane < lanes; lane++) {
    const y = Math.round(road.top + lane * laneHeight) + 0.5
    context.beginPath()
    context.moveTo(road.x, y)
    context.lineTo(road.x + road.width, y)
    context.stroke()
  }
  context.setLineDash([])
  context.globalAlpha = 1
}

const paintQueue = (
  context: CanvasRenderingContext2D,
  place: {
    readonly x: number
    readonly y: number
    readonly height: number
    readonly length: number
    readonly scale: number
    readonly colour: string
  },
): void => {
  if (place.length <= 0) return
  const step = place.scale >= OWN_CAR_FROM ? place.scale : CAR_LENGTH + CAR_GAP
  const inset = Math.max(2, place.height * 0.18)
  context.fillStyle = place.colour
  context.beginPath()
  for (let at = 0; at < place.length - 0.5; at += step) {
    const length = Math.min(step - CAR_GAP, place.length - at)
    if (length < 1) break
    context.roundRect(place.x + at, place.y + inset, length, place.height - 2 * inset, 2)
  }
  context.fill()
}

const paintArriving = (
  context: CanvasRenderingContext2D,
  { loads, before, phase, laneHeight }: RoadPicture,
  lane: number,
  road: { readonly x: number; readonly width: number; readonly y: number; readonly tail: number },
  palette: Palette,
): void => {
  const more = (loads[lane] ?? 0) - (before[lane] ?? 0)
  if (phase === null || more <= 0) return
  const end = road.x + road.width
  const busiest = loads.reduce((most, load, index) => Math.max(most, load - (before[index] ?? 0)), 0)
  const cars = Math.max(1, Math.round((ARRIVING_MAX * more) / busiest))
  const inset = Math.max(2, laneHeight * 0.18)
  context.fillStyle = palette.text2
  context.beginPath()
  for (let car = 0; car < cars; car++) {
    // each lane and car starts elsewhere; the golden ratio keeps them apart without chance
    const shift = (phase * (1.6 + 0.5 * ((lane * 7) % 5)) + lane * 0.618 + car / cars) % 1
    const x = end - shift * (end - road.tail)
    if (x - CAR_LENGTH > road.tail + CAR_GAP)
      context.roundRect(x - CAR_LENGTH, road.y + inset, CAR_LENGTH, laneHeight - 2 * inset, 2)
  }
  context.globalAlpha = 0.75
  context.fill()
  context.globalAlpha = 1
}

const paintMean = (
  context: CanvasRenderingContext2D,
  road: { readonly x: number; readonly width: number; readonly top: number },
  height: number,
  at: number,
  palette: Palette,
): void => {
  if (at <= 0) return
  const x = Math.round(road.x + at) + 0.5
  context.strokeStyle = palette.text
  context.lineWidth = 1
  context.setLineDash([3, 3])
  context.beginPath()
  context.moveTo(x, ROAD_TOP - 4)
  context.lineTo(x, road.top + height + SHOULDER)
  context.stroke()
  context.setLineDash([])
  context.font = AXIS_FONT
  context.fillStyle = palette.text2
  context.textAlign = x > road.x + road.width - 40 ? 'right' : x < road.x + 20 ? 'left' : 'center'
  context.fillText('mean', x, 8)
}

const paintNames = (
  context: CanvasRenderingContext2D,
  { hottest, laneHeight }: RoadPicture,
  place: {
    readonly lane: number
    readonly load: number
    readonly mean: number
    readonly y: number
    readonly right: number
    readonly narrow: boolean
  },
  palette: Palette,
): void => {
  const { lane, load, mean, y, right, narrow } = place
  const hot = lane === hottest
  context.font = hot ? STRONG_FONT : AXIS_FONT
  context.fillStyle = hot ? palette.crit : palette.text3
  context.textAlign = 'right'
  context.fillText(String(lane), LEFT - 11, y)
  if (laneHeight < 12 && !hot) return
  const share = mean > 0 ? times(load / mean) : ''
  context.textAlign = 'left'
  context.fillStyle = hot ? palette.crit : palette.text2
  context.fillText(narrow ? share : count(load), right + 10, y)
  if (narrow) return
  context.textAlign = 'right'
  context.fillText(share, right + RIGHT, y)
}

/** Twice its share is out, whatever the others do. */
const OUT = 2

const colourOf = (
  { loads, hottest, phase }: RoadPicture,
  lane: number,
  mean: number,
  palette: Palette,
): string => {
  if (lane === hottest) return palette.critFill
  // while messages are on their way, the first few always look uneven
  const out = phase === null && (loads[lane] ?? 0) > OUT * mean
  return out ? palette.warnFill : (palette.series[0] ?? palette.accent)
}
