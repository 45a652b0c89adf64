/**
 * Ordered execution.
 *
 * Goal. Records of one key run one after the other in log order; records of different keys run side by side, also
 * inside one partition, so that one slow key does not hold up its neighbours.
 *
 * Invariants.
 * - A key never runs twice at once, and its records start in log order. A failed record stays first in its lane.
 * - Nothing starts that may not: after the lease, after the drain deadline, for a partition that is no longer ours.
 *   The clock is read for every start. A timer would be too late: after SIGCONT the process runs on for a while with
 *   timers that should have fired long ago, and writes over the new owner.
 * - Nothing starts more than `windowRecords` slots above the frontier. That bounds what a crash repeats.
 *
 * Method. Each partition has a fixed set of lanes; a record goes to the lane that its key's hash names (ordering
 * `key`), to the only one (`partition`) or to any (`none`). Two keys may share a lane: they wait for each other, and keep
 * their order. Lanes with something to do queue up and are served in turns, in slices of at most 8 ms, so that
 * heartbeats get their turn on the event loop. A handler that returns nothing costs no promise; one whose promise
 * settles makes room for the next at once, while its slice lasts, and not a turn of the event loop later.
 *
 * Records are asked for, not sent: when nothing is ready, partitions are asked in turns for one batch (`feed`) as far as
 * their window reaches, and a record whose lane is idle runs as it is read. So what waits, waits as the bytes that came,
 * and a record is an object only for as long as it is needed: with thousands of them waiting as objects most of the
 * cost would be the garbage collector's and the cache's.
 *
 * A record that fails is judged by the caller: tried again, put aside (`divert`, tried until it succeeds), parked with
 * its key, or the partition stands. Whichever it is, the frontier does not pass it before it is finished or put aside.
 *
 * Lanes belong to one partition each. Lanes shared by all partitions need less memory, but a partition that stands at
 * a failed record would fill them and stop the others.
 *
 * What it does not do: order between keys, and order of records without a key under `key` (they have nothing to be
 * ordered by; `partition` orders them).
 */
import { LatencyHistogram } from '../core/sketch/index.ts'
import type { Clock } from '../ports/clock.ts'
import type { Verdict } from './failures.ts'
import { Fifo } from './fifo.ts'
import { laneCountFor, laneIndexOf } from './lane-choice.ts'
import { LatencySampling } from './latency.ts'
import { Lane, type LaneItem, LaneWork } from './lane-work.ts'
import type { MemoryBudget } from './memory-budget.ts'

/** Long enough to amortise a turn of the event loop, short against any heartbeat interval. */
const SLICE_MS = 8
/** Records a lane runs before others get their turn. */
const TURN_RECORDS = 64

export interface LaneOptions<Item extends LaneItem> {
  readonly clock: Clock
  readonly budget: MemoryBudget
  /** A partition whose lanes hold more is not fed. */
  readonly partitionBytesMax: number
  readonly ordering: 'key' | 'partition' | 'none'
  /** Handlers that returned a promise which has not settled, over all partitions. */
  readonly concurrency: number
  readonly windowRecords: number
  /** May a handler start at this moment (monotonic)? The group's lease. */
  readonly mayStart: (nowMs: number) => boolean
  readonly run: (item: Item) => void | PromiseLike<void>
  /** Puts a condemned record aside; until it resolves the record is not finished. */
  readonly divert: (item: Item) => PromiseLike<void>
  /** What to do after `run` failed, `item.attempts` times by now. */
  readonly judge: (work: LaneWork<Item>, item: Item, error: unknown) => Verdict
  /** Processed, or put aside if it is condemned. `standsFor`: how many it speaks for where things are measured; often 0. */
  readonly onDone: (item: Item, standsFor: number) => void
  readonly onFailed: (work: LaneWork<Item>, item: Item, error: unknown, verdict: Verdict) => void
  /** The window is used up above `failed`, whose key is parked: nothing more can start in this period. */
  readonly onHeld: (work: LaneWork<Item>, failed: Item) => void
}

/** In records. Every one that was added is in one of the others. */
export interface LaneCounts {
  added: number
  done: number
  diverted: number
  /** Dropped unfinished: their partition was lost, given up, or stands. Somebody else begins with them. */
  givenBack: number
}

export class Lanes<Item extends LaneItem> {
  readonly counts: LaneCounts = { added: 0, done: 0, diverted: 0, givenBack: 0 }
  readonly #options: LaneOptions<Item>
  readonly #laneCount: number
  readonly handlerTime = new LatencyHistogram()
  readonly #sampling = new LatencySampling()
  readonly #ready = new Fifo<Lane<Item>>()
  /** Partitions that have records outside, and room. */
  readonly #hungry = new Fifo<LaneWork<Item>>()
  /** Lanes that met the end of the lease. */
  #suspended: Lane<Item>[] = []
  /** Dropped partitions whose handlers still run. */
  readonly #restless = new Set<LaneWork<Item>>()
  #waiters: (() => void)[] = []
  #scheduled = false
  #holding = false
  #active = 0
  #slicing = false
  /** Until then (monotonic) records may start without a turn of the event loop in between. */
  #sliceEndMs = 0

  constructor(options: LaneOptions<Item>) {
    this.#options = options
    this.#laneCount = laneCountFor(options.ordering, options.concurrency)
  }

  /** Records that are in lanes, waiting or running, over all partitions. */
  get queuedRecords(): number {
    const { added, done, diverted, givenBack } = this.counts
    return added - done - diverted - givenBack
  }

  /** Begins a period of ownership. */
  open(name: string): LaneWork<Item> {
    const work = new LaneWork<Item>(name, this.#laneCount, this.#options.ordering)
    if (this.#holding) work.holdAbove = work.started
    return work
  }

  /** Something waits outside that `work.feed` can add. */
  offer(work: LaneWork<Item>): void {
    if (work.feeding !== 'dry') return
    work.feeding = 'queued'
    this.#hungry.push(work)
    this.#schedule()
  }

  /**
   * Takes a record; records of a partition come in offset order. What an earlier owner finished is passed over. While
   * partitions are fed, it runs at once if it can.
   */
  add(work: LaneWork<Item>, item: Item): void {
    item.slot = work.frontier.enter(item.offset)
    if (work.remembered !== null && this.#wasFinished(work, item)) return
    this.counts.added += item.recordCount
    work.queuedRecords += item.recordCount
    work.queuedBytes += item.heldBytes
    this.#options.budget.take(item.heldBytes)
    const index = laneIndexOf(this.#options.ordering, this.#laneCount, item)
    const lane = (work.lanes[index] ??= new Lane(work, this.#settled))
    const isIdle = lane.state === 'idle'
    if (isIdle && this.#slicing && this.#mayRunAtOnce(work, item)) this.#start(lane, item)
    else {
      lane.queue.push(item)
      if (isIdle) this.#makeReady(lane)
    }
  }

  /** The lease was renewed. */
  resume(): void {
    const lanes = this.#suspended
    this.#suspended = []
    for (const lane of lanes) this.#makeReady(lane)
  }

  /**
   * Lets a partition come to rest: finishes what was started and everything below it, drops the rest. Resolves true
   * when that is done, false at the deadline (monotonic); handlers still running then see their signal aborted.
   */
  async drain(work: LaneWork<Item>, deadlineMs: number): Promise<boolean> {
    work.limit = Math.min(work.limit, work.started)
    work.deadlineMs = Math.min(work.deadlineMs, deadlineMs)
    this.#unblock(work)
    const inTime = await this.#until(() => work.drained, work.deadlineMs)
    if (work.running > 0) work.abort.abort(new Error(`${work.name} is being given up`))
    return inTime
  }

  /**
   * Brings partitions to a rest from which they can go on: what was started, and everything below it, finishes, and
   * nothing above it, or in partitions that come meanwhile, starts before `release`. Resolves true at rest; false at the deadline (monotonic), or as soon as
   * one of them stands at a failed record and can never come to rest.
   */
  async hold(works: readonly LaneWork<Item>[], deadlineMs: number): Promise<boolean> {
    this.#holding = true
    for (const work of works) work.holdAbove = Math.min(work.holdAbove, work.started)
    const atRest = (): boolean => works.every(work => work.rested)
    await this.#until(() => atRest() || works.some(work => work.live && work.stopped), deadlineMs)
    return atRest()
  }

  release(works: readonly LaneWork<Item>[]): void {
    this.#holding = false
    for (const work of works) {
      work.holdAbove = Infinity
      this.#unblock(work)
    }
  }

  /** Ends a period of ownership at once. Handlers still running see their signal aborted; their results count nothing. */
  drop(work: LaneWork<Item>): void {
    work.live = false
    if (work.running > 0) {
      this.#restless.add(work)
      work.abort.abort(new Error(`${work.name} is no longer owned`))
    }
    work.blocked = []
    for (const lane of work.lanes) {
      if (lane === undefined) continue
      lane.retry?.cancel()
      lane.retry = null
      if (lane.state !== 'busy') this.#discardAll(lane)
    }
    for (const item of work.parkedKeys.takeAll()) this.#giveBack(work, item)
    this.#progress()
  }

  /**
   * Resolves when no handler of a dropped partition runs any more: of the partition called `name`, or of any. A
   * process that starts on a key again while its own old handler still runs overtakes itself.
   */
  async quiet(name?: string): Promise<void> {
    await this.#until(
      () => (name === undefined ? this.#restless.size === 0 : !this.isRestless(name)),
      Infinity,
    )
  }

  /** Whether handlers of a dropped period of the partition still run. */
  isRestless(name: string): boolean {
    return [...this.#restless].some(work => work.name === name)
  }

  #wasFinished(work: LaneWork<Item>, item: Item): boolean {
    const finished = work.remembered?.has(item.offset) === true
    if (work.remembered?.isSpent === true) work.remembered = null
    if (finished && work.frontier.finish(item.slot) > 0) this.#unblock(work)
    return finished
  }

  #until(condition: () => boolean, deadlineMs: number): Promise<boolean> {
    if (condition()) return Promise.resolve(true)
    const { clock } = this.#options
    return new Promise(resolve => {
      const settle = (result: boolean): void => {
        this.#waiters = this.#waiters.filter(waiter => waiter !== check)
        timer?.cancel()
        resolve(result)
      }
      const check = (): void => {
        if (condition()) settle(true)
      }
      const timer =
        deadlineMs === Infinity
          ? null
          : clock.after(Math.max(0, deadlineMs - clock.monotonicMs()), () => settle(false))
      this.#waiters.push(check)
    })
  }

  #makeReady(lane: Lane<Item>): void {
    lane.state = 'ready'
    this.#ready.push(lane)
    this.#schedule()
  }

  #schedule(): void {
    if (this.#scheduled || this.#slicing || this.#active >= this.#options.concurrency) return
    if (this.#ready.length === 0 && this.#hungry.length === 0) return
    this.#scheduled = true
    this.#options.clock.soon(() => {
      this.#scheduled = false
      this.#sliceEndMs = this.#options.clock.monotonicMs() + SLICE_MS
      this.#runSlice()
    })
  }

  #runSlice(): void {
    const { concurrency } = this.#options
    this.#slicing = true
    let inTime = true
    while (inTime && this.#active < concurrency) {
      const lane = this.#ready.shift()
      if (lane !== undefined) inTime = this.#runLane(lane)
      else {
        const work = this.#hungry.shift()
        if (work === undefined) break
        inTime = this.#feed(work)
      }
    }
    this.#slicing = false
    this.#schedule()
  }

  /** One batch. False: the slice is used up. */
  #feed(work: LaneWork<Item>): boolean {
    work.feeding = 'dry'
    if (work.feed === null || !work.live || work.limit !== Infinity) return true
    if (!this.#hasRoom(work)) {
      work.feeding = 'full'
      this.#stopIfHeld(work)
      return true
    }
    if (work.feed()) this.offer(work)
    return this.#options.clock.monotonicMs() < this.#sliceEndMs
  }

  /** What lies beyond the window could not start. */
  #hasRoom({ frontier, queuedBytes }: LaneWork<Item>): boolean {
    const { windowRecords, partitionBytesMax } = this.#options
    return frontier.span < windowRecords && queuedBytes < partitionBytesMax
  }

  /**
   * Whether a record that has just come, to an idle lane, may run without being queued. Queueing costs little, but each
   * young object in an old array costs the garbage collector more than all the ordering. Where it is no, `#runLane` finds
   * out what to wait for.
   */
  #mayRunAtOnce(work: LaneWork<Item>, { slot }: Item): boolean {
    const { clock, concurrency, windowRecords, mayStart } = this.#options
    if (this.#active >= concurrency || work.parkedKeys.size > 0) return false
    if (!work.live || slot > work.limit || slot > work.holdAbove) return false
    if (slot - work.frontier.head >= windowRecords) return false
    const nowMs = clock.monotonicMs()
    return nowMs < work.deadlineMs && nowMs < this.#sliceEndMs && mayStart(nowMs)
  }

  /** Runs records of one lane until it is empty, has had its turn, or must wait. False: the slice is used up. */
  #runLane(lane: Lane<Item>): boolean {
    const { work, queue } = lane
    const { clock, windowRecords, mayStart } = this.#options
    for (let turn = 0; turn < TURN_RECORDS; turn++) {
      const item = lane.current ?? queue.peek()
      if (item === undefined) {
        lane.state = 'idle'
        return true
      }
      if (!work.live || item.slot > work.limit) {
        this.#discardAll(lane)
        this.#progress()
        return true
      }
      if (work.parkedKeys.size > 0 && work.parkedKeys.join(item)) {
        lane.shift()
        continue
      }
      const nowMs = clock.monotonicMs()
      if (nowMs >= work.deadlineMs || !mayStart(nowMs)) {
        lane.state = 'waiting'
        this.#suspended.push(lane)
        return true
      }
      if (nowMs >= this.#sliceEndMs) {
        this.#makeReady(lane)
        return false
      }
      if (item.slot > work.holdAbove) {
        lane.state = 'waiting'
        work.blocked.push(lane)
        return true
      }
      if (item.slot - work.frontier.head >= windowRecords) {
        lane.state = 'waiting'
        work.blocked.push(lane)
        this.#stopIfHeld(work)
        return true
      }
      lane.shift()
      if (!this.#start(lane, item)) return true
    }
    this.#makeReady(lane)
    return true
  }

  /** Runs a record that was taken out of its lane. True when it is finished at once, and the lane can go on. */
  #start(lane: Lane<Item>, item: Item): boolean {
    const { work } = lane
    if (item.slot > work.started) work.started = item.slot
    item.declined = false
    lane.state = 'busy'
    lane.standsFor = this.#sampling.next()
    if (lane.standsFor > 0) lane.startedMs = this.#options.clock.monotonicMs()
    let result: void | PromiseLike<void>
    try {
      result = item.condemned === null ? this.#options.run(item) : this.#options.divert(item)
    } catch (error) {
      lane.current = item
      if (item.declined) this.#declined(lane)
      else this.#failed(lane, item, error)
      return false
    }
    if (result === undefined || typeof (result as { then?: unknown } | null)?.then !== 'function') {
      if (item.declined) {
        lane.current = item
        this.#declined(lane)
        return false
      }
      lane.state = 'idle'
      this.#finished(lane, item)
      return true
    }
    lane.current = item
    work.running++
    this.#active++
    result.then(lane.onFulfilled, lane.onRejected)
    return false
  }

  readonly #settled = (lane: Lane<Item>, failure: { readonly error: unknown } | null): void => {
    const { work } = lane
    const item = lane.current as Item
    this.#active--
    work.running--
    lane.state = 'idle'
    if (work.running === 0) this.#restless.delete(work)
    if (!work.live) this.#discardAll(lane)
    else if (item.declined) this.#declined(lane)
    else if (failure !== null) this.#failed(lane, item, failure.error)
    else {
      lane.current = null
      this.#finished(lane, item)
      if (lane.queue.length > 0) this.#makeReady(lane)
    }
    this.#progress()
    // bounded by the slice: promises that settle at once would otherwise keep the event loop for ever
    if (!this.#slicing && this.#options.clock.monotonicMs() < this.#sliceEndMs) this.#runSlice()
    else this.#schedule()
  }

  #finished(lane: Lane<Item>, item: Item): void {
    const { work } = lane
    const { figures } = work
    this.#letGo(work, item)
    if (item.condemned === null) {
      this.counts.done += item.recordCount
      figures.recordsProcessed += item.recordCount
      if (item.attempts > 0) figures.settled(item.offset)
      if (lane.standsFor > 0) this.#measured(lane)
    } else {
      this.counts.diverted += item.recordCount
      figures.recordsDeadLettered += item.recordCount
      figures.settled(item.offset)
    }
    this.#options.onDone(item, lane.standsFor)
    if (work.frontier.finish(item.slot) > 0) {
      this.#unblock(work)
      this.#progress()
    }
    if (work.feeding === 'full' && this.#hasRoom(work)) {
      work.feeding = 'dry'
      this.offer(work)
    }
  }

  /** A call of the handler has ended, well or not. */
  #measured({ work, standsFor, startedMs }: Lane<Item>): void {
    const tookMs = this.#options.clock.monotonicMs() - startedMs
    this.handlerTime.add(tookMs, standsFor)
    work.figures.handlerTook(tookMs, standsFor)
  }

  /** The handler did nothing because it may not act now; the record runs again when it may. */
  #declined(lane: Lane<Item>): void {
    lane.state = 'waiting'
    this.#suspended.push(lane)
  }

  #failed(lane: Lane<Item>, item: Item, error: unknown): void {
    const { work } = lane
    const { judge, onFailed } = this.#options
    if (lane.standsFor > 0 && item.condemned === null) this.#measured(lane)
    item.attempts++
    const verdict = judge(work, item, error)
    switch (verdict.kind) {
      case 'retry':
        lane.state = 'waiting'
        lane.retry = this.#options.clock.after(verdict.delayMs, () => {
          lane.retry = null
          this.#makeReady(lane)
        })
        break
      case 'dead-letter':
        item.condemned = { error, attempts: item.attempts }
        item.attempts = 0
        this.#makeReady(lane)
        break
      case 'park-key':
        lane.shift()
        work.parkedKeys.park(item)
        this.#makeReady(lane)
        if (work.feeding === 'full') this.#stopIfHeld(work)
        break
      case 'stop':
        this.#discardAll(lane)
        this.#stop(work, () => onFailed(work, item, error, verdict))
        return
    }
    onFailed(work, item, error, verdict)
  }

  /** The window is used up, and the record that it hangs on is parked: it would never move again. */
  #stopIfHeld(work: LaneWork<Item>): void {
    const failed = work.parkedKeys.failedAt(work.frontier.head)
    if (failed === null || work.frontier.span < this.#options.windowRecords) return
    this.#stop(work, () => this.#options.onHeld(work, failed))
  }

  /** The partition stands. Handlers that run may finish; nothing more starts. */
  #stop(work: LaneWork<Item>, tell: () => void): void {
    work.stopped = true
    work.limit = Math.min(work.limit, work.started)
    tell()
    this.#unblock(work)
    this.#progress()
  }

  #unblock(work: LaneWork<Item>): void {
    if (work.blocked.length === 0) return
    const lanes = work.blocked
    work.blocked = []
    for (const lane of lanes) this.#makeReady(lane)
  }

  #discardAll(lane: Lane<Item>): void {
    for (let item = lane.shift(); item !== undefined; item = lane.shift()) this.#giveBack(lane.work, item)
    lane.state = 'idle'
  }

  #giveBack(work: LaneWork<Item>, item: Item): void {
    this.counts.givenBack += item.recordCount
    this.#letGo(work, item)
  }

  #letGo(work: LaneWork<Item>, item: Item): void {
    work.queuedRecords -= item.recordCount
    work.queuedBytes -= item.heldBytes
    this.#options.budget.give(item.heldBytes)
  }

  /** After anything that may end a wait: a drain, a hold, a quiet. */
  #progress(): void {
    for (const waiter of this.#waiters) waiter()
  }
}
