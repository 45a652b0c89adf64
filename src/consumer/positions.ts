/**
 * Where a new owner begins: at the committed offset, read as this member at its current epoch, and stable (an open
 * transaction of the former owner may still change it). A position from before a loss is worth nothing: somebody else
 * may have gone on from there. Where nothing was committed, at the start or the end of the log as asked; partitions
 * added while this process runs always at their start, or the records written before they were seen would be skipped.
 */
import { KafkaCode, type LanekeeperError, NO_OFFSET, type Offset } from '../core/model/index.ts'
import { LinkFailure } from '../ports/broker-link.ts'
import { sleep } from '../ports/clock.ts'
import type { CommitOptions } from './committer.ts'
import { FinishedAhead, finishedRanges } from './finished-ahead.ts'
import { EARLIEST, LATEST, type OffsetLookup, type OffsetQuestion, lookUpOffsets } from './offset-lookup.ts'
import type { Ownership } from './ownership.ts'

const RETRY_PAUSE_MS = 100

export interface PositionOptions
  extends OffsetLookup,
    Pick<CommitOptions, 'coordinator' | 'group' | 'memberId' | 'epoch' | 'onDoubt'> {
  readonly fromWhenNothingCommitted: 'earliest' | 'latest'
}

/**
 * Calls `begin` for each of `ownerships` with the offset to read from, once it is known; those that are lost meanwhile
 * are left out. Rejects only with a `LanekeeperError` (credentials).
 */
export const findPositions = async (
  options: PositionOptions,
  ownerships: readonly Ownership[],
  begin: (ownership: Ownership, offset: Offset) => void,
): Promise<void> => {
  // each once, whether or not it was read from there: asking again for one that is being given up would ask for ever
  const begun = new Set<Ownership>()
  const beginOnce = (ownership: Ownership, offset: Offset): void => {
    begun.add(ownership)
    begin(ownership, offset)
  }
  for (;;) {
    const open = ownerships.filter(each => each.live && !begun.has(each))
    if (open.length === 0) return
    const committed = await readCommitted(options, open)
    const without: Ownership[] = []
    for (const each of open) {
      const found = committed.get(each)
      if (found === undefined || !each.live) continue
      const { offset, metadata } = found
      if (offset === NO_OFFSET) without.push(each)
      else {
        each.committed = offset
        const finished = finishedRanges(offset, metadata)
        if (finished.length > 0) each.work.remembered = new FinishedAhead(finished)
        beginOnce(each, offset)
      }
    }
    await beginWithoutCommit(options, without, beginOnce)
    if (committed.size < open.length) await sleep(options.clock, RETRY_PAUSE_MS)
  }
}

interface CommittedPosition {
  readonly offset: Offset
  readonly metadata: string
}

/** Partitions that are missing in the result are to be asked again. */
const readCommitted = async (
  { link, coordinator, group, memberId, epoch, onDoubt }: PositionOptions,
  ownerships: readonly Ownership[],
): Promise<Map<Ownership, CommittedPosition>> => {
  const found = new Map<Ownership, CommittedPosition>()
  const byTopic = Map.groupBy(ownerships, each => each.topic)
  try {
    const answer = await link.fetchOffsets(await coordinator.get(), {
      group,
      memberId: memberId(),
      memberEpoch: epoch(),
      requireStable: true,
      topics: [...byTopic].map(([topic, list]) => ({ topic, partitions: list.map(each => each.partition) })),
    })
    switch (answer.code) {
      case KafkaCode.NONE:
        break
      case KafkaCode.COORDINATOR_LOAD_IN_PROGRESS:
      case KafkaCode.COORDINATOR_NOT_AVAILABLE:
      case KafkaCode.NOT_COORDINATOR:
        coordinator.forget()
        return found
      default:
        // gone or outdated: the heartbeat finds out which, and drops these ownerships if gone
        onDoubt()
        return found
    }
    for (const { topic, partition, code, offset, metadata } of answer.offsets) {
      const ownership = byTopic.get(topic)?.find(each => each.partition === partition)
      if (ownership !== undefined && code === KafkaCode.NONE) found.set(ownership, { offset, metadata })
    }
  } catch (failure) {
    if (!(failure instanceof LinkFailure)) throw failure as LanekeeperError
    coordinator.forget()
  }
  return found
}

const beginWithoutCommit = async (
  options: PositionOptions,
  ownerships: readonly Ownership[],
  begin: (ownership: Ownership, offset: number) => void,
): Promise<void> => {
  const { leaders, fromWhenNothingCommitted } = options
  const questions = ownerships.map(
    ({ topic, partition }): OffsetQuestion => ({
      topic,
      partition,
      timestamp:
        fromWhenNothingCommitted === 'earliest' || leaders.isNewPartition(topic, partition)
          ? EARLIEST
          : LATEST,
    }),
  )
  const offsets = await lookUpOffsets(options, questions, () => ownerships.some(each => each.live))
  ownerships.forEach((each, index) => {
    const offset = offsets[index]
    if (each.live && offset !== null && offset !== undefined) begin(each, offset)
  })
}
