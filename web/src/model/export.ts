/**
 * The figures of a view as a table, for a file: every partition that the page shows with all its figures, or the rows
 * of its list. Numbers leave as they are known, with full digits and no unit (the heading has it); what is not known is
 * empty, never 0.
 */
import { type HeldTick as Tick, stateAt } from '../../../src/api/delta.ts'
import type { GroupView } from '../../../src/api/contract.ts'
import { shownTopics } from './cells.ts'
import type { Page } from './route.ts'

export type ExportKind = 'csv' | 'json' | 'map-png' | 'map-svg' | 'history-png'

export const exportKinds: readonly {
  readonly kind: ExportKind
  readonly label: string
  readonly note: string
}[] = [
  { kind: 'csv', label: 'Figures as CSV', note: 'every row of this page' },
  { kind: 'json', label: 'Figures as JSON', note: 'every row of this page' },
  { kind: 'map-png', label: 'Map as PNG', note: 'as it is drawn' },
  { kind: 'map-svg', label: 'Map as SVG', note: 'shapes, for print' },
  { kind: 'history-png', label: 'History as PNG', note: 'as it is drawn' },
]

export type Field = string | number | null

export interface ExportTable {
  /** Begins the name of the file. */
  readonly name: string
  readonly columns: readonly string[]
  readonly rows: readonly (readonly Field[])[]
}

const PARTITION_COLUMNS = [
  'topic',
  'partition',
  'recordsPerSecond',
  'bytesPerSecond',
  'sizeBytes',
  'lagRecords',
  'lagMs',
  'leader',
  'inSync',
  'state',
  'reader',
] as const

const TOPIC_COLUMNS = [
  'topic',
  'partitions',
  'replicationFactor',
  'recordsPerSecond',
  'bytesPerSecond',
  'sizeBytes',
  'records',
  'lagRecords',
  'skewMaxOverMean',
  'skewExpectedByChance',
  'underReplicated',
  'leaderless',
] as const

const GROUP_COLUMNS = [
  'groupId',
  'verdict',
  'state',
  'members',
  'idleMembers',
  'partitionsAssigned',
  'lagRecords',
  'lagMsMax',
  'lagTrendPerSecond',
  'processedPerSecond',
  'catchUpMs',
  'reason',
] as const

const BROKER_COLUMNS = [
  'id',
  'host',
  'port',
  'rack',
  'alive',
  'leaders',
  'replicas',
  'underReplicated',
  'recordsPerSecond',
  'bytesPerSecond',
  'sizeBytes',
  'diskTotalBytes',
  'diskUsableBytes',
] as const

const MEMBER_COLUMNS = ['memberId', 'instanceId', 'clientId', 'host', 'partitions', 'lagRecords'] as const

/**
 * The table of a page; undefined where it has none (alerts, plans and the Lab have their own commands).
 * @param group the members of the group that the page is about, where it was asked for
 */
export const exportTable = (page: Page, tick: Tick, group?: GroupView): ExportTable | undefined => {
  switch (page.name) {
    case 'overview':
      return partitionTable(
        'partitions',
        tick,
        shownTopics(tick).map(topic => topic.topic),
      )
    case 'topic':
      return partitionTable(page.topic, tick, [page.topic])
    case 'partition': {
      const table = partitionTable(`${page.topic}-${page.partition}`, tick, [page.topic])
      return { ...table, rows: table.rows.filter(row => row[1] === page.partition) }
    }
    case 'topics':
      return pick('topics', TOPIC_COLUMNS, tick.topics)
    case 'groups':
      return pick('groups', GROUP_COLUMNS, tick.groups)
    case 'brokers':
      return pick('brokers', BROKER_COLUMNS, tick.cluster.brokers)
    case 'group':
      return pick(
        `${page.group} members`,
        MEMBER_COLUMNS,
        (group?.memberList ?? []).map(member => ({
          ...member,
          partitions: member.assigned.reduce((sum, each) => sum + each.partitions.length, 0),
        })),
      )
    case 'alerts':
    case 'plans':
    case 'lab':
    case 'missing':
      return undefined
  }
}

/** Does the page have a table? */
export const isExportable = (page: Page): boolean =>
  !['alerts', 'plans', 'lab', 'missing'].includes(page.name)

const partitionTable = (name: string, tick: Tick, topics: readonly string[]): ExportTable => ({
  name,
  columns: PARTITION_COLUMNS,
  rows: topics.flatMap(topic => {
    const columns = tick.columns.find(candidate => candidate.topic === topic)
    if (columns === undefined) return []
    return Array.from({ length: columns.leader.length }, (_, p): readonly Field[] => {
      const leader = columns.leader[p] ?? -1
      return [
        topic,
        p,
        known(columns.recordsPerSecond, p),
        known(columns.bytesPerSecond, p),
        known(columns.sizeBytes, p),
        known(columns.lagRecords, p),
        known(columns.lagMs, p),
        leader < 0 ? null : leader,
        columns.isr[p] ?? null,
        stateAt(columns, p),
        columns.consumers[columns.consumer[p] ?? -1] ?? null,
      ]
    })
  }),
})

/** A packed column has NaN for what is not known, and of a 32-bit float seven digits are meant. */
const known = (column: ArrayLike<number | null>, p: number): number | null => {
  const value = column[p] ?? Number.NaN
  if (Number.isNaN(value)) return null
  return column instanceof Float32Array ? Number(value.toPrecision(7)) : value
}

const pick = <Row extends object>(
  name: string,
  columns: readonly (keyof Row & string)[],
  rows: readonly Row[],
): ExportTable => ({
  name,
  columns,
  rows: rows.map(row =>
    columns.map((column): Field => {
      const value = row[column]
      return typeof value === 'string' || typeof value === 'number'
        ? value
        : value === null
          ? null
          : String(value)
    }),
  ),
})

/**
 * RFC 4180. A name out of Kafka may begin with "=" or "@", which a spreadsheet would run: such text gets an apostrophe
 * before it, as spreadsheets themselves write it.
 */
export const toCsv = ({ columns, rows }: ExportTable): string =>
  [columns, ...rows].map(row => `${row.map(csvField).join(',')}\r\n`).join('')

const csvField = (value: Field): string => {
  if (value === null) return ''
  if (typeof value === 'number') return String(value)
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** One object a row, with the time and the address that it was seen at. */
export const toJson = (table: ExportTable, at: string, address: string): string =>
  `${JSON.stringify(
    {
      at,
      address,
      rows: table.rows.map(row =>
        Object.fromEntries(table.columns.map((column, index) => [column, row[index] ?? null])),
      ),
    },
    null,
    1,
  )}\n`

/** "user-actions-417 2026-03-14 143208.csv": sorts by time, and no system refuses it. */
export const fileName = (name: string, at: string, extension: string): string =>
  `${name.replaceAll(/[^\w.-]+/g, '_').slice(0, 80)}_${at.slice(0, 19).replaceAll(':', '').replace('T', '_')}.${extension}`
