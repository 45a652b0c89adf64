/**
 * The known name that `name` was probably meant to be: fewest insertions, deletions, replacements and swaps of
 * neighbours, at most a third of the length and never more than three. Null when nothing is that near.
 */
export const nearest = (name: string, known: readonly string[]): string | null => {
  let best: string | null = null
  let bestDistance = Math.min(3, Math.ceil(name.length / 3)) + 1
  for (const candidate of known) {
    // A longer difference in length is already too far; this also bounds the work on hostile names
    if (Math.abs(candidate.length - name.length) >= bestDistance) continue
    const distance = editDistance(name, candidate)
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

/** Optimal string alignment, row by row. */
const editDistance = (a: string, b: string): number => {
  let before: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1]
      let cost = Math.min(
        (previous[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (previous[column - 1] ?? 0) + (same ? 0 : 1),
      )
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1])
        cost = Math.min(cost, (before[column - 2] ?? 0) + 1)
      current.push(cost)
    }
    before = previous
    previous = current
  }
  return previous[b.length] ?? a.length
}
