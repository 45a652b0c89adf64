import { useEffect, useMemo } from 'react'
import type { HeldTick } from '../../../src/api/delta.ts'
import type { Cells } from '../model/cells.ts'
import type { Measure } from '../model/measure.ts'
import { useFeed } from './context.tsx'

/** The cells of a map in this tick; while it is shown they come along with each. */
export const useCells = (tick: HeldTick, topics: readonly string[], measure: Measure): Cells => {
  const { maps } = useFeed()
  const names = topics.join(' ')
  useEffect(() => maps.show({ topics: names.split(' '), measure: measure.id }), [maps, names, measure])
  return useMemo(() => maps.cellsOf(tick, names.split(' '), measure), [maps, tick, names, measure])
}
