import type { Random } from '../../ports/random.ts'
import type { ProducerOptions } from '../options.ts'

/** Doublings after which waiting longer no longer helps. */
const DOUBLINGS_MAX = 6

/** How long to wait before try `tries` + 1: doubled each time, ± 20 % drawn so that producers do not march in step. */
export const backoffAfter = (
  tries: number,
  { backoffMs, backoffMsMax }: Pick<ProducerOptions, 'backoffMs' | 'backoffMsMax'>,
  random: Random,
): number =>
  Math.min(backoffMsMax, backoffMs * 2 ** Math.min(Math.max(0, tries - 1), DOUBLINGS_MAX)) *
  (0.8 + 0.4 * random.next())
