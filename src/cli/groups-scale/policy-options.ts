import { type Command, InvalidArgumentError } from 'commander'
import { defaultScalePolicy, type ScalePolicy, scalePolicy } from '../../core/groups/index.ts'
import { durationMs } from '../duration-option.ts'

/** The rules of scaling as flags; what is left out keeps its default. */
export interface PolicyFlags {
  readonly min?: number
  readonly max?: number
  readonly lagTarget?: number
  readonly catchUp?: number
  readonly settle?: number
  readonly quiet?: number
  readonly reverseAfter?: number
}

const WEEK_MS = 7 * 86_400_000

/** A time with its unit, from a second to a week. */
export const time = (text: string): number => durationMs(text, { from: 1_000, to: WEEK_MS })

const count = (text: string): number => {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('A whole number from 1 to 999999.')
  return Number(text)
}

export const addPolicyOptions = (command: Command): Command =>
  command
    .option('--min <n>', 'consumers that always run (default: 1)', count)
    .option('--max <n>', 'consumers at most; never more than partitions', count)
    .option('--lag-target <time>', 'a record that waits longer is late (default: 30s)', time)
    .option('--catch-up <time>', 'a backlog that is gone within this needs nobody (default: 5m)', time)
    .option('--settle <time>', 'after a change, before the next (default: 1m)', time)
    .option('--quiet <time>', 'how long fewer must have been enough (default: 10m)', time)
    .option('--reverse-after <time>', 'from a turn to the next turn downwards (default: 1h)', time)

/** Rejects with USAGE, with every contradiction at once. */
export const policyOf = (flags: PolicyFlags): ScalePolicy => {
  const lagTargetMs = flags.lagTarget ?? defaultScalePolicy.lagTargetMs
  return scalePolicy({
    ...(flags.min === undefined ? {} : { consumersMin: flags.min }),
    ...(flags.max === undefined ? {} : { consumersMax: flags.max }),
    ...(flags.catchUp === undefined ? {} : { catchUpMs: flags.catchUp }),
    ...(flags.settle === undefined ? {} : { settleMs: flags.settle }),
    ...(flags.quiet === undefined ? {} : { quietMs: flags.quiet }),
    ...(flags.reverseAfter === undefined ? {} : { reverseAfterMs: flags.reverseAfter }),
    lagTargetMs,
    // a short target is not waited for longer than itself
    lateForMs: Math.min(defaultScalePolicy.lateForMs, lagTargetMs),
  })
}
