/** Judges of the transaction runs. They see records as some reader printed them, and share no code with the writer. */

export interface SeenRecord {
  readonly partition: number
  readonly offset: number
  readonly key: string
  readonly value: string
}

export interface WholeVerdict {
  readonly transactions: number
  readonly records: number
  /** Each names what is wrong; empty: whole transactions only, each once, and none of the committed missing. */
  readonly problems: readonly string[]
}

/** Transactions of `number`, `index`, `of`: all of one or nothing, each record once; those in `committed` must be there. */
export const judgeWhole = (
  records: readonly SeenRecord[],
  committed: ReadonlySet<number>,
  forbidden: ReadonlySet<number> = new Set(),
): WholeVerdict => {
  const found = new Map<number, { readonly of: number; readonly seen: Map<number, number> }>()
  for (const { value } of records) {
    const { number, index, of } = JSON.parse(value) as { number: number; index: number; of: number }
    const transaction = found.get(number) ?? { of, seen: new Map<number, number>() }
    found.set(number, transaction)
    transaction.seen.set(index, (transaction.seen.get(index) ?? 0) + 1)
  }
  const problems: string[] = []
  for (const [number, { of, seen }] of found) {
    if (seen.size !== of) problems.push(`transaction ${number}: ${seen.size} of ${of} records`)
    const repeated = [...seen.values()].filter(count => count > 1).length
    if (repeated > 0) problems.push(`transaction ${number}: ${repeated} records more than once`)
    if (forbidden.has(number)) problems.push(`transaction ${number} of a zombie is visible`)
  }
  for (const number of committed)
    if (!found.has(number)) problems.push(`transaction ${number} was committed and is lost`)
  return { transactions: found.size, records: records.length, problems }
}

export interface OnceVerdict {
  readonly records: number
  readonly keys: number
  readonly missing: number
  readonly repeated: number
  readonly reordered: number
  readonly foreign: number
  readonly examples: readonly string[]
}

/**
 * Output of a transform over inputs with the values 1, 2, 3 … per key, `expected` of each: every value once, ascending per
 * key. Records must come in the order of their partition.
 */
export const judgeOnce = (
  records: readonly SeenRecord[],
  expected: ReadonlyMap<string, number>,
): OnceVerdict => {
  const next = new Map<string, number>()
  const seen = new Map<string, Set<number>>()
  const examples: string[] = []
  let [missing, repeated, reordered, foreign] = [0, 0, 0, 0]
  const note = (text: string): void => {
    if (examples.length < 10) examples.push(text)
  }
  for (const { partition, offset, key, value } of records) {
    const sequence = Number(value.split('@')[0])
    const values = seen.get(key) ?? new Set<number>()
    seen.set(key, values)
    const where = `${key} #${sequence} at ${partition}:${offset} (${value})`
    if (!(sequence >= 1 && sequence <= (expected.get(key) ?? 0))) {
      foreign++
      note(`${where} was never an input`)
    } else if (values.has(sequence)) {
      repeated++
      note(`${where} is there twice`)
    } else if (sequence !== (next.get(key) ?? 1)) {
      reordered++
      note(`${where} where #${next.get(key) ?? 1} should be`)
    }
    values.add(sequence)
    next.set(key, sequence + 1)
  }
  for (const [key, count] of expected) {
    const lacking = count - (seen.get(key)?.size ?? 0)
    if (lacking > 0) note(`${key} lacks ${lacking} of ${count}`)
    missing += Math.max(0, lacking)
  }
  return { records: records.length, keys: seen.size, missing, repeated, reordered, foreign, examples }
}
