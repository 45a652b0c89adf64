/**
 * Offsets and commits of one consumer on one partition, event by event: what a crash makes it read again, and what it
 * makes it skip.
 *
 * The rules are Kafka's: a commit is one number, the offset to start from after a restart, and says nothing of single
 * records. A consumer keeps its position in memory; what it polled and did not commit is polled again. The broker takes
 * any commit that it is given, also one that lies beyond what was processed.
 *
 * Invariant (what the page is for): whoever commits only what lies below the lowest unfinished record never skips one,
 * and after a crash reads again at most what it had polled.
 *
 * What it does not do: time, rebalances, several partitions, transactions. Source: the documentation of KafkaConsumer,
 * `commitSync()`; `enable.auto.commit` commits at a poll what the poll before it returned.
 */
export interface CommitState {
  /** Records in the partition. */
  readonly end: number
  /** Where a restarted consumer begins. */
  readonly committed: number
  /** What the consumer polls next; null: it is down. */
  readonly position: number | null
  /** Offsets polled and not finished, in order. */
  readonly inHand: readonly number[]
  /** How often each offset was processed; index = offset. */
  readonly timesProcessed: readonly number[]
  readonly crashes: number
  /** What just happened, in a sentence. */
  readonly text: string
}

export type CommitEvent =
  | { readonly kind: 'poll'; readonly records: number }
  /** Finishes one polled record, in any order. */
  | { readonly kind: 'process'; readonly offset: number }
  /** Commits what lies below the lowest unfinished record. */
  | { readonly kind: 'commit-finished' }
  /** Commits the position, as `commitSync()` without arguments does, whatever is still in hand. */
  | { readonly kind: 'commit-polled' }
  | { readonly kind: 'crash' }
  | { readonly kind: 'restart' }

/** A running consumer at the start of a partition of `end` records. */
export const newCommits = (end: number): CommitState => ({
  end,
  committed: 0,
  position: 0,
  inHand: [],
  timesProcessed: Array.from({ length: end }, () => 0),
  crashes: 0,
  text: `The consumer starts at offset 0 of ${end} records.`,
})

/** The state after the event. An event that cannot happen changes nothing but the text, which says why. */
export const advanceCommits = (state: CommitState, event: CommitEvent): CommitState => {
  if (event.kind === 'restart') return restart(state)
  if (state.position === null)
    return { ...state, text: 'The consumer is down; nothing happens until it restarts.' }
  switch (event.kind) {
    case 'poll':
      return poll(state, state.position, event.records)
    case 'process':
      return process(state, event.offset)
    case 'commit-finished':
      return commit(state, safeOffset(state), 'what is finished')
    case 'commit-polled':
      return commit(state, state.position, 'its position')
    case 'crash':
      return crash(state)
  }
}

/** Offset below which everything polled is finished: the highest that may be committed without a risk. */
export const safeOffset = ({ inHand, position, committed }: CommitState): number =>
  inHand[0] ?? position ?? committed

/** Offsets processed more than once. */
export const readAgain = ({ timesProcessed }: CommitState): readonly number[] =>
  offsetsWhere(timesProcessed, times => times > 1)

/** Offsets that no restart will come back to and that were never processed: skipped, for this group lost. */
export const skipped = ({ timesProcessed, committed, inHand }: CommitState): readonly number[] =>
  offsetsWhere(
    timesProcessed,
    (times, offset) => times === 0 && offset < committed && !inHand.includes(offset),
  )

const offsetsWhere = (
  timesProcessed: readonly number[],
  holds: (times: number, offset: number) => boolean,
): readonly number[] => timesProcessed.flatMap((times, offset) => (holds(times, offset) ? [offset] : []))

const poll = (state: CommitState, position: number, records: number): CommitState => {
  const next = Math.min(state.end, position + records)
  if (next === position) return { ...state, text: 'There is nothing more to poll.' }
  const polled = Array.from({ length: next - position }, (_, index) => position + index)
  return {
    ...state,
    position: next,
    inHand: [...state.inHand, ...polled],
    text: `Polled ${span(polled)}; the position is ${next}, the committed offset still ${state.committed}.`,
  }
}

const process = (state: CommitState, offset: number): CommitState => {
  if (!state.inHand.includes(offset)) return { ...state, text: `Offset ${offset} is not in hand.` }
  const times = (state.timesProcessed[offset] ?? 0) + 1
  const lowest = state.inHand[0]
  return {
    ...state,
    inHand: state.inHand.filter(each => each !== offset),
    timesProcessed: state.timesProcessed.map((each, index) => (index === offset ? times : each)),
    text:
      times > 1
        ? `Offset ${offset} is processed again: its effect happens ${times} times unless the sink recognises it.`
        : lowest !== undefined && lowest < offset
          ? `Offset ${offset} is finished before ${lowest}; only what lies below ${lowest} may be committed.`
          : `Offset ${offset} is finished.`,
  }
}

const commit = (state: CommitState, offset: number, what: string): CommitState => {
  if (offset === state.committed) return { ...state, text: `Offset ${offset} is committed already.` }
  const open = state.inHand.filter(each => each < offset)
  return {
    ...state,
    committed: offset,
    text:
      open.length === 0
        ? `Committed ${what}: ${offset}. A restart begins there.`
        : `Committed ${what}: ${offset}, and ${span(open)} ${open.length === 1 ? 'is' : 'are'} not finished. A crash now skips ${open.length === 1 ? 'it' : 'them'}.`,
  }
}

const crash = (state: CommitState): CommitState => {
  const lost = state.inHand.filter(offset => offset < state.committed)
  const again = offsetsWhere(state.timesProcessed, times => times > 0).filter(
    offset => offset >= state.committed,
  )
  const sentences = [
    `The consumer dies. The group remembers ${state.committed} and nothing else.`,
    ...(again.length > 0 ? [`${capital(span(again))} will be processed again.`] : []),
    ...(lost.length > 0 ? [`${capital(span(lost))} will never be processed.`] : []),
  ]
  return { ...state, position: null, inHand: [], crashes: state.crashes + 1, text: sentences.join(' ') }
}

const restart = (state: CommitState): CommitState =>
  state.position !== null
    ? { ...state, text: 'The consumer is running.' }
    : {
        ...state,
        position: state.committed,
        text: `A consumer starts and asks the group where to begin: ${state.committed}.`,
      }

/** "offset 3", "offsets 3 to 5", "offsets 3, 5 and 9". */
const span = (offsets: readonly number[]): string => {
  const [first = 0] = offsets
  const last = offsets.at(-1) ?? first
  if (offsets.length < 2) return `offset ${first}`
  if (last - first === offsets.length - 1) return `offsets ${first} to ${last}`
  return `offsets ${offsets.slice(0, -1).join(', ')} and ${last}`
}

const capital = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`
