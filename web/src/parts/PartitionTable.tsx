/** The map as a table: every figure as text, worst first by the chosen measure. */
import { type HeldTick as Tick, stateAt } from '../../../src/api/delta.ts'
import { Link } from '../data/navigation.tsx'
import { type Cells, hasFlag, NO_DATA, partitionAt, topicAt } from '../model/cells.ts'
import type { Measure } from '../model/measure.ts'
import { rankCells } from '../model/ranked.ts'
import { byteRate, bytes, count, duration, rate, times } from '../model/text.ts'
import { MoreRows, useRowsMax } from './MoreRows.tsx'

export const PartitionTable = ({ tick, cells, measure }: { tick: Tick; cells: Cells; measure: Measure }) => {
  const rows = useRowsMax()
  const shown = rankCells(cells, 'top', rows, 'value').map(one => one.cell)
  // what is not known comes last
  for (let cell = 0; cell < cells.length && shown.length < rows; cell++)
    if (hasFlag(cells, cell, NO_DATA)) shown.push(cell)
  return (
    <>
      <div className="tw tall" tabIndex={0} role="region" aria-label={`Partitions by ${measure.label}`}>
        <table>
          <caption className="vh">Partitions, largest {measure.label} first</caption>
          <thead>
            <tr>
              <th>Partition</th>
              <th className="r">Records/s</th>
              <th className="r hide-s">Share</th>
              <th className="r hide-m">Bytes/s</th>
              <th className="r">Lag</th>
              <th className="r">Behind</th>
              <th className="r hide-m">Size</th>
              <th className="r hide-s">Leader</th>
              <th className="r hide-m">In sync</th>
              <th className="hide-m">State</th>
              <th className="hide-m">Reader</th>
            </tr>
          </thead>
          <tbody>
            {shown.map(cell => {
              const topic = topicAt(cells, cell)
              const partition = partitionAt(cells, cell)
              const columns = tick.columns.find(candidate => candidate.topic === topic)
              if (columns === undefined) return null
              const leader = columns.leader[partition] ?? -1
              const perSecond = columns.recordsPerSecond[partition]
              return (
                <tr key={cell}>
                  <td>
                    <Link to={{ name: 'partition', topic, partition }}>
                      {topic}-{partition}
                    </Link>
                  </td>
                  <td className="r">{rate(perSecond)}</td>
                  <td className="r hide-s">{times(cells.share[cell])}</td>
                  <td className="r hide-m">{byteRate(columns.bytesPerSecond[partition])}</td>
                  <td className="r">{count(columns.lagRecords[partition])}</td>
                  <td className="r">{duration(columns.lagMs[partition])}</td>
                  <td className="r hide-m">{bytes(columns.sizeBytes[partition])}</td>
                  <td className="r hide-s">{leader < 0 ? 'none' : leader}</td>
                  <td className="r hide-m">{columns.isr[partition] ?? 'unknown'}</td>
                  <td className="hide-m">{stateAt(columns, partition).replace('-', ' ')}</td>
                  <td className="hide-m">
                    {columns.consumers[columns.consumer[partition] ?? -1] ?? 'nobody'}
                  </td>
                </tr>
              )
            })}
          </tbody>
        </table>
      </div>
      <MoreRows shown={shown.length} total={cells.length} />
    </>
  )
}
