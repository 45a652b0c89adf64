/** Words beside the pointer, never under it, never out of the window. Hidden from readers: the grid says the same. */
import { useLayoutEffect, useRef, useState } from 'react'
import type { CellWords } from '../model/describe.ts'

export interface TooltipPlace {
  readonly x: number
  readonly y: number
}

const OFFSET = 14
const EDGE = 12

export const Tooltip = ({ words, place }: { words: CellWords; place: TooltipPlace }) => {
  const box = useRef<HTMLDivElement>(null)
  const [at, setAt] = useState<{ left: number; top: number }>()
  useLayoutEffect(() => {
    if (box.current === null) return
    const { offsetWidth, offsetHeight } = box.current
    const right = place.x + OFFSET
    const below = place.y + OFFSET
    setAt({
      left: right + offsetWidth + EDGE > innerWidth ? Math.max(EDGE, place.x - OFFSET - offsetWidth) : right,
      top:
        below + offsetHeight + EDGE > innerHeight ? Math.max(EDGE, place.y - OFFSET - offsetHeight) : below,
    })
  }, [place.x, place.y])
  return (
    <div ref={box} className={at === undefined ? 'tip' : 'tip on'} style={at} aria-hidden="true">
      <b>{words.title}</b>
      <dl>
        {words.rows.map(([term, value]) => (
          <div key={term}>
            <dt>{term}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </div>
  )
}
