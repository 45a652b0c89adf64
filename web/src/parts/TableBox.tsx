/** Around a table: scrolls sideways where it must, and can then be reached and scrolled with the keyboard. */
import { type ReactNode, useLayoutEffect, useRef, useState } from 'react'
import { useWidth } from './hooks.ts'

export const TableBox = ({ children }: { children: ReactNode }) => {
  const box = useRef<HTMLDivElement>(null)
  const width = useWidth(box)
  const [overflows, setOverflows] = useState(false)
  // after every render: what is in the table changes its width as much as the window does
  useLayoutEffect(() => {
    const element = box.current
    if (element !== null && width > 0) setOverflows(element.scrollWidth > element.clientWidth)
  })
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
