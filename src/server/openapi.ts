import { z } from 'zod'
import { acknowledgeSchema, silenceRequestSchema, silenceSchema, testRequestSchema } from '../api/alerts.ts'
import { apiBase, endpoints, errorBodySchema } from '../api/contract.ts'
import { partitionParameters, timeParameters, topicParameters } from './history-query.ts'

/** The contract as an OpenAPI 3.1 document; its schemas are JSON Schema 2020-12, which 3.1 takes as they are. */
export const openApiDocument = (version: string): object => {
  const answer = (description: string, schema: z.ZodType): object => ({
    description,
    content: { 'application/json': { schema: jsonSchema(schema) } },
  })
  const paths: Record<string, object> = {}
  for (const [name, endpoint] of Object.entries(endpoints)) {
    paths[`${apiBase}${endpoint.path}`] = {
      get: {
        operationId: name,
        summary: endpoint.summary,
        parameters: [...pathParameters(endpoint.path), ...(queryOf[name] ?? [])],
        responses: {
          200: answer(endpoint.summary, endpoint.schema),
          default: answer('Anything else', errorBodySchema),
        },
      },
    }
  }
  for (const {
    path,
    method,
    name,
    summary,
    body,
    answer: [status, schema],
  } of changes)
    paths[`${apiBase}${path}`] = {
      [method]: {
        operationId: name,
        summary,
        security: [{ token: [] }],
        parameters: pathParameters(path),
        ...(body === null
          ? {}
          : { requestBody: { content: { 'application/json': { schema: jsonSchema(body) } } } }),
        responses: {
          [status]: schema === null ? { description: summary } : answer(summary, schema),
          default: answer('Anything else', errorBodySchema),
        },
      },
    }
  paths[`${apiBase}/events`] = {
    get: {
      operationId: 'events',
      summary: 'A whole "tick" first, then a "delta" after every look, as server-sent events',
      responses: {
        200: { description: 'Events', content: { 'text/event-stream': { schema: { type: 'string' } } } },
        default: answer('Anything else', errorBodySchema),
      },
    },
  }
  paths['/metrics'] = {
    get: {
      operationId: 'metrics',
      summary: 'The newest figures for Prometheus',
      responses: {
        200: { description: 'Metrics', content: { 'text/plain': { schema: { type: 'string' } } } },
      },
    },
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Lanekeeper',
      version,
      description:
        'Reads, and changes alerts for whoever carries the token. Times are ISO 8601 UTC, offsets are text, null means "not known".',
    },
    paths,
    components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
  }
}

const pathParameters = (path: string): readonly object[] =>
  [...path.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => ({
    name: parameter,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }))

const queryOf: Readonly<Record<string, readonly object[]>> = {
  topic: partitionParameters,
  history: topicParameters,
  groupHistory: timeParameters,
  alertHistory: timeParameters,
}

/** The few addresses that change something; see change-routes.ts. */
const changes: readonly {
  readonly path: string
  readonly method: 'post' | 'delete'
  readonly name: string
  readonly summary: string
  readonly body: z.ZodType | null
  readonly answer: readonly [status: number, schema: z.ZodType | null]
}[] = [
  {
    path: '/alerts/ack',
    method: 'post',
    name: 'acknowledge',
    summary: 'Somebody takes care: no more reminders until it clears',
    body: acknowledgeSchema,
    answer: [204, null],
  },
  {
    path: '/alerts/silences',
    method: 'post',
    name: 'silence',
    summary: 'Tell nobody for a while',
    body: silenceRequestSchema,
    answer: [201, silenceSchema],
  },
  {
    path: '/alerts/silences/{id}',
    method: 'delete',
    name: 'endSilence',
    summary: 'End a silence',
    body: null,
    answer: [204, null],
  },
  {
    path: '/alerts/test',
    method: 'post',
    name: 'testWebhook',
    summary: 'Send a test message to a webhook',
    body: testRequestSchema,
    answer: [202, null],
  },
]

const jsonSchema = (schema: z.ZodType): object => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { target: 'draft-2020-12' })
  return rest
}
