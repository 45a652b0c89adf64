/** The partitions of a group that are furthest behind. */
import type { GroupView } from '../../../src/api/contract.ts'
import { Link } from '../data/navigation.tsx'
import { count, duration } from '../model/text.ts'
import { TableBox } from '../parts/TableBox.tsx'

export const FurthestBehind = ({ view }: { view: GroupView | undefined }) => {
  const worst = view?.worstPartitions.filter(one => (one.lagRecords ?? 0) > 0).slice(0, 10) ?? []
  if (worst.length === 0) return null
  return (
    <section className="panel" aria-label="Partitions furthest behind">
      <div className="ph">
        <h2>Furthest behind</h2>
      </div>
      <TableBox>
        <table>
          <thead>
            <tr>
              <th>Partition</th>
              <th className="r">Lag</th>
              <th className="r">Behind</th>
            </tr>
          </thead>
          <tbody>
            {worst.map(one => (
              <tr key={`${one.topic}-${one.partition}`}>
                <td>
                  <Link to={{ name: 'partition', topic: one.topic, partition: one.partition }}>
                    {one.topic}-{one.partition}
                  </Link>
                </td>
                <td className="r">{count(one.lagRecords)}</td>
                <td className="r">{duration(one.lagMs)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </TableBox>
    </section>
  )
}
