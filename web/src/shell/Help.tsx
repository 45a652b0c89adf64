/** Keys and marks, in a dialog of the browser's own: it traps focus, closes with Esc and gives focus back. */
import { useEffect, useRef } from 'react'

const KEYS: readonly (readonly [keys: readonly string[], does: string])[] = [
  [['/'], 'Find topics, groups, partitions, commands'],
  [['Ctrl', 'K'], 'All commands of this page'],
  [['Space'], 'Pause and go on'],
  [['t'], 'Map as table and back'],
  [['y'], 'Copy the link to this view'],
  [['g', 'o'], 'Overview'],
  [['g', 't'], 'Topics'],
  [['g', 'g'], 'Groups'],
  [['g', 'b'], 'Brokers'],
  [['g', 'a'], 'Alerts'],
  [['g', 'p'], 'Plans'],
  [['g', 'l'], 'Lab'],
  [['[', ']'], 'Time shown: earlier, later'],
  [['Esc'], 'One level up'],
  [['j', 'k'], 'On a partition: the one before, the next'],
]

const GRID_KEYS: readonly (readonly [keys: readonly string[], does: string])[] = [
  [['←', '→', '↑', '↓'], 'Move by one cell'],
  [['Home', 'End'], 'Ends of the row'],
  [['Ctrl', 'Home'], 'First cell'],
  [['Ctrl', 'End'], 'Last cell'],
  [['n'], 'Next outlier'],
  [['Enter'], 'Open the partition'],
]

export const Help = ({ onClose }: { onClose: () => void }) => {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    dialog.current?.showModal()
  }, [])
  return (
    <dialog ref={dialog} className="help" aria-labelledby="help-title" onClose={onClose}>
      <form method="dialog" className="ph">
        <h2 id="help-title">Keys</h2>
        <span className="sp" />
        <button type="submit" className="btn">
          Close
        </button>
      </form>
      <div className="help-columns">
        <KeyList title="Anywhere" rows={KEYS} />
        <div>
          <KeyList title="On a map" rows={GRID_KEYS} />
          <h3>Marks</h3>
          <p className="t2">
            A ring stands around what is above the 99th percentile and clearly over the ordinary; a thick one
            around what has a finding; a blue one around what is picked. Hatched: no data. Cut corner: fewer
            copies in sync than declared. Crossed box: no leader. Unknown is never counted as good.
          </p>
        </div>
      </div>
    </dialog>
  )
}

const KeyList = ({
  title,
  rows,
}: {
  title: string
  rows: readonly (readonly [keys: readonly string[], does: string])[]
}) => (
  <div>
    <h3>{title}</h3>
    <dl className="keys">
      {rows.map(([keys, does]) => (
        <div key={does}>
          <dt>
            {keys.map(key => (
              <kbd key={key}>{key}</kbd>
            ))}
          </dt>
          <dd>{does}</dd>
        </div>
      ))}
    </dl>
  </div>
)
