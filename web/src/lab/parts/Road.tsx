/** The lanes of a stream on one canvas. */
import { useLayoutEffect, useRef } from 'react'
import { usePalette } from '../../data/theme.ts'
import { sizeCanvas } from '../../draw/canvas.ts'
import { useFontsReady, useWidth } from '../../parts/hooks.ts'
import { fullLoad, paintRoad, roadHeight } from '../draw/road.ts'

const ROOM = 336
const LANE_MIN = 11
const LANE_MAX = 30

export const Road = ({
  label,
  loads,
  before,
  total,
  hottest,
  phase,
}: {
  label: string
  loads: Float64Array
  before: Float64Array
  /** Messages when all are sent. */
  total: number
  hottest: number
  phase: number | null
}) => {
  const frame = useRef<HTMLDivElement>(null)
  const canvas = useRef<HTMLCanvasElement>(null)
  const width = useWidth(frame)
  const palette = usePalette()
  const fontsReady = useFontsReady()
  const laneHeight = Math.max(LANE_MIN, Math.min(LANE_MAX, Math.floor(ROOM / loads.length)))
  const height = roadHeight(loads.length, laneHeight)

  useLayoutEffect(() => {
    const context = canvas.current === null ? undefined : sizeCanvas(canvas.current, width, height)
    if (context === undefined || width === 0) return
    paintRoad(
      context,
      { width, laneHeight, loads, before, full: fullLoad(loads, total), hottest, phase },
      palette,
    )
  }, [loads, before, total, hottest, phase, width, height, laneHeight, palette, fontsReady])

  return (
    <div className="road" ref={frame}>
      <canvas ref={canvas} role="img" aria-label={label} style={{ height }} />
    </div>
  )
}
