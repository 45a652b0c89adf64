import type { KeyGenerator } from './generate-keys.ts'
import { viralShares, weightOf } from './generate-keys.ts'

/**
 * max ÷ mean in each window of a viral burst. The loads of the whole time are taken apart again: what the first key
 * added is its extra weight on its own lanes, and the rest is the same in every window.
 *
 * `loads`: per lane, over the whole time. `viralLanes`: lanes that the first key takes in turn.
 */
export const viralTimeline = (
  generator: Extract<KeyGenerator, { kind: 'viral' | 'celebrity' }>,
  loads: ArrayLike<number>,
  viralLanes: readonly number[],
): readonly number[] => {
  const weight = weightOf(generator)
  const quiet = weight(1)
  const quietTotal = quiet * generator.keys
  const withExtra = (base: Float64Array, extra: number): Float64Array => {
    const sum = base.slice()
    for (const lane of viralLanes) sum[lane] = (sum[lane] as number) + extra / viralLanes.length
    return sum
  }
  const base = withExtra(Float64Array.from(loads), quiet - weight(0))
  return viralShares(generator.share).map(share => {
    const extra = (share / (1 - share)) * quietTotal
    let max = 0
    for (const load of withExtra(base, extra)) if (load > max) max = load
    return (max * loads.length) / (quietTotal + extra)
  })
}
