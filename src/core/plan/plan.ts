import type { ErrorCode, Offset } from '../model/index.ts'

/**
 * The language of change. Every capability looks at a snapshot and writes a `Plan`; one executor runs any plan;
 * looking again is the proof. Each step's meaning is a pure function (`applyStep`), used by planners, the executor's
 * precondition check and the simulated cluster alike.
 */
export type Step =
  | {
      readonly kind: 'create-topic'
      readonly topic: string
      readonly partitions: number
      readonly replicationFactor: number
      readonly configs: ReadonlyMap<string, string>
    }
  | { readonly kind: 'add-partitions'; readonly topic: string; readonly from: number; readonly to: number }
  | {
      readonly kind: 'alter-config'
      readonly topic: string
      readonly key: string
      /** Value set on the topic before; null: none, the broker's default held. */
      readonly from: string | null
      readonly to: string | null
    }
  | {
      readonly kind: 'reset-offsets'
      readonly group: string
      readonly topic: string
      /** Ascending by partition. */
      readonly moves: readonly OffsetMove[]
    }

export interface OffsetMove {
  readonly partition: number
  /** What was committed before; null: nothing. */
  readonly from: Offset | null
  readonly to: Offset
}

/** A difference that is not turned into a step, because doing it would break something. */
export interface Refusal {
  readonly topic: string
  readonly code: ErrorCode
  /** What and why, with the figure. */
  readonly message: string
  /** The safe way. */
  readonly fix: string
}

export interface Plan {
  readonly steps: readonly Step[]
  readonly refusals: readonly Refusal[]
  /** Declared topics that already are as declared, by name. */
  readonly unchanged: readonly string[]
}
