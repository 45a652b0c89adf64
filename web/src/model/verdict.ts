/** Verdicts of groups as words, and the tone and shape each is shown in. */
import type { GroupSummary, GroupVerdict } from '../../../src/api/contract.ts'

export type Tone = 'ok' | 'info' | 'warn' | 'crit' | 'unknown'

export interface VerdictWords {
  readonly word: string
  readonly tone: Tone
  readonly icon: 'ok' | 'warning' | 'stalled' | 'stopped' | 'rewinding' | 'unknown'
}

const WORDS: Record<GroupVerdict, VerdictWords> = {
  ok: { word: 'Keeps up', tone: 'ok', icon: 'ok' },
  warning: { word: 'Falling behind', tone: 'warn', icon: 'warning' },
  stalled: { word: 'Stalled', tone: 'crit', icon: 'stalled' },
  stopped: { word: 'Stopped', tone: 'warn', icon: 'stopped' },
  rewinding: { word: 'Rewinding', tone: 'warn', icon: 'rewinding' },
  unknown: { word: 'Unknown', tone: 'unknown', icon: 'unknown' },
}

/** What may be said of a group now: while nothing is seen, only what was ("was: falling behind"). */
export const verdictWords = (
  group: Pick<GroupSummary, 'verdict' | 'idleMembers' | 'members'>,
  current: boolean,
): VerdictWords => {
  const words = WORDS[group.verdict]
  if (!current && group.verdict === 'unknown') return { ...words, word: 'not seen now' }
  if (!current) return { word: `was: ${words.word.toLowerCase()}`, tone: 'unknown', icon: 'unknown' }
  if (group.idleMembers === 0) return words
  return { ...words, word: `${words.word}, ${group.idleMembers} of ${group.members} idle` }
}
