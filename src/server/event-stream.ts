import type { ServerResponse } from 'node:http'
import { LanekeeperError } from '../core/model/index.ts'
import type { LiveState } from '../runtime/live-state.ts'

/**
 * The `tick` events of the page, by server-sent events.
 *
 * One tick is serialised once and the same bytes go to every client. A client that reads slowly is never queued for:
 * while its last frame has not left the process it is skipped, and when it has, it gets the newest tick and not the
 * ones it missed. So a laptop that sleeps with an open page costs one frame of memory, not an evening's worth.
 */
export interface EventStream {
  /** Takes over the response. Throws STREAMS_EXHAUSTED when there are too many already. */
  follow(response: ServerResponse, headers: Readonly<Record<string, string>>): void
  clients(): number
  close(): void
}

/** Browsers open one a tab; this is far above any team and far below what would hurt. */
const clientsMax = 64
/** Proxies cut idle connections after 30 to 60 s. */
const heartbeatMs = 15_000
/** A client that takes nothing for this long is gone; its socket would stay for hours otherwise. */
const stuckMs = 60_000

interface Client {
  readonly response: ServerResponse
  /** Sequence of the newest frame written. */
  sent: number
  /** False while the last frame has not left the process. */
  ready: boolean
  stuckSinceMs: number
}

export const createEventStream = (live: LiveState, monotonicMs: () => number): EventStream => {
  const clients = new Set<Client>()
  let frame: { readonly sequence: number; readonly bytes: Buffer } | null = null

  const newestFrame = (): { readonly sequence: number; readonly bytes: Buffer } => {
    const sequence = live.sequence()
    if (frame?.sequence !== sequence) {
      const text = `id: ${sequence}\nevent: tick\ndata: ${JSON.stringify(live.tick())}\n\n`
      frame = { sequence, bytes: Buffer.from(text) }
    }
    return frame
  }

  const write = (client: Client, bytes: Buffer | string): void => {
    client.ready = client.response.write(bytes)
    if (!client.ready) client.stuckSinceMs = monotonicMs()
  }

  const sendNewest = (client: Client): void => {
    if (!client.ready) return
    const { sequence, bytes } = newestFrame()
    if (client.sent === sequence) return
    client.sent = sequence
    write(client, bytes)
  }

  const unsubscribe = live.subscribe(() => {
    for (const client of clients) sendNewest(client)
  })

  const heartbeat = setInterval(() => {
    for (const client of clients) {
      if (client.ready) write(client, ': still here\n\n')
      else if (monotonicMs() - client.stuckSinceMs > stuckMs) client.response.destroy()
    }
  }, heartbeatMs)
  heartbeat.unref()

  return {
    follow: (response, headers) => {
      if (clients.size >= clientsMax)
        throw new LanekeeperError('STREAMS_EXHAUSTED', `${clientsMax} pages follow the stream already.`, {
          fix: 'Close some of them, or poll GET /api/v1/live.',
        })
      const client: Client = { response, sent: -1, ready: true, stuckSinceMs: 0 }
      clients.add(client)
      response.on('close', () => clients.delete(client))
      // a reset connection; 'close' follows
      response.on('error', () => clients.delete(client))
      response.on('drain', () => {
        client.ready = true
        sendNewest(client)
      })
      response.writeHead(200, {
        ...headers,
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      })
      write(client, 'retry: 1000\n\n')
      sendNewest(client)
    },
    clients: () => clients.size,
    close: () => {
      unsubscribe()
      clearInterval(heartbeat)
      for (const client of clients) client.response.end()
    },
  }
}
