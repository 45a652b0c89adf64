import type { FastifyInstance } from 'fastify'
import type { z } from 'zod'
import { acknowledgeSchema, silenceRequestSchema, testRequestSchema } from '../api/alerts.ts'
import { apiBase } from '../api/contract.ts'
import { LanekeeperError, nearest } from '../core/model/index.ts'
import type { AlertKeeper } from '../runtime/alerts/keeper.ts'
import { silenceView } from '../runtime/alerts/view.ts'

/**
 * The addresses that change something. All of them are about alerts; none touches the cluster. The guards have
 * refused whoever has no token before a body is read.
 */
export const addChangeRoutes = (server: FastifyInstance, alerts: AlertKeeper): void => {
  const ruleOf = (name: string): string => {
    const names = alerts.rules.map(rule => rule.name)
    if (names.includes(name)) return name
    const close = nearest(name, names)
    throw new LanekeeperError('ALERT_UNKNOWN', `There is no alert rule "${name}".`, {
      fix: close === null ? `There are ${names.join(', ')}.` : `Did you mean "${close}"?`,
    })
  }

  server.post(`${apiBase}/alerts/ack`, async (request, reply) => {
    const { rule, subject, note } = parse(acknowledgeSchema, request.body)
    if (!alerts.acknowledge(ruleOf(rule), subject, note))
      throw new LanekeeperError(
        'ALERT_UNKNOWN',
        subject === null ? `${rule} does not fire now.` : `${rule} does not fire on "${subject}" now.`,
        { fix: 'GET /api/v1/alerts lists what fires.' },
      )
    return reply.code(204).send()
  })

  server.post(`${apiBase}/alerts/silences`, async (request, reply) => {
    const { rule, subject, minutes, reason } = parse(silenceRequestSchema, request.body)
    const silence = alerts.silence(ruleOf(rule), subject, minutes * 60_000, reason)
    return reply.code(201).send(silenceView(silence))
  })

  server.delete<{ Params: { id: string } }>(`${apiBase}/alerts/silences/:id`, async (request, reply) => {
    if (!alerts.endSilence(request.params.id))
      throw new LanekeeperError('ALERT_UNKNOWN', 'There is no such silence; it may have ended by itself.')
    return reply.code(204).send()
  })

  server.post(`${apiBase}/alerts/test`, async (request, reply) => {
    const { webhook } = parse(testRequestSchema, request.body)
    if (!alerts.webhooks.includes(webhook))
      throw new LanekeeperError('ALERT_UNKNOWN', `There is no webhook "${webhook}".`, {
        fix: 'Webhooks are declared under alerts.webhooks in the configuration file.',
      })
    alerts.test(webhook)
    return reply.code(202).send({ sent: 'see deliveries in GET /api/v1/alerts' })
  })
}

const parse = <Schema extends z.ZodType>(schema: Schema, body: unknown): z.infer<Schema> => {
  const parsed = schema.safeParse(body)
  if (parsed.success) return parsed.data
  throw new LanekeeperError(
    'REQUEST_INVALID',
    parsed.error.issues.map(issue => `${issue.path.join('.') || 'body'}: ${issue.message}`).join('; '),
  )
}
