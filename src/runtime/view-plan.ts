import type { PlanView } from '../api/plan.ts'
import { shellWord } from '../core/health/index.ts'
import type { ClusterSnapshot, TopicSpec } from '../core/model/index.ts'
import { costOf, describeStep, stepId } from '../core/plan/index.ts'
import { compareTopic, diffTopics } from '../core/topics/index.ts'
import { isoTime } from './figure.ts'

/** The topics of a file and the cluster that they are compared with. */
export interface Declared {
  readonly file: string
  readonly topics: readonly TopicSpec[]
}

/**
 * The plan of this moment, from what was last seen; the same functions as `lanekeeper plan`. Nothing is changed, and
 * `apply` makes a plan of its own from a look of its own.
 */
export const planView = (
  declared: Declared | null,
  snapshot: ClusterSnapshot | null,
  seen: {
    readonly wallMs: number | null
    readonly bootstrapServer: string
    readonly simulated: boolean
    readonly calledAs: string
  },
): PlanView => {
  const observedAt = seen.wallMs === null ? null : isoTime(seen.wallMs)
  const cluster = seen.simulated ? '--simulated' : `--bootstrap-server ${shellWord(seen.bootstrapServer)}`
  const suffix = declared === null ? '' : ` ${shellWord(declared.file)} ${cluster}`
  const about = {
    file: declared?.file ?? null,
    observedAt,
    planCommand: declared === null ? null : `${seen.calledAs} plan${suffix}`,
    applyCommand: declared === null ? null : `${seen.calledAs} apply${suffix}`,
  }
  const specs = declared?.topics ?? []
  const unread = specs.some(spec => snapshot?.topics.get(spec.name)?.configs === null)
  if (snapshot === null || unread)
    return { ...about, compared: false, topics: [], steps: [], refusals: [], unchanged: [], cost: noCost }
  const plan = diffTopics(specs, snapshot)
  return {
    ...about,
    compared: true,
    topics: specs.map(spec => {
      const { topic, change, properties } = compareTopic(spec, snapshot.topics.get(spec.name))
      return { topic, change, properties: properties.map(property => ({ ...property })) }
    }),
    steps: plan.steps.map(step => ({ id: stepId(step), text: describeStep(step) })),
    refusals: plan.refusals.map(refusal => ({ ...refusal })),
    unchanged: [...plan.unchanged],
    cost: costOf(plan.steps, snapshot),
  }
}

const noCost = { topicsCreated: 0, partitionsCreated: 0, replicasCreated: 0, configsChanged: 0 }
