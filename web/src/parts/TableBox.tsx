/** Around a table: scrolls sideways where it must, and can then be reached and scrolled with the keyboard. */
import { type ReactNode, useLayoutEffect, useRef, useState } from 'react'

export const TableBox = ({ children }: { children: ReactNode }) => {
  const box = useRef<HTMLDivElement>(null)
  const [overflows, setOverflows] = useState(false)
  useLayoutEffect(() => {
    const element = box.current
    if (element === null) return
    const measure = (): void => setOverflows(element.scrollWidth > element.clientWidth)
    // before it is first seen: on a busy machine the observer may speak many frames later
    measure()
    // then told after the browser has laid out, when sizes are at hand: to ask for them at every tick lays a table of a
    // thousand rows out once more. The table's own width changes with what is in it, the box's with the window.
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    for (const table of element.children) observer.observe(table)
    return () => observer.disconnect()
  }, [])
  return (
    <div
      ref={box}
      className="tw"
      {...(overflows ? { tabIndex: 0, role: 'group', 'aria-label': 'Table, scrolls sideways' } : {})}
    >
      {children}
    </div>
  )
}
