/**
 * How long a silent member of a server-side group stays a member. The coordinator does not say it in its heartbeat
 * answers; it is a config of the group (resource type 32), which falls back to one of the broker. A principal that may
 * read neither gets Kafka's own default, which is also the least that a broker accepts unless its owner lowered
 * `group.consumer.min.session.timeout.ms`.
 */
import { ConfigResourceTypes, describeConfigsV4 } from '@platformatic/kafka'
import type { BrokerId } from '../../core/model/index.ts'
import type { Endpoint } from './addresses.ts'
import type { Wires } from './wires.ts'

const KAFKA_DEFAULT_MS = 45_000

const { GROUP, BROKER } = ConfigResourceTypes
type ResourceType = typeof GROUP | typeof BROKER

/** @throws LinkFailure */
export const groupSessionTimeoutMs = async (wires: Wires, broker: Endpoint, group: string): Promise<number> =>
  (await readNumber(wires, broker, GROUP, group, 'consumer.session.timeout.ms')) ??
  (broker.broker === null ? null : await brokerDefault(wires, broker, broker.broker)) ??
  KAFKA_DEFAULT_MS

const brokerDefault = (wires: Wires, endpoint: Endpoint, id: BrokerId): Promise<number | null> =>
  readNumber(wires, endpoint, BROKER, String(id), 'group.consumer.session.timeout.ms')

const readNumber = async (
  wires: Wires,
  endpoint: Endpoint,
  resourceType: ResourceType,
  resourceName: string,
  key: string,
): Promise<number | null> => {
  const { results } = await wires.call(endpoint, 'control', describeConfigsV4.api, [
    [{ resourceType, resourceName, configurationKeys: [key] }],
    false,
    false,
  ])
  const value = results[0]?.configs.find(each => each.name === key)?.value
  return typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : null
}
