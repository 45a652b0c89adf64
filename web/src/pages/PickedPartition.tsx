import type { HeldTick as Tick } from '../../../src/api/delta.ts'
import { Link } from '../data/navigation.tsx'
import { partitionRows } from '../model/describe.ts'
import { findingsAbout } from '../model/order.ts'
import { partitionTags } from '../model/partition.ts'
import { HeaviestKeys } from '../parts/HeaviestKeys.tsx'
import { Spark } from '../parts/Spark.tsx'
import { Tag } from '../parts/Status.tsx'

/** The partition picked on the grid: what is known of it without leaving the grid. */
export const PickedPartition = ({
  tick,
  topic,
  partition,
  series,
  current,
}: {
  tick: Tick
  topic: string
  partition: number
  series: readonly (number | null)[]
  current: boolean
}) => {
  const findings = findingsAbout(tick.findings, { topic, partition })
  const [tag] = partitionTags(tick, topic, partition, findings, current)
  const hot = current && findings.some(finding => finding.severity === 'act')
  return (
    <section className={current ? 'panel' : 'panel stale'} aria-label="Picked partition">
      <div className="ph pick">
        <div>
          <h2>
            {topic}-{partition}
          </h2>
          {tag === undefined ? null : <Tag {...tag} />}
        </div>
        <Link className="btn" to={{ name: 'partition', topic, partition }}>
          Open<span className="vh"> partition {partition}</span> <kbd aria-hidden="true">↵</kbd>
        </Link>
      </div>
      <div className="pb">
        <Spark values={series} width={300} height={54} tone={hot ? 'crit' : 'plain'} />
        <dl className="kv">
          {partitionRows(tick, topic, partition).map(([term, value]) => (
            <div key={term}>
              <dt>{term}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
        <HeaviestKeys topic={topic} partition={partition} />
      </div>
    </section>
  )
}
