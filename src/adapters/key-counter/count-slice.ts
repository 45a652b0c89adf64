import { countStructured, type KeyRun, type ReductionName } from '../../core/routing/index.ts'
import type { FastMurmur2 } from './murmur2-wasm.ts'

/** One slice, by vectors where they apply, else key by key; the result is the same. */
export const countSlice = (
  fast: FastMurmur2 | null,
  slice: KeyRun,
  count: number,
  reduction: ReductionName,
  into: Float64Array,
): void => {
  if (fast !== null && reduction === 'masked' && fast.countRun(slice, count, into)) return
  countStructured(slice, count, reduction, into)
}
