import { LanekeeperError, printable } from '../core/model/index.ts'

/** Where a value came from: a place in the file, or the flag or variable that overrode it. */
export type Origin =
  | { readonly kind: 'file'; readonly line: number; readonly column: number }
  | { readonly kind: 'override'; readonly name: string }

/** `text` says what is wrong and what to do. */
export interface Problem {
  readonly origin: Origin
  readonly text: string
}

/** More than anybody mends in one go; the rest is counted. */
const PROBLEMS_SHOWN_MAX = 50

/** All problems as one CONFIG_INVALID, in the order of the file; overrides come first. */
export const configInvalid = (file: string, problems: readonly Problem[]): LanekeeperError => {
  const sorted = problems.toSorted(
    (a, b) => rank(a.origin) - rank(b.origin) || columnOf(a.origin) - columnOf(b.origin),
  )
  const lines = [
    ...new Set(sorted.map(problem => printable(`${place(file, problem.origin)}: ${problem.text}`))),
  ]
  const hidden = lines.length - PROBLEMS_SHOWN_MAX
  return new LanekeeperError(
    'CONFIG_INVALID',
    `${printable(file)} has ${lines.length === 1 ? 'a problem' : `${lines.length} problems`}.`,
    {
      fix: 'Correct what is listed, then run the command again.',
      problems:
        hidden > 0 ? [...lines.slice(0, PROBLEMS_SHOWN_MAX), `${file}: and ${hidden} more problems`] : lines,
    },
  )
}

const place = (file: string, origin: Origin): string =>
  origin.kind === 'file' ? `${file}:${origin.line}:${origin.column}` : origin.name

const rank = (origin: Origin): number => (origin.kind === 'file' ? origin.line : 0)
const columnOf = (origin: Origin): number => (origin.kind === 'file' ? origin.column : 0)
