/**
 * What is kept of the past on disk: figures in steps, spans (what held from when to when), events, and a few small
 * documents. Times are wall clock, milliseconds since 1970, because they must mean the same after a restart.
 *
 * Calls are synchronous: a write is one short transaction a second, and a read is bounded by its caller. What `write`
 * has returned from survives the death of the process; of a machine that loses power it may lose the last seconds.
 */
export interface HistoryFile {
  /** Where it is kept; null: in memory, and gone with the process. */
  readonly path: string | null
  /** What a reader in another thread of this process opens it by. */
  readonly openedBy: string
  /** Why it is in memory, or began anew, in one sentence; null: all is as wanted. */
  readonly notice: string | null

  /** The id of a series, made on first sight. */
  seriesId(series: SeriesKey): number
  /** Every series of that kind and name, newest first: a topic that was recreated or grew has several. */
  seriesNamed(kind: SeriesKind, name: string): readonly StoredSeries[]
  seriesOf(kind: SeriesKind): readonly StoredSeries[]

  /** All or nothing. A row or span that is there already is replaced. */
  write(batch: HistoryBatch): void
  /**
   * Rows of one tier of one series with fromMs <= atMs < toMs, oldest first. Only the columns of cells that are named
   * are read; they are most of the bytes.
   */
  rows(
    tier: number,
    seriesId: number,
    fromMs: number,
    toMs: number,
    cells: readonly CellColumn[],
  ): readonly HistoryRow[]
  /** Time of the oldest row of a tier; null: it has none. */
  oldestMs(tier: number): number | null
  /** Time of the newest row of one series in a tier; null: it has none. */
  newestMs(tier: number, seriesId: number): number | null
  /** Spans of these kinds that overlap the time, by beginning. */
  spans(kinds: readonly SpanKind[], fromMs: number, toMs: number): readonly HistorySpan[]
  events(fromMs: number, toMs: number): readonly HistoryEvent[]

  document(name: string): string | null
  saveDocument(name: string, text: string): void

  /** Drops rows of a tier older than that. */
  dropRowsBefore(tier: number, atMs: number): void
  dropSpansAndEventsBefore(atMs: number): void
  /** Bytes in use; what was dropped is used again before the file grows. */
  usedBytes(): number
  close(): void
}

export type SeriesKind = 'topic' | 'group'
export type CellColumn = 'recordsPerSecond' | 'lagRecords'

export interface SeriesKey {
  readonly kind: SeriesKind
  readonly name: string
  /** A topic's id; a recreated topic is another series. Empty for groups. */
  readonly identity: string
  /** 0 for groups. */
  readonly partitions: number
  /** Neighbouring partitions in one cell; 0: no cells are kept. */
  readonly partitionsPerCell: number
}

export interface StoredSeries extends SeriesKey {
  readonly id: number
}

/** One step of one series. */
export interface HistoryRow {
  readonly tier: number
  readonly seriesId: number
  /** Beginning of the step. */
  readonly atMs: number
  /** What they are is the business of the writer; NaN: not known. */
  readonly totals: Float64Array
  /** Index = partition ÷ partitionsPerCell; NaN: not known. Null: none known, or none wanted. */
  readonly cells: Readonly<Record<CellColumn, Float32Array | null>>
}

/** `finding` and `alert` hold for as long as they are open; `unseen` is time in which no broker answered. */
export type SpanKind = 'finding' | 'alert' | 'unseen'

export interface HistorySpan {
  readonly kind: SpanKind
  readonly id: string
  readonly sinceMs: number
  /** Last moment at which it held. */
  readonly untilMs: number
  readonly severity: string
  readonly text: string
  /** Second line: a cure, a rule. */
  readonly detail: string
}

export interface HistoryEvent {
  readonly atMs: number
  /** Null: the whole cluster. */
  readonly topic: string | null
  readonly text: string
}

export interface HistoryBatch {
  readonly rows?: readonly HistoryRow[]
  readonly spans?: readonly HistorySpan[]
  readonly events?: readonly HistoryEvent[]
}
