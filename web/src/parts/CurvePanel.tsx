import type { ReactNode } from 'react'
import { TimeRange } from './TimeRange.tsx'

/** The frame of a curve: what it shows, and how it is to be read. */
export const CurvePanel = ({
  title,
  note,
  ranged = false,
  children,
}: {
  title: string
  note: ReactNode
  /** On a phone the bar has no room for the time shown: the first curve of a page has the choice. */
  ranged?: boolean
  children: ReactNode
}) => (
  <section className="panel" aria-label={title}>
    <div className="ph">
      <h2>{title}</h2>
      <span className="t3">{note}</span>
      {ranged ? (
        <>
          <span className="sp" />
          <span className="only-s">
            <TimeRange />
          </span>
        </>
      ) : null}
    </div>
    <div className="pb">{children}</div>
  </section>
)
