/**
 * What was done on an instrument that goes step by step, as a list of short words: "p.f2.x1" is a record, a fetch of
 * broker 2, the loss of broker 1. The state is what the words make of the start, so a link replays it and one step back
 * is one word less.
 *
 * `at` is where the reader stands; a new step taken in the middle replaces what came after it.
 */
import type { Setting } from './settings.ts'

export interface Script {
  readonly steps: readonly string[]
  /** 0 ≤ at ≤ steps. */
  readonly at: number
}

/** More than anybody takes by hand; bounds the length of a link. */
export const STEPS_MAX = 200

export const scriptSetting = (
  isStep: (word: string) => boolean,
  standard: readonly string[],
): Setting<Script> => ({
  standard: { steps: standard, at: 0 },
  read: text => {
    const [list = '', place] = text.split('@')
    const steps = list === '' ? [] : list.split('.')
    if (steps.length > STEPS_MAX || !steps.every(isStep)) return undefined
    const at = place === undefined ? steps.length : /^\d{1,3}$/.test(place) ? Number(place) : Number.NaN
    return at <= steps.length ? { steps, at } : undefined
  },
  print: ({ steps, at }) => (at === steps.length ? steps.join('.') : `${steps.join('.')}@${at}`),
})

export const take = ({ steps, at }: Script, step: string): Script =>
  at >= STEPS_MAX ? { steps, at } : { steps: [...steps.slice(0, at), step], at: at + 1 }

export const moveTo = ({ steps }: Script, at: number): Script => ({
  steps,
  at: Math.max(0, Math.min(steps.length, at)),
})

/** The state after the first `at` steps. */
export const stateAt = <State>(
  { steps, at }: Script,
  start: State,
  advance: (state: State, step: string) => State,
): State => steps.slice(0, at).reduce(advance, start)
