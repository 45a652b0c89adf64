import { z } from 'zod'
import { accessSchema, alertHistorySchema, alertsSchema } from './alerts.ts'
import { partitionStates } from './partition-states.ts'
import { planSchema } from './plan.ts'
import { consumersSchema } from './consumers.ts'
import { producersSchema } from './producers.ts'

/**
 * The HTTP contract, version 1: one schema per answer, from which come the types (server and page), the validation in
 * tests and `/openapi.json`. Field names carry units. Times are ISO 8601 UTC. Offsets are decimal strings, since they
 * may pass 2^53. `null` means "not known", and is never to be shown as 0.
 */
export const apiBase = '/api/v1'

const known = z.number().nullable()

export const healthSchema = z.object({
  status: z.enum(['starting', 'ok', 'degraded', 'unreachable']),
  /** One sentence for people. */
  summary: z.string(),
  bootstrapServer: z.string(),
  simulated: z.boolean(),
  clusterName: z.string(),
  brokersAnswering: z.number().int(),
  brokersExpected: z.number().int(),
  /** Time of the newest look that succeeded; null before the first. */
  observedAt: z.iso.datetime().nullable(),
  observeIntervalMs: z.number(),
  /** Since when the status is what it is. */
  since: z.iso.datetime(),
  /** What the last failed try said; null when the last try succeeded. */
  lastError: z.string().nullable(),
  failedTries: z.number().int(),
  version: z.string(),
  /** What is typed to call the program where it runs: `lanekeeper`, or `npx lanekeeper` in a clone. */
  calledAs: z.string(),
})

export const brokerSchema = z.object({
  id: z.number().int(),
  host: z.string(),
  port: z.number().int(),
  rack: z.string().nullable(),
  alive: z.boolean(),
  controller: z.boolean(),
  leaders: z.number().int(),
  replicas: z.number().int(),
  underReplicated: z.number().int(),
  recordsPerSecond: known,
  bytesPerSecond: known,
  /** Bytes of partition data on this broker's disks. */
  sizeBytes: known,
  diskTotalBytes: known,
  diskUsableBytes: known,
})

export const clusterSchema = z.object({
  clusterId: z.string(),
  controllerId: z.number().int().nullable(),
  racks: z.array(z.string()),
  brokers: z.array(brokerSchema),
})

export const topicSummarySchema = z.object({
  topic: z.string(),
  topicId: z.string(),
  internal: z.boolean(),
  partitions: z.number().int(),
  replicationFactor: z.number().int(),
  /** From the file, where the topic is declared there. */
  key: z.string().nullable(),
  ordering: z.enum(['per-key', 'none']).nullable(),
  recordsPerSecond: known,
  bytesPerSecond: known,
  sizeBytes: known,
  /** Records retained: sum of end - start. */
  records: known,
  /** max ÷ mean of records/s over partitions within the rate window; null also where too little came to say. */
  skewMaxOverMean: known,
  /** What chance alone gives for that many records in the window: a skew below it says nothing. */
  skewExpectedByChance: known,
  underReplicated: z.number().int(),
  leaderless: z.number().int(),
  lagRecords: known,
})

export const partitionStateSchema = z.enum(partitionStates)

export const partitionSchema = z.object({
  partition: z.number().int(),
  leader: z.number().int().nullable(),
  leaderEpoch: z.number().int(),
  replicas: z.array(z.number().int()),
  isr: z.array(z.number().int()),
  state: partitionStateSchema,
  startOffset: z.string().nullable(),
  endOffset: z.string().nullable(),
  recordsPerSecond: known,
  bytesPerSecond: known,
  sizeBytes: known,
  /** Per group reading the topic: lag = end - max(committed, start). */
  groups: z.array(
    z.object({
      groupId: z.string(),
      committedOffset: z.string().nullable(),
      lagRecords: known,
      lagMs: known,
      memberId: z.string().nullable(),
      clientId: z.string().nullable(),
    }),
  ),
})

export const topicSchema = topicSummarySchema.extend({
  configs: z.record(z.string(), z.string()),
  partitionList: z.array(partitionSchema),
})

export const verdictSchema = z.enum(['ok', 'warning', 'stalled', 'stopped', 'rewinding', 'unknown'])

export const groupSummarySchema = z.object({
  groupId: z.string(),
  type: z.enum(['consumer', 'classic', 'share', 'unknown']),
  state: z.string(),
  coordinator: z.number().int().nullable(),
  assignor: z.string().nullable(),
  members: z.number().int(),
  idleMembers: z.number().int(),
  topics: z.array(z.string()),
  partitionsAssigned: z.number().int(),
  lagRecords: known,
  /** Largest of all partitions. */
  lagRecordsMax: known,
  lagMsMax: known,
  /** Records a second the lag grows (+) or shrinks (-) over the rate window. */
  lagTrendPerSecond: known,
  processedPerSecond: known,
  catchUpMs: known,
  verdict: verdictSchema,
  /** The sentence behind the verdict. */
  reason: z.string(),
})

export const groupSchema = groupSummarySchema.extend({
  memberList: z.array(
    z.object({
      memberId: z.string(),
      instanceId: z.string().nullable(),
      clientId: z.string(),
      host: z.string(),
      subscribed: z.array(z.string()),
      assigned: z.array(z.object({ topic: z.string(), partitions: z.array(z.number().int()) })),
      lagRecords: known,
    }),
  ),
  /** Partitions furthest behind, at most 50. */
  worstPartitions: z.array(
    z.object({ topic: z.string(), partition: z.number().int(), lagRecords: known, lagMs: known }),
  ),
})

/** A sentence with its emphasis: plain text, figures (strong), the subject (link within the page), keys and commands (code). */
export const sentencePartSchema = z.object({
  text: z.string(),
  mark: z.enum(['plain', 'strong', 'link', 'code']),
  /** Path within the page for `link`. */
  href: z.string().optional(),
})

export const findingSchema = z.object({
  /** Stable while the finding lasts. */
  id: z.string(),
  severity: z.enum(['act', 'warning', 'info']),
  kind: z.string(),
  /** Subject, figure, cause: the first line. */
  sentence: z.array(sentencePartSchema),
  /** Why, and the cheapest cure with its price: the second line. */
  cure: z.string(),
  since: z.iso.datetime(),
  /** A command that shows or mends it; null when none does. */
  command: z.string().nullable(),
  topic: z.string().nullable(),
  partition: z.number().int().nullable(),
  groupId: z.string().nullable(),
  broker: z.number().int().nullable(),
})

/** One topic's columns in a tick: index = partition; null = not known. Rounded to what the page can show. */
export const topicColumnsSchema = z.object({
  topic: z.string(),
  recordsPerSecond: z.array(known),
  bytesPerSecond: z.array(known),
  sizeBytes: z.array(known),
  /** Largest lag of any group on the partition. */
  lagRecords: z.array(known),
  lagMs: z.array(known),
  /** -1: no leader. */
  leader: z.array(z.number().int()),
  isr: z.array(z.number().int()),
  state: z.array(partitionStateSchema),
  /** Index into `consumers`, -1: nobody reads it. */
  consumer: z.array(z.number().int()),
  consumers: z.array(z.string()),
})

/** Everything that lives on the page, once a second, as the `tick` event of the stream and as `GET /live`. */
export const tickSchema = z.object({
  at: z.iso.datetime(),
  health: healthSchema,
  cluster: clusterSchema,
  topics: z.array(topicSummarySchema),
  columns: z.array(topicColumnsSchema),
  groups: z.array(groupSummarySchema),
  findings: z.array(findingSchema),
  totals: z.object({
    partitions: z.number().int(),
    partitionsKnown: z.number().int(),
    recordsPerSecond: known,
    bytesPerSecond: known,
    underReplicated: z.number().int(),
    leaderless: z.number().int(),
    lagRecords: known,
    lagMsMax: known,
  }),
  /** Rates are over this many milliseconds. */
  rateWindowMs: z.number(),
})

/**
 * The past of one topic for curves and the raster, oldest first; gaps are null, never joined. A figure of a step is the
 * mean of what was seen in it, a cell of the raster the largest.
 */
export const historySchema = z.object({
  topic: z.string(),
  stepMs: z.number(),
  /** Beginning of each step. */
  at: z.array(z.iso.datetime()),
  recordsPerSecond: z.array(known),
  bytesPerSecond: z.array(known),
  lagRecords: z.array(known),
  /** Age of the oldest waiting record of any group. */
  lagMsMax: z.array(known),
  /** Raster, one row per step: the measure asked for per partition (largest of `partitionsPerCell` neighbours). */
  partitionsPerCell: z.number().int(),
  raster: z.array(z.array(known).nullable()),
  /** The partition asked for by itself (the largest of so many neighbours); null when none was. */
  partition: z
    .object({
      partitionsPerCell: z.number().int(),
      recordsPerSecond: z.array(known),
      lagRecords: z.array(known),
    })
    .nullable(),
  events: z.array(z.object({ at: z.iso.datetime(), text: z.string() })),
  /** How far back anything is kept. */
  oldest: z.iso.datetime().nullable(),
})

export const groupHistorySchema = z.object({
  groupId: z.string(),
  stepMs: z.number(),
  at: z.array(z.iso.datetime()),
  lagRecords: z.array(known),
  lagMsMax: z.array(known),
  processedPerSecond: z.array(known),
  members: z.array(known),
})

/** A share, 0 to 1, with its interval at 95 %: what the sketch may have missed and what sampling may have. */
export const shareSchema = z.object({ share: known, low: known, high: known })

/** The keys of one partition over the last minute. */
export const partitionKeysSchema = z.object({
  topic: z.string(),
  partition: z.number().int(),
  /** `exact`: told by our own producer. `sampled`: read from the log. `none`: no record was seen. */
  method: z.enum(['exact', 'sampled', 'none']),
  /** What the figures are over, in a sentence; or why there are none. */
  note: z.string(),
  windowMs: known,
  /** Records and bytes (keys and values, not compressed) that the figures stand for, and records looked at. */
  records: known,
  bytes: known,
  recordsRead: z.number().int(),
  keyless: shareSchema,
  distinctKeys: known,
  /** Relative standard error of `distinctKeys`; 0: counted. */
  distinctKeysError: z.number(),
  /** True: keys are shown in full. */
  inFull: z.boolean(),
  /** By bytes, heaviest first. */
  keys: z.array(
    z.object({
      key: z.string(),
      /** Kafka's murmur2 of the key, 8 hex digits. */
      hash: z.string(),
      records: shareSchema,
      bytes: shareSchema,
      recordsPerSecond: known,
      /** Times what a key of this partition carries on the mean. */
      timesMeanKey: known,
    }),
  ),
})

export const errorBodySchema = z.object({
  error: z.object({
    code: z.string(),
    message: z.string(),
    fix: z.string().nullable(),
    retriable: z.boolean(),
  }),
})

export type Health = z.infer<typeof healthSchema>
export type ClusterView = z.infer<typeof clusterSchema>
export type BrokerView = z.infer<typeof brokerSchema>
export type TopicSummary = z.infer<typeof topicSummarySchema>
export type TopicView = z.infer<typeof topicSchema>
export type PartitionView = z.infer<typeof partitionSchema>
export type PartitionState = z.infer<typeof partitionStateSchema>
export type GroupSummary = z.infer<typeof groupSummarySchema>
export type GroupView = z.infer<typeof groupSchema>
export type GroupVerdict = z.infer<typeof verdictSchema>
export type Finding = z.infer<typeof findingSchema>
export type TopicColumns = z.infer<typeof topicColumnsSchema>
export type Tick = z.infer<typeof tickSchema>
export type History = z.infer<typeof historySchema>
export type GroupHistory = z.infer<typeof groupHistorySchema>
export type PartitionKeysView = z.infer<typeof partitionKeysSchema>
export type ErrorBody = z.infer<typeof errorBodySchema>

/** Path (below `apiBase`), answer schema and summary of every address; the server and the OpenAPI document follow it. */
export const endpoints = {
  health: { path: '/health', schema: healthSchema, summary: 'Is the cluster seen, since when' },
  cluster: { path: '/cluster', schema: clusterSchema, summary: 'Brokers, racks, controller' },
  topics: { path: '/topics', schema: z.array(topicSummarySchema), summary: 'All topics' },
  topic: { path: '/topics/{topic}', schema: topicSchema, summary: 'One topic with its partitions' },
  partitionKeys: {
    path: '/topics/{topic}/partitions/{partition}/keys',
    schema: partitionKeysSchema,
    summary: 'Which keys load a partition, over the last minute',
  },
  history: { path: '/topics/{topic}/history', schema: historySchema, summary: 'Rates and lag over time' },
  groupHistory: {
    path: '/groups/{group}/history',
    schema: groupHistorySchema,
    summary: 'Lag and pace of a group over time',
  },
  groups: { path: '/groups', schema: z.array(groupSummarySchema), summary: 'All consumer groups' },
  group: { path: '/groups/{group}', schema: groupSchema, summary: 'One group with members and lag' },
  findings: { path: '/findings', schema: z.array(findingSchema), summary: 'What is wrong, worst first' },
  alerts: {
    path: '/alerts',
    schema: alertsSchema,
    summary: 'What fires, by rule; rules, silences, deliveries',
  },
  alertHistory: { path: '/alerts/history', schema: alertHistorySchema, summary: 'What fired, and when' },
  plan: {
    path: '/plan',
    schema: planSchema,
    summary: 'Declared topics against the cluster; changes nothing',
  },
  producers: {
    path: '/producers',
    schema: producersSchema,
    summary: 'Producers in this process: rates, batch fill, waits, by broker',
  },
  consumers: {
    path: '/consumers',
    schema: consumersSchema,
    summary: 'Consumers in this process: rates, times of handlers, failures with their records',
  },
  access: { path: '/access', schema: accessSchema, summary: 'Who may change something here' },
  live: { path: '/live', schema: tickSchema, summary: 'The newest tick' },
} as const
