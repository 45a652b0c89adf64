import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { LanekeeperError } from '../../core/model/index.ts'
import { type JavaCommand, logSize, runningProcess, startProcess } from './broker-process.ts'
import { format } from './format.ts'
import { findKafka, type Kafka } from './jars.ts'
import { findJava } from './java.ts'
import { brokerIdsIn, type Layout } from './layout.ts'
import { log4j2Properties } from './log4j2.ts'
import { type ClaimPort, withFreePorts } from './ports.ts'
import { type Environment, prerequisiteMissing } from './prerequisites.ts'
import type { StartedBroker } from './readiness.ts'
import { nodeSettings, renderProperties, sharedSettings } from './settings.ts'
import { type ClusterShape, writeShape } from './shape.ts'

export interface Launched {
  readonly shape: ClusterShape
  readonly kafkaVersion: string
  readonly started: readonly StartedBroker[]
}

/** Everything up to the moment in which the processes exist: programs, ports, configuration, data folders. */
export const launch = async (options: {
  readonly layout: Layout
  readonly env: Environment
  readonly shape: ClusterShape
  /** The brokers to start; those that run are left alone. */
  readonly ids: readonly number[]
  readonly lifetime: 'owner' | 'nobody'
  readonly startedAt: () => string
  readonly claimPort: ClaimPort
  readonly onProgress: (text: string) => void
  readonly interrupted: AbortSignal | undefined
}): Promise<Launched> => {
  const { layout, env, lifetime, startedAt, claimPort, onProgress, interrupted } = options
  const java = await findPrograms(layout, env, onProgress, interrupted)
  interrupted?.throwIfAborted()

  const running = runningIds(layout)
  const ids = options.ids.filter(id => !running.has(id))
  if (ids.length === 0) return { shape: options.shape, kafkaVersion: java.version, started: [] }
  const shape = await withFreePorts(options.shape, new Set(ids), running, onProgress, claimPort)
  writeConfiguration(layout, shape)
  await Promise.all(ids.map(id => format(java, layout.broker(id), shape.clusterId)))
  interrupted?.throwIfAborted()

  onProgress(`Starting ${ids.length === 1 ? 'broker' : 'brokers'} ${ids.join(', ')} (Kafka ${java.version})`)
  const started = ids.map(id => {
    const logFrom = logSize(layout.broker(id))
    return { id, logFrom, child: startProcess(java, layout, id, { lifetime, startedAt: startedAt() }) }
  })
  return { shape, kafkaVersion: java.version, started }
}

export const runningIds = (layout: Layout): ReadonlySet<number> =>
  new Set(brokerIdsIn(layout).filter(id => runningProcess(layout.broker(id)) !== null))

/** Removes all that the brokers know; refused while one runs, which would write on into files without a name. */
export const removeData = (layout: Layout): void => {
  const running = [...runningIds(layout)]
  if (running.length > 0)
    throw new LanekeeperError(
      'STATE_DIR_HELD',
      `Local brokers run (${running.join(', ')}); their data stays.`,
      {
        fix: 'Stop them first: lanekeeper cluster stop',
      },
    )
  // the shape first: a removal that is interrupted leaves folders that the next format takes over, not half a cluster
  rmSync(layout.shape, { force: true })
  for (const id of brokerIdsIn(layout)) rmSync(layout.broker(id).folder, { recursive: true, force: true })
}

const findPrograms = async (
  layout: Layout,
  env: Environment,
  onProgress: (text: string) => void,
  interrupted: AbortSignal | undefined,
): Promise<JavaCommand & Kafka> => {
  if (process.platform === 'win32') throw prerequisiteMissing('Local brokers run on Linux and macOS only.')
  const java = await findJava(env)
  return { java, env, ...(await findKafka(layout.kafka, env, onProgress, interrupted)) }
}

/** Written at every start, for all brokers: settings of a newer version and changed ports then hold for each. */
const writeConfiguration = (layout: Layout, shape: ClusterShape): void => {
  writeFileSync(layout.log4j, log4j2Properties)
  for (const node of shape.nodes) {
    const broker = layout.broker(node.id)
    mkdirSync(broker.folder, { recursive: true })
    const settings = [...nodeSettings(node, shape.nodes, broker.data), ...sharedSettings(shape.nodes.length)]
    writeFileSync(broker.properties, renderProperties(settings))
  }
  writeShape(layout.shape, shape)
}
