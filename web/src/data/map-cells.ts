/**
 * Cells of the maps on the page, per tick. The worker that follows the stream works them out for every map that is
 * shown and sends them along with the tick; what it did not know of yet (another measure was just chosen, another page
 * opened) is worked out here, once, and comes along from the next tick on. Both are the same function of the same
 * figures.
 */
import { useEffect, useMemo } from 'react'
import type { HeldTick } from '../../../src/api/delta.ts'
import { type Cells, cellsOf } from '../model/cells.ts'
import type { Measure } from '../model/measure.ts'
import { useFeed } from './context.tsx'
import type { MapWish } from './stream.ts'

export interface MapCells {
  readonly take: (tick: HeldTick, maps: readonly { readonly wish: MapWish; readonly cells: Cells }[]) => void
  readonly of: (tick: HeldTick, topics: readonly string[], measure: Measure) => Cells
  /** From now on this map is shown. Returns how to take that back. */
  readonly show: (wish: MapWish) => () => void
}

/** @param announce told all maps that are shown, when that changes */
export const mapCells = (announce: (maps: readonly MapWish[]) => void): MapCells => {
  const known = new WeakMap<HeldTick, Map<string, Cells>>()
  const shown = new Set<MapWish>()
  const changed = (): void => {
    // one map may be shown in two places
    announce([...new Map([...shown].map(wish => [keyOf(wish), wish])).values()])
  }
  const ofTick = (tick: HeldTick): Map<string, Cells> => {
    const cells = known.get(tick) ?? new Map<string, Cells>()
    known.set(tick, cells)
    return cells
  }
  return {
    take: (tick, maps) => {
      for (const { wish, cells } of maps) ofTick(tick).set(keyOf(wish), cells)
    },
    of: (tick, topics, measure) => {
      const ready = ofTick(tick)
      const key = keyOf({ topics, measure: measure.id })
      const cells = ready.get(key) ?? cellsOf(tick, topics, measure)
      ready.set(key, cells)
      return cells
    },
    show: wish => {
      shown.add(wish)
      changed()
      return () => {
        shown.delete(wish)
        changed()
      }
    },
  }
}

/** Kafka's names have no spaces. */
const keyOf = ({ topics, measure }: MapWish): string => `${measure} ${topics.join(' ')}`

/** The cells of a map in this tick. */
export const useCells = (tick: HeldTick, topics: readonly string[], measure: Measure): Cells => {
  const { cells } = useFeed()
  const names = topics.join(' ')
  useEffect(() => cells.show({ topics: names.split(' '), measure: measure.id }), [cells, names, measure])
  return useMemo(() => cells.of(tick, names.split(' '), measure), [cells, tick, names, measure])
}
