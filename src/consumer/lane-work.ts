import type { Offset } from '../core/model/index.ts'
import type { Timer } from '../ports/clock.ts'
import { Fifo } from './fifo.ts'
import { WorkFigures } from './figures.ts'
import type { FinishedAhead } from './finished-ahead.ts'
import { Frontier } from './frontier.ts'
import { ParkedKeys } from './parked-keys.ts'

/** What runs in a lane: a record on its way to the handler, or several that are handed over together. */
export interface LaneItem {
  /** Of its first record. */
  readonly offset: Offset
  readonly recordCount: number
  readonly key: Uint8Array | null
  /** A number that equal keys share; null without a key. */
  readonly keyHash: number | null
  /** Memory it holds, for back-pressure. */
  readonly heldBytes: number
  slot: number
  /** Failed attempts so far; once condemned, failed attempts to put it aside. */
  attempts: number
  /** Its attempts are used up, for this reason: it goes to the dead letters, and not to the handler again. */
  condemned: { readonly error: unknown; readonly attempts: number } | null
  /**
   * The handler was told during this attempt that it may no longer act. Whatever it did then, it did not finish the
   * record: counting it as finished would commit a record without an effect.
   */
  declined: boolean
}

/** Records that must run one after the other. */
export class Lane<Item extends LaneItem> {
  readonly work: LaneWork<Item>
  /** Its first record, started and not finished; null while nothing has to be remembered of it. */
  current: Item | null = null
  /** The records behind it. */
  readonly queue = new Fifo<Item>()
  /**
   * `idle`: empty. `ready`: queued to run. `busy`: its first record's handler runs. `waiting`: something
   * will call it (room in the window, the lease, a retry timer). A lane is in one place at a time; that alone keeps
   * one key from running twice at once.
   */
  state: 'idle' | 'ready' | 'busy' | 'waiting' = 'idle'
  retry: Timer | null = null
  /** How many calls of the handler the one at work speaks for; 0: it is not measured. */
  standsFor = 0
  /** When that one began (monotonic). */
  startedMs = 0
  /** What the promise of its first record calls: made once for the lane, not for every record. */
  readonly onFulfilled: () => void
  readonly onRejected: (error: unknown) => void

  constructor(
    work: LaneWork<Item>,
    settled: (lane: Lane<Item>, failure: { readonly error: unknown } | null) => void,
  ) {
    this.work = work
    this.onFulfilled = () => settled(this, null)
    this.onRejected = error => settled(this, { error })
  }

  get isEmpty(): boolean {
    return this.current === null && this.queue.length === 0
  }

  /** Takes its first record out. */
  shift(): Item | undefined {
    const { current } = this
    if (current === null) return this.queue.shift()
    this.current = null
    return current
  }
}

/**
 * The work of one partition in one period of ownership. Never reused: a handler that outlives its period holds on to
 * the dead object, and can neither move the frontier of the next period nor believe itself its owner.
 */
export class LaneWork<Item extends LaneItem> {
  readonly name: string
  readonly frontier = new Frontier()
  /** Created on first use: a quiet partition costs nothing. */
  readonly lanes: (Lane<Item> | undefined)[]
  readonly abort = new AbortController()
  readonly parkedKeys: ParkedKeys<Item>
  readonly figures = new WorkFigures()

  /** False for ever once the partition was given up or lost. */
  live = true
  /** Stands at a failed record; the frontier stays below it and nothing more starts. */
  stopped = false
  /** What an earlier owner finished above the offset where this period begins; null: nothing, or all passed. */
  remembered: FinishedAhead | null = null
  /** Nothing starts at or after this moment (drain deadline). */
  deadlineMs = Infinity
  /** Highest slot that was started. */
  started = -1
  /** Records above this slot are dropped instead of started. */
  limit = Infinity
  /** Records above this slot wait (`Lanes.hold`). */
  holdAbove = Infinity
  /** Handlers that have not settled. */
  running = 0
  queuedBytes = 0
  queuedRecords = 0
  /**
   * Adds the records of the next batch that waits outside; false when there is none. Where it is missing, records are
   * added from outside.
   */
  feed: (() => boolean) | null = null
  /** `queued`: `feed` is called in its turn. `full`: it is called again once there is room. `dry`: it said no. */
  feeding: 'dry' | 'queued' | 'full' = 'dry'
  /** Lanes whose first record lies too far above the frontier. */
  blocked: Lane<Item>[] = []

  constructor(name: string, laneCount: number, ordering: 'key' | 'partition' | 'none' = 'key') {
    this.name = name
    this.parkedKeys = new ParkedKeys(ordering)
    this.lanes = new Array<Lane<Item> | undefined>(laneCount)
  }

  /** Everything that was started, and everything below it, is finished, or can never be. */
  get drained(): boolean {
    if (this.running > 0) return false
    if (this.stopped || !this.live || this.frontier.head > this.limit) return true
    return this.parkedKeys.size > 0 && this.lanes.every(lane => lane === undefined || lane.isEmpty)
  }

  /** Nothing runs, and of all that was ever started nothing is unfinished. */
  get rested(): boolean {
    return this.running === 0 && (!this.live || this.frontier.head > this.started)
  }
}
