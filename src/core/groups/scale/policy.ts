import { LanekeeperError } from '../../model/index.ts'

/** What the owner of a group wants, each number with its reason. */
export interface ScalePolicy {
  /** Consumers that run even when nothing happens. */
  readonly consumersMin: number
  /** Consumers that may run at most; null: one for each partition. */
  readonly consumersMax: number | null
  /** A record that waits longer than this is late. Half of the minute at which group health warns. */
  readonly lagTargetMs: number
  /** How long records must be late before it counts: twice the commit interval of most clients, and some. */
  readonly lateForMs: number
  /** A backlog that shrinks and is gone within this needs nobody; one that needs more time does. */
  readonly catchUpMs: number
  /** After a change: members join, partitions move, and rates must again be those of the new group. */
  readonly settleMs: number
  /** The need must have been lower for this long before consumers are taken away. */
  readonly quietMs: number
  /** Between a turn in direction and the next turn downwards: what keeps a group from swinging. */
  readonly reverseAfterMs: number
  /** How busy a consumer may be by design when some are added; the rest is for uneven partitions. */
  readonly utilisationUp: number
  /** How busy it may be when some are taken away. The gap to the one above is the hysteresis. */
  readonly utilisationDown: number
  /** What a consumer carries is believed this long; a new release may be faster. A day sees every hour once. */
  readonly capacityMemoryMs: number
}

export const defaultScalePolicy: ScalePolicy = {
  consumersMin: 1,
  consumersMax: null,
  lagTargetMs: 30_000,
  lateForMs: 15_000,
  catchUpMs: 300_000,
  settleMs: 60_000,
  quietMs: 600_000,
  reverseAfterMs: 3_600_000,
  utilisationUp: 0.8,
  utilisationDown: 0.6,
  capacityMemoryMs: 86_400_000,
}

/** Fills in defaults. Throws USAGE with everything that contradicts itself. */
export const scalePolicy = (given: Partial<ScalePolicy> = {}): ScalePolicy => {
  const policy = { ...defaultScalePolicy, ...given }
  const problems: string[] = []
  const check = (holds: boolean, problem: string): void => {
    if (!holds) problems.push(problem)
  }
  const { consumersMin, consumersMax, utilisationUp, utilisationDown } = policy
  check(
    Number.isInteger(consumersMin) && consumersMin >= 1,
    `at least ${consumersMin} consumers: not a count from 1`,
  )
  check(
    consumersMax === null || (Number.isInteger(consumersMax) && consumersMax >= consumersMin),
    `at most ${consumersMax} consumers is fewer than at least ${consumersMin}`,
  )
  for (const [name, value] of Object.entries(policy))
    if (name.endsWith('Ms')) check(value !== null && value >= 0 && value < Infinity, `${name} is ${value}`)
  check(
    utilisationDown > 0 && utilisationDown < utilisationUp && utilisationUp <= 1,
    `utilisation ${utilisationDown} to go down and ${utilisationUp} to go up: without a gap the group swings`,
  )
  if (problems.length > 0)
    throw new LanekeeperError('USAGE', 'The group cannot be scaled by these rules.', { problems })
  return policy
}
