import { z } from 'zod'

/** Alerts over HTTP. The shapes follow the rules of `contract.ts`: units in names, ISO times, null is "not known". */
const known = z.number().nullable()

export const severitySchema = z.enum(['critical', 'warning', 'info'])

export const silenceSchema = z.object({
  id: z.string(),
  rule: z.string(),
  /** Null: every subject of the rule. */
  subject: z.string().nullable(),
  since: z.iso.datetime(),
  until: z.iso.datetime(),
  reason: z.string(),
})

export const alertSchema = z.object({
  subject: z.string(),
  state: z.enum(['firing', 'nearly']),
  text: z.string(),
  /** Path within the page. */
  href: z.string(),
  value: known,
  valueText: z.string(),
  /** Since when the condition holds, and since when it fires. */
  since: z.iso.datetime(),
  firedAt: z.iso.datetime().nullable(),
  /** Of what would change the state, without interruption. */
  evidenceMs: z.number(),
  /** What the newest look said; null: it did not see it, so the alert is held. */
  leaning: z.enum(['fire', 'clear', 'between']).nullable(),
  acknowledged: z.object({ at: z.iso.datetime(), note: z.string() }).nullable(),
  silence: silenceSchema.nullable(),
})

/** All that one rule says: one broker down is one of these, whatever hangs on it. */
export const alertGroupSchema = z.object({
  rule: z.string(),
  title: z.string(),
  severity: severitySchema,
  /** Of its worst alert that is not silenced. */
  state: z.enum(['firing', 'acknowledged', 'nearly', 'silenced']),
  fires: z.string(),
  clears: z.string(),
  fireAbove: z.number(),
  clearAtOrBelow: z.number(),
  fireAfterMs: z.number(),
  fireAboveText: z.string(),
  clearAtOrBelowText: z.string(),
  /** A value between two thresholds; false: it holds or it does not. */
  graded: z.boolean(),
  count: z.number().int(),
  /** Worst first, at most 50. */
  alerts: z.array(alertSchema),
})

export const alertRuleSchema = z.object({
  name: z.string(),
  title: z.string(),
  severity: severitySchema,
  measure: z.string(),
  fires: z.string(),
  clears: z.string(),
  /** Names of the webhooks that are told. */
  webhooks: z.array(z.string()),
})

export const deliverySchema = z.object({
  id: z.string(),
  at: z.iso.datetime(),
  webhook: z.string(),
  subject: z.string(),
  state: z.enum(['waiting', 'sent', 'failed']),
  tries: z.number().int(),
  status: z.number().int().nullable(),
  error: z.string().nullable(),
  tookMs: known,
})

export const alertsSchema = z.object({
  /** The cluster is not seen: nothing fires and nothing clears. */
  held: z.boolean(),
  /** Firing first, then acknowledged, nearly, silenced; worst first. */
  groups: z.array(alertGroupSchema),
  rules: z.array(alertRuleSchema),
  silences: z.array(silenceSchema),
  /** Newest first. */
  deliveries: z.array(deliverySchema),
  webhooks: z.array(z.string()),
})

export const alertHistorySchema = z.object({
  from: z.iso.datetime(),
  to: z.iso.datetime(),
  spans: z.array(
    z.object({
      rule: z.string(),
      subject: z.string(),
      state: z.enum(['firing', 'nearly']),
      severity: severitySchema,
      from: z.iso.datetime(),
      to: z.iso.datetime(),
      text: z.string(),
    }),
  ),
  /** Time in which no broker answered, so that nothing could fire. */
  unseen: z.array(z.object({ from: z.iso.datetime(), to: z.iso.datetime(), reason: z.string() })),
})

/** What may be asked to change. Texts are cut where people would not read on. */
export const acknowledgeSchema = z.strictObject({
  rule: z.string().min(1).max(100),
  subject: z.string().max(1_000).nullable().default(null),
  note: z.string().max(500).default(''),
})
export const silenceRequestSchema = z.strictObject({
  rule: z.string().min(1).max(100),
  subject: z.string().max(1_000).nullable().default(null),
  minutes: z.number().int().min(1).max(525_600),
  reason: z.string().max(500).default(''),
})
export const testRequestSchema = z.strictObject({ webhook: z.string().min(1).max(100) })

/** What a change answers where there is nothing to tell (204). */
export const doneSchema = z.null()

/** A test message is on its way; what became of it is among the deliveries. */
export const sentSchema = z.object({ sent: z.string() })

/** Who may change something through this server. */
export const accessSchema = z.object({
  /** `refused`: nobody. `token`: whoever has it. `allowed`: this request carried it. */
  changes: z.enum(['refused', 'token', 'allowed']),
  /** Whom an issuer's token names; null: none was carried, or it is the server's own, which names nobody. */
  holder: z.string().nullable(),
  /** Why the token that this request carried is not taken; null: it is, or there was none. */
  refusal: z.object({ message: z.string(), fix: z.string().nullable() }).nullable(),
  /** What would be taken, in words. */
  takes: z.array(z.string()),
})

/** A schema of what an address answers. */
export type AnswerSchema<Answer> = z.ZodType<Answer>

export type Alerts = z.infer<typeof alertsSchema>
export type AlertView = z.infer<typeof alertSchema>
export type AlertGroup = z.infer<typeof alertGroupSchema>
export type AlertHistory = z.infer<typeof alertHistorySchema>
export type SilenceView = z.infer<typeof silenceSchema>
export type DeliveryView = z.infer<typeof deliverySchema>
export type Access = z.infer<typeof accessSchema>
