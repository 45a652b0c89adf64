import type { Stage } from './stage.ts'

/** One incident as it happens in real life, and the sentence that must be there half a minute later. */
export interface Story {
  readonly name: string
  readonly about: string
  /** Resolves when everything runs that runs before the event. */
  readonly scene: (stage: Stage) => Promise<void>
  readonly event: (stage: Stage) => Promise<void>
  /** Null: nothing may be said at all. */
  readonly expected: Expected | null
  /** After the right sentence: what happens when its cure is applied, in words; beginning with "not" where it did not help. */
  readonly sequel?: (stage: Stage) => Promise<string>
}

export interface Expected {
  readonly kind: string
  readonly sentence: RegExp
  readonly cure: RegExp
  /** Kinds that are true at the same time, as another side of the same event. */
  readonly also?: readonly string[]
  readonly withinMs?: number
}
