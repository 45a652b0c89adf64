/** The ring around the cell under the pointer: an element of its own, so that moving on repaints nothing. */
import { type Ref, useImperativeHandle, useRef } from 'react'

/** Of a square cell, CSS pixels within the picture. */
export interface CellBox {
  readonly x: number
  readonly y: number
  readonly side: number
}

export interface PointedCellHandle {
  /** Undefined: around none. */
  readonly show: (box: CellBox | undefined) => void
}

export const PointedCell = ({ ref }: { ref: Ref<PointedCellHandle> }) => {
  const ring = useRef<HTMLElement>(null)
  useImperativeHandle(
    ref,
    () => ({
      show: box => {
        if (ring.current === null) return
        ring.current.hidden = box === undefined
        if (box === undefined) return
        ring.current.style.width = ring.current.style.height = `${box.side}px`
        ring.current.style.transform = `translate(${box.x}px, ${box.y}px)`
      },
    }),
    [],
  )
  return <i className="pointed" ref={ring} hidden />
}
