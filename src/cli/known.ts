/** A figure for people. Null, "not known", is the word; never 0 or a dash. */
export const known = (value: number | null, format: (value: number) => string): string =>
  value === null ? 'unknown' : format(value)
