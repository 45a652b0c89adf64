import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type {
  CellColumn,
  HistoryBatch,
  HistoryEvent,
  HistoryFile,
  HistoryRow,
  HistorySpan,
  SeriesKey,
  SeriesKind,
  StoredSeries,
} from '../../ports/history-file.ts'

/** The port over an open database. */
export const historyFileOver = (
  database: DatabaseSync,
  about: {
    readonly path: string | null
    readonly openedBy: string
    readonly notice: string | null
    readonly onClose: () => void
  },
): HistoryFile => {
  const statements = new Map<string, StatementSync>()
  const prepared = (sql: string): StatementSync => {
    const known = statements.get(sql) ?? database.prepare(sql)
    statements.set(sql, known)
    return known
  }
  const ids = new Map<string, number>()
  let closed = false

  const atomically = (work: () => void): void => {
    database.exec('BEGIN IMMEDIATE')
    try {
      work()
      database.exec('COMMIT')
    } catch (failure) {
      // a full disk ends the transaction by itself, and that it did must not be what is told
      if (database.isTransaction) database.exec('ROLLBACK')
      throw failure
    }
  }

  const series = (where: string, ...values: readonly string[]): readonly StoredSeries[] =>
    (
      prepared(`SELECT * FROM series WHERE ${where} ORDER BY id DESC`).all(
        ...values,
      ) as unknown as SeriesRecord[]
    ).map(record => ({
      id: record.id,
      kind: record.kind,
      name: record.name,
      identity: record.identity,
      partitions: record.partitions,
      partitionsPerCell: record.per_cell,
    }))

  const writeRow = (row: HistoryRow): void => {
    prepared(
      'INSERT OR REPLACE INTO step (tier, series, at, totals, rate, lag) VALUES (?, ?, ?, ?, ?, ?)',
    ).run(
      row.tier,
      row.seriesId,
      row.atMs,
      bytesOf(row.totals),
      row.cells.recordsPerSecond === null ? null : bytesOf(row.cells.recordsPerSecond),
      row.cells.lagRecords === null ? null : bytesOf(row.cells.lagRecords),
    )
  }

  const writeSpan = (span: HistorySpan): void => {
    prepared(
      'INSERT OR REPLACE INTO span (kind, id, since, until, severity, text, detail) VALUES (?, ?, ?, ?, ?, ?, ?)',
    ).run(span.kind, span.id, span.sinceMs, span.untilMs, span.severity, span.text, span.detail)
  }

  const pragma = (name: string): number =>
    Number(Object.values(prepared(`PRAGMA ${name}`).get() as Record<string, number>)[0])

  return {
    path: about.path,
    openedBy: about.openedBy,
    notice: about.notice,

    seriesId: key => {
      const name = JSON.stringify(key)
      const known = ids.get(name)
      if (known !== undefined) return known
      const id = seriesId(prepared, key)
      ids.set(name, id)
      return id
    },
    seriesNamed: (kind: SeriesKind, name: string) => series('kind = ? AND name = ?', kind, name),
    seriesOf: (kind: SeriesKind) => series('kind = ?', kind),

    write: ({ rows = [], spans = [], events = [] }: HistoryBatch) => {
      atomically(() => {
        for (const row of rows) writeRow(row)
        for (const span of spans) writeSpan(span)
        for (const event of events)
          prepared('INSERT INTO event (at, topic, text) VALUES (?, ?, ?)').run(
            event.atMs,
            event.topic,
            event.text,
          )
      })
    },

    rows: (tier, id, fromMs, toMs, cells) => {
      const column = (name: CellColumn): string => (cells.includes(name) ? columnOf[name] : 'NULL')
      const found = prepared(
        `SELECT at, totals, ${column('recordsPerSecond')} AS rate, ${column('lagRecords')} AS lag FROM step WHERE tier = ? AND series = ? AND at >= ? AND at < ? ORDER BY at`,
      ).all(tier, id, fromMs, toMs) as unknown as StepRecord[]
      return found.map(record => ({
        tier,
        seriesId: id,
        atMs: record.at,
        totals: new Float64Array(aligned(record.totals)),
        cells: { recordsPerSecond: cellsOf(record.rate), lagRecords: cellsOf(record.lag) },
      }))
    },

    oldestMs: tier =>
      (prepared('SELECT min(at) AS at FROM step WHERE tier = ?').get(tier) as { at: number | null }).at,
    newestMs: (tier, id) =>
      (
        prepared('SELECT max(at) AS at FROM step WHERE tier = ? AND series = ?').get(tier, id) as {
          at: number | null
        }
      ).at,

    spans: (kinds, fromMs, toMs) =>
      (
        prepared(
          'SELECT * FROM span WHERE until >= ? AND since < ? AND kind IN (SELECT value FROM json_each(?)) ORDER BY since',
        ).all(fromMs, toMs, JSON.stringify(kinds)) as unknown as SpanRecord[]
      ).map(({ kind, id, since, until, severity, text, detail }) => ({
        kind,
        id,
        sinceMs: since,
        untilMs: until,
        severity,
        text,
        detail,
      })),

    events: (fromMs, toMs): readonly HistoryEvent[] =>
      (
        prepared('SELECT at, topic, text FROM event WHERE at >= ? AND at < ? ORDER BY at').all(
          fromMs,
          toMs,
        ) as unknown as { at: number; topic: string | null; text: string }[]
      ).map(({ at, topic, text }) => ({ atMs: at, topic, text })),

    document: name =>
      (prepared('SELECT text FROM document WHERE name = ?').get(name) as { text: string } | undefined)
        ?.text ?? null,
    saveDocument: (name, text) => {
      prepared('INSERT OR REPLACE INTO document (name, text) VALUES (?, ?)').run(name, text)
    },

    dropRowsBefore: (tier, atMs) => {
      prepared('DELETE FROM step WHERE tier = ? AND at < ?').run(tier, atMs)
      database.exec('PRAGMA incremental_vacuum')
    },
    dropSpansAndEventsBefore: atMs => {
      prepared('DELETE FROM span WHERE until < ?').run(atMs)
      prepared('DELETE FROM event WHERE at < ?').run(atMs)
      prepared('DELETE FROM series WHERE NOT EXISTS (SELECT 1 FROM step WHERE step.series = series.id)').run()
      ids.clear()
    },
    usedBytes: () => (pragma('page_count') - pragma('freelist_count')) * pragma('page_size'),

    close: () => {
      if (closed) return
      closed = true
      statements.clear()
      database.close()
      about.onClose()
    },
  }
}

const columnOf: Readonly<Record<CellColumn, string>> = { recordsPerSecond: 'rate', lagRecords: 'lag' }

interface SeriesRecord {
  readonly id: number
  readonly kind: SeriesKind
  readonly name: string
  readonly identity: string
  readonly partitions: number
  readonly per_cell: number
}

interface StepRecord {
  readonly at: number
  readonly totals: Uint8Array
  readonly rate: Uint8Array | null
  readonly lag: Uint8Array | null
}

interface SpanRecord {
  readonly kind: HistorySpan['kind']
  readonly id: string
  readonly since: number
  readonly until: number
  readonly severity: string
  readonly text: string
  readonly detail: string
}

const seriesId = (prepared: (sql: string) => StatementSync, key: SeriesKey): number => {
  const values = [key.kind, key.name, key.identity, key.partitions, key.partitionsPerCell] as const
  prepared(
    'INSERT OR IGNORE INTO series (kind, name, identity, partitions, per_cell) VALUES (?, ?, ?, ?, ?)',
  ).run(...values)
  const found = prepared(
    'SELECT id FROM series WHERE kind = ? AND name = ? AND identity = ? AND partitions = ? AND per_cell = ?',
  ).get(...values) as { id: number }
  return found.id
}

const bytesOf = (column: Float64Array | Float32Array): Uint8Array =>
  new Uint8Array(column.buffer, column.byteOffset, column.byteLength)

const cellsOf = (bytes: Uint8Array | null): Float32Array | null =>
  bytes === null ? null : new Float32Array(aligned(bytes))

/** A copy that begins at 0: a blob may lie anywhere in memory, a column of floats may not. */
const aligned = (bytes: Uint8Array): ArrayBuffer => bytes.slice().buffer
