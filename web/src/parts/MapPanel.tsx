/** The heat map with its switches, its legend and its table: the same on the overview, a topic and the brokers. */
import { type ReactNode, useMemo } from 'react'
import type { History } from '../../../src/api/contract.ts'
import type { HeldTick as Tick } from '../../../src/api/delta.ts'
import { useLive } from '../data/context.tsx'
import { useCells } from '../data/map-cells.ts'
import { useNavigation } from '../data/navigation.tsx'
import { blockNotes, blocksOf, carriersOf, groupings, type GroupingId, groupingOf } from '../model/blocks.ts'
import { cellAt, partitionAt, topicAt } from '../model/cells.ts'
import { isCurrent } from '../model/connection.ts'
import { describeCell } from '../model/describe.ts'
import { describePast, pastCells } from '../model/past.ts'
import { measureOf, measures } from '../model/measure.ts'
import { clock, duration } from '../model/text.ts'
import { HeatMap } from './HeatMap.tsx'
import { useSame } from './hooks.ts'
import { Icon } from './Icon.tsx'
import { Legend } from './Legend.tsx'
import { PartitionTable } from './PartitionTable.tsx'
import { Segmented } from './Segmented.tsx'

export const MapPanel = ({
  tick,
  topics,
  title,
  note,
  legendNote,
  heightLimit,
  headed,
  fixedGrouping,
  picked,
  onPick,
  past,
  children,
}: {
  tick: Tick
  topics: readonly string[]
  title: string
  note: string
  legendNote?: string
  heightLimit: number
  headed: boolean
  /** On a page that is about one grouping there is no switch. */
  fixedGrouping?: GroupingId
  picked?: number
  onPick?: (partition: number) => void
  /** A moment of the past, shown instead of now: step `step` of the one topic's history. */
  past?: { readonly history: History; readonly step: number }
  /** Below the picture, inside the panel. */
  children?: ReactNode
}) => {
  const { belief } = useLive()
  const { route, open, look } = useNavigation()
  // history keeps records a second
  const measure = measureOf(past === undefined ? route.view.measure : 'records')
  const by = fixedGrouping ?? groupingOf(route.view.by)
  const asTable = route.view.view === 'table'
  const live = useCells(tick, topics, measure)
  const cells = useMemo(
    () => (past === undefined ? live : pastCells(live, past.history, past.step)),
    [live, past],
  )
  const at = past?.history.at[past.step]
  const carriers = useSame(carriersOf(tick, cells.topics, by))
  // oxlint-disable-next-line react-hooks/exhaustive-deps -- blocks are what carriers say: a tick that leaves those alone does not lay the map out anew
  const blocks = useMemo(() => blocksOf(cells, tick, by), [carriers, by])
  const notes = useMemo(() => blockNotes(blocks, cells, tick, by), [blocks, cells, tick, by])
  const current = isCurrent(belief)
  const openCell = (cell: number): void =>
    open({ name: 'partition', topic: topicAt(cells, cell), partition: partitionAt(cells, cell) })
  const observedAt = tick.health.observedAt
  const heading =
    at !== undefined
      ? `At ${clock(at)} UTC`
      : current || observedAt === null
        ? title
        : `Partitions, as of ${clock(observedAt)}`
  return (
    <section className={current ? 'panel' : 'panel stale'} aria-label={heading}>
      <div className="ph">
        <h2>{heading}</h2>
        <span className="t3 hide-s">{past === undefined ? note : pastNote(past.history)}</span>
        <span className="switches">
          {past === undefined ? (
            <span className="scroll-s">
              <Segmented
                label="Colour by"
                options={measures}
                value={measure.id}
                onChange={id => look({ measure: id === 'records' ? undefined : id })}
              />
            </span>
          ) : (
            <button type="button" className="btn" onClick={() => look({ moment: undefined })}>
              Back to now
            </button>
          )}
          {fixedGrouping === undefined && !asTable && past === undefined ? (
            <span className="scroll-s">
              <Segmented
                label="Group by"
                options={groupings}
                value={by}
                onChange={id => look({ by: id === 'id' ? undefined : id })}
              />
            </span>
          ) : null}
          {past === undefined ? (
            <button
              type="button"
              className="btn"
              aria-pressed={asTable}
              aria-keyshortcuts="t"
              onClick={() => look({ view: asTable ? undefined : 'table' })}
            >
              <Icon name={asTable ? 'overview' : 'table'} />
              {asTable ? 'Map' : 'Table'}
            </button>
          ) : null}
        </span>
      </div>
      {asTable && past === undefined ? (
        <PartitionTable tick={tick} cells={cells} measure={measure} />
      ) : (
        <div className="pb">
          <HeatMap
            label={`${measure.label} of ${topics.length === 1 ? topics[0] : `${topics.length} topics`}, ${cells.length} partitions`}
            cells={cells}
            blocks={blocks}
            notes={notes}
            measure={measure}
            heightLimit={heightLimit}
            headed={headed}
            picked={picked === undefined || topics[0] === undefined ? -1 : cellAt(cells, topics[0], picked)}
            dimmed={!current && past === undefined}
            legend={
              <Legend
                measure={measure}
                cells={cells}
                {...(legendNote === undefined || measure.id !== 'records' ? {} : { note: legendNote })}
              />
            }
            describe={cell =>
              at === undefined ? describeCell(cells, tick, cell) : describePast(cells, cell, at)
            }
            onOpen={openCell}
            {...(onPick === undefined ? {} : { onPick: (cell: number) => onPick(partitionAt(cells, cell)) })}
          />
        </div>
      )}
      {children}
    </section>
  )
}

const pastNote = ({ partitionsPerCell, stepMs }: History): string =>
  `records a second, the largest within ${duration(stepMs)}${partitionsPerCell > 1 ? ` and of ${partitionsPerCell} neighbours` : ''}`
