/** Under the raster: which moment the map shows. The right end is now. A native slider: arrows step, Home and End work. */
import { clock } from '../model/text.ts'

export const Scrubber = ({
  at,
  step,
  left,
  width,
  onScrub,
}: {
  at: readonly string[]
  step: number | undefined
  left: number
  width: number
  onScrub: (step: number | undefined) => void
}) => {
  const shown = step === undefined ? undefined : at[step]
  return (
    <div className="scrub" style={{ paddingLeft: left }}>
      <input
        type="range"
        aria-label="Moment that the map shows"
        aria-valuetext={shown === undefined ? 'now' : `${clock(shown)} UTC`}
        min={0}
        max={at.length}
        value={step ?? at.length}
        style={{ width }}
        onChange={event => {
          const wanted = Number(event.target.value)
          onScrub(wanted >= at.length ? undefined : wanted)
        }}
      />
      <span className="t3">{shown === undefined ? 'now' : clock(shown)}</span>
    </div>
  )
}
