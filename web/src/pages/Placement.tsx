/** Where the copies of a partition lie, and which of them are in sync. */
import type { PartitionView } from '../../../src/api/contract.ts'
import type { HeldTick as Tick } from '../../../src/api/delta.ts'
import { offset } from '../model/text.ts'
import { Status } from '../parts/Status.tsx'
import { TableBox } from '../parts/TableBox.tsx'

export const Placement = ({ view, tick }: { view: PartitionView | undefined; tick: Tick }) => {
  if (view === undefined) return null
  return (
    <section className="panel" aria-label="Copies">
      <div className="ph">
        <h2>Copies</h2>
        <span className="t3">
          offsets {offset(view.startOffset)} to {offset(view.endOffset)}
        </span>
      </div>
      <TableBox>
        <table>
          <thead>
            <tr>
              <th>Broker</th>
              <th>Rack</th>
              <th>Role</th>
              <th>In sync</th>
            </tr>
          </thead>
          <tbody>
            {view.replicas.map(replica => {
              const broker = tick.cluster.brokers.find(candidate => candidate.id === replica)
              const inSync = view.isr.includes(replica)
              return (
                <tr key={replica}>
                  <td>{replica}</td>
                  <td>{broker?.rack ?? 'none'}</td>
                  <td>{replica === view.leader ? 'leader' : 'follower'}</td>
                  <td>
                    {inSync ? (
                      <Status tone="ok" icon="ok" word="in sync" />
                    ) : (
                      <Status
                        tone="warn"
                        icon="warning"
                        word={broker?.alive === false ? 'broker does not answer' : 'behind'}
                      />
                    )}
                  </td>
                </tr>
              )
            })}
          </tbody>
        </table>
      </TableBox>
    </section>
  )
}
