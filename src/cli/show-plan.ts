import type { ClusterSnapshot, TopicSpec } from '../core/model/index.ts'
import { formatCount, printable } from '../core/model/index.ts'
import { costOf, describeStep, type Plan, stepId } from '../core/plan/index.ts'
import { compareTopic, type PropertyDifference, type TopicDifference } from '../core/topics/index.ts'
import { asCalled } from './called-as.ts'
import { paint, print, type Style } from './output.ts'
import type { Io } from './world.ts'

/** A plan as people read it (per topic and key) and as scripts do. Used by `plan` and `apply` alike. */
export interface ShownPlan {
  readonly plan: Plan
  readonly differences: readonly TopicDifference[]
  readonly snapshot: ClusterSnapshot
}

export const comparePlan = (
  specs: readonly TopicSpec[],
  plan: Plan,
  snapshot: ClusterSnapshot,
): ShownPlan => ({
  plan,
  differences: specs.map(spec => compareTopic(spec, snapshot.topics.get(spec.name))),
  snapshot,
})

export const differs = ({ steps, refusals }: Plan): boolean => steps.length > 0 || refusals.length > 0

export const planAsJson = ({ plan, differences, snapshot }: ShownPlan) => ({
  differs: differs(plan),
  topics: differences,
  steps: plan.steps.map(step => ({ id: stepId(step), text: describeStep(step) })),
  refusals: plan.refusals,
  unchanged: plan.unchanged,
  cost: costOf(plan.steps, snapshot),
})

export const printPlan = (io: Io, { plan, differences, snapshot }: ShownPlan): void => {
  for (const difference of differences) if (difference.change !== 'unchanged') printTopic(io, difference)
  for (const { topic, code, message, fix } of plan.refusals) {
    print(io, paint(io, io.stdout, 'red', printable(`! ${topic}  refused: ${code}`)))
    print(io, printable(`    ${message}`))
    print(io, printable(`    → ${asCalled(io, fix)}`))
  }
  print(io, summary(differences, plan))
  const { partitionsCreated, replicasCreated } = costOf(plan.steps, snapshot)
  if (replicasCreated > 0)
    print(
      io,
      `Cost: ${formatCount(partitionsCreated)} new partitions, ${formatCount(replicasCreated)} new replicas on the brokers; no data moves.`,
    )
}

const marks = { added: '+', changed: '~', unchanged: '=' } as const
const styles: Record<TopicDifference['change'], Style> = {
  added: 'green',
  changed: 'yellow',
  unchanged: 'dim',
}

const printTopic = (io: Io, { topic, change, properties }: TopicDifference): void => {
  const note = change === 'added' ? '  new topic' : ''
  print(io, paint(io, io.stdout, styles[change], printable(`${marks[change]} ${topic}${note}`)))
  const shown = properties.filter(property => property.change !== 'unchanged')
  const width = Math.max(0, ...shown.map(property => property.property.length))
  for (const property of shown)
    print(
      io,
      paint(io, io.stdout, styles[property.change], printable(`    ${propertyLine(property, width)}`)),
    )
  const same = properties.length - shown.length
  if (same > 0) print(io, paint(io, io.stdout, 'dim', `    = ${same} more as declared`))
}

const propertyLine = ({ property, change, actual, declared }: PropertyDifference, width: number): string =>
  `${marks[change]} ${property.padEnd(width)}  ${change === 'changed' ? `${actual} → ${declared}` : declared}`

const summary = (differences: readonly TopicDifference[], plan: Plan): string => {
  const count = (change: TopicDifference['change']): number =>
    differences.filter(difference => difference.change === change).length
  const refused = plan.refusals.length === 0 ? '' : `, ${plan.refusals.length} refused`
  return `Topics: ${count('added')} to create, ${count('changed')} different, ${count('unchanged')} as declared${refused}.`
}
