import type { ClusterEvent, ClusterHealth } from '../core/health/index.ts'

/**
 * The last hour in memory: per topic and step the totals, and per partition a raster of records/s and lag.
 *
 * Bounded: 720 steps of 5 s. A topic's raster has at most 2,000 cells a step (each the largest of n neighbours), and
 * all topics together at most 12,000: 69 MB. Topics that come after that keep their totals and have no raster.
 * A step in which the cluster was not seen stays NaN: a gap is data too, and is never joined over.
 */
export interface HistoryStore {
  /** Writes the step that `monotonicMs` lies in; later calls within one step replace it. */
  record(health: ClusterHealth, monotonicMs: number, wallMs: number): void
  note(events: readonly ClusterEvent[], wallMs: number): void
  read(topic: string, measure: RasterMeasure, steps: number, nowMonotonicMs: number): TopicHistory | null
}

export type RasterMeasure = 'recordsPerSecond' | 'lagRecords'

/** Oldest first; NaN: not known. */
export interface TopicHistory {
  readonly stepMs: number
  readonly atMs: readonly number[]
  readonly recordsPerSecond: readonly number[]
  readonly lagRecords: readonly number[]
  readonly partitionsPerCell: number
  /** Null: nothing known in this step. */
  readonly raster: readonly (Float32Array | null)[]
  readonly events: readonly { readonly atMs: number; readonly text: string }[]
}

const stepMs = 5_000
const stepsMax = 720
const cellsMaxPerTopic = 2_000
const cellsMax = 12_000
/** A raster in an answer has at most this many rows of pixels; more would be megabytes that no screen can show. */
const cellsMaxAnswered = 500
const eventsMax = 500

interface TopicRing {
  readonly topicId: string
  readonly partitions: number
  readonly perCell: number
  readonly cells: number
  readonly totals: Readonly<Record<RasterMeasure, Float64Array>>
  readonly raster: Readonly<Record<RasterMeasure, Float32Array>>
}

export const createHistory = (): HistoryStore => {
  const rings = new Map<string, TopicRing>()
  const events: { readonly atMs: number; readonly topic: string | null; readonly text: string }[] = []
  let newestStep = -1
  let firstStep = -1
  /** Wall clock minus monotonic, so that labels follow the clock of the newest step. */
  let wallOffsetMs = 0

  const ringOf = (topic: string, topicId: string, partitions: number): TopicRing => {
    const known = rings.get(topic)
    if (known?.topicId === topicId && known.partitions === partitions) return known
    rings.delete(topic)
    const perCell = Math.ceil(partitions / cellsMaxPerTopic)
    const wanted = Math.ceil(partitions / perCell)
    const used = [...rings.values()].reduce((sum, ring) => sum + ring.cells, 0)
    const cells = used + wanted <= cellsMax ? wanted : 0
    const ring: TopicRing = {
      topicId,
      partitions,
      perCell,
      cells,
      totals: {
        recordsPerSecond: new Float64Array(stepsMax).fill(NaN),
        lagRecords: new Float64Array(stepsMax).fill(NaN),
      },
      raster: {
        recordsPerSecond: new Float32Array(stepsMax * cells).fill(NaN),
        lagRecords: new Float32Array(stepsMax * cells).fill(NaN),
      },
    }
    rings.set(topic, ring)
    return ring
  }

  const put = (ring: TopicRing, measure: RasterMeasure, slot: number, column: Float64Array): void => {
    ring.totals[measure][slot] = sum(column)
    const cells = ring.raster[measure]
    for (let cell = 0; cell < ring.cells; cell++)
      cells[slot * ring.cells + cell] = largest(column, cell * ring.perCell, (cell + 1) * ring.perCell)
  }

  /** Steps that passed without a record hold figures of an hour ago. */
  const clearBetween = (from: number, to: number): void => {
    for (let step = Math.max(from, to - stepsMax + 1); step <= to; step++) {
      const slot = step % stepsMax
      for (const ring of rings.values()) {
        for (const measure of ['recordsPerSecond', 'lagRecords'] as const) {
          ring.totals[measure][slot] = NaN
          ring.raster[measure].fill(NaN, slot * ring.cells, (slot + 1) * ring.cells)
        }
      }
    }
  }

  return {
    record: (health, monotonicMs, wallMs) => {
      const step = Math.floor(monotonicMs / stepMs)
      if (firstStep < 0) firstStep = step
      if (newestStep >= 0 && step > newestStep) clearBetween(newestStep + 1, step)
      newestStep = step
      wallOffsetMs = wallMs - monotonicMs
      for (const topic of rings.keys()) if (!health.topics.has(topic)) rings.delete(topic)
      const lags = largestLags(health)
      for (const [name, topic] of health.topics) {
        if (topic.info.internal) continue
        const ring = ringOf(name, topic.info.topicId, topic.info.partitions.length)
        put(ring, 'recordsPerSecond', step % stepsMax, topic.recordsPerSecond)
        const lag = lags.get(name)
        if (lag !== undefined) put(ring, 'lagRecords', step % stepsMax, lag)
      }
    },

    note: (noted, wallMs) => {
      for (const event of noted) events.push({ atMs: wallMs, ...event })
      if (events.length > eventsMax) events.splice(0, events.length - eventsMax)
    },

    read: (topic, measure, steps, nowMonotonicMs) => {
      const ring = rings.get(topic)
      if (ring === undefined) return null
      // up to now, and not up to the newest record: time in which nothing was seen belongs to the picture
      const last = Math.max(newestStep, Math.floor(nowMonotonicMs / stepMs) - 1)
      const first = Math.max(firstStep, last - Math.min(steps, stepsMax) + 1, newestStep - stepsMax + 1)
      const merge = Math.max(1, Math.ceil(ring.cells / cellsMaxAnswered))
      const atMs: number[] = []
      const totals: Record<RasterMeasure, number[]> = { recordsPerSecond: [], lagRecords: [] }
      const raster: (Float32Array | null)[] = []
      for (let step = first; step <= last; step++) {
        const slot = step % stepsMax
        const known = step <= newestStep
        atMs.push(step * stepMs + wallOffsetMs)
        totals.recordsPerSecond.push(known ? (ring.totals.recordsPerSecond[slot] ?? NaN) : NaN)
        totals.lagRecords.push(known ? (ring.totals.lagRecords[slot] ?? NaN) : NaN)
        const cells = ring.raster[measure].subarray(slot * ring.cells, (slot + 1) * ring.cells)
        raster.push(known && cells.some(cell => !Number.isNaN(cell)) ? merged(cells, merge) : null)
      }
      const since = atMs[0] ?? 0
      return {
        stepMs,
        atMs,
        ...totals,
        partitionsPerCell: ring.perCell * merge,
        raster,
        events: events.filter(
          event => event.atMs >= since && (event.topic === null || event.topic === topic),
        ),
      }
    },
  }
}

/** Largest lag of any group per partition; topics that no group reads are absent. */
export const largestLags = (health: ClusterHealth): ReadonlyMap<string, Float64Array> => {
  const lags = new Map<string, Float64Array>()
  for (const group of health.groups) {
    for (const { topic, lagRecords } of group.topics) {
      const known = lags.get(topic)
      lags.set(topic, known === undefined ? lagRecords : larger(known, lagRecords))
    }
  }
  return lags
}

const larger = (a: Float64Array, b: Float64Array): Float64Array =>
  a.map((value, p) => {
    const other = b[p] ?? NaN
    return other > value || Number.isNaN(value) ? other : value
  })

const sum = (column: Float64Array): number => {
  let total = NaN
  for (const value of column) if (!Number.isNaN(value)) total = Number.isNaN(total) ? value : total + value
  return total
}

const largest = (column: Float64Array | Float32Array, from: number, to: number): number => {
  let max = NaN
  for (let i = from; i < Math.min(to, column.length); i++) {
    const value = column[i] ?? NaN
    if (!Number.isNaN(value) && !(value <= max)) max = value
  }
  return max
}

const merged = (cells: Float32Array, by: number): Float32Array => {
  if (by === 1) return cells.slice()
  const fewer = new Float32Array(Math.ceil(cells.length / by))
  for (let i = 0; i < fewer.length; i++) fewer[i] = largest(cells, i * by, (i + 1) * by)
  return fewer
}
