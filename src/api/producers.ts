import { z } from 'zod'

/** Null: not known yet; rates need two looks. */
const known = z.number().nullable()

/** How batches come along, over the last seconds. Brokers pay for each batch, whatever is in it. */
const batchFigures = {
  recordsPerSecond: known,
  bytesPerSecond: known,
  batchesPerSecond: known,
  /** Of settled batches. */
  recordsPerBatch: known,
  /** From a batch's first record until it left. */
  queueMs: known,
  retriesPerSecond: known,
  requestsInFlight: z.number().int(),
}

export const producersSchema = z.array(
  z.object({
    clientId: z.string(),
    /** What the rates are over. */
    windowMs: known,
    ...batchFigures,
    /** From a batch's first record to its acknowledgement, since the producer was made. */
    deliveryMsP99: known,
    bufferedBytes: z.number(),
    recordsFailed: z.number().int(),
    recordsInDoubt: z.number().int(),
    partitionsStopped: z.number().int(),
    /** What to do about thin batches; null: nothing. */
    advice: z.string().nullable(),
    brokers: z.array(
      z.object({
        broker: z.number().int(),
        ...batchFigures,
        batchesPerRequest: known,
        /** Requests without an answer, since the producer was made. */
        failures: z.number().int(),
      }),
    ),
  }),
)

export type ProducerView = z.infer<typeof producersSchema>[number]
