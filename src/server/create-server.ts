import { randomUUID } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply } from 'fastify'
import { LanekeeperError } from '../core/model/index.ts'
import type { Clock } from '../ports/clock.ts'
import type { AlertKeeper } from '../runtime/alerts/keeper.ts'
import type { LiveState } from '../runtime/live-state.ts'
import type { Declared } from '../runtime/view-plan.ts'
import { createAccess } from './access.ts'
import { addChangeRoutes } from './change-routes.ts'
import { asLanekeeperError, errorBody, statusOf } from './errors.ts'
import { createEventStream } from './event-stream.ts'
import { addGuards, securityHeaders } from './guards.ts'
import type { Oidc } from './oidc/oidc.ts'
import type { WatchedConsumer } from './consumer-metrics.ts'
import { createConsumerView } from './consumer-view.ts'
import type { WatchedProducer } from './producer-metrics.ts'
import { createProducerView } from './producer-view.ts'
import { createMetrics, type MetricsOptions } from './metrics.ts'
import { addPage, isPageAddress } from './page.ts'
import { addRoutes } from './routes.ts'

export interface ServerOptions {
  readonly live: LiveState
  readonly clock: Clock
  readonly version: string
  /** Folder of the built page; null: an address list stands in for it. */
  readonly webRoot: string | null
  /** Absent: no rules run, and nothing can be changed. */
  readonly alerts?: AlertKeeper
  /** What the file declares, for the plan page. */
  readonly declared?: Declared
  /** Whoever has it may change what can be changed; absent: nobody. */
  readonly token?: string
  /** An issuer whose tokens may do the same; absent: none. */
  readonly oidc?: Oidc
  readonly metrics?: MetricsOptions
  /** Producers in this process, for the metrics and the page. */
  readonly producers?: () => readonly WatchedProducer[]
  /** Consumers in this process, for the same. */
  readonly consumers?: () => readonly WatchedConsumer[]
  /** Names beside localhost and IP addresses that browsers may use for this server. */
  readonly allowedHosts?: readonly string[]
}

export interface Address {
  /** Loopback unless said otherwise. */
  readonly host: string
  /** 0: any free one. */
  readonly port: number
}

export interface RunningServer {
  readonly url: string
  /** May be above the one asked for, when that was taken. */
  readonly port: number
  close(): Promise<void>
}

/** Listening everywhere has no address of its own to print. */
const anyAddress = new Set(['0.0.0.0', '[::]'])

/**
 * A browser opens six connections to a server at most, and an open page keeps two or three: the stream, and what it asks
 * every few seconds. With a limit of two a page the two hundredth of 200 pages is refused, and who is refused is chance.
 */
const connectionsMax = 2_048

/** Next ports tried when the one asked for is taken; beyond that something else is wrong. */
const portsTried = 20

/** Starts the HTTP server. Rejects with PORT_TAKEN when no port near the one asked for is free. */
export const createServer = async (options: ServerOptions & Address): Promise<RunningServer> => {
  const server = await buildServer(options)
  const port = await listen(server, options.host, options.port)
  const host = options.host.includes(':') ? `[${options.host}]` : options.host
  return {
    url: `http://${anyAddress.has(host) ? 'localhost' : host}:${port}`,
    port,
    close: () => server.close(),
  }
}

/** The server without a port, for tests by injection. */
export const buildServer = async (
  options: ServerOptions & { readonly host?: string },
): Promise<FastifyInstance> => {
  const refuse = (error: FastifyError | LanekeeperError, reply: FastifyReply): FastifyReply => {
    const known = asLanekeeperError(error)
    const body = errorBody(known, options.live.health().calledAs)
    return reply.code(statusOf(known)).header('cache-control', 'no-store').send(body)
  }
  const server = Fastify({
    logger: false,
    // a silence with its reason is the longest that is ever sent to us
    bodyLimit: 16_384,
    requestTimeout: 10_000,
    keepAliveTimeout: 10_000,
    maxRequestsPerSocket: 10_000,
    routerOptions: { maxParamLength: 2_048 },
    // Node looks for connections over their time only so often, every 30 s if not told: five hundred that never end their
    // headers would keep everybody else out for as long
    http: { maxHeaderSize: 16_384, headersTimeout: 5_000, connectionsCheckingInterval: 1_000 },
    forceCloseConnections: true,
    // an address that cannot even be decoded is refused before hooks and handlers exist
    frameworkErrors: (error, _, reply) => {
      void refuse(error, reply.headers(securityHeaders))
    },
  })
  server.server.maxConnections = connectionsMax
  // JSON only: a form of somebody else's page can send text/plain without asking first
  server.removeContentTypeParser('text/plain')
  const access = createAccess(
    options.alerts === undefined
      ? { token: null, oidc: null }
      : { token: options.token ?? null, oidc: options.oidc ?? null },
  )
  const ownNames = options.host === undefined ? [] : [options.host]
  addGuards(server, [...(options.allowedHosts ?? []), ...ownNames], access)
  server.addHook('onSend', async (_, reply) => {
    reply.headers(securityHeaders)
  })
  server.setErrorHandler((error: FastifyError | LanekeeperError, _, reply) => refuse(error, reply))
  server.setNotFoundHandler((request, reply) => {
    if (options.webRoot !== null && isPageAddress(request.url)) return reply.sendFile('index.html')
    throw new LanekeeperError('NOT_FOUND', `There is nothing at ${request.url.slice(0, 200)}.`, {
      fix: 'Every address is listed in /openapi.json.',
    })
  })
  const stream = createEventStream(options.live, () => options.clock.monotonicMs())
  // before the server waits for its connections to end, or open streams would hold it
  server.addHook('preClose', async () => stream.close())
  const wallMs = (): number => options.clock.wallMs()
  const alerts = options.alerts ?? null
  addRoutes(server, {
    live: options.live,
    alerts,
    declared: options.declared ?? null,
    access,
    stream,
    producers: createProducerView(options.producers ?? (() => []), () => options.clock.monotonicMs()),
    consumers: createConsumerView(options.consumers ?? (() => []), () => options.clock.monotonicMs()),
    metrics: createMetrics(options.live, alerts, wallMs, options.metrics, options),
    version: options.version,
    run: randomUUID().slice(0, 8),
    wallMs,
  })
  if (alerts !== null) addChangeRoutes(server, alerts)
  await addPage(server, options.webRoot)
  await server.ready()
  return server
}

const listen = async (server: FastifyInstance, host: string, first: number): Promise<number> => {
  for (let port = first; port <= first + portsTried && port <= 65_535; port++) {
    try {
      await server.listen({ host, port })
      return (server.server.address() as AddressInfo).port
    } catch (failure) {
      if ((failure as NodeJS.ErrnoException).code !== 'EADDRINUSE') {
        await server.close()
        throw new LanekeeperError(
          'PORT_TAKEN',
          `Cannot listen on ${host}:${port}: ${(failure as Error).message}.`,
          {
            fix: 'Choose another address with --host and --port.',
            cause: failure,
          },
        )
      }
    }
  }
  await server.close()
  throw new LanekeeperError(
    'PORT_TAKEN',
    `Ports ${first} to ${first + portsTried} on ${host} are all taken.`,
    {
      fix: 'Choose another with --port, or 0 for any free one.',
    },
  )
}
