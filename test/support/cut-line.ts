import { connect, createServer, type Socket } from 'node:net'
import type { AddressInfo } from 'node:net'

/** What stands between a browser and a server, and can fail: a cable, a proxy, a VPN. */
export interface CutLine {
  readonly url: string
  /** Ends every connection and refuses new ones. */
  readonly cut: () => void
  /** Takes connections again, on the same port. */
  readonly heal: () => Promise<void>
  /** Leads to another server from now on; connections that stand are ended. */
  readonly leadTo: (port: number) => void
  readonly close: () => Promise<void>
}

/** A line to a port of this machine. Playwright's own `setOffline` does not reach the streams of a worker. */
export const cutLine = async (target: number): Promise<CutLine> => {
  let leadsTo = target
  const sockets = new Set<Socket>()
  const keep = (socket: Socket): Socket => {
    sockets.add(socket)
    // an end that was cut has nothing to say that the test asks for
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    return socket
  }
  const server = createServer(near => {
    const far = keep(connect(leadsTo, '127.0.0.1'))
    keep(near)
    near.on('close', () => far.destroy())
    far.on('close', () => near.destroy())
    near.pipe(far).pipe(near)
  })
  const listen = (port: number): Promise<void> =>
    new Promise((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, '127.0.0.1', resolve)
    })
  const endAll = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  await listen(0)
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    cut: () => {
      server.close()
      endAll()
    },
    heal: () => listen(port),
    leadTo: other => {
      leadsTo = other
      endAll()
    },
    close: async () => {
      endAll()
      await new Promise<void>(resolve => server.close(() => resolve()))
    },
  }
}
