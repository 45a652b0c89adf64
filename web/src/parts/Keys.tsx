/**
 * Which keys load a partition, each with its interval: a bar for the share and a whisker over what it may be. Keys are
 * people, so they come shortened from the server unless it was started to show them.
 */
import type { PartitionKeysView } from '../../../src/api/contract.ts'
import { useResource } from '../data/resource.ts'
import { heaviestKeys, othersShare, shareWithError } from '../model/keys.ts'
import { counted, rate, share, times } from '../model/text.ts'
import { TableBox } from './TableBox.tsx'

const ASK_EVERY_MS = 3000

export const Keys = ({ topic, partition }: { topic: string; partition: number }) => {
  const answer = useResource<PartitionKeysView>(
    `/topics/${encodeURIComponent(topic)}/partitions/${partition}/keys`,
    ASK_EVERY_MS,
  )
  const view = answer.state === 'ready' ? answer.body : undefined
  return (
    <section className="panel" aria-label="Keys" aria-busy={view === undefined}>
      <div className="ph">
        <h2>Keys</h2>
        <span className="t3">
          {view === undefined
            ? 'being asked'
            : `${view.note}${view.keys.some(key => key.bytes.low !== null) ? ' Whisker: 95\u00a0% interval.' : ''}`}
        </span>
      </div>
      {view === undefined || view.keys.length === 0 ? <div className="pb" /> : <KeyTable view={view} />}
    </section>
  )
}

const KeyTable = ({ view }: { view: PartitionKeysView }) => {
  const keys = heaviestKeys(view)
  const others = othersShare(view, keys)
  return (
    <TableBox>
      <table className="keys">
        <thead>
          <tr>
            <th>{view.inFull ? 'Key' : 'Key, shortened'}</th>
            <th className="hide-s">Share of its bytes</th>
            <th className="r">Bytes</th>
            <th className="r hide-s">Records</th>
            <th className="r hide-m">Arriving</th>
            <th className="r hide-m">Of a mean key</th>
            <th className="r hide-s">Hash</th>
          </tr>
        </thead>
        <tbody>
          {keys.map(key => (
            <tr key={`${key.hash} ${key.key}`}>
              <td className="mono">{key.key}</td>
              <td className="hide-s">
                <ShareBar {...key.bytes} one />
              </td>
              <td className="r">
                <b>{share(key.bytes.share)}</b> <span className="t3">{shareWithError(key.bytes)}</span>
              </td>
              <td className="r hide-s">{share(key.records.share)}</td>
              <td className="r hide-m">{rate(key.recordsPerSecond)}</td>
              <td className="r hide-m">{times(key.timesMeanKey)}</td>
              <td className="r mono t2 hide-s">{key.hash}</td>
            </tr>
          ))}
          {others === null ? null : (
            <tr>
              <td className="t2">{counted(others.keys, 'other')}</td>
              <td className="hide-s">
                <ShareBar share={others.share} low={null} high={null} />
              </td>
              <td className="r">{share(others.share)}</td>
              <td className="hide-s" />
              <td className="hide-m" />
              <td className="hide-m" />
              <td className="hide-s" />
            </tr>
          )}
        </tbody>
      </table>
    </TableBox>
  )
}

const percent = (value: number): string => `${Math.max(0, Math.min(100, value * 100)).toFixed(2)}%`

/** The same figures stand in the cell beside it, so for a screen reader the bar is decoration. */
const ShareBar = ({
  share: value,
  low,
  high,
  one = false,
}: {
  share: number | null
  low: number | null
  high: number | null
  /** One key, not many together: only one can be too heavy. */
  one?: boolean
}) => (
  <div className="share-bar" aria-hidden="true">
    <i className={one && (value ?? 0) >= 0.5 ? 'hot' : ''} style={{ width: percent(value ?? 0) }} />
    {low !== null && high !== null && high - low > 0.001 ? (
      <u style={{ left: percent(low), width: percent(high - low) }} />
    ) : null}
  </div>
)
