/**
 * A share with its interval: what was counted, what the sketch may have missed, and what sampling may have.
 *
 * Two errors of different kind add up. The sketch's is a bound: a counted weight is at most `error` too low, always.
 * The sample's is a chance: where only a part of the records was read, the share among those read differs from the
 * share among all, by Wilson's interval at 95 %. How many independent draws were made decides its width. A record is
 * not a draw: records of one batch come from one producer and may all carry one key. So a batch counts as one draw,
 * which is too careful where keys are mixed within batches and right where they are not.
 *
 * Source of the interval: Wilson (1927); of the effective number of draws: Kish, "Survey Sampling" (1965).
 */
export interface Share {
  /** Best single figure, 0 to 1; NaN where nothing was counted. */
  readonly share: number
  readonly low: number
  readonly high: number
}

const Z = 1.96

export const unknownShare: Share = { share: Number.NaN, low: Number.NaN, high: Number.NaN }

/**
 * `counted` of `total`, at most `error` too low; `draws`: effective number of draws behind it, Infinity where every
 * record was read.
 */
export const shareOf = (counted: number, error: number, total: number, draws: number): Share => {
  if (!(total > 0)) return unknownShare
  const low = Math.min(1, counted / total)
  const high = Math.min(1, (counted + error) / total)
  return { share: (low + high) / 2, low: wilson(low, draws, -1), high: wilson(high, draws, 1) }
}

/** Half the width of the interval, for "81 % ± 2 %"; the larger half, since an interval near 0 or 1 is lopsided. */
export const plusMinus = ({ share, low, high }: Share): number => Math.max(share - low, high - share)

const wilson = (share: number, draws: number, side: 1 | -1): number => {
  if (draws === Number.POSITIVE_INFINITY) return share
  if (!(draws > 0)) return side > 0 ? 1 : 0
  const spread = Z * Math.sqrt((share * (1 - share)) / draws + (Z / (2 * draws)) ** 2)
  const bound = (share + (Z * Z) / (2 * draws) + side * spread) / (1 + (Z * Z) / draws)
  return Math.max(0, Math.min(1, bound))
}
