import { partitionCount, type TopicSpec } from '../../src/core/model/index.ts'
import { diffTopics } from '../../src/core/topics/index.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { Cluster } from '../../src/ports/cluster.ts'
import type { Journal } from '../../src/ports/journal.ts'
import { type Execution, executePlan } from '../../src/runtime/executor.ts'

const spec = (name: string, partitions: number, configs: Record<string, string> = {}): TopicSpec => ({
  name,
  partitions: partitionCount(partitions),
  replicationFactor: 3,
  configs: new Map(Object.entries(configs)),
  key: null,
  ordering: 'none',
})

/** Topics that exist before, and what is declared: two to create, one to grow, two configs to change. */
export const applyScenario = (
  prefix: string,
): { readonly before: readonly TopicSpec[]; readonly declared: readonly TopicSpec[] } => ({
  before: [spec(`${prefix}-grows`, 2), spec(`${prefix}-changes`, 2, { 'retention.ms': '60000' })],
  declared: [
    spec(`${prefix}-new-a`, 3, { 'min.insync.replicas': '2' }),
    spec(`${prefix}-new-b`, 1),
    spec(`${prefix}-grows`, 4),
    spec(`${prefix}-changes`, 2, { 'retention.ms': '120000', 'cleanup.policy': 'compact' }),
  ],
})

/** What the verb `apply` does, without its words: look, plan, execute. */
export const apply = async (
  specs: readonly TopicSpec[],
  world: { readonly cluster: Cluster; readonly journal: Journal; readonly clock: Clock },
): Promise<Execution> => {
  const snapshot = await world.cluster.describe({ configs: true })
  return executePlan({ ...world, plan: diffTopics(specs, snapshot) })
}
