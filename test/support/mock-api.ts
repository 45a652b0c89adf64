/**
 * Serves the built dashboard and a made-up API on loopback, with the content policy of the real server, so that the
 * page can be looked at and tested without a cluster. The scenario can be changed while pages are open; ticks can be
 * stopped, and every connection cut, to see what the page makes of it.
 */
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Access } from '../../src/api/alerts.ts'
import type { History } from '../../src/api/contract.ts'
import { mockAlertHistory, mockAlerts, mockPlan } from './mock-alerts.ts'
import { mockGroup, mockHistory, mockTick, mockTopic, type Scenario } from './mock-figures.ts'
import { mockGroupHistory } from './mock-group-history.ts'
import { mockKeys } from './mock-keys.ts'
import { mockConsumers } from './mock-consumers.ts'
import { mockProducers } from './mock-producers.ts'

export interface MockApi {
  readonly url: string
  readonly setScenario: (scenario: Scenario) => void
  /** Sends the next tick at once. */
  readonly tickNow: () => void
  /** Refuses the API and cuts open streams, as a stopped server would; pages and assets are still served. */
  readonly cut: () => void
  readonly mend: () => void
  /** Changes that were asked for with the token, in order. */
  readonly changes: readonly MockChange[]
  readonly close: () => Promise<void>
}

export interface MockChange {
  readonly method: string
  readonly pathname: string
  readonly body: string
}

export const MOCK_TOKEN = 'a-token-of-the-mock'

export interface MockApiOptions {
  readonly scenario: Scenario
  readonly port?: number
  /** Pause between ticks; 0 sends them only on `tickNow`. */
  readonly tickMs?: number
}

const DIST = fileURLToPath(new URL('../../web/dist/', import.meta.url))

/** No inline script, no inline style sheet, nothing from elsewhere: as strict as the real server's. */
const CONTENT_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
}

export const startMockApi = async (options: MockApiOptions): Promise<MockApi> => {
  let scenario = options.scenario
  let tickNumber = 0
  let down = false
  const streams = new Set<ServerResponse>()
  const changes: MockChange[] = []

  const sendTick = (stream: ServerResponse): void => {
    stream.write(`event: tick\ndata: ${JSON.stringify(mockTick(scenario, tickNumber))}\n\n`)
  }
  const tickAll = (): void => {
    tickNumber++
    for (const stream of streams) sendTick(stream)
  }

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://mock')
    if (!pathname.startsWith('/api/')) return serveFile(pathname, response)
    if (down) {
      request.socket.destroy()
      return
    }
    if (pathname === '/api/v1/events') {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
      streams.add(response)
      response.on('close', () => streams.delete(response))
      sendTick(response)
      return
    }
    const allowed = request.headers.authorization === `Bearer ${MOCK_TOKEN}`
    if (pathname === '/api/v1/access') {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(JSON.stringify(accessOf(allowed, request.headers.authorization !== undefined)))
      return
    }
    if (request.method === 'POST' || request.method === 'DELETE') {
      if (allowed) changes.push({ method: request.method, pathname, body: await textOf(request) })
      response.writeHead(allowed ? 204 : 401)
      response.end()
      return
    }
    const body = bodyOf(
      pathname.slice('/api/v1'.length).split('/').map(decodeURIComponent),
      searchParams,
      scenario,
      tickNumber,
    )
    response.writeHead(body === undefined ? 404 : 200, { 'content-type': 'application/json' })
    response.end(
      JSON.stringify(
        body ?? {
          error: { code: 'NOT_FOUND', message: `nothing at ${pathname}`, fix: null, retriable: false },
        },
      ),
    )
  }

  const server = createServer((request, response) => {
    answer(request, response).catch(error => {
      response.writeHead(500)
      response.end(String(error))
    })
  })
  await new Promise<void>(resolve => server.listen(options.port ?? 0, '127.0.0.1', resolve))
  const { tickMs = 1000 } = options
  const timer = tickMs > 0 ? setInterval(tickAll, tickMs) : undefined
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    setScenario: next => {
      scenario = next
      tickAll()
    },
    tickNow: tickAll,
    changes,
    cut: () => {
      down = true
      for (const stream of streams) stream.destroy()
    },
    mend: () => {
      down = false
    },
    close: async () => {
      clearInterval(timer)
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

const accessOf = (allowed: boolean, carried: boolean): Access => ({
  changes: allowed ? 'allowed' : 'token',
  holder: null,
  refusal: carried && !allowed ? { message: 'The token is not one of this server.', fix: null } : null,
  takes: ['the content of the file given with --token-file'],
})

const textOf = async (request: IncomingMessage): Promise<string> => {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return text
}

const bodyOf = (
  [, area, name, part, place]: readonly (string | undefined)[],
  asked: URLSearchParams,
  scenario: Scenario,
  tickNumber: number,
): object | undefined => {
  if (area === 'live') return mockTick(scenario, tickNumber)
  if (area === 'alerts') return name === 'history' ? mockAlertHistory(scenario) : mockAlerts(scenario)
  if (area === 'plan') return mockPlan(scenario)
  if (area === 'producers') return mockProducers()
  if (area === 'consumers') return mockConsumers()
  if (area === 'topics' && name !== undefined && part === 'partitions') return mockKeys(name, Number(place))
  if (area === 'topics' && name !== undefined)
    return part === 'history'
      ? historyAsked(mockHistory(scenario, name), asked)
      : mockTopic(scenario, tickNumber, name)
  if (area === 'groups' && name !== undefined)
    return part === 'history'
      ? mockGroupHistory(scenario, tickNumber, name)
      : mockGroup(scenario, tickNumber, name)
  return undefined
}

/** As the server answers: the raster or none, and one partition by itself. */
const historyAsked = (history: History | undefined, asked: URLSearchParams): History | undefined => {
  if (history === undefined) return undefined
  const partition = asked.get('partition')
  return {
    ...history,
    raster: asked.get('cells') === '0' ? [] : history.raster,
    partition:
      partition === null
        ? null
        : {
            partitionsPerCell: 1,
            recordsPerSecond: history.raster.map(row => row?.[Number(partition)] ?? null),
            lagRecords: history.lagRecords.map(lag => (lag === null ? null : Math.round(lag * 0.9))),
          },
  }
}

/** A file of the build; any other path is a page of the application. */
const serveFile = async (pathname: string, response: ServerResponse): Promise<void> => {
  const wanted = normalize(pathname).replace(/^(\.\.[/\\])+/, '')
  const type = TYPES[extname(wanted)]
  const file = type === undefined ? 'index.html' : wanted
  const body = await readFile(join(DIST, file)).catch(() => undefined)
  response.writeHead(body === undefined ? 404 : 200, {
    'content-type': type ?? 'text/html; charset=utf-8',
    'content-security-policy': CONTENT_POLICY,
    'x-content-type-options': 'nosniff',
  })
  response.end(body ?? 'not built: run vite build web')
}
