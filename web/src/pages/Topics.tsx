/** All topics, largest first, each with its partitions at a glance. */
import { memo, useRef } from 'react'
import type { TopicSummary } from '../../../src/api/contract.ts'
import type { HeldTick as Tick } from '../../../src/api/delta.ts'
import { useLive } from '../data/context.tsx'
import { useCells } from '../data/map-cells.ts'
import { Link } from '../data/navigation.tsx'
import { shownTopics } from '../model/cells.ts'
import { isCurrent } from '../model/connection.ts'
import { OVER_SHARE } from '../model/headline.ts'
import { measureOf } from '../model/measure.ts'
import { skewTold } from '../model/skew-told.ts'
import { byteRate, bytes, count, counted, listed, rate } from '../model/text.ts'
import { CellStrip } from '../parts/CellStrip.tsx'
import { useOnScreen } from '../parts/hooks.ts'
import { MoreRows, useRowsMax } from '../parts/MoreRows.tsx'
import { Status } from '../parts/Status.tsx'
import { TableBox } from '../parts/TableBox.tsx'
import { Head } from './Head.tsx'
import { TopicCurves } from './HistoryPanels.tsx'
import { BlankFrames, Empty, Trouble } from './states.tsx'

export const Topics = ({ tick }: { tick: Tick }) => {
  const { belief } = useLive()
  const topics = shownTopics(tick)
  const shown = topics.slice(0, useRowsMax())
  const internal = tick.topics.filter(topic => topic.internal)
  const current = isCurrent(belief)
  return (
    <>
      <Head title={titleOf(topics, current)} sub={subOf(tick, topics)} />
      <Trouble />
      {topics.length === 0 ? (
        <>{belief.kind === 'empty' ? <Empty tick={tick} /> : <BlankFrames />}</>
      ) : (
        <section className={current ? 'panel' : 'panel stale'} aria-label="Topics">
          <TableBox>
            <TopicTable topics={shown} current={current} />
          </TableBox>
          <MoreRows shown={shown.length} total={topics.length} />
        </section>
      )}
      {topics.length === 0 ? null : <TopicCurves topics={topics} />}
      {internal.length === 0 ? null : (
        <section className={current ? 'panel' : 'panel stale'} aria-label="Kafka's own topics">
          <div className="ph">
            <h2>Kafka&apos;s own</h2>
            <span className="t3">kept by the brokers; not counted above</span>
          </div>
          <TableBox>
            <TopicTable topics={internal} current={current} />
          </TableBox>
        </section>
      )}
    </>
  )
}

const TopicTable = ({ topics, current }: { topics: readonly TopicSummary[]; current: boolean }) => (
  <table className="tall-rows">
    <thead>
      <tr>
        <th>Topic</th>
        <th className="hide-m">Partitions, share of the mean</th>
        <th className="r hide-s">Partitions</th>
        <th className="r hide-s">Copies</th>
        <th className="r">Records/s</th>
        <th className="r hide-m">Bytes/s</th>
        <th className="r hide-m">Size</th>
        <th className="r">Max ÷ mean</th>
        <th className="r hide-s">Lag</th>
        <th className="hide-s">State</th>
      </tr>
    </thead>
    <tbody>
      {topics.map(topic => (
        <TopicRow key={topic.topic} topic={topic} current={current} />
      ))}
    </tbody>
  </table>
)

/** Drawn anew when its figures are: of a thousand topics most are often quiet. */
const TopicRow = memo(({ topic, current }: { topic: TopicSummary; current: boolean }) => {
  const stands = (topic.skewMaxOverMean ?? 0) > Math.max(OVER_SHARE, topic.skewExpectedByChance ?? 0)
  return (
    <tr>
      <td>
        <Link to={{ name: 'topic', topic: topic.topic }}>{topic.topic}</Link>
        <div className="t3 hide-s">{keyWords(topic)}</div>
        <div className="t3 only-s">{counted(topic.partitions, 'partition')}</div>
        <div className="only-s">
          <TopicState topic={topic} current={current} />
        </div>
      </td>
      <td className="hide-m strip-column">
        <TopicStrip topic={topic} />
      </td>
      <td className="r hide-s">{count(topic.partitions)}</td>
      <td className="r hide-s">{topic.replicationFactor}</td>
      <td className="r">{rate(topic.recordsPerSecond)}</td>
      <td className="r hide-m">{byteRate(topic.bytesPerSecond)}</td>
      <td className="r hide-m">{bytes(topic.sizeBytes)}</td>
      <td className="r">{current && stands ? <b>{skewTold(topic)}</b> : skewTold(topic)}</td>
      <td className="r hide-s">{count(topic.lagRecords)}</td>
      <td className="hide-s">
        <TopicState topic={topic} current={current} />
      </td>
    </tr>
  )
})

/**
 * Its partitions at a glance, while they are on the screen. The figures of a thousand rows are text, which costs little
 * and is found and read wherever it stands; a thousand pictures, and the cells of a thousand maps with every tick, cost
 * seconds, and the row says in figures what they show.
 */
const TopicStrip = ({ topic }: { topic: TopicSummary }) => {
  const frame = useRef<HTMLDivElement>(null)
  const seen = useOnScreen(frame)
  return (
    <div className="strip" ref={frame}>
      {seen ? <LiveStrip topic={topic} /> : null}
    </div>
  )
}

const LiveStrip = ({ topic }: { topic: TopicSummary }) => {
  const { tick } = useLive()
  return tick === undefined ? null : <CellsOfTopic tick={tick} topic={topic} />
}

const CellsOfTopic = ({ tick, topic }: { tick: Tick; topic: TopicSummary }) => {
  const cells = useCells(tick, [topic.topic], measureOf('records'))
  return <CellStrip levels={cells.level} label={`${topic.topic}: max ÷ mean ${skewTold(topic)}`} />
}

const keyWords = (topic: TopicSummary): string =>
  [topic.key === null ? '' : `key ${topic.key}`, topic.ordering === 'per-key' ? 'in order' : '']
    .filter(part => part !== '')
    .join(', ')

const TopicState = ({ topic, current }: { topic: TopicSummary; current: boolean }) => {
  if (!current) return <Status tone="unknown" icon="unknown" word="not seen now" />
  if (topic.leaderless > 0)
    return <Status tone="crit" icon="act" word={`${count(topic.leaderless)} without leader`} />
  if (topic.underReplicated > 0)
    return <Status tone="warn" icon="warning" word={`${count(topic.underReplicated)} under-replicated`} />
  return <Status tone="ok" icon="ok" word="In sync" />
}

const titleOf = (topics: readonly TopicSummary[], current: boolean): string => {
  const skewed = topics.filter(
    topic => (topic.skewMaxOverMean ?? 0) > Math.max(OVER_SHARE, topic.skewExpectedByChance ?? 0),
  )
  const total = counted(topics.length, 'topic')
  if (topics.length === 0) return 'No topics seen.'
  if (!current) return `${total}, not seen now.`
  if (skewed.length === 0) return `${total}, none more uneven than chance explains.`
  return `${total}; ${listed(skewed.slice(0, 3).map(topic => topic.topic))} ${skewed.length === 1 ? 'is' : 'are'} uneven.`
}

const subOf = (tick: Tick, topics: readonly TopicSummary[]): string =>
  topics.length === 0
    ? ''
    : `${counted(tick.totals.partitions, 'partition')}, ${rate(tick.totals.recordsPerSecond)}, ${byteRate(tick.totals.bytesPerSecond)}. Max ÷ mean compares the hottest partition with the topic's mean.`
