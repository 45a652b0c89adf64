/**
 * What a group of consumers must never show, whoever comes, goes, stops or dies. It reads what handlers did, and how
 * each period of ownership began and ended; it knows nothing of how consumers work.
 *
 * The rules:
 * - order: within a period the sequence numbers of a key rise by one; a later period begins a key nowhere above what was
 *   done (nothing is left out).
 * - lost: in the end every record of every key was done.
 * - former owner: once a later period of a partition has begun to act, no earlier one acts.
 * - graceful: what was done in a period that was given up in order is never done again.
 * - window: nothing is done further above the lowest unfinished record of its partition than the window allows.
 */
export interface GroupEffect {
  readonly period: number
  readonly partition: number
  readonly offset: number
  readonly key: string
  /** Numbered per key from 0 by the writer. */
  readonly sequence: number
}

export type PeriodEnd = 'given up in order' | 'given up late' | 'lost' | 'killed' | 'running'

export interface GroupVerdict {
  /** One sentence each. */
  readonly problems: readonly string[]
  readonly effects: number
  readonly distinct: number
  /** Effects done before, by how the latest period that did them had ended. */
  readonly repeats: ReadonlyMap<PeriodEnd, number>
  /** Most records that one change of owner repeated. */
  readonly repeatsPerChangeMax: number
  /** Furthest that a record was done above its partition's lowest unfinished one. */
  readonly aheadMax: number
}

/**
 * @param effects in the order in which they happened
 * @param ends how each period ended; periods are numbered in the order in which they began
 * @param written how many records of each key
 * @param windowRecords what members were allowed to run ahead
 */
export const judgeGroup = (
  effects: readonly GroupEffect[],
  ends: ReadonlyMap<number, PeriodEnd>,
  written: ReadonlyMap<string, number>,
  windowRecords: number,
): GroupVerdict => {
  const problems: string[] = []
  const doneOfKey = new Map<string, number>()
  const lastInPeriod = new Map<string, number>()
  const acting = new Map<number, number>()
  const doneBy = new Map<string, number[]>()
  const progress = new Map<number, Progress>()
  const repeats = new Map<PeriodEnd, number>()
  const repeatsOfPeriod = new Map<number, number>()
  let aheadMax = 0
  for (const effect of effects) {
    const { period, partition, offset, key, sequence } = effect
    const name = `${key}#${sequence} (partition ${partition}, offset ${offset}, period ${period})`

    const done = doneOfKey.get(key) ?? 0
    if (sequence > done) problems.push(`left out: ${key}#${done} before ${name}`)
    doneOfKey.set(key, Math.max(done, sequence + 1))

    const before = lastInPeriod.get(`${period} ${key}`)
    if (before !== undefined && sequence !== before + 1)
      problems.push(`out of order: ${name} after #${before}`)
    lastInPeriod.set(`${period} ${key}`, sequence)

    const current = acting.get(partition) ?? -1
    if (period < current) problems.push(`by a former owner: ${name} after period ${current} had begun to act`)
    acting.set(partition, Math.max(current, period))

    const place = `${partition} ${offset}`
    const earlier = doneBy.get(place) ?? []
    for (const each of earlier)
      if (ends.get(each) === 'given up in order')
        problems.push(`repeated after a graceful hand-over: ${name}, done in period ${each}`)
    const latest = earlier.at(-1)
    if (latest !== undefined) {
      const end = ends.get(latest) ?? 'running'
      repeats.set(end, (repeats.get(end) ?? 0) + 1)
      repeatsOfPeriod.set(period, (repeatsOfPeriod.get(period) ?? 0) + 1)
    }
    doneBy.set(place, [...earlier, period])

    const ahead = progressOf(progress, partition).done(offset)
    aheadMax = Math.max(aheadMax, ahead)
    if (ahead > windowRecords) problems.push(`beyond the window: ${name} is ${ahead} ahead`)
  }
  for (const [key, count] of written) {
    const done = doneOfKey.get(key) ?? 0
    if (done < count) problems.push(`lost: ${key} from #${done} of ${count}`)
  }
  return {
    problems,
    effects: effects.length,
    distinct: doneBy.size,
    repeats,
    repeatsPerChangeMax: Math.max(0, ...repeatsOfPeriod.values()),
    aheadMax,
  }
}

const progressOf = (all: Map<number, Progress>, partition: number): Progress => {
  const known = all.get(partition)
  if (known !== undefined) return known
  const fresh = new Progress()
  all.set(partition, fresh)
  return fresh
}

/**
 * The records of a partition that anybody has done, and the lowest that nobody has. Not by period: a new owner may leave
 * out what it knows the last one to have finished ahead. Logs without gaps only.
 */
class Progress {
  readonly #ahead = new Set<number>()
  #frontier = 0

  /** Returns how many records lie between the lowest unfinished one and `offset`. */
  done(offset: number): number {
    const ahead = offset - this.#frontier
    if (ahead < 0) return 0
    this.#ahead.add(offset)
    while (this.#ahead.delete(this.#frontier)) this.#frontier++
    return ahead
  }
}
