/** A row of small cells on one canvas: a topic or a member at a glance inside a table. */
import { useLayoutEffect, useRef } from 'react'
import { usePalette } from '../data/theme.ts'
import { sizeCanvas } from '../draw/canvas.ts'
import { NO_LEVEL } from '../model/ramp.ts'
import { useWidth } from './hooks.ts'

const SIDE = 11
const GAP = 1.5

/** @param levels of the colour ramp; more than fit are drawn as the largest of neighbours */
export const CellStrip = ({ levels, label }: { levels: Uint8Array; label: string }) => {
  const frame = useRef<HTMLDivElement>(null)
  const canvas = useRef<HTMLCanvasElement>(null)
  const width = useWidth(frame)
  const palette = usePalette()
  useLayoutEffect(() => {
    const context = canvas.current === null ? undefined : sizeCanvas(canvas.current, width, SIDE)
    if (context === undefined || width === 0) return
    context.clearRect(0, 0, width, SIDE)
    const roomy = levels.length * (SIDE + GAP) <= width
    const cells = roomy ? levels.length : Math.floor(width / 2)
    const pitch = roomy ? SIDE + GAP : 2
    for (let cell = 0; cell < Math.min(cells, Math.max(levels.length, cells)); cell++) {
      const first = Math.floor((cell / cells) * levels.length)
      const last = Math.max(first + 1, Math.floor(((cell + 1) / cells) * levels.length))
      context.fillStyle = palette.ramp.css[largestKnown(levels, first, last)] ?? palette.cellNone
      context.fillRect(cell * pitch, 0, roomy ? SIDE : pitch, SIDE)
    }
  }, [levels, width, palette])
  return (
    <div className="strip" ref={frame}>
      <canvas ref={canvas} role="img" aria-label={label} />
    </div>
  )
}

const largestKnown = (levels: Uint8Array, first: number, last: number): number => {
  let largest = -1
  for (let cell = first; cell < last; cell++) {
    const level = levels[cell] ?? NO_LEVEL
    if (level !== NO_LEVEL && level > largest) largest = level
  }
  return largest
}
