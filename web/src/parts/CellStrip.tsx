/** A row of small cells on one canvas: a topic or a member at a glance inside a table. */
import { useLayoutEffect, useRef } from 'react'
import { usePalette } from '../data/theme.ts'
import { sizeCanvas } from '../draw/canvas.ts'
import { levelOf } from '../model/ramp.ts'
import { useWidth } from './hooks.ts'

const SIDE = 11
const GAP = 1.5

/** @param units places on the colour scale (0 to 1, NaN not known); more than fit are drawn as the largest of neighbours */
export const CellStrip = ({ units, label }: { units: Float64Array; label: string }) => {
  const frame = useRef<HTMLDivElement>(null)
  const canvas = useRef<HTMLCanvasElement>(null)
  const width = useWidth(frame)
  const palette = usePalette()
  useLayoutEffect(() => {
    const context = canvas.current === null ? undefined : sizeCanvas(canvas.current, width, SIDE)
    if (context === undefined || width === 0) return
    context.clearRect(0, 0, width, SIDE)
    const roomy = units.length * (SIDE + GAP) <= width
    const cells = roomy ? units.length : Math.floor(width / 2)
    const pitch = roomy ? SIDE + GAP : 2
    for (let cell = 0; cell < Math.min(cells, Math.max(units.length, cells)); cell++) {
      const first = Math.floor((cell / cells) * units.length)
      const last = Math.max(first + 1, Math.floor(((cell + 1) / cells) * units.length))
      const level = levelOf(largestKnown(units.subarray(first, last)))
      context.fillStyle = level < 0 ? palette.cellNone : (palette.ramp.css[level] ?? palette.cellNone)
      context.fillRect(cell * pitch, 0, roomy ? SIDE : pitch, SIDE)
    }
  }, [units, width, palette])
  return (
    <div className="strip" ref={frame}>
      <canvas ref={canvas} role="img" aria-label={label} />
    </div>
  )
}

const largestKnown = (units: Float64Array): number => {
  let largest = Number.NaN
  for (const unit of units) if (!Number.isNaN(unit) && !(unit <= largest)) largest = unit
  return largest
}
