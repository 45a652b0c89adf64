import type { SentencePiece } from './sentence.ts'

/**
 * What is worth a sentence: subject, figure, cause, cure. One finding per cause: partitions that are under-replicated
 * because a broker is gone are part of that broker's finding, not 500 of their own; leaders that moved away from it
 * are not called unbalanced. A calm day yields none.
 */
export interface FindingDraft {
  /** The same as long as the cause is the same. */
  readonly id: string
  readonly severity: 'act' | 'warning' | 'info'
  readonly kind: string
  readonly sentence: readonly SentencePiece[]
  readonly cure: string
  readonly command: string | null
  readonly topic?: string
  readonly partition?: number
  readonly groupId?: string
  readonly broker?: number
}
