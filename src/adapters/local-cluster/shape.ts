import { randomBytes } from 'node:crypto'
import { LanekeeperError } from '../../core/model/index.ts'
import { isRecord, readJson, writeJson } from './files.ts'
import type { NodeAddress } from './settings.ts'

/**
 * What the local cluster is, kept across restarts: its id, its brokers, their ports.
 *
 * The controller quorum is fixed when the cluster is made: the first three brokers (or as many as there are). Growing
 * it later would be unsafe, since with one voter of old and two new, empty ones the new could outvote the metadata
 * log. A fourth voter would add nothing either: four tolerate the loss of one, as three do. So brokers that come later
 * are brokers only.
 */
export interface ClusterShape {
  readonly clusterId: string
  readonly nodes: readonly NodeAddress[]
}

const BROKERS_MAX = 6
const BROKERS_DEFAULT = 3
const VOTERS_MAX = 3

/** Where free ports are looked for first; a controller's is 100 above its broker's. */
const CLIENT_PORT = 19_092
const CONTROLLER_PORT = CLIENT_PORT + 100

const isPort = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value > 0 && value < 65_536

const isNode = (value: unknown): value is NodeAddress =>
  isRecord(value) &&
  typeof value['id'] === 'number' &&
  isPort(value['port']) &&
  (value['controllerPort'] === null || isPort(value['controllerPort']))

const isShape = (value: unknown): value is ClusterShape =>
  isRecord(value) &&
  typeof value['clusterId'] === 'string' &&
  Array.isArray(value['nodes']) &&
  value['nodes'].length > 0 &&
  value['nodes'].every(isNode)

/** Null when no cluster was made here yet. */
export const readShape = (file: string): ClusterShape | null =>
  readJson(file, isShape, {
    fix: 'Start anew with --fresh; topics and data of the local brokers are then gone.',
  })

export const writeShape = (file: string, shape: ClusterShape): void => writeJson(file, shape)

/**
 * The shape to start: what is remembered, grown to `wanted` brokers. Null wants what is there, or three. Rejects with
 * USAGE when there are more brokers than wanted, because the partitions of those left out would lose copies.
 */
export const shapeFor = (remembered: ClusterShape | null, wanted: number | null): ClusterShape => {
  const count = wanted ?? remembered?.nodes.length ?? BROKERS_DEFAULT
  if (!Number.isInteger(count) || count < 1 || count > BROKERS_MAX)
    throw new LanekeeperError('USAGE', `The number of local brokers is 1 to ${BROKERS_MAX}, not ${count}.`)
  const nodes = [...(remembered?.nodes ?? [])]
  if (count < nodes.length)
    throw new LanekeeperError(
      'USAGE',
      `This state folder holds a cluster of ${nodes.length} brokers; ${count} would leave partitions without copies.`,
      { fix: `Start with --brokers ${nodes.length}, or anew with --fresh.` },
    )
  for (let id = nodes.length + 1; id <= count; id++) {
    const voter = remembered === null && id <= VOTERS_MAX
    nodes.push({
      id,
      port: CLIENT_PORT + id - 1,
      controllerPort: voter ? CONTROLLER_PORT + id - 1 : null,
    })
  }
  return { clusterId: remembered?.clusterId ?? newClusterId(), nodes }
}

/** 22 characters, as Kafka writes its ids; a leading dash would be taken for a flag by Kafka's own tools. */
export const newClusterId = (): string => {
  for (;;) {
    const id = randomBytes(16).toString('base64url')
    if (!id.startsWith('-')) return id
  }
}
