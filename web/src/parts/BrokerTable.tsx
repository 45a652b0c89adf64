import type { BrokerView } from '../../../src/api/contract.ts'
import { byteRate, bytes, count, share } from '../model/text.ts'
import { Icon } from './Icon.tsx'
import { Status } from './Status.tsx'

/** Leaders further over an even share than this are worth a colour, where they are this many: one of one is no skew. */
const UNEVEN = 0.2
const UNEVEN_LEADERS_MIN = 5

/** Brokers with their leaders against an even share. `wide` adds what only the page of brokers has room for. */
export const BrokerTable = ({
  brokers,
  current,
  wide = false,
}: {
  brokers: readonly BrokerView[]
  current: boolean
  wide?: boolean
}) => {
  const even = evenShare(brokers)
  const longest = Math.max(...brokers.map(broker => broker.leaders), even) * 1.1 || 1
  return (
    <table className={wide ? 'brokers tall-rows' : 'brokers'}>
      <thead>
        <tr>
          <th>Broker</th>
          {wide ? <th className="hide-s">State</th> : null}
          <th className="r">Leaders</th>
          <th className="hide-s">
            <span className="vh">Leaders, drawn</span>
          </th>
          <th>
            <span className="vh">Leaders against an even share</span>
          </th>
          {wide ? <th className="r hide-m">Replicas</th> : null}
          {wide ? <th className="r hide-s">Under-replicated</th> : null}
          <th className="r">Bytes in</th>
          {wide ? <th className="r hide-m">Data</th> : null}
          <th className="r hide-s">Disk</th>
        </tr>
      </thead>
      <tbody>
        {brokers.map(broker => {
          const over = even > 0 ? broker.leaders / even - 1 : 0
          const uneven =
            current && broker.alive && over > UNEVEN && broker.leaders - even >= UNEVEN_LEADERS_MIN
          return (
            <tr key={broker.id}>
              <td className="nw">
                <b>{broker.id}</b> <span className="t3">{rackSaid(broker.rack)}</span>
                {wide ? (
                  <>
                    <div className="t3 mono hide-s">
                      {broker.host}:{broker.port}
                    </div>
                    <div className="only-s">
                      <BrokerState broker={broker} current={current} />
                    </div>
                  </>
                ) : null}
              </td>
              {wide ? (
                <td className="hide-s">
                  <BrokerState broker={broker} current={current} />
                </td>
              ) : null}
              <td className="r">{count(broker.leaders)}</td>
              <td className="hide-s">
                <div className="meter" aria-hidden="true">
                  <i
                    className={uneven ? 'warn' : ''}
                    style={{ width: `${(broker.leaders / longest) * 100}%` }}
                  />
                  <u style={{ left: `${(even / longest) * 100}%` }} />
                </div>
              </td>
              <td className="nw off">
                {!broker.alive && !wide ? (
                  <Status
                    {...(current
                      ? { tone: 'warn', icon: 'warning', word: 'silent' }
                      : { tone: 'unknown', icon: 'unknown', word: 'was silent' })}
                  />
                ) : uneven ? (
                  <span className="st warn">
                    <Icon name="warning" />
                    <span>{share(over)} over</span>
                  </span>
                ) : (
                  <span className="t3">{evenWords(over)}</span>
                )}
              </td>
              {wide ? <td className="r hide-m">{count(broker.replicas)}</td> : null}
              {wide ? <td className="r hide-s">{count(broker.underReplicated)}</td> : null}
              <td className="r nw">{byteRate(broker.bytesPerSecond)}</td>
              {wide ? <td className="r nw hide-m">{bytes(broker.sizeBytes)}</td> : null}
              <td className="r hide-s">{share(diskUsed(broker))}</td>
            </tr>
          )
        })}
      </tbody>
    </table>
  )
}

const BrokerState = ({ broker, current }: { broker: BrokerView; current: boolean }) =>
  !current ? (
    <Status tone="unknown" icon="unknown" word={broker.alive ? 'was: answering' : 'was: silent'} />
  ) : broker.alive ? (
    <Status tone="ok" icon="ok" word={broker.controller ? 'Answers, controller' : 'Answers'} />
  ) : (
    <Status tone="warn" icon="warning" word="Does not answer" />
  )

/** Leaders each broker would have if they were spread evenly. */
export const evenShare = (brokers: readonly BrokerView[]): number =>
  brokers.reduce((sum, broker) => sum + broker.leaders, 0) / Math.max(1, brokers.length)

const evenWords = (over: number): string => {
  const percent = Math.round(Math.abs(over) * 100)
  return percent === 0 ? 'even' : `${percent}\u00a0% ${over > 0 ? 'over' : 'under'}`
}

export const diskUsed = (broker: BrokerView): number | null =>
  broker.diskTotalBytes === null || broker.diskUsableBytes === null || broker.diskTotalBytes === 0
    ? null
    : 1 - broker.diskUsableBytes / broker.diskTotalBytes

/** A rack is often called "rack-1": the word is then there already. */
const rackSaid = (rack: string | null): string =>
  rack === null ? 'no rack' : /rack/i.test(rack) ? rack : `rack ${rack}`
