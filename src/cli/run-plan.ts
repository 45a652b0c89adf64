import { resolve } from 'node:path'
import { printable } from '../core/model/index.ts'
import type { Plan } from '../core/plan/index.ts'
import type { Cluster } from '../ports/cluster.ts'
import { type Execution, executePlan, type StepOutcome, stepsInDoubt } from '../runtime/executor.ts'
import { paint, say } from './output.ts'
import type { TargetFlags } from './target-options.ts'
import type { World } from './world.ts'

/** Runs a confirmed plan with a journal beside the cluster's others, and says what came of each step. */
export const runPlan = async (
  world: World,
  cluster: Cluster,
  clusterId: string,
  plan: Plan,
  flags: Pick<TargetFlags, 'stateDir' | 'json'>,
): Promise<{ readonly execution: Execution; readonly journalFile: string }> => {
  const { io, clock } = world
  const journalFile = resolve(io.cwd, flags.stateDir, 'journal', `${fileSafe(clusterId)}.jsonl`)
  const journal = await world.openJournal(journalFile)
  const inDoubt = stepsInDoubt(await journal.read())
  if (inDoubt.length > 0 && !flags.json)
    say(
      io,
      printable(
        `An earlier run was interrupted in ${inDoubt.join(', ')}; the cluster was asked what came of it.`,
      ),
    )
  const execution = await executePlan({
    plan,
    cluster,
    journal,
    clock,
    signal: io.interrupted,
    onStep: outcome => {
      if (!flags.json) say(io, outcomeLine(world, outcome))
    },
  })
  return { execution, journalFile }
}

const outcomeLine = ({ io }: World, { state, message, id }: StepOutcome): string => {
  switch (state) {
    case 'done':
      return `${paint(io, io.stderr, 'green', 'done')}     ${printable(message)}`
    case 'already-done':
      return `${paint(io, io.stderr, 'dim', 'was done')} ${printable(message)}`
    case 'failed':
      return `${paint(io, io.stderr, 'red', 'failed')}   ${printable(`${id}: ${message}`)}`
    case 'skipped':
      return `${paint(io, io.stderr, 'yellow', 'skipped')}  ${printable(`${id}: ${message}`)}`
  }
}

/** A cluster id is base64url text; one that came from a hostile broker must not name another folder. */
const fileSafe = (clusterId: string): string =>
  clusterId.replace(/[^A-Za-z0-9_-]/g, '_').slice(0, 64) || 'cluster'
