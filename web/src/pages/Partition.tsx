/** What loads this partition, who reads it, and the commands that show or mend it. */
import type { Finding, PartitionView, TopicSummary, TopicView } from '../../../src/api/contract.ts'
import type { HeldTick as Tick } from '../../../src/api/delta.ts'
import { useLive } from '../data/context.tsx'
import { useCells } from '../data/map-cells.ts'
import { Link } from '../data/navigation.tsx'
import { useResource } from '../data/resource.ts'
import type { Cells } from '../model/cells.ts'
import { partitionCommands, SIMULATED_ASKS } from '../model/commands.ts'
import { isCurrent } from '../model/connection.ts'
import { measureOf } from '../model/measure.ts'
import { findingsAbout } from '../model/order.ts'
import { partitionTags } from '../model/partition.ts'
import { meanOf } from '../model/statistics.ts'
import { tooFewRecords } from '../model/skew-told.ts'
import { byteRate, bytes, count, duration, offset, rate, records, times } from '../model/text.ts'
import { verdictWords } from '../model/verdict.ts'
import { Command } from '../parts/Command.tsx'
import { type Figure, Figures } from '../parts/Figures.tsx'
import { Findings } from '../parts/Findings.tsx'
import { Keys } from '../parts/Keys.tsx'
import { Status, Tag } from '../parts/Status.tsx'
import { goneWords, Missing, useSeenAt } from './Missing.tsx'
import { TableBox } from '../parts/TableBox.tsx'
import { Head } from './Head.tsx'
import { useHistory } from './HistoryPanels.tsx'
import { PartitionCurves } from './PartitionCurves.tsx'
import { Placement } from './Placement.tsx'
import { SkewPanel } from './SkewPanel.tsx'
import { Trouble } from './states.tsx'

const TOPIC_EVERY_MS = 3000
const RECORDS = measureOf('records')

export const Partition = ({ tick, topic, partition }: { tick: Tick; topic: string; partition: number }) => {
  const { belief, now } = useLive()
  const summary = tick.topics.find(candidate => candidate.topic === topic)
  const exists = summary !== undefined && partition < summary.partitions
  const detail = useResource<TopicView>(
    exists ? `/topics/${encodeURIComponent(topic)}?partition=${partition}` : undefined,
    TOPIC_EVERY_MS,
  )
  const history = useHistory(exists ? topic : undefined, partition)
  const cells = useCells(tick, [topic], RECORDS)
  const seenAt = useSeenAt(tick, summary !== undefined)
  if (summary === undefined)
    return <Missing tick={tick} what={goneWords(tick, 'topic', topic, seenAt)} seenAt={seenAt} />
  if (!exists)
    return (
      <Missing
        tick={tick}
        what={`${topic} has ${summary.partitions} partitions; ${partition} is none of them.`}
      />
    )

  const current = isCurrent(belief)
  const findings = findingsAbout(tick.findings, { topic, partition })
  const view =
    detail.state === 'ready'
      ? detail.body.partitionList.find(each => each.partition === partition)
      : undefined
  const tags = partitionTags(tick, topic, partition, findings, current)
  return (
    <>
      <Head
        title={`${topic}-${partition}`}
        tags={tags.map(tag => <Tag key={tag.word} {...tag} />)}
        sub={shareWords(cells, summary, partition)}
        actions={<Neighbours topic={topic} partition={partition} partitions={summary.partitions} />}
      />
      <Trouble />
      <Findings findings={findings} now={now} current={current} observedAt={tick.health.observedAt} />
      <div className={current ? '' : 'stale'}>
        <Figures alone figures={figuresOf(tick, topic, partition, view, current ? findings : [])} />
      </div>
      <div className="cols with-side">
        <div className="stack">
          <PartitionCurves history={history} partition={partition} partitions={summary.partitions} />
          <Keys topic={topic} partition={partition} />
          <Readers tick={tick} view={view} current={current} />
          <Placement view={view} tick={tick} />
        </div>
        <div className="stack">
          <SkewPanel summary={summary} cells={cells} measure={RECORDS} partition={partition} />
          <section className="panel" aria-label="Commands">
            <div className="ph">
              <h2>Look closer</h2>
              <span className="t3">these only read</span>
            </div>
            <div className="pb">
              {tick.health.simulated ? (
                <p className="t2">{SIMULATED_ASKS}</p>
              ) : (
                <ul className="acts">
                  {partitionCommands(tick.health.bootstrapServer, topic, partition, view).map(command => (
                    <li key={command.text}>
                      <span>{command.does}</span>
                      <Command text={command.text} />
                    </li>
                  ))}
                </ul>
              )}
            </div>
          </section>
        </div>
      </div>
    </>
  )
}

const Neighbours = ({
  topic,
  partition,
  partitions,
}: {
  topic: string
  partition: number
  partitions: number
}) => (
  <>
    {partition > 0 ? (
      <Link className="btn" to={{ name: 'partition', topic, partition: partition - 1 }}>
        <span className="vh">Partition before: </span>
        {partition - 1} <kbd aria-hidden="true">J</kbd>
      </Link>
    ) : null}
    {partition < partitions - 1 ? (
      <Link className="btn" to={{ name: 'partition', topic, partition: partition + 1 }}>
        <span className="vh">Next partition: </span>
        {partition + 1} <kbd aria-hidden="true">K</kbd>
      </Link>
    ) : null}
  </>
)

const shareWords = (cells: Cells, summary: TopicSummary, partition: number): string => {
  const value = cells.share[partition] ?? Number.NaN
  if (Number.isNaN(value)) return 'Its rate is not known now.'
  if (tooFewRecords(summary)) return `Too few records arrive on ${summary.topic} to compare its partitions.`
  const chance = summary.skewExpectedByChance
  const explained = chance !== null && value <= chance && value > 1.2
  return `${times(value)} its share of ${summary.topic}${explained ? `; up to ${times(chance)} is what chance alone gives at this rate` : ''}.`
}

const figuresOf = (
  tick: Tick,
  topic: string,
  partition: number,
  view: PartitionView | undefined,
  findings: readonly Finding[],
): readonly Figure[] => {
  const columns = tick.columns.find(candidate => candidate.topic === topic)
  const summary = tick.topics.find(candidate => candidate.topic === topic)
  const mean = meanOf(columns?.recordsPerSecond ?? [])
  const perSecond = columns?.recordsPerSecond[partition]
  const bytesPerSecond = columns?.bytesPerSecond[partition]
  const size =
    typeof bytesPerSecond === 'number' && typeof perSecond === 'number' && perSecond > 0
      ? bytesPerSecond / perSecond
      : null
  const leader =
    columns === undefined
      ? view === undefined
        ? null
        : (view.leader ?? -1)
      : (columns.leader[partition] ?? -1)
  const behind = view?.groups.toSorted((a, b) => (b.lagMs ?? -1) - (a.lagMs ?? -1))[0]
  return [
    {
      label: 'Records in',
      value: rate(perSecond),
      note: `mean of the topic ${rate(mean)}`,
      ...(findings.some(finding => finding.kind === 'hot-partition') ? { tone: 'crit' } : {}),
    },
    {
      label: 'Bytes in',
      value: byteRate(bytesPerSecond),
      note: size === null ? 'size of a record unknown' : `${bytes(size)} a record`,
    },
    {
      label: behind === undefined ? 'Behind' : `Behind, ${behind.groupId}`,
      value: duration(columns?.lagMs[partition]),
      note: records(columns?.lagRecords[partition]),
    },
    {
      label: 'Size',
      value: bytes(columns?.sizeBytes[partition]),
      note:
        summary?.sizeBytes === null || summary === undefined
          ? 'mean unknown'
          : `mean ${bytes(summary.sizeBytes / summary.partitions)}`,
    },
    {
      label: 'Leader',
      value: leader === null ? 'unknown' : leader < 0 ? 'none' : String(leader),
      ...(view === undefined ? {} : { after: `of ${view.replicas.join(', ')}` }),
      note:
        view === undefined
          ? `${columns?.isr[partition] ?? 'unknown'} in sync`
          : `${view.replicas[0] === view.leader ? 'preferred' : 'not the preferred one'}; epoch ${view.leaderEpoch}`,
      ...(leader !== null && leader < 0 ? { tone: 'crit' } : {}),
    },
  ]
}

const Readers = ({
  tick,
  view,
  current,
}: {
  tick: Tick
  view: PartitionView | undefined
  current: boolean
}) => (
  <section className="panel" aria-label="Readers" aria-busy={view === undefined}>
    <div className="ph">
      <h2>Readers</h2>
      <span className="t3">
        {view === undefined
          ? 'being asked'
          : view.groups.length === 0
            ? 'no group has read it'
            : `end ${offset(view.endOffset)}`}
      </span>
    </div>
    {view === undefined || view.groups.length === 0 ? (
      <div className="pb" />
    ) : (
      <TableBox>
        <table>
          <thead>
            <tr>
              <th>Group</th>
              <th className="hide-s">State</th>
              <th className="hide-m">Member</th>
              <th className="r hide-s">Committed</th>
              <th className="r">Lag</th>
              <th className="r">Behind</th>
            </tr>
          </thead>
          <tbody>
            {view.groups.map(reader => {
              const group = tick.groups.find(candidate => candidate.groupId === reader.groupId)
              return (
                <tr key={reader.groupId}>
                  <td>
                    <Link to={{ name: 'group', group: reader.groupId }}>{reader.groupId}</Link>
                  </td>
                  <td className="hide-s">
                    {group === undefined ? (
                      'unknown'
                    ) : (
                      <Status {...verdictWords({ ...group, idleMembers: 0 }, current)} />
                    )}
                  </td>
                  <td className="mono hide-m">{reader.clientId ?? 'nobody now'}</td>
                  <td className="r hide-s">{offset(reader.committedOffset)}</td>
                  <td className="r">
                    <b>{count(reader.lagRecords)}</b>
                  </td>
                  <td className="r">{duration(reader.lagMs)}</td>
                </tr>
              )
            })}
          </tbody>
        </table>
      </TableBox>
    )}
  </section>
)
