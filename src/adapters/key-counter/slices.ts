import type { KeyRun } from '../../core/routing/index.ts'

/** Keys a slice: small enough for progress to move and Ctrl-C to be heard, large enough to cost nothing. */
const SLICE_KEYS = 10_000_000

/** Runs cut at multiples of `size`, so that a slice holds whole heads where it can. */
export const slicesOf = (runs: readonly KeyRun[], size: number = SLICE_KEYS): readonly KeyRun[] =>
  runs.flatMap(run => {
    const slices: KeyRun[] = []
    for (let from = run.from; from < run.to; ) {
      const to = Math.min(run.to, (Math.floor(from / size) + 1) * size)
      slices.push({ ...run, from, to })
      from = to
    }
    return slices
  })
