import type { FastifyInstance, FastifyReply } from 'fastify'
import { z } from 'zod'
import { apiBase } from '../api/contract.ts'
import { LanekeeperError } from '../core/model/index.ts'
import type { LiveState } from '../runtime/live-state.ts'
import { unknownName } from './errors.ts'
import type { EventStream } from './event-stream.ts'
import { securityHeaders } from './guards.ts'
import { metricsText } from './metrics.ts'
import { openApiDocument } from './openapi.ts'

/**
 * The addresses of the contract. Answers are made once per tick and address, whoever asks how often: a wall of
 * screens costs what one page costs.
 */
export const addRoutes = (
  server: FastifyInstance,
  options: {
    readonly live: LiveState
    readonly stream: EventStream
    readonly version: string
    readonly wallMs: () => number
  },
): void => {
  const { live, stream, version } = options
  const cached = createCache(live)
  const seen = (): void => {
    if (live.judgement() === null)
      throw new LanekeeperError('NOT_OBSERVED_YET', live.health().summary, {
        fix: 'Ask again in a moment; /api/v1/health tells how it goes.',
      })
  }

  server.get(`${apiBase}/health`, async (_, reply) => json(reply, JSON.stringify(live.health())))
  server.get(`${apiBase}/live`, async (_, reply) =>
    json(
      reply,
      cached('live', () => live.tick()),
    ),
  )
  server.get(`${apiBase}/findings`, async (_, reply) =>
    json(
      reply,
      cached('findings', () => live.tick().findings),
    ),
  )
  server.get(`${apiBase}/cluster`, async (_, reply) => {
    seen()
    return json(
      reply,
      cached('cluster', () => live.cluster()),
    )
  })
  server.get(`${apiBase}/topics`, async (_, reply) => {
    seen()
    return json(
      reply,
      cached('topics', () => live.tick().topics),
    )
  })
  server.get(`${apiBase}/groups`, async (_, reply) => {
    seen()
    return json(
      reply,
      cached('groups', () => live.tick().groups),
    )
  })

  server.get<{ Params: { topic: string } }>(`${apiBase}/topics/:topic`, async (request, reply) => {
    seen()
    const { topic } = request.params
    if (live.judgement()?.topics.has(topic) !== true) throw noTopic(live, topic)
    return json(
      reply,
      cached(`topic ${topic}`, () => live.topic(topic)),
    )
  })

  server.get<{ Params: { topic: string } }>(`${apiBase}/topics/:topic/history`, async (request, reply) => {
    seen()
    const { topic } = request.params
    const { measure, minutes } = parseHistoryQuery(request.query)
    if (live.judgement()?.topics.has(topic) !== true) throw noTopic(live, topic)
    return json(
      reply,
      cached(`history ${topic} ${measure} ${minutes}`, () => {
        const answer = live.history(topic, measure, minutes)
        if (answer === null)
          throw new LanekeeperError('NOT_FOUND', `No history is kept of the internal topic "${topic}".`)
        return answer
      }),
    )
  })

  server.get<{ Params: { group: string } }>(`${apiBase}/groups/:group`, async (request, reply) => {
    seen()
    const { group } = request.params
    const groups = live.judgement()?.groups ?? []
    if (!groups.some(each => each.observed.groupId === group))
      throw unknownName(
        'GROUP_UNKNOWN',
        group,
        groups.map(each => each.observed.groupId),
      )
    return json(
      reply,
      cached(`group ${group}`, () => live.group(group)),
    )
  })

  server.get(`${apiBase}/events`, async (request, reply) => {
    if (request.method === 'HEAD') return reply.type('text/event-stream; charset=utf-8').send()
    stream.follow(reply.raw, securityHeaders)
    return reply.hijack()
  })

  server.get('/metrics', async (_, reply) =>
    reply.type('text/plain; version=0.0.4; charset=utf-8').send(metricsText(live, options.wallMs())),
  )

  const openApi = JSON.stringify(openApiDocument(version))
  server.get('/openapi.json', async (_, reply) => json(reply, openApi))
}

const historyQuery = z.object({
  measure: z.enum(['recordsPerSecond', 'lagRecords']).default('recordsPerSecond'),
  minutes: z.coerce.number().int().min(1).max(60).default(60),
})

const parseHistoryQuery = (query: unknown): z.infer<typeof historyQuery> => {
  const parsed = historyQuery.safeParse(query)
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.map(issue => `${issue.path.join('.')}: ${issue.message}`)
  throw new LanekeeperError('REQUEST_INVALID', problems.join('; '), {
    fix: 'measure is recordsPerSecond or lagRecords, minutes is 1 to 60.',
  })
}

const noTopic = (live: LiveState, topic: string): LanekeeperError =>
  unknownName('TOPIC_UNKNOWN', topic, [...(live.judgement()?.topics.keys() ?? [])])

/** Serialised answers of the tick in force; the next tick empties it, so it never holds more than one tick's worth. */
const createCache = (live: LiveState): ((address: string, build: () => unknown) => string) => {
  let sequence = -1
  const answers = new Map<string, string>()
  return (address, build) => {
    if (live.sequence() !== sequence) {
      sequence = live.sequence()
      answers.clear()
    }
    const known = answers.get(address) ?? JSON.stringify(build())
    answers.set(address, known)
    return known
  }
}

const json = (reply: FastifyReply, text: string): FastifyReply =>
  reply.type('application/json; charset=utf-8').header('cache-control', 'no-store').send(text)
