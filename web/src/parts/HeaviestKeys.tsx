/** The keys that load the picked partition most, in a few lines: the page of the partition has them all. */
import type { PartitionKeysView } from '../../../src/api/contract.ts'
import { useResource } from '../data/resource.ts'
import { heaviestKeys, othersShare, shareWithError } from '../model/keys.ts'
import { counted, share } from '../model/text.ts'

const ASK_EVERY_MS = 5000
const SHOWN = 3
/** A key with less than this is like any other. */
const WORTH_A_LINE = 0.02

/** Nothing where no key stands out: a list of ordinary keys explains nothing. */
export const HeaviestKeys = ({ topic, partition }: { topic: string; partition: number }) => {
  const answer = useResource<PartitionKeysView>(
    `/topics/${encodeURIComponent(topic)}/partitions/${partition}/keys`,
    ASK_EVERY_MS,
  )
  if (answer.state !== 'ready') return null
  const keys = heaviestKeys(answer.body)
    .filter(key => (key.bytes.share ?? 0) >= WORTH_A_LINE)
    .slice(0, SHOWN)
  if (keys.length === 0) return null
  const others = othersShare(answer.body, keys)
  return (
    <>
      <h3 className="ruled-head">Its heaviest keys, share of bytes</h3>
      <dl className="kv keys-brief">
        {keys.map(key => (
          <div key={`${key.hash} ${key.key}`}>
            <dt className="mono">{key.key}</dt>
            <dd>
              <b>{share(key.bytes.share)}</b> <span className="t3">{shareWithError(key.bytes)}</span>
            </dd>
          </div>
        ))}
        {others === null ? null : (
          <div>
            <dt>{counted(others.keys, 'other')}</dt>
            <dd>{share(others.share)}</dd>
          </div>
        )}
      </dl>
    </>
  )
}
