/** How the members of a group that run in this process work: how long handlers take, and which records fail. */
import type { ConsumerView, PartitionTrouble } from '../../../src/api/consumers.ts'
import { Link } from '../data/navigation.tsx'
import { useResource } from '../data/resource.ts'
import { count, counted, duration, rate } from '../model/text.ts'
import { TableBox } from './TableBox.tsx'

const LOOK_EVERY_MS = 2000

/** Nothing where none of the group's members runs in the process that serves the page. */
export const ConsumerPanel = ({ groupId }: { groupId: string }) => {
  const consumers = useResource<readonly ConsumerView[]>('/consumers', LOOK_EVERY_MS)
  const ours = consumers.state === 'ready' ? consumers.body.filter(each => each.groupId === groupId) : []
  const windowMs = ours[0]?.windowMs ?? null
  const troubles = ours.flatMap(each => each.troubles)
  if (ours.length === 0) return null
  return (
    <section className="panel" aria-label="Handlers">
      <div className="ph">
        <h2>Handlers</h2>
        <span className="t3">
          {counted(ours.length, 'member')} in this process, by their own word
          {windowMs === null ? '' : `; rates over the last ${duration(windowMs)}`}
        </span>
      </div>
      <TableBox>
        <table className="cards figured members">
          <thead>
            <tr>
              <th>Member</th>
              <th className="r">Done</th>
              <th className="r hide-s">In flight</th>
              <th className="r">Handler p50</th>
              <th className="r">Handler p99</th>
              <th className="r">Failures</th>
              <th className="r hide-s">Dead letters</th>
              <th className="r hide-m">Parked keys</th>
              <th className="r hide-m">Partitions stopped</th>
            </tr>
          </thead>
          <tbody>
            {ours.map(each => (
              <tr key={each.clientId}>
                <td className="mono" title={each.memberId}>
                  {each.clientId}
                </td>
                <td className="r nw" data-label="Done">
                  {rate(each.recordsPerSecond)}
                </td>
                <td className="r hide-s" data-label="In flight">
                  {count(each.recordsInFlight)}
                </td>
                <td className="r nw" data-label="Handler p50">
                  {duration(each.handlerMsP50)}
                </td>
                <td className="r nw" data-label="Handler p99">
                  {duration(each.handlerMsP99)}
                </td>
                <td className="r" data-label="Failures">
                  {count(each.handlerFailures)}
                </td>
                <td className="r hide-s" data-label="Dead letters">
                  {count(each.recordsDeadLettered)}
                </td>
                <td className="r hide-m" data-label="Parked keys">
                  {count(each.parkedKeys)}
                </td>
                <td className="r hide-m" data-label="Partitions stopped">
                  {count(each.partitionsStopped)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </TableBox>
      {troubles.length === 0 ? null : <Troubles troubles={troubles} />}
    </section>
  )
}

const Troubles = ({ troubles }: { troubles: readonly PartitionTrouble[] }) => (
  <TableBox>
    <table className="cards figured">
      <thead>
        <tr>
          <th>Record</th>
          <th className="hide-s">Key</th>
          <th>Error</th>
          <th className="r">Failed</th>
          <th>What becomes of it</th>
        </tr>
      </thead>
      <tbody>
        {troubles.map(trouble => (
          <TroubleLine key={`${trouble.topic} ${trouble.partition}`} {...trouble} />
        ))}
      </tbody>
    </table>
  </TableBox>
)

/** What holds the partition up; where nothing does, what failed last. */
const TroubleLine = ({ topic, partition, failing, lastFailure }: PartitionTrouble) => {
  const told = failing ?? lastFailure
  if (told === null) return null
  const key = lastFailure?.offset === told.offset ? lastFailure.key : null
  return (
    <tr>
      <td>
        <Link className="link" to={{ name: 'partition', topic, partition }}>
          {topic}-{partition}
        </Link>{' '}
        {told.records > 1 ? `batch from ${told.offset}` : `offset ${told.offset}`}
      </td>
      <td className="mono hide-s" data-label="Key">
        {key ?? ''}
      </td>
      <td className="mono" data-label="Error">
        {told.error}
      </td>
      <td className="r" data-label="Failed">
        {count(told.attempts)}
      </td>
      <td data-label="What becomes of it">
        {failing === null ? pastWords[lastFailure?.verdict ?? 'retry'] : presentWords[failing.state]}
      </td>
    </tr>
  )
}

const presentWords = {
  retrying: 'tried again; holds the partition up',
  parked: 'its key waits, others go on',
  stopped: 'the partition stands',
  'letter-refused': 'its dead letter cannot be written',
} as const

const pastWords = {
  retry: 'done since',
  'dead-letter': 'in the dead-letter topic',
  'park-key': 'done since',
  stop: 'done since',
} as const
