/**
 * Words beside the pointer, never under it, never out of the window. Hidden from readers: the grid says the same.
 *
 * It is moved and written by hand, outside of React's rendering: a pointer moves in every frame, and a rendering that a
 * tick began would be thrown away and begun anew each time. It hangs to the side of the pointer where more of the window
 * is, and is moved by a transform: neither is its size asked for, which would lay the page out, nor is anything below
 * painted anew. Its words are written only where they differ.
 */
import { type Ref, useImperativeHandle, useRef } from 'react'
import type { CellWords } from '../model/describe.ts'

export interface TooltipPlace {
  readonly x: number
  readonly y: number
}

export interface TooltipHandle {
  readonly show: (words: CellWords, place: TooltipPlace) => void
  readonly hide: () => void
}

const OFFSET = 14

export const Tooltip = ({ ref }: { ref: Ref<TooltipHandle> }) => {
  const box = useRef<HTMLDivElement>(null)
  useImperativeHandle(
    ref,
    () => ({
      show: (words, { x, y }) => {
        if (box.current === null) return
        box.current.style.transform = `translate(${beside(x, innerWidth)}, ${beside(y, innerHeight)})`
        write(box.current, words)
        box.current.hidden = false
      },
      hide: () => {
        if (box.current !== null) box.current.hidden = true
      },
    }),
    [],
  )
  return (
    <div className="tip" ref={box} hidden aria-hidden="true">
      <b />
      <dl />
    </div>
  )
}

const beside = (at: number, room: number): string =>
  at < room / 2 ? `${at + OFFSET}px` : `calc(${at - OFFSET}px - 100%)`

const write = (box: HTMLElement, { title, rows }: CellWords): void => {
  const [heading, list] = box.children
  if (heading === undefined || list === undefined) return
  writeText(heading, title)
  while (list.children.length > rows.length) list.lastElementChild?.remove()
  rows.forEach((row, index) => {
    const line = list.children[index] ?? list.appendChild(emptyLine())
    row.forEach((text, part) => writeText(line.children[part] as Element, text))
  })
}

const writeText = (element: Element, text: string): void => {
  if (element.textContent !== text) element.textContent = text
}

const emptyLine = (): HTMLElement => {
  const line = document.createElement('div')
  line.append(document.createElement('dt'), document.createElement('dd'))
  return line
}
