import { formatCount, formatDuration, formatRate, formatShare, formatTimes } from '../core/model/index.ts'
import { expectedMaxOverMeanByChance, maxOverMeanByChanceUpper, skewOf } from '../core/routing/index.ts'
import { thinBatchAdvice } from '../producer/figures.ts'
import type { ProducerStats } from '../producer/stats.ts'
import { errorAsJson, print, printJson, printTable, say } from './output.ts'
import type { World } from './world.ts'

/** A run of `produce`, when it is over. */
export interface ProduceRun {
  readonly topic: string
  readonly stats: ProducerStats
  /** Acknowledged records by partition. */
  readonly spread: Float64Array
  readonly tookMs: number
  readonly lingerMs: number
  /** How many keys there are; null where that is not known: then each record counts as a key. */
  readonly keys: number | null
  /** True where a hash of equally active keys decides, so that chance says how even the spread can be. */
  readonly hashed: boolean
  /** The flags that name the cluster, for the command that is suggested. */
  readonly target: string
  /** What the run ends with; null: all is well. In text it is told by whoever prints failures. */
  readonly failure: unknown
}

/** More partitions are told by the fullest few. */
const TABLE_PARTITIONS_MAX = 24
const FULLEST_SHOWN = 5

export const reportRun = ({ io }: World, run: ProduceRun, json: boolean): void => {
  const { topic, stats, spread, tookMs } = run
  const skew = skewOf(spread)
  const records = stats.recordsAcknowledged
  const perSecond = records / (tookMs / 1000)
  const keys = run.keys ?? undefined
  const expected = run.hashed ? expectedMaxOverMeanByChance(records, spread.length, keys) : Number.NaN
  const upper = run.hashed ? maxOverMeanByChanceUpper(records, spread.length, keys) : Number.NaN
  const advice = thinBatchAdvice({
    records,
    batches: stats.batches,
    seconds: tookMs / 1000,
    partitions: spread.length,
    lingerMs: run.lingerMs,
  })
  if (json) {
    printJson(io, {
      topic,
      acknowledged: records,
      failed: stats.recordsFailed,
      inDoubt: stats.recordsInDoubt,
      tookMs: Math.round(tookMs),
      recordsPerSecond: Math.round(perSecond),
      latency: stats.latency,
      recordsPerBatch: stats.batches === 0 ? null : records / stats.batches,
      batchesPerSecond: stats.batches / (tookMs / 1000),
      retries: stats.retries,
      partitions: spread.length,
      recordsByPartition: [...spread],
      maxOverMean: finite(skew.maxOverMean),
      fullestPartition: skew.maxLane,
      expectedMaxOverMean: finite(expected),
      expectedMaxOverMeanUpper: finite(upper),
      advice,
      error: run.failure === null ? null : errorAsJson(run.failure),
    })
    return
  }
  print(
    io,
    `${formatCount(records)} records acknowledged in ${formatDuration(tookMs)} (${formatRate(perSecond)}), ` +
      `p50 ${formatDuration(stats.latency.p50Ms)}, p99 ${formatDuration(stats.latency.p99Ms)}, ` +
      `${stats.batches === 0 ? '0' : (records / stats.batches).toFixed(1)} records a batch`,
  )
  if (records > 0) {
    print(
      io,
      `spread over ${formatCount(spread.length)} partitions: fullest is ${topic}-${skew.maxLane} with ` +
        `${formatTimes(skew.maxOverMean)} the mean` +
        (run.hashed
          ? `; chance alone gives ${formatTimes(expected)}` +
            `${run.keys === null ? ' for as many keys as records' : ` for ${formatCount(run.keys)} equally active keys`}` +
            ` (up to ${formatTimes(upper)} once in a thousand runs)`
          : ''),
    )
    printSpread(io, spread, records)
  }
  if (advice !== null) say(io, advice)
  if (records > 0)
    say(io, `Next: lanekeeper consume ${topic} --from earliest --until end --max 10${run.target}`)
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null)

/** Every partition where they fit on a screen, the fullest ones otherwise. */
const printSpread = (io: World['io'], spread: Float64Array, records: number): void => {
  const rows = Array.from(spread, (count, partition) => ({ partition, count }))
  const shown =
    rows.length <= TABLE_PARTITIONS_MAX
      ? rows
      : rows.toSorted((a, b) => b.count - a.count).slice(0, FULLEST_SHOWN)
  printTable(
    io,
    [
      { title: 'partition', align: 'right' },
      { title: 'records', align: 'right' },
      { title: 'share', align: 'right' },
    ],
    shown.map(({ partition, count }) => [
      String(partition),
      formatCount(count),
      formatShare(count / records),
    ]),
  )
}
