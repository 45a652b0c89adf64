import type { ServerResponse } from 'node:http'
import { LanekeeperError } from '../core/model/index.ts'
import type { LiveState } from '../runtime/live-state.ts'
import { framesOf, heartbeat, opening, type Frames } from './event-frames.ts'

/**
 * What lives on the page, by server-sent events: a whole `tick` first, then a `delta` for each change. The id of a
 * delta names the tick that it leads to, `base` the one that it begins at; a page that holds another begins anew. Long
 * columns travel as bytes (api/packed.ts).
 *
 * Tick and delta are made, serialised and compressed once (event-frames.ts), and the same bytes go to every client. A
 * client that reads slowly is never queued for: while its last frame has not left the process it is skipped, and when it
 * has, it gets the newest tick as a whole (or one delta, where nobody else was sent anything in between), never the
 * deltas it missed. So a laptop that sleeps with an open page costs one frame of memory, not an evening's worth.
 */
export interface EventStream {
  /** Takes over the response. Throws STREAMS_EXHAUSTED when there are too many already. */
  follow(response: ServerResponse, headers: Readonly<Record<string, string>>, gzip: boolean): void
  clients(): number
  close(): void
}

/** Browsers open one a tab; a frame is shared, so a client costs a socket. */
const clientsMax = 256
/** Proxies cut idle connections after 30 to 60 s. */
const heartbeatMs = 15_000
/** A client that takes nothing for this long is gone; its socket would stay for hours otherwise. */
const stuckMs = 60_000

interface Client {
  readonly response: ServerResponse
  readonly gzip: boolean
  /** Sequence of the newest frame written. */
  sent: number
  /** False while a frame is made for it, or has not left the process. */
  ready: boolean
  stuckSinceMs: number
}

export const createEventStream = (live: LiveState, monotonicMs: () => number): EventStream => {
  const clients = new Set<Client>()
  let newest: Frames | null = null

  const newestFrames = (): Frames => {
    const sequence = live.sequence()
    if (newest?.sequence !== sequence) newest = framesOf(sequence, live.tick(), newest)
    return newest
  }

  const write = (client: Client, bytes: Buffer): void => {
    client.ready = client.response.write(bytes)
    if (!client.ready) client.stuckSinceMs = monotonicMs()
  }

  const sendNewest = (client: Client): void => {
    if (!client.ready) return
    const { sequence, base, whole, delta } = newestFrames()
    if (client.sent === sequence) return
    const frame = client.sent === base ? delta : whole
    client.sent = sequence
    if (!client.gzip) return write(client, frame.plain())
    // compressing is beside the event loop; what becomes new meanwhile is sent as soon as this has left
    client.ready = false
    client.stuckSinceMs = monotonicMs()
    void frame.gzip().then(bytes => {
      if (client.response.destroyed || client.response.writableEnded) return
      write(client, bytes)
      sendNewest(client)
    })
  }

  const unsubscribe = live.subscribe(() => {
    for (const client of clients) sendNewest(client)
  })

  const beat = setInterval(() => {
    for (const client of clients) {
      if (client.ready) write(client, client.gzip ? heartbeat.gzip : heartbeat.plain)
      else if (monotonicMs() - client.stuckSinceMs > stuckMs) client.response.destroy()
    }
  }, heartbeatMs)
  beat.unref()

  return {
    follow: (response, headers, gzip) => {
      if (clients.size >= clientsMax)
        throw new LanekeeperError('STREAMS_EXHAUSTED', `${clientsMax} pages follow the stream already.`, {
          fix: 'Close some of them, or poll GET /api/v1/live.',
        })
      const client: Client = { response, gzip, sent: -1, ready: true, stuckSinceMs: 0 }
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
        vary: 'accept-encoding',
        ...(gzip ? { 'content-encoding': 'gzip' } : {}),
      })
      write(client, gzip ? opening.gzip : opening.plain)
      sendNewest(client)
    },
    clients: () => clients.size,
    close: () => {
      unsubscribe()
      clearInterval(beat)
      for (const client of clients) client.response.end()
    },
  }
}
