/** Do all brokers answer, and do they carry their share. */
import type { HeldTick as Tick } from '../../../src/api/delta.ts'
import { useLive } from '../data/context.tsx'
import { shownTopics } from '../model/cells.ts'
import { isCurrent } from '../model/connection.ts'
import { brokersAnswer, partitionsOfAll } from '../model/headline.ts'
import { bytes, count, counted, listed, rate, share } from '../model/text.ts'
import { BrokerTable, diskUsed, evenShare } from '../parts/BrokerTable.tsx'
import { type Figure, Figures } from '../parts/Figures.tsx'
import { Findings } from '../parts/Findings.tsx'
import { useWindowHeight } from '../parts/hooks.ts'
import { MapPanel } from '../parts/MapPanel.tsx'
import { ProducerPanels } from '../parts/ProducerPanel.tsx'
import { TableBox } from '../parts/TableBox.tsx'
import { Head } from './Head.tsx'
import { Trouble } from './states.tsx'

export const Brokers = ({ tick }: { tick: Tick }) => {
  const { belief, now } = useLive()
  const current = isCurrent(belief)
  const windowHeight = useWindowHeight()
  const topics = shownTopics(tick).map(topic => topic.topic)
  const { brokers, racks } = tick.cluster
  return (
    <>
      <Head title={titleOf(tick, current)} sub={subOf(tick)} />
      <Trouble />
      <Findings
        findings={tick.findings.filter(finding => finding.broker !== null)}
        now={now}
        current={current}
        observedAt={tick.health.observedAt}
      />
      <section className={current ? 'panel' : 'panel stale'} aria-label="Brokers">
        <div className="ph">
          <h2>Brokers</h2>
          <span className="t3">
            leaders against an even share of {count(evenShare(brokers))};{' '}
            {racks.length === 0
              ? 'no racks named'
              : racks.every(rack => /rack/i.test(rack))
                ? listed(racks)
                : `racks ${listed(racks)}`}
          </span>
        </div>
        <TableBox>
          <BrokerTable brokers={brokers} current={current} wide />
        </TableBox>
        <Figures figures={figuresOf(tick)} />
      </section>
      <ProducerPanels />
      {topics.length === 0 ? null : (
        <MapPanel
          tick={tick}
          topics={topics}
          title="Partitions by leader"
          note="each cell one partition"
          heightLimit={Math.min(480, Math.max(390, windowHeight - 520))}
          headed
          fixedGrouping="broker"
        />
      )}
    </>
  )
}

const titleOf = (tick: Tick, current: boolean): string => {
  if (!current) return `${counted(tick.cluster.brokers.length, 'broker')}, not seen now.`
  const silent = tick.cluster.brokers.filter(broker => !broker.alive)
  if (silent.length > 0)
    return `Broker ${listed(silent.map(broker => String(broker.id)))} ${silent.length === 1 ? 'does' : 'do'} not answer.`
  const even = evenShare(tick.cluster.brokers)
  const over = tick.cluster.brokers.find(broker => even > 0 && broker.leaders / even > 1.2)
  return over === undefined
    ? `All ${counted(tick.cluster.brokers.length, 'broker')} answer, and leaders are spread evenly.`
    : `All ${counted(tick.cluster.brokers.length, 'broker')} answer; broker ${over.id} leads ${share(over.leaders / even - 1)} over its share.`
}

const subOf = (tick: Tick): string =>
  `${tick.cluster.brokers.every(broker => broker.alive) ? '' : `${brokersAnswer(tick)}. `}Controller: ${tick.cluster.controllerId === null ? 'unknown' : `broker ${tick.cluster.controllerId}`}. Cluster id ${tick.cluster.clusterId}.`

const figuresOf = (tick: Tick): readonly Figure[] => {
  const { brokers } = tick.cluster
  const replicas = brokers.reduce((sum, broker) => sum + broker.replicas, 0)
  const known = brokers.map(broker => broker.sizeBytes).filter(size => size !== null)
  const disks = brokers.map(diskUsed).filter(used => used !== null)
  return [
    { label: 'Records in', value: rate(tick.totals.recordsPerSecond), note: 'all brokers' },
    {
      label: 'Replicas',
      value: count(replicas),
      note: `${count(replicas / Math.max(1, brokers.length))} a broker`,
    },
    {
      label: 'Under-replicated',
      value: count(tick.totals.underReplicated),
      after: `of ${count(partitionsOfAll(tick))}`,
      note: 'partitions',
    },
    {
      label: 'Data',
      value: known.length === 0 ? 'unknown' : bytes(known.reduce((sum, size) => sum + size, 0)),
      note: 'all copies',
    },
    {
      label: 'Fullest disk',
      value: disks.length === 0 ? 'unknown' : share(Math.max(...disks)),
      note: disks.length === 0 ? 'brokers did not say' : 'used',
    },
  ]
}
