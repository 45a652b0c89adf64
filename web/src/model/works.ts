/** What is worked out of all partitions of a topic, and takes most of a frame where they are a hundred thousand. */
import type { Cells } from './cells.ts'
import { rankCells, spreadOf } from './ranked.ts'
import { skewCurveOf } from './skew-curve.ts'

export const works = {
  ranking: (asked: {
    readonly cells: Cells
    readonly end: 'top' | 'bottom'
    readonly limit: number
    /** Partitions above this share of the mean are counted. */
    readonly bound: number
  }) => ({
    ranked: rankCells(asked.cells, asked.end, asked.limit),
    spread: spreadOf(asked.cells, asked.bound),
  }),
  /** `chance`: max ÷ mean that chance explains; null: not known. */
  skew: (asked: { readonly cells: Cells; readonly chance: number | null }) =>
    skewCurveOf(asked.cells, asked.chance),
} as const

export type WorkName = keyof typeof works
export type WorkInput<Name extends WorkName> = Parameters<(typeof works)[Name]>[0]
export type WorkValue<Name extends WorkName> = ReturnType<(typeof works)[Name]>
