/**
 * What a run must never show. Values are `key:number`, numbered per key from 0 by the writer. The judge is itself on
 * trial: judge.test.ts shows it every kind of wrong run.
 */
export interface Effect {
  readonly partition: number
  readonly offset: number
  readonly value: string
  /** Number of the period of ownership in which it happened; a later one began later. */
  readonly period: number
}

/** What is wrong with a log, one sentence each. `written`: how many values of each key. */
export const judgeLog = (
  log: readonly (readonly string[])[],
  written: ReadonlyMap<string, number>,
): readonly string[] => {
  const problems: string[] = []
  const seen = new Set<string>()
  const highest = new Map<string, number>()
  for (const value of log.flat()) {
    const { key, number } = parsed(value)
    const before = highest.get(key) ?? -1
    if (seen.has(value)) problems.push(`duplicated: ${value}`)
    else if (number < before) problems.push(`reordered: ${value} after ${key}:${before}`)
    seen.add(value)
    highest.set(key, Math.max(number, before))
  }
  for (const [key, count] of written)
    for (let number = 0; number < count; number++)
      if (!seen.has(`${key}:${number}`)) problems.push(`lost: ${key}:${number}`)
  return problems
}

/**
 * What is wrong with the effects of all members, in the order in which they happened. A new owner may repeat what was
 * not committed, in order. Nobody may leave a record out, and nobody may act once a later owner has.
 */
export const judgeEffects = (
  effects: readonly Effect[],
  written: ReadonlyMap<string, number>,
): readonly string[] => {
  const problems: string[] = []
  const nextOfKey = new Map<string, number>()
  const acting = new Map<number, number>()
  const doneInPeriod = new Map<number, Set<number>>()
  for (const { partition, offset, value, period } of effects) {
    const { key, number } = parsed(value)
    const next = nextOfKey.get(key) ?? 0
    if (number > next) problems.push(`skipped: ${key}:${next} before ${value}`)
    nextOfKey.set(key, Math.max(next, number + 1))
    if (period < (acting.get(partition) ?? 0)) problems.push(`former owner acted: ${value} in ${partition}`)
    acting.set(partition, Math.max(period, acting.get(partition) ?? 0))
    const done = doneInPeriod.get(period) ?? new Set<number>()
    doneInPeriod.set(period, done)
    if (done.has(offset)) problems.push(`repeated by one owner: ${value}`)
    done.add(offset)
  }
  for (const [key, count] of written)
    if ((nextOfKey.get(key) ?? 0) < count) problems.push(`unread: ${key} from ${nextOfKey.get(key) ?? 0}`)
  return problems
}

const parsed = (value: string): { readonly key: string; readonly number: number } => {
  const [key = '', number] = value.split(':')
  return { key, number: Number(number) }
}
