/**
 * Runs in the browser: the page's own view-models and painters, driven once a frame. Bundled by bench/frames.ts.
 *
 * Every frame of the heat map has a new colour for nearly every cell; every frame of the raster paints the whole of it. What is
 * measured is the time of our JavaScript, to the canvas in memory; what the browser does afterwards to show it is in
 * the intervals between frames.
 */
import type { Frames } from '../../../bench/frames-result.ts'
import type { HeldTick } from '../../../src/api/delta.ts'
import { createCellPixels } from './heat-pixels.ts'
import { paintRaster } from './raster.ts'
import { blocksOf } from '../model/blocks.ts'
import { type Cells, cellsOf } from '../model/cells.ts'
import { gapOf, type PlacedBlock } from '../model/grid-layout.ts'
import { measureOf } from '../model/measure.ts'
import { buildRamp, levelOf, NO_LEVEL, packPixel } from '../model/ramp.ts'
import { rasterLevels } from '../model/raster-levels.ts'
import { shareToUnit } from '../model/scale.ts'
import type { Palette } from '../data/theme.ts'

const STOPS = [
  '#fdf3cb',
  '#e9dfa9',
  '#d5cb91',
  '#a69c7c',
  '#7c7b78',
  '#575d6d',
  '#31446b',
  '#123570',
  '#00224e',
]
const palette = {
  ramp: buildRamp(STOPS),
  cellNone: '#dddddd',
  pixelSurface: [255, 255, 255],
  pixelNone: packPixel([221, 221, 221]),
  pixelHatch: packPixel([120, 120, 120]),
} as unknown as Palette

const canvasOf = (width: number, height: number): CanvasRenderingContext2D => {
  const canvas = document.createElement('canvas')
  canvas.width = width
  canvas.height = height
  document.body.replaceChildren(canvas)
  const context = canvas.getContext('2d', { willReadFrequently: true })
  if (context === null) throw new Error('no canvas')
  return context
}

const everyFrame = async (
  frames: number,
  draw: (frame: number) => void,
): Promise<Pick<Frames, 'scriptMs' | 'intervalMs'>> => {
  const scriptMs: number[] = []
  const intervalMs: number[] = []
  let last = Number.NaN
  for (let frame = 0; frame < frames; frame++) {
    const at = await new Promise<number>(resolve => requestAnimationFrame(resolve))
    const begun = performance.now()
    draw(frame)
    scriptMs.push(performance.now() - begun)
    if (frame > 0) intervalMs.push(at - last)
    last = at
  }
  return { scriptMs, intervalMs }
}

const tickOf = (rates: Float32Array): HeldTick => {
  const partitions = rates.length
  const none = new Float32Array(partitions)
  const whole = new Int32Array(partitions).fill(1)
  return {
    topics: [{ topic: 't', skewExpectedByChance: 1.1 }],
    findings: [],
    cluster: { brokers: [] },
    columns: [
      {
        topic: 't',
        recordsPerSecond: rates,
        bytesPerSecond: none,
        sizeBytes: none,
        lagRecords: none,
        lagMs: none,
        leader: whole,
        isr: whole,
        state: Array.from({ length: partitions }, () => 'active' as const),
        consumer: whole,
        consumers: [],
      },
    ],
  } as unknown as HeldTick
}

/** So many different maps are painted in turn. */
const MOMENTS = 5

/** @param columns cells in a row, `pitch` pixels each */
export const heatFrames = async (
  partitions: number,
  columns: number,
  pitch: number,
  frames: number,
): Promise<Frames> => {
  const measure = measureOf('records')
  const rates = new Float32Array(partitions)
  const tick = tickOf(rates)
  const placed: PlacedBlock = {
    block: blocksOf(cellsOf(tick, ['t'], measure), tick, 'id')[0] as PlacedBlock['block'],
    x: 0,
    y: 0,
    cellsX: 0,
    cellsY: 0,
    columns,
    rows: Math.ceil(partitions / columns),
    pitch,
    gap: gapOf(pitch),
    band: 0,
    strip: false,
    labelEvery: 0,
  }
  const context = canvasOf(columns * pitch, placed.rows * pitch)
  const pixels = createCellPixels()
  // on the page, cells come ready from the worker that follows the stream
  const moments = Array.from({ length: MOMENTS }, (_, moment): Cells => {
    for (let p = 0; p < partitions; p++) rates[p] = 50 + ((p * 7919 + moment * 104_729) % 400)
    rates[moment % partitions] = Number.NaN
    return cellsOf(tick, ['t'], measure)
  })
  const measured = await everyFrame(frames, frame => {
    // the last frame paints the last moment, whose rates are still at hand
    const cells = moments.at((frame - frames) % MOMENTS) as Cells
    pixels.paint(context, [placed], cells, palette, 1)
  })
  const seen = context.getImageData(0, 0, columns * pitch, placed.rows * pitch)
  const colours = new Uint32Array(seen.data.buffer)
  let wrong = 0
  const mean = rates.reduce((sum, rate) => sum + (Number.isNaN(rate) ? 0 : rate), 0) / (partitions - 1)
  for (let p = 0; p < partitions; p++) {
    const x = (p % columns) * pitch
    const y = Math.floor(p / columns) * pitch
    const level = levelOf(shareToUnit((rates[p] ?? 0) / mean))
    if (!isNear(colours[y * seen.width + x] ?? 0, level)) wrong++
  }
  return { cells: partitions, ...measured, probed: partitions, wrong }
}

export const rasterFrames = async (steps: number, rows: number, frames: number): Promise<Frames> => {
  const raster = Array.from({ length: steps }, (_, step) =>
    step === 5 ? null : Array.from({ length: rows }, (_, row) => 50 + ((row * 31 + step * 17) % 400)),
  )
  const levels = rasterLevels({ raster }, 200, rows)
  if (levels === undefined) throw new Error('no raster')
  const context = canvasOf(steps, rows)
  const image = new ImageData(steps, rows)
  const measured = await everyFrame(frames, () => {
    paintRaster(image, levels, palette)
    context.putImageData(image, 0, 0)
  })
  const colours = new Uint32Array(context.getImageData(0, 0, steps, rows).data.buffer)
  let probed = 0
  let wrong = 0
  for (let step = 0; step < steps; step++)
    for (let row = 0; row < rows; row++) {
      const value = raster[step]?.[row]
      // below this the raster's colours are mixed with the paper on purpose
      if (value !== undefined && value < 340) continue
      probed++
      const pixel = colours[row * steps + step] ?? 0
      const right =
        value === undefined
          ? pixel === palette.pixelHatch || pixel === palette.pixelNone
          : isNear(pixel, levelOf(shareToUnit(value / 200)))
      if (!right) wrong++
    }
  return { cells: steps * rows, ...measured, probed, wrong }
}

/** The table's steps may be off by one level from the exact scale. */
const isNear = (pixel: number, level: number): boolean =>
  level === NO_LEVEL
    ? pixel === palette.pixelNone
    : [level - 1, level, level + 1].some(each => palette.ramp.pixels[each] === pixel)
