/** How this process writes: are batches worth what brokers pay for them, and who is slow to take them. */
import type { ProducerView } from '../../../src/api/producers.ts'
import { useResource } from '../data/resource.ts'
import { byteRate, count, counted, duration, rate } from '../model/text.ts'
import { type Figure, Figures } from './Figures.tsx'
import { TableBox } from './TableBox.tsx'

const LOOK_EVERY_MS = 2000
const ONE_DECIMAL_BELOW = 100

/** One panel a producer; nothing where the process that serves the page does not write. */
export const ProducerPanels = () => {
  const producers = useResource<readonly ProducerView[]>('/producers', LOOK_EVERY_MS)
  if (producers.state !== 'ready') return null
  return producers.body.map(producer => <ProducerPanel key={producer.clientId} producer={producer} />)
}

const ProducerPanel = ({ producer }: { producer: ProducerView }) => (
  <section className="panel" aria-label={`Producer ${producer.clientId}`}>
    <div className="ph">
      <h2>Producer</h2>
      <span className="t3">
        {producer.clientId}, in this process
        {producer.windowMs === null ? '' : `; over the last ${duration(producer.windowMs)}`}
      </span>
    </div>
    <Figures figures={figuresOf(producer)} />
    {producer.advice === null ? null : <p className="pb t2">{producer.advice}</p>}
    <TableBox>
      <table className="brokers">
        <thead>
          <tr>
            <th>To broker</th>
            <th className="r">Records</th>
            <th className="r">Records a batch</th>
            <th className="r hide-s">Batches</th>
            <th className="r hide-m">Batches a request</th>
            <th className="r hide-m">Bytes</th>
            <th className="r">Queue time</th>
            <th className="r hide-s">Retries</th>
            <th className="r hide-s">In flight</th>
            <th className="r hide-s">Unanswered</th>
          </tr>
        </thead>
        <tbody>
          {producer.brokers.map(broker => (
            <tr key={broker.broker}>
              <td>
                <b>{broker.broker}</b>
              </td>
              <td className="r nw">{rate(broker.recordsPerSecond)}</td>
              <td className="r nw">{mean(broker.recordsPerBatch)}</td>
              <td className="r nw hide-s">{rate(broker.batchesPerSecond)}</td>
              <td className="r nw hide-m">{mean(broker.batchesPerRequest)}</td>
              <td className="r nw hide-m">{byteRate(broker.bytesPerSecond)}</td>
              <td className="r nw">{duration(broker.queueMs)}</td>
              <td className="r nw hide-s">{rate(broker.retriesPerSecond)}</td>
              <td className="r nw hide-s">{count(broker.requestsInFlight)}</td>
              <td className="r nw hide-s">{count(broker.failures)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  </section>
)

const figuresOf = (producer: ProducerView): readonly Figure[] => {
  const lost = producer.recordsFailed + producer.recordsInDoubt
  return [
    {
      label: 'Records out',
      value: rate(producer.recordsPerSecond),
      note: byteRate(producer.bytesPerSecond),
    },
    {
      label: 'Records a batch',
      value: mean(producer.recordsPerBatch),
      note: `${rate(producer.batchesPerSecond)} batches`,
      ...(producer.advice === null ? {} : { tone: 'warn' }),
    },
    {
      label: 'Queue time',
      value: duration(producer.queueMs),
      note: `p99 to the answer ${duration(producer.deliveryMsP99)}`,
    },
    {
      label: 'Retries',
      value: rate(producer.retriesPerSecond),
      note: `${counted(producer.requestsInFlight, 'request')} in flight`,
    },
    {
      label: 'Not written',
      value: count(lost),
      note:
        producer.partitionsStopped > 0
          ? `${counted(producer.partitionsStopped, 'partition')} stopped`
          : `${count(producer.recordsInDoubt)} in doubt`,
      ...(lost > 0 ? { tone: 'warn' } : {}),
    },
  ]
}

/** 1.9 or 178: whole numbers say too little of thin batches. */
const mean = (value: number | null): string =>
  value !== null && value < ONE_DECIMAL_BELOW ? value.toFixed(1) : count(value)
