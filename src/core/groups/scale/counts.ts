/**
 * Which consumer counts are worth having for a number of partitions.
 *
 * A partition has one reader in a group, so what counts is the busiest member: it holds ceil(partitions ÷ consumers).
 * Seven consumers on twelve partitions are as fast as six, and cost one more. A *rung* is the smallest count of those
 * with the same busiest member; other counts only add idle time. Among rungs a divisor of the partition count is
 * better still: all members hold the same. It is taken when it is at most a quarter above what is needed, because
 * the next divisor of 13 after 1 is 13.
 */

const DIVISOR_STRETCH = 1.25

/** Half the partitions: room to double before the limit, and each consumer carries two. */
export const startCount = (partitions: number): number => evenOut(partitions, Math.ceil(partitions / 2))

/** The fewest consumers of which none holds more than `partitionsEach`; a divisor where one is near. */
export const countFor = (partitions: number, partitionsEach: number): number =>
  evenOut(partitions, Math.ceil(partitions / Math.max(1, Math.floor(partitionsEach))))

/** The next count above that takes work off the busiest member; `partitions` where there is none. */
export const nextUp = (partitions: number, consumers: number): number => {
  const each = Math.ceil(partitions / consumers)
  return each <= 1 ? partitions : countFor(partitions, each - 1)
}

/** The next count below: the nearest divisor down to half, else the next rung; 1 at the least. */
export const nextDown = (partitions: number, consumers: number): number => {
  for (let count = consumers - 1; count * 2 >= consumers && count >= 1; count--)
    if (partitions % count === 0) return count
  return Math.max(1, rungOf(partitions, consumers - 1))
}

const rungOf = (partitions: number, consumers: number): number =>
  consumers < 1 ? 1 : Math.ceil(partitions / Math.ceil(partitions / consumers))

const evenOut = (partitions: number, consumers: number): number => {
  const rung = rungOf(partitions, Math.max(1, Math.min(partitions, consumers)))
  for (let count = rung; count <= rung * DIVISOR_STRETCH && count <= partitions; count++)
    if (partitions % count === 0) return count
  return rung
}
