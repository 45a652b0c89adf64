/**
 * Curves over time with uPlot: named at their right end instead of in a legend; with the pointer over any chart of the
 * page all of them show the values at that time. The axis starts at 0 and gaps stay gaps.
 */
import { useEffect, useRef } from 'react'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { type Palette, usePalette } from '../data/theme.ts'
import { axisSteps, newestOf, type Series } from '../model/history.ts'
import { axisTime } from '../model/time-range.ts'
import { clock, minute, period } from '../model/text.ts'
import { fittedText } from '../draw/canvas.ts'
import { PHONE_WIDTH, useFontsReady, useWidth, useWindowWidth } from './hooks.ts'

export interface CurveSeries {
  readonly name: string
  /** Index into the palette's series colours; 4 is the muted one for references. */
  readonly colour: 0 | 1 | 2 | 3 | 4
  readonly dashed?: boolean
}

export interface CurveEvent {
  readonly at: string
  readonly text: string
}

const FONT = "'Inter Variable', system-ui, sans-serif"
/** A whole number: uPlot scales it to device pixels and takes no fraction. */
const AXIS_FONT = `500 11px ${FONT}`
const SYNC_KEY = 'page'
const LABEL_HEIGHT = 30
/** The lowest name at the right end stays clear of the last time on the axis, which reaches below it. */
const ABOVE_AXIS = 14
/** Steps of the time axis in seconds: uPlot's own have nothing between one minute and five. */
const TIME_STEPS_S = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800,
  604_800,
]
/** Under five minutes the axis needs seconds to tell its marks apart. */
const SECONDS_BELOW_S = 300
const DAY_S = 86_400
const FILL_ALPHA = '1a'

export const Curve = ({
  label,
  data,
  series,
  format,
  height,
  unit = 'decimal',
  events = [],
}: {
  label: string
  data: Series
  series: readonly CurveSeries[]
  format: (value: number | null | undefined) => string
  height: number
  /** What the axis counts in, for steps that read as round. */
  unit?: 'decimal' | 'milliseconds'
  events?: readonly CurveEvent[]
}) => {
  const frame = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot>(undefined)
  const width = useWidth(frame)
  const phone = useWindowWidth() < PHONE_WIDTH
  const palette = usePalette()
  const fontsReady = useFontsReady()
  const eventsRef = useRef(events)
  eventsRef.current = events
  const seriesKey = JSON.stringify(series)

  useEffect(() => {
    if (frame.current === null || width === 0 || !fontsReady) return
    const chart = new uPlot(
      chartOptions({ width, height, series, format, unit, palette, phone, events: () => eventsRef.current }),
      data as unknown as uPlot.AlignedData,
      frame.current,
    )
    plot.current = chart
    return () => {
      plot.current = undefined
      chart.destroy()
    }
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- new data is set below, without building the chart anew
  }, [width, height, seriesKey, palette, phone, fontsReady, format, unit])

  useEffect(() => {
    plot.current?.setData(data as unknown as uPlot.AlignedData)
  }, [data])

  const words = series
    .map(
      (one, index) =>
        `${one.name} ${format(newestOf(data[index + 1] as readonly (number | null)[] | undefined))}`,
    )
    .join('; ')
  return <div className="curve" ref={frame} role="img" aria-label={`${label}: ${words}`} style={{ height }} />
}

interface ChartSettings {
  readonly width: number
  readonly height: number
  readonly series: readonly CurveSeries[]
  readonly format: (value: number | null | undefined) => string
  readonly unit: 'decimal' | 'milliseconds'
  readonly palette: Palette
  readonly phone: boolean
  readonly events: () => readonly CurveEvent[]
}

const chartOptions = (settings: ChartSettings): uPlot.Options => {
  const { width, height, series, format, unit, palette, phone } = settings
  const colourOf = (one: CurveSeries): string => palette.series[one.colour] ?? palette.text
  return {
    width,
    height,
    padding: [10, endWidth(series, phone), 0, 0],
    legend: { show: false },
    tzDate: seconds => uPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC'),
    cursor: { sync: { key: SYNC_KEY }, drag: { x: false, y: false }, y: false, points: { size: 6 } },
    scales: { y: { range: (_, __, top) => [0, axisSteps(top, unit).at(-1) ?? 1] } },
    axes: [
      {
        stroke: palette.text3,
        font: AXIS_FONT,
        grid: { show: false },
        ticks: { show: false },
        size: 22,
        gap: 4,
        // days need a date beside the time
        incrs: TIME_STEPS_S,
        space: (_, __, from, to, length) => Math.max(to - from < DAY_S ? 56 : 84, length / 8),
        values: (_, splits) => {
          const spanS = (splits.at(-1) ?? 0) - (splits[0] ?? 0)
          const within = spanS < SECONDS_BELOW_S ? clock : (iso: string) => axisTime(iso, spanS * 1000)
          return splits.map(seconds => within(new Date(seconds * 1000).toISOString()))
        },
      },
      {
        stroke: palette.text3,
        font: AXIS_FONT,
        grid: { stroke: palette.line, width: 1 },
        ticks: { show: false },
        size: 58,
        splits: (_, __, ___, top) => [...axisSteps(top, unit)],
        values: (_, splits) => {
          const labels = splits.map(value =>
            value === 0 ? '0' : unit === 'milliseconds' ? period(value) : format(value),
          )
          // of a handful of records a quarter is rounded to what stands beside it
          return labels.map((label, index) => (label === labels[index - 1] ? '' : label))
        },
      },
    ],
    series: [
      {},
      ...series.map(
        (one): uPlot.Series => ({
          label: one.name,
          stroke: colourOf(one),
          width: one.dashed === true ? 1.2 : 1.7,
          spanGaps: false,
          points: { show: true, size: 5, fill: colourOf(one), stroke: colourOf(one), filter: alone },
          ...(one.dashed === true ? { dash: [4, 3] } : {}),
          ...(series.length === 1 ? { fill: `${colourOf(one)}${FILL_ALPHA}` } : {}),
        }),
      ),
    ],
    hooks: {
      setCursor: [chart => chart.redraw(false, false)],
      draw: [
        chart => {
          paintEvents(chart, settings)
          paintEnds(chart, settings, colourOf)
        },
      ],
    },
  }
}

/** A line needs two points; one between gaps is drawn as a dot, or it would be seen by nobody. */
const alone = (chart: uPlot, series: number): number[] => {
  const column = chart.data[series] ?? []
  const known = (at: number): boolean => typeof column[at] === 'number'
  return Array.from(column.keys()).filter(at => known(at) && !known(at - 1) && !known(at + 1))
}

/** Room for the names at the right end: Inter is about 5.7 px a character at this size. */
const endWidth = (series: readonly CurveSeries[], phone: boolean): number =>
  Math.min(phone ? 96 : 150, 20 + 5.8 * Math.max(7, ...series.map(one => one.name.length)))

const paintEvents = (chart: uPlot, { events, palette }: ChartSettings): void => {
  const { ctx, bbox } = chart
  const ratio = uPlot.pxRatio
  ctx.save()
  ctx.strokeStyle = palette.text3
  ctx.fillStyle = palette.text2
  ctx.font = AXIS_FONT.replace('11px', `${11 * ratio}px`)
  ctx.setLineDash([2 * ratio, 3 * ratio])
  for (const event of events()) {
    const x = chart.valToPos(Date.parse(event.at) / 1000, 'x', true)
    if (x < bbox.left || x > bbox.left + bbox.width) continue
    ctx.beginPath()
    ctx.moveTo(x, bbox.top)
    ctx.lineTo(x, bbox.top + bbox.height)
    ctx.stroke()
    const text = `${minute(event.at)} ${event.text}`
    const room = bbox.left + bbox.width - x
    const textWidth = ctx.measureText(text).width
    ctx.textAlign = 'left'
    ctx.textBaseline = 'top'
    if (textWidth + 8 * ratio < room) ctx.fillText(text, x + 5 * ratio, bbox.top)
  }
  ctx.restore()
}

/** Name and value at the right end, pushed apart where curves end close together. */
const paintEnds = (
  chart: uPlot,
  { series, format, palette }: ChartSettings,
  colourOf: (one: CurveSeries) => string,
): void => {
  const { ctx, bbox } = chart
  const ratio = uPlot.pxRatio
  const pointed = chart.cursor.idx ?? null
  const ends = series
    .map((one, place) => {
      const column = Array.from(chart.data[place + 1] ?? [], value => value ?? null)
      const value = pointed === null ? newestOf(column) : (column[pointed] ?? null)
      const last = column.findLast(candidate => typeof candidate === 'number') ?? 0
      return { one, value, y: chart.valToPos(last, 'y', true) }
    })
    .toSorted((a, b) => a.y - b.y)
  let lowest = Number.NEGATIVE_INFINITY
  ctx.save()
  ctx.textAlign = 'left'
  ctx.textBaseline = 'middle'
  const x = bbox.left + bbox.width + 8 * ratio
  const bottom = bbox.top + bbox.height
  ends.forEach(({ one, value, y }, place) => {
    const below = (ends.length - 1 - place) * LABEL_HEIGHT * ratio
    const top = Math.max(bbox.top + 5 * ratio, lowest + LABEL_HEIGHT * ratio)
    const at = Math.max(Math.min(y, bottom - ABOVE_AXIS * ratio - below), top)
    lowest = at
    ctx.fillStyle = one.colour === 4 ? palette.text2 : colourOf(one)
    ctx.font = `600 ${11.5 * ratio}px ${FONT}`
    ctx.fillText(format(value), x, at - 6 * ratio)
    ctx.fillStyle = palette.text3
    ctx.font = `500 ${10.5 * ratio}px ${FONT}`
    ctx.fillText(fittedText(ctx, one.name, ctx.canvas.width - x), x, at + 8 * ratio)
  })
  ctx.restore()
}
