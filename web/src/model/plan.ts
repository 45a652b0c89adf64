/** A plan in words and rows: pure functions over the answer of the API. */
import type { PlanView } from '../../../src/api/plan.ts'
import { clock, count, counted, numberWord } from './text.ts'

export const planHeadline = (
  plan: PlanView | undefined,
  current: boolean,
): { readonly title: string; readonly sub: string } => {
  if (plan === undefined) return { title: 'Plan', sub: 'Comparing the file with the cluster.' }
  if (plan.file === null)
    return { title: 'No topics are declared.', sub: 'There is nothing that this cluster could differ from.' }
  const seen =
    plan.observedAt === null
      ? 'The cluster has not been seen yet.'
      : `From what the cluster looked like at ${clock(plan.observedAt)} UTC${current ? '' : ', which was the last time it was seen'}.`
  if (!plan.compared)
    return { title: 'Not compared yet.', sub: `The topics' settings have not been read. ${seen}` }
  const differing = plan.topics.filter(topic => topic.change !== 'unchanged').length
  if (differing === 0 && plan.refusals.length === 0)
    return {
      title:
        plan.topics.length === 1
          ? `${plan.topics[0]?.topic} is as ${plan.file} declares.`
          : `All ${counted(plan.topics.length, 'topic')} are as ${plan.file} declares.`,
      sub: seen,
    }
  const refused =
    plan.refusals.length === 0
      ? ''
      : ` ${numberWord(plan.refusals.length)} ${plan.refusals.length === 1 ? 'difference is' : 'differences are'} refused, with the safe way named.`
  return {
    title: `${numberWord(differing)} of ${counted(plan.topics.length, 'topic')} ${differing === 1 ? 'differs' : 'differ'} from ${plan.file}.`,
    sub: `Nothing has been changed.${refused} ${seen}`,
  }
}

export interface PlanFigure {
  readonly label: string
  readonly value: string
  readonly note: string
  readonly tone?: 'crit'
}

export const planFigures = (plan: PlanView): readonly PlanFigure[] => [
  { label: 'Steps', value: count(plan.steps.length), note: 'each checked first' },
  { label: 'Topics created', value: count(plan.cost.topicsCreated), note: 'none is ever deleted' },
  { label: 'New partitions', value: count(plan.cost.partitionsCreated), note: 'where keys need no order' },
  { label: 'New replicas', value: count(plan.cost.replicasCreated), note: 'logs that brokers open' },
  { label: 'Settings changed', value: count(plan.cost.configsChanged), note: 'no data moves' },
  {
    label: 'Refused',
    value: count(plan.refusals.length),
    note: plan.refusals.length === 0 ? 'nothing breaks order' : 'would break something',
    ...(plan.refusals.length > 0 ? { tone: 'crit' as const } : {}),
  },
]

export interface PlanRow {
  readonly topic: string
  /** The first row of its topic carries the name. */
  readonly first: boolean
  readonly exists: boolean
  readonly property: string
  readonly actual: string | null
  /** What stands where nothing is set. */
  readonly absent: string
  readonly declared: string
  readonly refused: boolean
}

export const planRows = (plan: PlanView): readonly PlanRow[] => {
  const refused = new Set(plan.refusals.map(refusal => refusal.topic))
  return plan.topics.flatMap(({ topic, change, properties }) =>
    properties
      .filter(property => property.change !== 'unchanged')
      .map((property, index) => ({
        topic,
        first: index === 0,
        exists: change !== 'added',
        property: property.property,
        actual: property.actual,
        absent: change === 'added' ? 'no such topic' : "the broker's default",
        declared: property.declared,
        // only counts are ever refused; settings of the same topic may still change
        refused: refused.has(topic) && property.kind !== 'config',
      })),
  )
}
