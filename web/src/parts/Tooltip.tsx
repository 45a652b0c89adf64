/**
 * Words beside the pointer, never under it, never out of the window. Hidden from readers: the grid says the same.
 *
 * It hangs to the side of the pointer where more of the window is, and is moved by a transform: neither is its size asked
 * for, which would lay the page out in every frame that the pointer moves in, nor is anything below painted anew.
 */
import type { CellWords } from '../model/describe.ts'

export interface TooltipPlace {
  readonly x: number
  readonly y: number
}

const OFFSET = 14

const beside = (at: number, room: number): string =>
  at < room / 2 ? `${at + OFFSET}px` : `calc(${at - OFFSET}px - 100%)`

export const Tooltip = ({ words, place }: { words: CellWords; place: TooltipPlace }) => (
  <div
    className="tip"
    style={{ transform: `translate(${beside(place.x, innerWidth)}, ${beside(place.y, innerHeight)})` }}
    aria-hidden="true"
  >
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
