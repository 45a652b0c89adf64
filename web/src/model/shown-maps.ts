/**
 * Cells of the maps on the page, per tick. The worker that follows the stream works them out for every map that is
 * shown and sends them along with the tick; what it did not know of yet (another measure was just chosen, another page
 * opened) is worked out here, once, and comes along from the next tick on. Both are the same function of the same
 * figures.
 */
import type { HeldTick } from '../../../src/api/delta.ts'
import { type Cells, cellsOf } from './cells.ts'
import type { Measure, MeasureId } from './measure.ts'

/** A map that is on the page. */
export interface ShownMap {
  readonly topics: readonly string[]
  readonly measure: MeasureId
}

export interface MapCells {
  readonly map: ShownMap
  readonly cells: Cells
}

export interface ShownMaps {
  readonly take: (tick: HeldTick, maps: readonly MapCells[]) => void
  readonly cellsOf: (tick: HeldTick, topics: readonly string[], measure: Measure) => Cells
  /** From now on this map is shown. Returns how to take that back. */
  readonly show: (map: ShownMap) => () => void
}

/**
 * @param announce told all maps that are shown, once for all changes of one turn: a page of a hundred small maps opens
 *   them one after the other, and each announcement names them all
 */
export const createShownMaps = (announce: (maps: readonly ShownMap[]) => void): ShownMaps => {
  const known = new WeakMap<HeldTick, Map<string, Cells>>()
  const shown = new Set<ShownMap>()
  let announcing = false
  const changed = (): void => {
    if (announcing) return
    announcing = true
    queueMicrotask(() => {
      announcing = false
      // one map may be shown in two places
      announce([...new Map([...shown].map(map => [keyOf(map), map])).values()])
    })
  }
  const ofTick = (tick: HeldTick): Map<string, Cells> => {
    const cells = known.get(tick) ?? new Map<string, Cells>()
    known.set(tick, cells)
    return cells
  }
  return {
    take: (tick, maps) => {
      for (const { map, cells } of maps) ofTick(tick).set(keyOf(map), cells)
    },
    cellsOf: (tick, topics, measure) => {
      const ready = ofTick(tick)
      const key = keyOf({ topics, measure: measure.id })
      const cells = ready.get(key) ?? cellsOf(tick, topics, measure)
      ready.set(key, cells)
      return cells
    },
    show: map => {
      shown.add(map)
      changed()
      return () => {
        shown.delete(map)
        changed()
      }
    },
  }
}

/** Kafka's names have no spaces. */
const keyOf = ({ topics, measure }: ShownMap): string => `${measure} ${topics.join(' ')}`
