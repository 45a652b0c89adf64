import type { Tone } from '../model/verdict.ts'
import { splitUnit } from '../model/text.ts'

export interface Figure {
  readonly label: string
  readonly value: string
  /** Quieter, after the value: "of 1,514". */
  readonly after?: string
  readonly note: string
  readonly tone?: Tone
}

/** A row of figures; the unit of each is smaller than its digits. */
export const Figures = ({ figures, alone = false }: { figures: readonly Figure[]; alone?: boolean }) => (
  <dl className={alone ? 'figs solo' : 'figs'}>
    {figures.map(figure => {
      const [digits, unit] = splitUnit(figure.value)
      return (
        <div className="fig" key={figure.label}>
          <dt>{figure.label}</dt>
          <dd>
            <div className={`v ${figure.tone ?? ''}`}>
              {digits}
              {unit === '' ? null : <small>{unit}</small>}
              {figure.after === undefined ? null : <small> {figure.after}</small>}
            </div>
            <div className="d" title={figure.note}>
              {figure.note}
            </div>
          </dd>
        </div>
      )
    })}
  </dl>
)
