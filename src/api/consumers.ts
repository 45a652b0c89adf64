import { z } from 'zod'

/** Null: not known yet; rates need two looks. */
const known = z.number().nullable()

const failureSchema = z.object({
  offset: z.string(),
  /** More than 1: a batch that is handled as a whole; `offset` is its first. */
  records: z.number().int(),
  /** Shortened, or its hash; null without one. */
  key: z.string().nullable(),
  attempts: z.number().int(),
  /** Code or name; messages may quote the record and are not shown. */
  error: z.string(),
  /** What became of the record. */
  verdict: z.enum(['retry', 'stop', 'park-key', 'dead-letter']),
  at: z.iso.datetime(),
})

/** A partition of which something failed since it was assigned. */
const troubleSchema = z.object({
  topic: z.string(),
  partition: z.number().int(),
  handlerFailures: z.number().int(),
  retries: z.number().int(),
  recordsDeadLettered: z.number().int(),
  parkedKeys: z.number().int(),
  /** What holds it up now; null: nothing does. */
  failing: z
    .object({
      offset: z.string(),
      records: z.number().int(),
      state: z.enum(['retrying', 'parked', 'stopped', 'letter-refused']),
      attempts: z.number().int(),
      failingMs: z.number(),
      error: z.string(),
    })
    .nullable(),
  lastFailure: failureSchema.nullable(),
})

/** The consumers of the process that answers, by what they say of themselves. */
export const consumersSchema = z.array(
  z.object({
    clientId: z.string(),
    groupId: z.string(),
    memberId: z.string(),
    partitions: z.number().int(),
    /** What the rates are over. */
    windowMs: known,
    recordsPerSecond: known,
    handlerFailuresPerSecond: known,
    /** Since the consumer was made, as all that follows. */
    handlerMsP50: known,
    handlerMsP99: known,
    /** From a record's timestamp to the end of its processing. */
    processedMsP99: known,
    recordsInFlight: z.number().int(),
    handlerFailures: z.number().int(),
    recordsDeadLettered: z.number().int(),
    parkedKeys: z.number().int(),
    partitionsStopped: z.number().int(),
    /** What holds something up first, then the newest failures; at most 20. */
    troubles: z.array(troubleSchema),
  }),
)

export type ConsumerView = z.infer<typeof consumersSchema>[number]
export type PartitionTrouble = z.infer<typeof troubleSchema>
