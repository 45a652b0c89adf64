/** Offsets and commits: a consumer that polls, works, commits and dies at the wrong moment. */
import {
  advanceCommits,
  type CommitEvent,
  type CommitState,
  newCommits,
  readAgain,
  skipped,
} from '../../../../src/core/simulation/index.ts'
import { type Script, scriptSetting, stateAt } from './script.ts'
import { codecOf } from './settings.ts'

export interface OffsetSettings {
  readonly s: Script
}

export const RECORDS = 12
export const POLL_RECORDS = 4

export interface Story {
  readonly id: string
  readonly label: string
  /** What it shows. */
  readonly text: string
  readonly steps: readonly string[]
}

/** d0 … d11: finish that record; otherwise one letter. */
export const offsetStories: readonly Story[] = [
  {
    id: 'again',
    label: 'Commit after the work',
    text: 'at least once: nothing is skipped, what was not committed is done again',
    steps: ['p', 'd0', 'd1', 'c', 'd2', 'd3', 'x', 'r', 'p', 'd2', 'd3', 'c'],
  },
  {
    id: 'skip',
    label: 'Commit before the work',
    text: 'at most once: nothing is done twice, what was in hand is skipped',
    steps: ['p', 'C', 'd0', 'x', 'r', 'p', 'd4', 'd5'],
  },
  {
    id: 'lanes',
    label: 'Finished out of order',
    text: 'many records at once: the lowest unfinished one decides what may be committed',
    steps: ['p', 'd1', 'd3', 'c', 'd0', 'c', 'x', 'r', 'p', 'd2', 'd3', 'c'],
  },
]

const isStep = (word: string): boolean =>
  /^[pcCxr]$/.test(word) || (/^d\d{1,2}$/.test(word) && Number(word.slice(1)) < RECORDS)

export const offsetCodec = codecOf<OffsetSettings>({
  s: scriptSetting(isStep, (offsetStories[0] as Story).steps),
})

export const offsetEvent = (step: string): CommitEvent => {
  switch (step) {
    case 'p':
      return { kind: 'poll', records: POLL_RECORDS }
    case 'c':
      return { kind: 'commit-finished' }
    case 'C':
      return { kind: 'commit-polled' }
    case 'x':
      return { kind: 'crash' }
    case 'r':
      return { kind: 'restart' }
    default:
      return { kind: 'process', offset: Number(step.slice(1)) }
  }
}

export const offsetState = ({ s }: OffsetSettings): CommitState =>
  stateAt(s, newCommits(RECORDS), (state, step) => advanceCommits(state, offsetEvent(step)))

export type OffsetFate = 'waiting' | 'in-hand' | 'done' | 'twice' | 'skipped'

/** What has become of each offset. */
export const offsetFates = (state: CommitState): readonly OffsetFate[] => {
  const again = new Set(readAgain(state))
  const lost = new Set(skipped(state))
  return state.timesProcessed.map((times, offset) =>
    state.inHand.includes(offset)
      ? 'in-hand'
      : again.has(offset)
        ? 'twice'
        : lost.has(offset)
          ? 'skipped'
          : times > 0
            ? 'done'
            : 'waiting',
  )
}

export const offsetVerdict = (state: CommitState): string => {
  const again = readAgain(state).length
  const lost = skipped(state).length
  const uncommitted = state.timesProcessed.filter(
    (times, offset) => times > 0 && offset >= state.committed,
  ).length
  if (lost > 0)
    return `${lost === 1 ? 'One record was' : `${lost} records were`} skipped: committed before the work was done, and never processed.`
  if (again > 0)
    return `${again === 1 ? 'One record was' : `${again} records were`} processed twice: done, but not committed when the consumer died.`
  if (uncommitted > 0)
    return `${uncommitted === 1 ? 'One record is' : `${uncommitted} records are`} done and not committed: a crash now means doing ${uncommitted === 1 ? 'it' : 'them'} again.`
  return 'A restart begins at the committed offset, whatever was done.'
}
