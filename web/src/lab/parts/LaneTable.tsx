/** The lanes as a table, in order: every figure of the picture as text. */
import { useState } from 'react'
import { count, share, times } from '../../model/text.ts'
import type { LaneFigures } from '../model/production.ts'

const ROWS_AT_FIRST = 100

export const LaneTable = ({ figures }: { figures: LaneFigures }) => {
  const [all, setAll] = useState(false)
  const { loads, keysPerLane } = figures
  const total = loads.reduce((sum, load) => sum + load, 0)
  const mean = total / loads.length
  const shown = all ? loads.length : Math.min(loads.length, ROWS_AT_FIRST)
  return (
    <>
      <div className="tw tall" tabIndex={0} role="region" aria-label="Partitions">
        <table>
          <thead>
            <tr>
              <th>Partition</th>
              <th className="r">Messages</th>
              <th className="r">Share</th>
              <th className="r">Of the mean</th>
              <th className="r">Keys</th>
            </tr>
          </thead>
          <tbody>
            {Array.from({ length: shown }, (_, lane) => (
              <tr key={lane}>
                <td>{lane}</td>
                <td className="r">{count(loads[lane])}</td>
                <td className="r">{share((loads[lane] ?? 0) / total)}</td>
                <td className="r">{times((loads[lane] ?? 0) / mean)}</td>
                <td className="r">{count(keysPerLane[lane])}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {loads.length > ROWS_AT_FIRST ? (
        <button type="button" className="more" onClick={() => setAll(!all)}>
          {all ? `Show the first ${ROWS_AT_FIRST}` : `Show all ${count(loads.length)}`}
        </button>
      ) : null}
    </>
  )
}
