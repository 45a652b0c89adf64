/**
 * Where each lane with something to send waits: in the line of its leader, backing off, or for a look-up of its leader.
 *
 * A lane waits in one of the three at a time, and `lane.state` says in which. What it is sent with, and what becomes of it,
 * is decided elsewhere.
 */
import type { Random } from '../../ports/random.ts'
import type { ProducerOptions } from '../options.ts'
import { backoffAfter } from './backoff.ts'
import type { Dispatcher } from './dispatcher.ts'
import type { Lane } from './lane.ts'
import { LookupPacer } from './lookup-pacer.ts'

/** What a lane does after a try that failed. */
export type Retry = 'at-once' | 'soon' | 'same-leader' | 'look-up'

export class Placement {
  readonly lookups: LookupPacer
  private readonly options: ProducerOptions
  private readonly random: Random
  private readonly dispatcher: Dispatcher
  private readonly attend: () => void
  private readonly backingOff = new Set<Lane>()
  private readonly unplaced = new Set<Lane>()

  /** `attend` is called when something has come that may be due at once. */
  constructor(options: ProducerOptions, random: Random, dispatcher: Dispatcher, attend: () => void) {
    this.options = options
    this.random = random
    this.dispatcher = dispatcher
    this.attend = attend
    this.lookups = new LookupPacer(options.backoffMs, options.backoffMsMax)
  }

  get someBackOff(): boolean {
    return this.backingOff.size > 0
  }

  backoffMs(tries: number): number {
    return backoffAfter(tries, this.options, this.random)
  }

  /** When the first lane has backed off for long enough, or infinity. */
  wakeAtMs(): number {
    let wake = Number.POSITIVE_INFINITY
    for (const lane of this.backingOff) wake = Math.min(wake, lane.resumeAtMs)
    return wake
  }

  /** Into the line of its leader; where none is known, to those who wait for a look-up. */
  enqueue(lane: Lane): void {
    if (lane.leader < 0) {
      this.unplace(lane)
      return
    }
    this.dispatcher.add(lane)
    this.attend()
  }

  private unplace(lane: Lane): void {
    lane.state = 'unplaced'
    lane.lookupNeeded = this.lookups.want()
    this.unplaced.add(lane)
    this.attend()
  }

  retry(lane: Lane, how: Retry, nowMs: number): void {
    if (how === 'at-once') this.enqueue(lane)
    else if (how === 'look-up' && lane.triesHere <= 1) this.unplace(lane)
    else {
      lane.state = 'backing-off'
      lane.resumeAtMs = nowMs + this.backoffMs(how === 'soon' ? 1 : lane.triesHere)
      lane.thenLookUp = how === 'look-up'
      this.backingOff.add(lane)
    }
  }

  /** Its first batch is settled: whatever it waited for, the next one does not. */
  release(lane: Lane): void {
    if (lane.state === 'backing-off') this.backingOff.delete(lane)
    else if (lane.state === 'unplaced') this.unplaced.delete(lane)
    if (lane.first === null) lane.state = 'idle'
    else this.enqueue(lane)
  }

  /** Those that have backed off for long enough go on. */
  resumeDue(nowMs: number): void {
    for (const lane of this.backingOff)
      if (lane.resumeAtMs <= nowMs) {
        this.backingOff.delete(lane)
        if (lane.thenLookUp) this.unplace(lane)
        else this.enqueue(lane)
      }
  }

  learnLeader(lane: Lane, leader: number, leaderEpoch: number): void {
    if (!lane.learnLeader(leader, leaderEpoch)) return
    if (lane.state === 'waiting') this.enqueue(lane)
    // it backs off from the leader before: the new one has refused nothing yet, and each epoch comes only once
    else if (lane.state === 'backing-off' && leader >= 0) {
      this.backingOff.delete(lane)
      this.enqueue(lane)
    }
  }

  /** A look-up is over, and its leaders are learned. `helped`: it left out nothing that somebody else waits for. */
  lookedUp(helped: boolean, nowMs: number): void {
    const leaderless = [...this.unplaced].some(lane => lane.leader < 0)
    const number = this.lookups.done(nowMs, helped && !leaderless)
    for (const lane of this.unplaced) {
      if (lane.lookupNeeded > number) this.lookups.want()
      else if (lane.leader < 0) lane.lookupNeeded = this.lookups.want()
      else {
        this.unplaced.delete(lane)
        this.enqueue(lane)
      }
    }
  }
}
