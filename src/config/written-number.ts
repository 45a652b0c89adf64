/**
 * A plain number of the file as it was written. `010`, `3.0` and `1e3` are numbers to YAML and traps to people, and
 * `9223372036854775807` is a legal `retention.ms` that no JavaScript number holds; so the text goes as far as the
 * field that knows what it wants.
 */
export class WrittenNumber {
  readonly source: string

  constructor(source: string) {
    this.source = source
  }
}

/** A whole number with nothing to misread: no sign but `-`, no leading zero, no fraction, no exponent. */
export const isPlainWhole = (source: string): boolean => /^(0|-?[1-9]\d*)$/.test(source)

export const isPlainDecimal = (source: string): boolean => /^-?(0|[1-9]\d*)(\.\d+)?$/.test(source)

/** How to write `source` so that nobody can misread it, or null where it is no number at all. */
export const plainForm = (source: string): string | null => {
  const value = Number(source)
  return Number.isSafeInteger(value) && source.trim() !== '' ? String(value) : null
}
