import type { Batch } from './batch.ts'
import type { Doubt, Finding } from './doubt.ts'
import type { ProducerIdentity } from './identity.ts'
import type { Lane } from './lane.ts'
import type { Ledger } from './ledger.ts'

/** The batches whose fate is not known. A partition has one at most, since it stops there. */
export class Doubts {
  private readonly ledger: Ledger
  private readonly open = new Map<Lane, Doubt>()

  constructor(ledger: Ledger) {
    this.ledger = ledger
  }

  list(): readonly Doubt[] {
    return [...this.open.values()]
  }

  /** Gives the lane's first batch up as in doubt, and keeps what it takes to find it in the log. */
  add(lane: Lane, batch: Batch, identity: ProducerIdentity, why: string, reopens: boolean): void {
    // without a producer id there is nothing to tell the batch by
    if (identity.producerId >= 0n)
      this.open.set(lane, {
        topic: lane.topic,
        partition: lane.partition,
        producerId: identity.producerId,
        producerEpoch: identity.producerEpoch,
        baseSequence: lane.sequence,
        records: batch.count,
        fromOffset: lane.endOffset,
        triedBrokers: batch.triedBrokers,
        listeners: batch.listeners ?? [],
        reopens,
        why,
      })
    this.ledger.settle(batch, { kind: 'in-doubt', why })
  }

  /** Takes in what the log says. Returns the lane that was opened again, if one was. */
  resolve(doubt: Doubt, finding: Finding): Lane | null {
    const lane = [...this.open].find(([, open]) => open === doubt)?.[0]
    if (lane === undefined || finding.kind === 'undecided') return null
    this.open.delete(lane)
    this.ledger.resolve(doubt.records, finding.kind === 'in-log')
    if (finding.kind === 'in-log') lane.advance(finding.baseOffset, doubt.records)
    if (!doubt.reopens || (finding.kind === 'absent' && finding.identity === null)) return null
    lane.reopen(finding.kind === 'absent' ? finding.identity : null)
    return lane
  }
}
