import { connect, createServer } from 'node:net'
import { LanekeeperError } from '../../core/model/index.ts'
import { HOST, type NodeAddress } from './settings.ts'
import type { ClusterShape } from './shape.ts'

/** True when nobody listens there and nobody else is about to. */
export type ClaimPort = (port: number) => Promise<boolean>

/** Tried by listening, which is what the broker will do. */
export const isPortFree = (port: number): Promise<boolean> =>
  new Promise(resolve => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, host: HOST, exclusive: true }, () => server.close(() => resolve(true)))
  })

const OPEN_MS_MAX = 1_000

/** Does somebody listen there? */
export const isPortOpen = (port: number): Promise<boolean> =>
  new Promise(resolve => {
    const socket = connect({ port, host: HOST, timeout: OPEN_MS_MAX })
    const answer = (open: boolean) => (): void => {
      socket.destroy()
      resolve(open)
    }
    socket.once('connect', answer(true)).once('error', answer(false)).once('timeout', answer(false))
  })

/** Far enough to step over another local cluster, near enough to be found again. */
const PORTS_TRIED_MAX = 50

/**
 * Gives the brokers that are to start (`ids`) ports that are free now: the remembered one, or the next free above it.
 * Says which ones changed.
 *
 * A controller's port stands in the configuration of all brokers, and they read it at start only. While others run, it
 * can therefore not change: PORT_TAKEN.
 */
export const withFreePorts = async (
  shape: ClusterShape,
  ids: ReadonlySet<number>,
  running: ReadonlySet<number>,
  onProgress: (text: string) => void,
  claim: ClaimPort,
): Promise<ClusterShape> => {
  const taken = new Set(shape.nodes.flatMap(node => (ids.has(node.id) ? [] : portsOf(node))))
  const choose = async (wanted: number): Promise<number> => {
    for (let port = wanted; port < wanted + PORTS_TRIED_MAX && port < 65_536; port++) {
      if (taken.has(port) || !(await claim(port))) continue
      taken.add(port)
      return port
    }
    throw new LanekeeperError('PORT_TAKEN', `No free port on ${HOST} from ${wanted} on.`)
  }

  const nodes: NodeAddress[] = []
  for (const node of shape.nodes) {
    if (!ids.has(node.id)) {
      nodes.push(node)
      continue
    }
    const port = await choose(node.port)
    if (port !== node.port) onProgress(`Port ${node.port} is taken; broker ${node.id} uses ${port}`)
    const controllerPort = node.controllerPort === null ? null : await choose(node.controllerPort)
    if (controllerPort !== node.controllerPort && running.size > 0)
      throw new LanekeeperError(
        'PORT_TAKEN',
        `Port ${node.controllerPort} is taken; the running brokers expect broker ${node.id} there as a controller.`,
        {
          fix: 'Free that port, or stop all local brokers (lanekeeper cluster stop) and start them together.',
        },
      )
    nodes.push({ id: node.id, port, controllerPort })
  }
  return { clusterId: shape.clusterId, nodes }
}

const portsOf = ({ port, controllerPort }: NodeAddress): number[] =>
  controllerPort === null ? [port] : [port, controllerPort]
