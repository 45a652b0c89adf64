import type { FastifyInstance } from 'fastify'
import { apiBase } from '../api/contract.ts'
import type { ConsumerView } from '../api/consumers.ts'
import type { ProducerView } from '../api/producers.ts'
import { LanekeeperError } from '../core/model/index.ts'
import type { AlertKeeper } from '../runtime/alerts/keeper.ts'
import { alertHistoryView, alertsView } from '../runtime/alerts/view.ts'
import type { LiveState } from '../runtime/live-state.ts'
import { planView, type Declared } from '../runtime/view-plan.ts'
import type { AccessControl } from './access.ts'
import { createAnswers, takesGzip } from './answers.ts'
import { unknownName } from './errors.ts'
import type { EventStream } from './event-stream.ts'
import { securityHeaders } from './guards.ts'
import { parsePartitionQuery, parseTimeQuery, parseTopicQuery } from './history-query.ts'
import type { Metrics } from './metrics.ts'
import { openApiDocument } from './openapi.ts'

/** The addresses that read. */
export const addRoutes = (
  server: FastifyInstance,
  options: {
    readonly live: LiveState
    readonly alerts: AlertKeeper | null
    readonly declared: Declared | null
    readonly access: AccessControl
    readonly stream: EventStream
    readonly metrics: Metrics
    readonly producers: () => readonly ProducerView[]
    readonly consumers: () => readonly ConsumerView[]
    readonly version: string
    /** Differs between two runs of the server. */
    readonly run: string
    readonly wallMs: () => number
  },
): void => {
  const { live, alerts, stream, wallMs } = options
  const answers = createAnswers(() => `${live.sequence()}.${alerts?.sequence() ?? 0}`, options.run)
  const pastAnswers = createAnswers(() => String(Math.floor(wallMs() / pastEveryMs)), `${options.run}.past`)
  const seen = (): void => {
    if (live.judgement() === null)
      throw new LanekeeperError('NOT_OBSERVED_YET', live.health().summary, {
        fix: 'Ask again in a moment; /api/v1/health tells how it goes.',
      })
  }

  /** An address whose answer is the same for everybody. */
  const answer = (path: string, build: () => unknown, needsLook = true): void => {
    server.get(`${apiBase}/${path}`, async (request, reply) => {
      if (needsLook) seen()
      return answers.json(request, reply, path, build)
    })
  }
  answer('health', () => live.health(), false)
  answer('live', () => live.tick(), false)
  answer('findings', () => live.tick().findings, false)
  answer('producers', options.producers, false)
  answer('consumers', options.consumers, false)
  answer('cluster', () => live.cluster())
  answer('topics', () => live.tick().topics)
  answer('groups', () => live.tick().groups)
  answer(
    'plan',
    () => {
      const { observedAt, bootstrapServer, simulated, calledAs } = live.health()
      return planView(options.declared, live.judgement()?.snapshot ?? null, {
        wallMs: observedAt === null ? null : Date.parse(observedAt),
        bootstrapServer,
        simulated,
        calledAs,
      })
    },
    false,
  )
  answer(
    'alerts',
    () => (alerts === null ? noAlerts : alertsView(alerts, live.sight().reachable, wallMs())),
    false,
  )

  server.get(`${apiBase}/alerts/history`, async (request, reply) => {
    const { fromMs, toMs } = parseTimeQuery(request.query, wallMs())
    return answers.json(request, reply, request.url, () =>
      alerts === null
        ? { from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString(), spans: [], unseen: [] }
        : alertHistoryView(alerts, fromMs, toMs),
    )
  })

  // depends on who asks: never kept
  server.get(`${apiBase}/access`, async (request, reply) =>
    reply.header('cache-control', 'no-store').send(await options.access.tell(request.headers)),
  )

  server.get<{ Params: { topic: string } }>(`${apiBase}/topics/:topic`, async (request, reply) => {
    seen()
    const topic = knownTopic(live, request.params.topic)
    const partition = parsePartitionQuery(request.query)
    return answers.json(request, reply, `topic ${topic} ${partition ?? ''}`, () =>
      live.topic(topic, partition),
    )
  })

  server.get<{ Params: { topic: string; partition: string } }>(
    `${apiBase}/topics/:topic/partitions/:partition/keys`,
    async (request, reply) => {
      seen()
      const topic = knownTopic(live, request.params.topic)
      const { partition } = request.params
      // not a part of the cached answer: asking is what makes the partition be looked at
      const keys = /^\d{1,7}$/.test(partition) ? live.keys(topic, Number(partition)) : null
      if (keys === null)
        throw new LanekeeperError('PARTITION_UNKNOWN', `Topic ${topic} has no partition ${partition}.`)
      return answers.json(request, reply, request.url, () => keys)
    },
  )

  server.get<{ Params: { topic: string } }>(`${apiBase}/topics/:topic/history`, async (request, reply) => {
    seen()
    const query = parseTopicQuery(request.query, wallMs())
    const topic = knownTopic(live, request.params.topic)
    return pastAnswers.beside(
      request,
      reply,
      request.url,
      async signal => (await live.history(topic, query, signal)) ?? none(live, topic),
    )
  })

  server.get<{ Params: { group: string } }>(`${apiBase}/groups/:group`, async (request, reply) => {
    seen()
    const group = knownGroup(live, request.params.group)
    return answers.json(request, reply, `group ${group}`, () => live.group(group))
  })

  server.get<{ Params: { group: string } }>(`${apiBase}/groups/:group/history`, async (request, reply) => {
    seen()
    const query = parseTimeQuery(request.query, wallMs())
    const group = knownGroup(live, request.params.group)
    return pastAnswers.beside(
      request,
      reply,
      request.url,
      async signal => (await live.groupHistory(group, query, signal)) ?? none(live, group),
    )
  })

  server.get(`${apiBase}/events`, async (request, reply) => {
    if (request.method === 'HEAD') return reply.type('text/event-stream; charset=utf-8').send()
    stream.follow(reply.raw, securityHeaders, takesGzip(request))
    return reply.hijack()
  })

  server.get('/metrics', async (request, reply) => {
    const granularity = options.metrics.granularityOf(request.query)
    return answers.bytes(
      request,
      reply,
      `metrics ${granularity}`,
      'text/plain; version=0.0.4; charset=utf-8',
      {
        plain: () => options.metrics.bytes(granularity),
        gzipped: () => options.metrics.gzipped(granularity),
      },
    )
  })

  const openApi = JSON.stringify(openApiDocument(options.version))
  server.get('/openapi.json', async (_, reply) =>
    reply.type('application/json; charset=utf-8').header('cache-control', 'private, no-cache').send(openApi),
  )
}

/** No picture of the past has shorter steps, so nothing is missed; two hundred pages then ask for it once in that time. */
const pastEveryMs = 5_000

/** `status` and its like run no rules. */
const noAlerts = { held: false, groups: [], rules: [], silences: [], deliveries: [], webhooks: [] }

const none = (live: LiveState, name: string): never => {
  throw new LanekeeperError('NOT_FOUND', `No history is kept of "${name}".`, {
    fix: live.historyNotice() ?? 'Internal topics have none; of others it begins with the second look.',
  })
}

const knownTopic = (live: LiveState, name: string): string => {
  const topics = live.judgement()?.topics
  if (topics?.has(name) === true) return name
  throw unknownName('TOPIC_UNKNOWN', name, [...(topics?.keys() ?? [])])
}

const knownGroup = (live: LiveState, name: string): string => {
  const groups = live.judgement()?.groups.map(group => group.observed.groupId) ?? []
  if (groups.includes(name)) return name
  throw unknownName('GROUP_UNKNOWN', name, groups)
}
