import {
  maxKnown,
  sumKnown,
  type ClusterHealth,
  type GroupHealth,
  type TopicHealth,
} from '../../core/health/index.ts'

/** What a row's totals are, by place; new ones are added at the end, so that old files stay readable. */
export const topicTotals = [
  'recordsPerSecond',
  'bytesPerSecond',
  'sizeBytes',
  'lagRecords',
  'lagMsMax',
  'underReplicated',
  'skewMaxOverMean',
] as const
export const groupTotals = ['lagRecords', 'lagMsMax', 'processedPerSecond', 'members'] as const

export type TopicTotal = (typeof topicTotals)[number]
export type GroupTotal = (typeof groupTotals)[number]

/** The largest lag of any group per partition; topics that no group reads are absent. */
export interface TopicLags {
  readonly lagRecords: Float64Array
  readonly lagMs: Float64Array
}

export const lagsByTopic = (health: ClusterHealth): ReadonlyMap<string, TopicLags> => {
  const lags = new Map<string, TopicLags>()
  for (const group of health.groups) {
    for (const { topic, lagRecords, lagMs } of group.topics) {
      const known = lags.get(topic)
      lags.set(
        topic,
        known === undefined
          ? { lagRecords, lagMs }
          : { lagRecords: larger(known.lagRecords, lagRecords), lagMs: larger(known.lagMs, lagMs) },
      )
    }
  }
  return lags
}

export const topicTotalsOf = (topic: TopicHealth, lags: TopicLags | undefined): Float64Array =>
  Float64Array.of(
    sumKnown(topic.recordsPerSecond),
    sumKnown(topic.bytesPerSecond),
    sumKnown(topic.sizeBytes),
    lags === undefined ? NaN : sumKnown(lags.lagRecords),
    lags === undefined ? NaN : maxKnown(lags.lagMs),
    topic.underReplicated,
    topic.skew.maxOverMean,
  )

export const groupTotalsOf = (group: GroupHealth): Float64Array =>
  Float64Array.of(group.lagRecords, group.lagMsMax, group.processedPerSecond, group.observed.members.length)

/** The largest of every `perCell` neighbours; null when nothing is known. */
export const cellsOf = (column: Float64Array | undefined, perCell: number): Float32Array | null => {
  if (column === undefined || perCell === 0) return null
  const cells = new Float32Array(Math.ceil(column.length / perCell)).fill(NaN)
  let known = false
  for (let p = 0; p < column.length; p++) {
    const value = column[p] ?? NaN
    if (Number.isNaN(value)) continue
    known = true
    const cell = Math.floor(p / perCell)
    if (!(value <= (cells[cell] ?? NaN))) cells[cell] = value
  }
  return known ? cells : null
}

const larger = (a: Float64Array, b: Float64Array): Float64Array =>
  a.map((value, p) => {
    const other = b[p] ?? NaN
    return other > value || Number.isNaN(value) ? other : value
  })
