import { stringify } from 'yaml'
import type { ScalePolicy } from '../../core/groups/index.ts'
import { formatRate } from '../../core/model/index.ts'

export interface KedaFacts {
  readonly groupId: string
  readonly topics: readonly string[]
  readonly bootstrapServer: string
  readonly deployment: string
  readonly placesMax: number
  /** What one consumer was seen to carry, saturated or not; 0 or NaN: nothing was seen. */
  readonly consumerPerSecond: number
}

/** Assumed where a consumer's pace is not known: the number is then named as a guess. */
const PER_SECOND_ASSUMED = 100

/**
 * A KEDA ScaledObject with the same rules, as far as KEDA can express them: it scales by lag alone, so what one
 * consumer carries becomes the lag that it works off within the target.
 */
export const kedaObject = (facts: KedaFacts, policy: ScalePolicy): string => {
  const known = facts.consumerPerSecond > 0
  const perSecond = known ? facts.consumerPerSecond : PER_SECOND_ASSUMED
  const lagThreshold = Math.max(1, Math.round((perSecond * policy.lagTargetMs) / 1000))
  const most = Math.min(policy.consumersMax ?? Infinity, Math.max(1, facts.placesMax))
  const seconds = (ms: number): number => Math.round(ms / 1000)
  const object = {
    apiVersion: 'keda.sh/v1alpha1',
    kind: 'ScaledObject',
    metadata: { name: nameFrom(facts.groupId) },
    spec: {
      scaleTargetRef: { name: facts.deployment },
      minReplicaCount: Math.min(most, policy.consumersMin),
      maxReplicaCount: most,
      pollingInterval: 15,
      advanced: {
        horizontalPodAutoscalerConfig: {
          behavior: {
            scaleUp: {
              stabilizationWindowSeconds: seconds(policy.lateForMs),
              policies: [{ type: 'Percent', value: 100, periodSeconds: seconds(policy.settleMs) }],
            },
            scaleDown: {
              // Kubernetes allows an hour at most
              stabilizationWindowSeconds: Math.min(3600, seconds(policy.quietMs)),
              policies: [
                { type: 'Percent', value: 50, periodSeconds: Math.min(1800, seconds(policy.quietMs)) },
              ],
            },
          },
        },
      },
      triggers: facts.topics.map(topic => ({
        type: 'kafka',
        metadata: {
          bootstrapServers: facts.bootstrapServer,
          consumerGroup: facts.groupId,
          topic,
          lagThreshold: String(lagThreshold),
          allowIdleConsumers: 'false',
          excludePersistentLag: 'true',
          ensureEvenDistributionOfPartitions: 'true',
        },
      })),
    },
  }
  const source = known
    ? `one consumer was seen to process ${formatRate(perSecond)}`
    : `no consumer was seen at work; ${formatRate(perSecond)} is a guess to be replaced`
  return [
    `# lagThreshold ${lagThreshold}: ${source.replace('\u00a0', ' ')}, and a record may wait ${seconds(policy.lagTargetMs)} s.`,
    `# maxReplicaCount ${most}: a partition has one reader in a group.`,
    '# What KEDA does not do: hold while lag is unknown, tell one hot partition from a slow group, limit turns to two an hour.',
    stringify(object),
  ].join('\n')
}

/** A group id may hold anything; a Kubernetes name is lower-case letters, digits and dashes. */
const nameFrom = (groupId: string): string =>
  groupId
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 63) || 'group'
