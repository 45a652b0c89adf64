import type { ScaleDecision } from '../../core/groups/index.ts'
import { errorRegistry, LanekeeperError, printable } from '../../core/model/index.ts'
import { scaleObservation } from '../../runtime/scale-observation.ts'
import { print, say } from '../output.ts'
import { decideUntil, type ScaleJob } from './job.ts'
import { kedaObject } from './keda.ts'
import { ScaleReport } from './report.ts'

/** One answer: the first change that is called for, or what there is to say at the end of the look. */
export const answerOnce = async (job: ScaleJob, seconds: number): Promise<void> => {
  const decision = await lookAndDecide(job, seconds, ({ consumers, before }) => consumers !== before)
  new ScaleReport(job.world.io, job.groupId, job.json).print(decision)
  if (decision.consumers !== decision.before) job.world.io.exitWith(errorRegistry.DRIFT.exit)
}

/** A KEDA ScaledObject with the figures of a look. */
export const printKeda = async (job: ScaleJob, seconds: number, deployment: string): Promise<void> => {
  const { world, live, groupId, topics, policy, connection } = job
  const { capacityPerSecond, load } = await lookAndDecide(job, seconds, () => false)
  const health = live.judgement()
  const group = health?.groups.find(each => each.observed.groupId === groupId)
  const read = group?.topics.map(each => each.topic) ?? []
  const { placesMax } = scaleObservation(health, groupId, topics, world.clock.monotonicMs(), Infinity)
  const facts = {
    groupId,
    topics: read.length > 0 ? read : topics,
    bootstrapServer: connection.cluster.bootstrapServer,
    deployment,
    placesMax,
    consumerPerSecond: Number.isNaN(capacityPerSecond) ? load.busiestPerSecond : capacityPerSecond,
  }
  print(world.io, kedaObject(facts, policy).trimEnd())
}

/** Rejects with CLUSTER_UNREACHABLE or GROUP_UNKNOWN where there is nothing to decide about. */
const lookAndDecide = async (
  job: ScaleJob,
  seconds: number,
  isEnough: (decision: ScaleDecision) => boolean,
): Promise<ScaleDecision> => {
  const { io } = job.world
  say(io, `Looking for ${seconds} s, to see what moves`)
  const decisions: ScaleDecision[] = []
  const interrupted = await decideUntil(job, seconds * 1000, decision => {
    decisions.push(decision)
    return isEnough(decision)
  })
  if (interrupted) throw io.interrupted.reason as Error
  const last = decisions.at(-1)
  if (last === undefined)
    throw new LanekeeperError('CLUSTER_UNREACHABLE', job.live.health().summary, {
      fix: 'Check that the brokers run and that their listeners can be reached from here.',
    })
  if (last.reason.kind === 'nothing-to-read')
    throw new LanekeeperError('GROUP_UNKNOWN', `What ${printable(job.groupId)} reads is not known.`, {
      fix: 'Name its topics with --topic: a group without members and commits does not exist.',
    })
  return last
}
