/** Around the raster: events above, partitions at the left, times below, names of the hottest at the right. */
import type { History } from '../../../src/api/contract.ts'
import type { Palette } from '../data/theme.ts'
import { axisTime } from '../model/time-range.ts'
import { clock, count, minute, times } from '../model/text.ts'
import { fittedText } from './canvas.ts'

export interface RasterFrame {
  readonly history: History
  readonly partitions: number
  readonly outliers: readonly { readonly partition: number; readonly share: number }[]
  /** Of the image itself, CSS pixels. */
  readonly width: number
  readonly height: number
}

export const RASTER_LEFT = 32
export const RASTER_TOP = 18
export const RASTER_BOTTOM = 20

const FONT = "'Inter Variable', system-ui, sans-serif"
const AXIS_FONT = `500 10.5px ${FONT}`
const NAME_FONT = `600 11px ${FONT}`
const NAME_HEIGHT = 26
const TIME_LABELS = 6
/** In less, two labels are within one minute. */
const SECONDS_BELOW_MS = 10 * 60_000
/** Of a name, less than its time says nothing. */
const EVENT_ROOM_MIN = 34

export const paintRasterFrame = (
  context: CanvasRenderingContext2D,
  frame: RasterFrame,
  palette: Palette,
): void => {
  context.textBaseline = 'middle'
  context.font = AXIS_FONT
  paintPartitions(context, frame, palette)
  paintTimes(context, frame, palette)
  paintEvents(context, frame, palette)
  paintNames(context, frame, palette)
}

const paintPartitions = (
  context: CanvasRenderingContext2D,
  { partitions, height }: RasterFrame,
  palette: Palette,
): void => {
  context.fillStyle = palette.text3
  context.textAlign = 'right'
  const named = new Set<number>()
  for (const part of [0, 0.25, 0.5, 0.75, 1]) {
    const partition = Math.min(partitions - 1, Math.round(part * partitions))
    if (named.has(partition)) continue
    named.add(partition)
    const y = RASTER_TOP + Math.max(6, Math.min(height - 6, part * height))
    context.fillText(count(partition), RASTER_LEFT - 8, y)
  }
}

const paintTimes = (
  context: CanvasRenderingContext2D,
  { history, width, height }: RasterFrame,
  palette: Palette,
): void => {
  const { at } = history
  if (at.length === 0) return
  context.fillStyle = palette.text3
  const span = Date.parse(at.at(-1) ?? '') - Date.parse(at[0] ?? '')
  const labels = width > 480 ? TIME_LABELS : TIME_LABELS / 2
  for (let index = 0; index <= labels; index++) {
    const time = at[Math.min(at.length - 1, Math.round((index / labels) * (at.length - 1)))]
    if (time === undefined) continue
    context.textAlign = index === 0 ? 'left' : index === labels ? 'right' : 'center'
    context.fillText(
      span < SECONDS_BELOW_MS ? clock(time) : axisTime(time, span),
      RASTER_LEFT + (index / labels) * width,
      RASTER_TOP + height + 11,
    )
  }
}

const paintEvents = (
  context: CanvasRenderingContext2D,
  { history, width }: RasterFrame,
  palette: Palette,
): void => {
  const first = Date.parse(history.at[0] ?? '')
  const span = Date.parse(history.at.at(-1) ?? '') - first
  if (!(span > 0)) return
  context.textAlign = 'left'
  const end = RASTER_LEFT + width
  const marks = history.events
    .map(event => ({ event, place: (Date.parse(event.at) - first) / span }))
    .filter(({ place }) => place >= 0 && place <= 1)
    .map(({ event, place }) => ({ event, x: Math.round(RASTER_LEFT + place * width) + 0.5 }))
    .toSorted((a, b) => a.x - b.x)
  let taken = Number.NEGATIVE_INFINITY
  marks.forEach(({ event, x }, index) => {
    context.strokeStyle = palette.text3
    context.lineWidth = 1
    context.beginPath()
    context.moveTo(x, 2)
    context.lineTo(x, RASTER_TOP)
    context.stroke()
    const text = `${minute(event.at)} ${event.text}`
    const textWidth = context.measureText(text).width
    const next = marks[index + 1]?.x ?? end
    // to the left of its mark where it does not fit to the right of it, and else as much as fits before the next
    const leftward = x + 5 + textWidth > next && x - 5 - textWidth > Math.max(taken, RASTER_LEFT)
    const left = leftward ? x - 5 - textWidth : x + 5
    const room = leftward ? textWidth : next - 6 - left
    if (left < taken || room < EVENT_ROOM_MIN) return
    context.fillStyle = palette.text2
    context.fillText(fittedText(context, text, room), left, 7)
    taken = left + Math.min(textWidth, room) + 6
  })
}

const paintNames = (
  context: CanvasRenderingContext2D,
  { outliers, partitions, width, height }: RasterFrame,
  palette: Palette,
): void => {
  const taken: number[] = []
  context.textAlign = 'left'
  for (const { partition, share } of outliers) {
    const y = RASTER_TOP + ((partition + 0.5) / partitions) * height
    if (taken.some(other => Math.abs(other - y) < NAME_HEIGHT)) continue
    taken.push(y)
    context.strokeStyle = palette.text2
    context.lineWidth = 1
    context.beginPath()
    context.moveTo(RASTER_LEFT + width + 2, Math.round(y) + 0.5)
    context.lineTo(RASTER_LEFT + width + 9, Math.round(y) + 0.5)
    context.stroke()
    context.fillStyle = palette.text
    context.font = NAME_FONT
    context.fillText(String(partition), RASTER_LEFT + width + 13, y - 6)
    context.font = AXIS_FONT
    context.fillText(times(share), RASTER_LEFT + width + 13, y + 7)
  }
}
