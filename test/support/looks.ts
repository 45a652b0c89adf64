import {
  advanceWindow,
  defaultThresholds,
  emptyWindow,
  judgeHealth,
  type ClusterHealth,
  type HealthWindow,
} from '../../src/core/health/index.ts'
import type { ClusterSnapshot, GroupObservation, Observation } from '../../src/core/model/index.ts'

/** Windows made by hand: one line of figures per second. */
export interface HandMadeLook {
  readonly snapshot: ClusterSnapshot
  /** End offsets by topic; starts are 0 unless given. */
  readonly ends: Readonly<Record<string, ArrayLike<number>>>
  readonly starts?: Readonly<Record<string, ArrayLike<number>>>
  readonly groups?: readonly GroupObservation[] | null
  readonly groupsUntold?: Observation['groupsUntold']
  readonly sizes?: Readonly<Record<string, ArrayLike<number>>>
}

export const observationAt = (second: number, look: HandMadeLook): Observation => ({
  atMs: 1_700_000_000_000 + second * 1000,
  monotonicMs: second * 1000,
  snapshot: look.snapshot,
  offsets: new Map(
    Object.entries(look.ends).map(([topic, end]) => [
      topic,
      {
        topic,
        end: Float64Array.from(end),
        start: Float64Array.from(look.starts?.[topic] ?? new Float64Array(end.length)),
      },
    ]),
  ),
  sizes: new Map(
    Object.entries(look.sizes ?? {}).map(([topic, sizeBytes]) => [
      topic,
      { topic, sizeBytes: Float64Array.from(sizeBytes) },
    ]),
  ),
  disks: null,
  groups: look.groups ?? null,
  groupsUntold: look.groupsUntold ?? [],
  problems: [],
})

/** One look a second, from second 0. */
export const windowOf = (seconds: number, look: (second: number) => HandMadeLook | null): HealthWindow => {
  let window = emptyWindow
  for (let second = 0; second <= seconds; second++) {
    const made = look(second)
    if (made !== null) window = advanceWindow(window, observationAt(second, made), defaultThresholds)
  }
  return window
}

export const judged = (window: HealthWindow, nowSecond: number): ClusterHealth => {
  const health = judgeHealth(window, defaultThresholds, nowSecond * 1000)
  if (health === null) throw new Error('the window is empty')
  return health
}
