import { z } from 'zod'
import { apiBase, endpoints, errorBodySchema } from '../api/contract.ts'

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
        parameters: [
          ...[...endpoint.path.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => ({
            name: parameter,
            in: 'path',
            required: true,
            schema: { type: 'string' },
          })),
          ...(name === 'history' ? historyParameters : []),
        ],
        responses: {
          200: answer(endpoint.summary, endpoint.schema),
          default: answer('Anything else', errorBodySchema),
        },
      },
    }
  }
  paths[`${apiBase}/events`] = {
    get: {
      operationId: 'events',
      summary: 'The newest tick now and after every look, as the server-sent event "tick"',
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
      description: 'Read-only. Times are ISO 8601 UTC, offsets are text, null means "not known".',
    },
    paths,
  }
}

const historyParameters = [
  {
    name: 'measure',
    in: 'query',
    required: false,
    description: 'What the raster shows',
    schema: { type: 'string', enum: ['recordsPerSecond', 'lagRecords'], default: 'recordsPerSecond' },
  },
  {
    name: 'minutes',
    in: 'query',
    required: false,
    schema: { type: 'integer', minimum: 1, maximum: 60, default: 60 },
  },
]

const jsonSchema = (schema: z.ZodType): object => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { target: 'draft-2020-12' })
  return rest
}
