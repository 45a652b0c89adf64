/** Long tables: a thousand rows cost a second to lay out and nobody reads them, so more come on demand. */
import { useNavigation } from '../data/navigation.tsx'

const ROWS_AT_FIRST = 100
const ROWS_MORE = 400

/** How many rows a table has at most, as the address says. */
export const useRowsMax = (): number => {
  const { route } = useNavigation()
  return Math.max(ROWS_AT_FIRST, Number.parseInt(route.view.rows ?? '', 10) || 0)
}

/** Asks for more below a table that shows `shown` of `total` rows; nothing where it shows them all. */
export const MoreRows = ({ shown, total }: { shown: number; total: number }) => {
  const { look } = useNavigation()
  const rowsMax = useRowsMax()
  return shown < total ? (
    <button type="button" className="more" onClick={() => look({ rows: String(rowsMax + ROWS_MORE) })}>
      Show {Math.min(ROWS_MORE, total - shown)} more of {total.toLocaleString('en-US')}
    </button>
  ) : null
}
