import type { ClusterEvent, ClusterHealth } from '../../core/health/index.ts'
import type { HistoryFile, HistoryRow, HistorySpan, SeriesKey, SeriesKind } from '../../ports/history-file.ts'
import { cellsOf, groupTotalsOf, lagsByTopic, topicTotalsOf } from './columns.ts'
import { openStep, type OpenStep } from './step.ts'
import { stepOf, stepStart, tiers } from './tiers.ts'

/**
 * Writes what was seen, once a look: one row per topic and group, of the finest tier, in one transaction. Coarser steps
 * are summed up in memory and written when they close; while open they are told by `openRows`, so a picture never ends
 * short of now.
 *
 * A process that is killed leaves open steps behind. On the first row of a series after that they are built again from
 * the rows of the finer tier, which are all on disk: at most the look in progress is lost.
 *
 * Bounded: rows older than their tier keeps are dropped, and while the file is over its bound the tier with most steps
 * loses its oldest eighth. A topic has at most `cellsMaxPerTopic` cells a step (each the largest of n neighbours), all
 * topics together `cellsMax`; those that come after keep their totals.
 */
export interface HistoryRecorder {
  /** What holds now: figures, and the findings that are open. */
  record(health: ClusterHealth, findings: readonly HistorySpan[], wallMs: number): void
  note(events: readonly ClusterEvent[], wallMs: number): void
  /** No broker has answered since then. */
  unseen(sinceMs: number, wallMs: number, reason: string): void
  /** The steps in progress of every series of that name, of each tier, as rows: what is not in the file yet. */
  openRows(kind: SeriesKind, name: string): readonly HistoryRow[]
}

const cellsMaxPerTopic = 2_000
const cellsMax = 12_000
const tidyEveryMs = 60_000
/** Findings and events are small and what reports are about: as long as the coarsest tier. */
const spansKeepMs = tiers.at(-1)?.keepMs ?? 0

export const createRecorder = (file: HistoryFile, limits: { readonly bytesMax: number }): HistoryRecorder => {
  /** By tier, then series. */
  const open = tiers.map(() => new Map<number, OpenStep>())
  let tidiedMs = -Infinity

  const seriesOf = (health: ClusterHealth): readonly (SeriesKey & { readonly id: number })[] => {
    let cellsUsed = 0
    return [...health.topics.values()]
      .filter(topic => !topic.info.internal)
      .map(({ info }) => {
        const partitions = info.partitions.length
        const perCell = Math.ceil(partitions / cellsMaxPerTopic)
        const cells = Math.ceil(partitions / Math.max(1, perCell))
        const fits = cellsUsed + cells <= cellsMax
        if (fits) cellsUsed += cells
        const key: SeriesKey = {
          kind: 'topic',
          name: info.name,
          identity: info.topicId,
          partitions,
          partitionsPerCell: fits ? perCell : 0,
        }
        return { ...key, id: file.seriesId(key) }
      })
  }

  const rowsOf = (health: ClusterHealth, atMs: number): readonly HistoryRow[] => {
    const lags = lagsByTopic(health)
    const rows: HistoryRow[] = []
    for (const { id, name, partitionsPerCell } of seriesOf(health)) {
      const topic = health.topics.get(name)
      if (topic === undefined) continue
      rows.push({
        tier: 0,
        seriesId: id,
        atMs,
        totals: topicTotalsOf(topic, lags.get(name)),
        cells: {
          recordsPerSecond: cellsOf(topic.recordsPerSecond, partitionsPerCell),
          lagRecords: cellsOf(lags.get(name)?.lagRecords, partitionsPerCell),
        },
      })
    }
    for (const group of health.groups) {
      const seriesId = file.seriesId({
        kind: 'group',
        name: group.observed.groupId,
        identity: '',
        partitions: 0,
        partitionsPerCell: 0,
      })
      const cells = { recordsPerSecond: null, lagRecords: null }
      rows.push({ tier: 0, seriesId, atMs, totals: groupTotalsOf(group), cells })
    }
    return rows
  }

  /** Adds a row to the open step of a tier; yields the step before it, when that is over. */
  const rollUp = (tier: number, row: HistoryRow): readonly HistoryRow[] => {
    const steps = open[tier]
    if (steps === undefined) return []
    const atMs = stepStart(row.atMs, stepOf(tier))
    const closed: HistoryRow[] = []
    let step = steps.get(row.seriesId)
    if (step === undefined) {
      const found = unfinished(file, tier, row.seriesId, row.atMs)
      closed.push(...found.closed)
      step = found.open
    }
    // a wall clock that was set back adds to the step it finds, rather than write one twice
    if (atMs > step.atMs) {
      if (!step.isEmpty()) closed.push(asRow(tier, row.seriesId, step))
      step = openStep(atMs)
    }
    step.add(row)
    steps.set(row.seriesId, step)
    return closed
  }

  const tidy = (wallMs: number): void => {
    // by the distance, for a clock that was set back would put it off by as much
    if (Math.abs(wallMs - tidiedMs) < tidyEveryMs) return
    tidiedMs = wallMs
    tiers.forEach(({ keepMs }, tier) => file.dropRowsBefore(tier, wallMs - keepMs))
    file.dropSpansAndEventsBefore(wallMs - spansKeepMs)
    shrink(file, limits.bytesMax, wallMs)
    for (const steps of open)
      for (const [id, step] of steps) if (wallMs - step.atMs > spansKeepMs) steps.delete(id)
  }

  return {
    record: (health, findings, wallMs) => {
      const rows = rowsOf(health, stepStart(wallMs, stepOf(0)))
      for (let tier = 1; tier < tiers.length; tier++) {
        const closed = rows.flatMap(row => rollUp(tier, row))
        // before the next tier, which may have to be built again from these
        if (closed.length > 0) file.write({ rows: closed })
      }
      file.write({ rows, spans: findings })
      tidy(wallMs)
    },
    note: (events, wallMs) => {
      if (events.length > 0) file.write({ events: events.map(event => ({ atMs: wallMs, ...event })) })
    },
    unseen: (sinceMs, wallMs, reason) => {
      file.write({
        spans: [
          {
            kind: 'unseen',
            id: 'cluster',
            sinceMs,
            untilMs: wallMs,
            severity: 'act',
            text: 'No broker answered',
            detail: reason,
          },
        ],
      })
    },
    openRows: (kind, name) =>
      file.seriesNamed(kind, name).flatMap(({ id }) =>
        open.flatMap((steps, tier) => {
          const step = steps.get(id)
          return step === undefined ? [] : [asRow(tier, id, step)]
        }),
      ),
  }
}

const asRow = (tier: number, seriesId: number, step: OpenStep): HistoryRow => ({
  tier,
  seriesId,
  atMs: step.atMs,
  totals: step.totals(),
  cells: step.cells(),
})

/**
 * The steps that a run before this one left open, from the finer tier's rows: those that are over meanwhile, and the
 * one that is still in progress (or a new one). The row that is being recorded is not among them yet.
 */
const unfinished = (
  file: HistoryFile,
  tier: number,
  seriesId: number,
  nowMs: number,
): { readonly closed: readonly HistoryRow[]; readonly open: OpenStep } => {
  const stepMs = stepOf(tier)
  const newest = file.newestMs(tier, seriesId)
  const reachMs = nowMs - (tiers[tier - 1]?.keepMs ?? 0)
  const fromMs = newest === null ? reachMs : Math.max(reachMs, newest + stepMs)
  const closed: HistoryRow[] = []
  let step: OpenStep | null = null
  for (const row of file.rows(tier - 1, seriesId, fromMs, nowMs, ['recordsPerSecond', 'lagRecords'])) {
    const atMs = stepStart(row.atMs, stepMs)
    if (step !== null && step.atMs !== atMs) closed.push(asRow(tier, seriesId, step))
    if (step?.atMs !== atMs) step = openStep(atMs)
    step.add(row)
  }
  const current = stepStart(nowMs, stepMs)
  if (step?.atMs === current) return { closed, open: step }
  if (step !== null) closed.push(asRow(tier, seriesId, step))
  return { closed, open: openStep(current) }
}

/** Drops the oldest eighth of the tier with most steps until the file is within its bound. */
const shrink = (file: HistoryFile, bytesMax: number, nowMs: number): void => {
  for (let round = 0; round < 64 && file.usedBytes() > bytesMax; round++) {
    let most = { tier: 0, steps: 0, oldestMs: nowMs }
    tiers.forEach(({ stepMs }, tier) => {
      const oldestMs = file.oldestMs(tier) ?? nowMs
      const steps = (nowMs - oldestMs) / stepMs
      if (steps > most.steps) most = { tier, steps, oldestMs }
    })
    if (most.steps <= 1) return
    file.dropRowsBefore(most.tier, most.oldestMs + Math.max(stepOf(most.tier), (nowMs - most.oldestMs) / 8))
  }
}
