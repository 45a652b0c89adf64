import { z } from 'zod'

/** What `plan` would say now: the declared topics against the cluster. */
const propertySchema = z.object({
  property: z.string(),
  kind: z.enum(['partitions', 'replication-factor', 'config']),
  /** Null: the topic does not exist, or the config is not set on it. */
  actual: z.string().nullable(),
  declared: z.string(),
  change: z.enum(['added', 'changed', 'unchanged']),
})

export const planSchema = z.object({
  /** The file that declares the topics; null: none was given, so there is nothing to compare. */
  file: z.string().nullable(),
  /** False while the topics' configs have not been read. */
  compared: z.boolean(),
  /** When the cluster looked like that. */
  observedAt: z.iso.datetime().nullable(),
  topics: z.array(
    z.object({
      topic: z.string(),
      change: z.enum(['added', 'changed', 'unchanged']),
      properties: z.array(propertySchema),
    }),
  ),
  steps: z.array(z.object({ id: z.string(), text: z.string() })),
  /** Differences that `apply` will not turn into steps, with the safe way. */
  refusals: z.array(z.object({ topic: z.string(), code: z.string(), message: z.string(), fix: z.string() })),
  unchanged: z.array(z.string()),
  cost: z.object({
    topicsCreated: z.number().int(),
    partitionsCreated: z.number().int(),
    replicasCreated: z.number().int(),
    configsChanged: z.number().int(),
  }),
  /** The same in a terminal; null without a file. */
  planCommand: z.string().nullable(),
  applyCommand: z.string().nullable(),
})

export type PlanView = z.infer<typeof planSchema>
