/** Rates are over this at most: long enough to be steady, short enough to show what goes on now. */
const WINDOW_MS = 15_000
/** Several pages ask at once; a look more often than this would only shorten the window. */
const APART_MS = 1_000

export interface PastLook<Figures> {
  readonly figures: Figures
  readonly windowMs: number
}

interface Look<Figures> {
  readonly atMs: number
  readonly figures: Figures
}

/**
 * For rates of something that counts since it was made: each call takes a look, and gives the oldest one of the window
 * beside it (at first the same). By the counting object itself: one made anew under the same name counts from 0 again.
 */
export const pastLooks = <Subject extends object, Figures>(
  monotonicMs: () => number,
): ((subject: Subject, figures: Figures) => PastLook<Figures>) => {
  const looksOf = new WeakMap<Subject, Look<Figures>[]>()
  return (subject, figures) => {
    const now: Look<Figures> = { atMs: monotonicMs(), figures }
    const looks = looksOf.get(subject) ?? []
    looksOf.set(subject, looks)
    while (looks.length > 1 && (looks[1] as Look<Figures>).atMs <= now.atMs - WINDOW_MS) looks.shift()
    const [before] = looks
    if (now.atMs - (looks.at(-1)?.atMs ?? Number.NEGATIVE_INFINITY) >= APART_MS) looks.push(now)
    return { figures: (before ?? now).figures, windowMs: now.atMs - (before ?? now).atMs }
  }
}

/** A figure of the API: null where it is not known. */
export const finite = (value: number): number | null => (Number.isFinite(value) ? value : null)
