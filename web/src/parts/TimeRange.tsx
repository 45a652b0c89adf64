/** Which part of the past the pictures show: a span up to now, or one step earlier and later. The address keeps it. */
import { useLive } from '../data/context.tsx'
import { useNavigation } from '../data/navigation.tsx'
import { rangeOf, rangeView, rangeWords, shifted, SPANS } from '../model/time-range.ts'
import { Icon } from './Icon.tsx'

export const TimeRange = () => {
  const { route, look } = useNavigation()
  const { now } = useLive()
  const range = rangeOf(route.view)
  const running = range.kind === 'last'
  return (
    <span className="timerange" role="group" aria-label="Time shown">
      <button
        type="button"
        className="btn icon"
        aria-label="Earlier"
        onClick={() => look(rangeView(shifted(range, -1, now)))}
      >
        <Icon name="left" />
      </button>
      <label>
        <span className="vh">Span</span>
        <select
          className="btn"
          value={running ? range.id : 'fixed'}
          onChange={event => {
            const span = SPANS.find(each => each.id === event.target.value)
            if (span !== undefined) look(rangeView({ kind: 'last', id: span.id, minutes: span.minutes }))
          }}
        >
          {running ? null : <option value="fixed">{rangeWords(range)}</option>}
          {SPANS.map(span => (
            <option key={span.id} value={span.id}>
              Last {span.label}
            </option>
          ))}
        </select>
      </label>
      <button
        type="button"
        className="btn icon"
        aria-label="Later"
        disabled={running}
        onClick={() => look(rangeView(shifted(range, 1, now)))}
      >
        <Icon name="chevron" />
      </button>
    </span>
  )
}
