import {
  advanceScale,
  type ScaleDecision,
  type ScaleMemory,
  type ScaleObservation,
  type ScalePartition,
  type ScalePolicy,
} from '../../src/core/groups/index.ts'

/**
 * A group as a controller meets it, in simulated hours: records arrive, consumers of a fixed speed work them off, a
 * change of their number stops everybody for a moment, and rates are seen over half a minute with some error.
 *
 * What it does not model: consumers of different speed, keys, brokers.
 */
export interface ScaledGroup {
  /** Share of the traffic of each partition; adds up to 1. */
  readonly shares: readonly number[]
  /** What one consumer processes. */
  readonly consumerPerSecond: number
  readonly arrivingPerSecond: (atMs: number) => number
  /** In [0, 1): for the error of rates. */
  readonly random: () => number
  /** Largest relative error of a seen rate. */
  readonly errorMax?: number
  /** Partitions whose figures are not seen at that moment. */
  readonly unseen?: (atMs: number) => readonly number[]
}

export interface ScaledMoment {
  readonly atMs: number
  readonly decision: ScaleDecision
  readonly consumers: number
  readonly lagMsMax: number
  readonly backlogRecords: number
}

const STEP_MS = 5_000
const REBALANCE_MS = 5_000
const RATE_WINDOW_MS = 30_000

/** The group under control from `fromMs` to `toMs`: one moment for each look. */
export const runScaledGroup = (
  policy: ScalePolicy,
  group: ScaledGroup,
  toMs: number,
): readonly ScaledMoment[] => {
  const count = group.shares.length
  const lag = new Float64Array(count)
  const arriving = new Float64Array(count)
  const processed = new Float64Array(count)
  const moments: ScaledMoment[] = []
  let memory: ScaleMemory | null = null
  let consumers = 0
  let changedAtMs = -Infinity
  for (let atMs = 0; atMs < toMs; atMs += STEP_MS) {
    const total = group.arrivingPerSecond(atMs)
    const paused = atMs - changedAtMs < REBALANCE_MS
    const done = paused ? new Float64Array(count) : work(lag, consumers, group.consumerPerSecond)
    for (let p = 0; p < count; p++) {
      const came = total * (group.shares[p] as number)
      const share = STEP_MS / RATE_WINDOW_MS
      arriving[p] = (arriving[p] as number) + share * (came - (arriving[p] as number))
      processed[p] = (processed[p] as number) + share * ((done[p] as number) - (processed[p] as number))
      lag[p] = Math.max(0, (lag[p] as number) + ((came - (done[p] as number)) * STEP_MS) / 1000)
    }
    const unseen = new Set(group.unseen?.(atMs) ?? [])
    const error = (): number => 1 + (group.errorMax ?? 0) * (2 * group.random() - 1)
    const partitions = group.shares.map((share, partition): ScalePartition => {
      const waits = lag[partition] as number
      return {
        topic: 't',
        partition,
        arrivingPerSecond: unseen.has(partition) ? NaN : (arriving[partition] as number) * error(),
        processedPerSecond: (processed[partition] as number) * error(),
        lagRecords: unseen.has(partition) ? NaN : waits,
        lagMs: waits === 0 ? 0 : (waits / Math.max(1e-9, total * share)) * 1000,
        owner: consumers === 0 ? -1 : partition % consumers,
        stuck: false,
      }
    })
    const observation: ScaleObservation = {
      nowMs: atMs,
      members: consumers,
      placesMax: count,
      steadyMs: atMs - changedAtMs,
      partitions,
    }
    const [decision, next] = advanceScale(policy, memory, observation)
    memory = next
    if (decision.consumers !== consumers) changedAtMs = atMs
    consumers = decision.consumers
    moments.push({
      atMs,
      decision,
      consumers,
      lagMsMax: Math.max(...partitions.map(each => each.lagMs)),
      backlogRecords: lag.reduce((sum, each) => sum + each, 0),
    })
  }
  return moments
}

/** Records a second done for each partition: every consumer gives its speed to what waits on its partitions. */
const work = (lag: Float64Array, consumers: number, consumerPerSecond: number): Float64Array => {
  const done = new Float64Array(lag.length)
  for (let consumer = 0; consumer < consumers; consumer++) {
    let waits = 0
    for (let p = consumer; p < lag.length; p += consumers) waits += lag[p] as number
    if (waits === 0) continue
    const share = Math.min(1, (consumerPerSecond * STEP_MS) / 1000 / waits)
    for (let p = consumer; p < lag.length; p += consumers)
      done[p] = ((lag[p] as number) * share * 1000) / STEP_MS
  }
  return done
}

/** When the direction of change turned. */
export const turnsOf = (moments: readonly ScaledMoment[]): readonly number[] => {
  const turns: number[] = []
  let last = 0
  let before = moments[0]?.consumers ?? 0
  for (const { atMs, consumers } of moments) {
    const sign = Math.sign(consumers - before)
    before = consumers
    if (sign === 0) continue
    if (last !== 0 && sign !== last) turns.push(atMs)
    last = sign
  }
  return turns
}

/** The most turns within any stretch of that length. */
export const turnsWithin = (moments: readonly ScaledMoment[], spanMs: number): number => {
  const turns = turnsOf(moments)
  return Math.max(0, ...turns.map(from => turns.filter(atMs => atMs >= from && atMs < from + spanMs).length))
}

/** Shares that are uneven as a hash leaves them: the fullest has about `maxOverMean` times the mean. */
export const unevenShares = (
  partitions: number,
  maxOverMean: number,
  random: () => number,
): readonly number[] => {
  const weights = Array.from({ length: partitions }, () => 1 + (maxOverMean - 1) * (2 * random() - 1))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return weights.map(weight => weight / total)
}
