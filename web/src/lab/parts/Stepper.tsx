/** Walks through the steps of a script: one back, one on, to the start, to the end. Arrow keys do the same from inside. */
import type { KeyboardEvent } from 'react'
import { Icon } from '../../parts/Icon.tsx'

export const Stepper = ({
  label,
  at,
  last,
  onMove,
}: {
  label: string
  at: number
  last: number
  onMove: (at: number) => void
}) => {
  const key = (event: KeyboardEvent): void => {
    const to =
      event.key === 'ArrowRight'
        ? at + 1
        : event.key === 'ArrowLeft'
          ? at - 1
          : event.key === 'Home'
            ? 0
            : event.key === 'End'
              ? last
              : undefined
    if (to === undefined) return
    event.preventDefault()
    if (to >= 0 && to <= last) onMove(to)
  }
  return (
    <div className="stepper" role="group" aria-label={label} onKeyDown={key}>
      {/* aria-disabled and not disabled: a button that vanishes from under the focus throws the reader out */}
      <button
        type="button"
        className="btn icon"
        aria-label="To the start"
        aria-disabled={at === 0}
        onClick={() => onMove(0)}
      >
        <Icon name="rewinding" />
      </button>
      <button
        type="button"
        className="btn"
        aria-disabled={at === 0}
        onClick={() => {
          if (at > 0) onMove(at - 1)
        }}
      >
        Back
      </button>
      <button
        type="button"
        className="btn primary"
        aria-disabled={at === last}
        onClick={() => {
          if (at < last) onMove(at + 1)
        }}
      >
        Next step
      </button>
      <span className="place">
        {at} of {last}
      </span>
      <span className="ticks" aria-hidden="true">
        {Array.from({ length: Math.min(last, TICKS_MAX) }, (_, index) => (
          <i key={index} className={index < (at / last) * Math.min(last, TICKS_MAX) ? 'past' : ''} />
        ))}
      </span>
    </div>
  )
}

const TICKS_MAX = 40
