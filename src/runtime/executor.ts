import { createHash } from 'node:crypto'
import {
  type ClusterSnapshot,
  type ErrorCode,
  errorRegistry,
  type GroupCommits,
  type GroupObservation,
  kafkaCodeName,
  LanekeeperError,
} from '../core/model/index.ts'
import { applyStep, describeStep, type Plan, type Step, stepId } from '../core/plan/index.ts'
import { type Clock, sleep } from '../ports/clock.ts'
import type { Cluster, ItemOutcome } from '../ports/cluster.ts'
import type { Journal, JournalEntry } from '../ports/journal.ts'
import { type Batch, batchesOf, sendBatch } from './step-requests.ts'

/**
 * Runs any plan.
 *
 * Goal: whatever moment the process dies at, running the same plan (or the plan made anew) completes it, and no step
 * is done twice.
 *
 * Method: look at the cluster; for each step ask `applyStep` whether its effect is there already; write the intent to
 * the journal; send the request; write the outcome; at the end look again. What is true is read from the cluster, never
 * from the journal: between a request and the journal line about it any crash may fall, so the journal can only say
 * "in doubt", and only looking settles it. The journal is for people: what was meant, when, and how far it came.
 *
 * A request without an answer is settled the same way: the controller may have done it. So the cluster is looked at
 * until the effect appears or a deadline passes.
 *
 * Each step has its own outcome; a refused one does not stop the others. Only a cluster that cannot be reached or that
 * refuses us altogether does, since every further step would fail after its own timeout.
 *
 * Not done: retrying a refused step. The next run does that, and a person may want to see the refusal first.
 */
export interface StepOutcome {
  readonly step: Step
  readonly id: string
  /** `already-done`: the effect was there, no request was sent. `skipped`: not tried, see `message`. */
  readonly state: 'done' | 'already-done' | 'failed' | 'skipped'
  /** For `failed`: STEP_REFUSED, STEP_OUTDATED, or what made the request fail. */
  readonly code: ErrorCode | null
  readonly message: string
}

export interface Execution {
  readonly planId: string
  /** In the order of the plan. */
  readonly outcomes: readonly StepOutcome[]
  /** Steps whose effect is not on the cluster, seen by looking again; null when that look failed. */
  readonly left: readonly Step[] | null
  /** Changing batches sent; 0 when there was nothing to do. */
  readonly changesSent: number
}

export interface ExecuteOptions {
  readonly plan: Plan
  readonly cluster: Cluster
  readonly journal: Journal
  readonly clock: Clock
  readonly onStep?: (outcome: StepOutcome) => void
  /** Aborted: the request under way is finished and written down, the remaining steps are skipped. */
  readonly signal?: AbortSignal
}

/** A broker's metadata follows the controller within a heartbeat or two; ten seconds are a broker in trouble. */
const SETTLE_MS = 10_000
const LOOK_AGAIN_MS = 100

/**
 * Rejects only when the first look at the cluster fails, when the journal cannot be written (a change that nobody
 * could trace is not made), or on a defect.
 */
export const executePlan = async (options: ExecuteOptions): Promise<Execution> => {
  const id = planId(options.plan)
  const run = new Run(options, id)
  if (options.plan.steps.length > 0) return run.run()
  if (stepsInDoubt(await options.journal.read()).length > 0) await run.closeDoubts()
  return { planId: id, outcomes: [], left: [], changesSent: 0 }
}

/** The same for the same steps, so that a repeated run is recognised in the journal. */
const planId = (plan: Plan): string =>
  createHash('sha256').update(plan.steps.map(describeStep).join('\n')).digest('hex').slice(0, 12)

/**
 * Steps that a run began and left without an outcome: the process ended in between. A later run that finished has
 * looked at the cluster, so nothing before it is in doubt any more.
 */
export const stepsInDoubt = (entries: readonly JournalEntry[]): readonly string[] => {
  const open = new Set<string>()
  for (const { event, step } of entries) {
    if (event === 'finished') open.clear()
    else if (event === 'started' && step !== null) open.add(step)
    else if (step !== null) open.delete(step)
  }
  return [...open]
}

class Run {
  readonly #options: ExecuteOptions
  readonly #planId: string
  readonly #outcomes = new Map<Step, StepOutcome>()
  #changesSent = 0
  /** Why nothing further is tried; null: go on. */
  #stopped: string | null = null

  constructor(options: ExecuteOptions, id: string) {
    this.#options = options
    this.#planId = id
  }

  async run(): Promise<Execution> {
    const { plan, signal } = this.#options
    let snapshot = await this.#look(plan.steps)
    await this.#write('planned', null, `${plan.steps.length} steps`)
    for (const batch of batchesOf(plan.steps)) {
      if (signal?.aborted === true) this.#stopped ??= 'Interrupted before it was tried.'
      if (this.#stopped === null) snapshot = await this.#runBatch(batch, snapshot)
      else for (const step of batch.steps) this.#settle(step, 'skipped', null, this.#stopped)
    }
    const left = await this.#lookAgain()
    const outcomes = plan.steps.flatMap(step => this.#outcomes.get(step) ?? [])
    await this.#write('finished', null, left === null ? 'could not look again' : `${left.length} steps left`)
    return { planId: this.#planId, outcomes, left, changesSent: this.#changesSent }
  }

  /** For a plan without steps: whatever an earlier run was interrupted in has come about, or is wanted no more. */
  closeDoubts(): Promise<void> {
    return this.#write('finished', null, 'nothing is left to do')
  }

  /** Returns the snapshot with the effects of the steps that were done. */
  async #runBatch(batch: Batch, snapshot: ClusterSnapshot): Promise<ClusterSnapshot> {
    const pending = new Set<Step>()
    for (const step of batch.steps) {
      const result = applyStep(snapshot, step)
      if (result.ok) pending.add(step)
      else if (result.failure.reason === 'already-done')
        this.#settle(step, 'already-done', null, result.failure.message)
      else this.#settle(step, 'failed', result.failure.code, result.failure.message)
    }
    if (pending.size === 0) return snapshot

    for (const step of pending) await this.#write('started', step, describeStep(step))
    const refused = await this.#send(batch, pending)
    let state = snapshot
    for (const step of pending) {
      const failure = refused.get(step)
      await this.#write(failure === undefined ? 'done' : 'failed', step, failure?.message ?? '')
      if (failure !== undefined) this.#settle(step, 'failed', failure.code, failure.message)
      else {
        this.#settle(step, 'done', null, describeStep(step))
        const result = applyStep(state, step)
        if (result.ok) state = result.value
      }
    }
    return state
  }

  /** Sends the pending steps; returns those whose effect did not come about, with the reason. */
  async #send(batch: Batch, pending: ReadonlySet<Step>): Promise<ReadonlyMap<Step, Failure>> {
    const { cluster } = this.#options
    this.#changesSent++
    try {
      const outcomes = await sendBatch(cluster, batch, step => pending.has(step))
      const refused = [...outcomes].filter(([, outcome]) => outcome.code !== 0)
      if (refused.length === 0) return new Map()
      // An earlier run's request may have arrived just before ours: refused, and yet as wanted
      const done = await this.#effectsSeen(
        refused.map(([step]) => step),
        0,
      )
      return new Map(
        refused.filter(([step]) => !done.has(step)).map(([step, outcome]) => [step, refusalOf(outcome)]),
      )
    } catch (error) {
      if (!(error instanceof LanekeeperError)) throw error
      const done = await this.#effectsSeen([...pending], SETTLE_MS)
      // A slow answer to a large request looks like a lost cluster until the effect shows that it is not
      if (errorRegistry[error.code].exit === WHOLE_CLUSTER && done.size < pending.size)
        this.#stopped = `Not tried: ${error.message}`
      const failure = { code: error.code, message: error.message }
      return new Map([...pending].filter(step => !done.has(step)).map(step => [step, failure]))
    }
  }

  /** Steps whose effect is on the cluster, looked for until all are or `waitMs` have passed. */
  async #effectsSeen(steps: readonly Step[], waitMs: number): Promise<ReadonlySet<Step>> {
    const { clock } = this.#options
    const deadline = clock.monotonicMs() + waitMs
    for (;;) {
      const snapshot = await this.#look(steps).catch(asUnknown)
      const seen = new Set(snapshot === null ? [] : steps.filter(step => isDone(snapshot, step)))
      if (seen.size === steps.length || clock.monotonicMs() >= deadline) return seen
      await sleep(clock, LOOK_AGAIN_MS)
    }
  }

  /** The proof: what is not as the plan wants it, after what was done has had time to be seen everywhere. */
  async #lookAgain(): Promise<readonly Step[] | null> {
    const { steps } = this.#options.plan
    const isExpected = (step: Step): boolean =>
      ['done', 'already-done'].includes(this.#outcomes.get(step)?.state ?? '')
    await this.#effectsSeen(steps.filter(isExpected), SETTLE_MS)
    const snapshot = await this.#look(steps).catch(asUnknown)
    return snapshot === null ? null : steps.filter(step => !isDone(snapshot, step))
  }

  async #look(steps: readonly Step[]): Promise<ClusterSnapshot> {
    const { cluster } = this.#options
    const snapshot = await cluster.describe({
      topics: [...new Set(steps.map(step => step.topic))],
      configs: true,
    })
    const groups = new Set(steps.flatMap(step => (step.kind === 'reset-offsets' ? step.group : [])))
    if (groups.size === 0) return snapshot
    return { ...snapshot, groups: groupCommits(await cluster.readGroups(snapshot, [...groups])) }
  }

  #settle(step: Step, state: StepOutcome['state'], code: ErrorCode | null, message: string): void {
    const outcome = { step, id: stepId(step), state, code, message }
    this.#outcomes.set(step, outcome)
    this.#options.onStep?.(outcome)
  }

  #write(event: JournalEntry['event'], step: Step | null, detail: string): Promise<void> {
    const { clock, journal } = this.#options
    return journal.append({
      at: new Date(clock.wallMs()).toISOString(),
      plan: this.#planId,
      event,
      step: step === null ? null : stepId(step),
      detail,
    })
  }
}

/** The part of what was observed of groups that plans are about. */
export const groupCommits = (groups: readonly GroupObservation[]): ReadonlyMap<string, GroupCommits> =>
  new Map(groups.map(({ groupId, members, committed }) => [groupId, { members: members.length, committed }]))

interface Failure {
  readonly code: ErrorCode
  readonly message: string
}

/** Exit code of errors about the cluster as a whole: unreachable, too old, not allowed in. */
const WHOLE_CLUSTER = 4

const refusalOf = ({ code, message }: ItemOutcome): Failure => ({
  code: 'STEP_REFUSED',
  message: message === null ? kafkaCodeName(code) : `${kafkaCodeName(code)}: ${message}`,
})

const isDone = (snapshot: ClusterSnapshot, step: Step): boolean => {
  const result = applyStep(snapshot, step)
  return !result.ok && result.failure.reason === 'already-done'
}

/** A look that failed knows nothing; a defect is not hidden. */
const asUnknown = (error: unknown): null => {
  if (error instanceof LanekeeperError) return null
  throw error
}
