import { createHmac, randomUUID } from 'node:crypto'
import type { Clock } from '../../ports/clock.ts'
import { sleep } from '../../ports/clock.ts'
import type { Post } from '../../ports/webhook.ts'

/**
 * Brings messages to webhooks.
 *
 * A message is delivered when the receiver answers 2xx. Anything else is tried again after 1, 2, 4, … s, up to eight
 * tries (some two minutes), except answers that say the message itself is wrong (4xx but 408, 425, 429): those are
 * not repeated. Every try sends the same bytes with the same delivery id, so a receiver can tell a repetition.
 *
 * Signature, so that the receiver knows who wrote it and that it is fresh:
 *   X-Lanekeeper-Signature: t=<seconds since 1970>,v1=<hex of HMAC-SHA256 over "<t>.<body>" with the webhook's secret>
 * The time is that of the try.
 *
 * Messages to one webhook go one after the other, in order; a webhook that is down delays nobody else's. Its queue is
 * bounded: when it is full the oldest message is given up and said so, because the newest state matters most.
 */
export interface Webhook {
  readonly name: string
  readonly url: string
  /** Null: messages are not signed. */
  readonly secret: string | null
}

export interface Delivery {
  readonly id: string
  readonly webhook: string
  /** What it was about, for people. */
  readonly subject: string
  readonly atMs: number
  readonly state: 'waiting' | 'sent' | 'failed'
  readonly tries: number
  /** HTTP status of the newest try; null: there was no answer. */
  readonly status: number | null
  readonly error: string | null
  /** From the first try to the end; null while it waits. */
  readonly tookMs: number | null
}

export interface Courier {
  send(webhook: string, subject: string, body: object): void
  /** Newest first. */
  deliveries(): readonly Delivery[]
  close(): Promise<void>
}

const triesMax = 8
const firstPauseMs = 1_000
const timeoutMs = 5_000
const queueMax = 50
const rememberedMax = 100

export const createCourier = (
  webhooks: readonly Webhook[],
  { post, clock }: { readonly post: Post; readonly clock: Clock },
): Courier => {
  const stopping = new AbortController()
  const deliveries = new Map<string, Delivery>()
  const queues = new Map<string, { readonly id: string; readonly body: string }[]>()
  const running = new Map<string, Promise<void>>()

  const update = (id: string, change: Partial<Delivery>): void => {
    const known = deliveries.get(id)
    if (known !== undefined) deliveries.set(id, { ...known, ...change })
  }

  const deliver = async (webhook: Webhook, id: string, body: string): Promise<void> => {
    const startedMs = clock.monotonicMs()
    for (let tries = 1; ; tries++) {
      const outcome = await attempt(post, clock, webhook, id, body)
      const tookMs = clock.monotonicMs() - startedMs
      if (outcome.ok) return update(id, { ...outcome.shown, state: 'sent', tries, tookMs })
      if (!outcome.again || tries >= triesMax)
        return update(id, { ...outcome.shown, state: 'failed', tries, tookMs })
      update(id, { ...outcome.shown, tries })
      await sleep(clock, firstPauseMs * 2 ** (tries - 1), stopping.signal)
    }
  }

  const work = async (webhook: Webhook): Promise<void> => {
    const queue = queues.get(webhook.name) ?? []
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      try {
        await deliver(webhook, next.id, next.body)
      } catch {
        // only an orderly end gets here; what was not delivered is said by its state
        return update(next.id, { state: 'failed', error: 'Lanekeeper ended before it could be sent' })
      }
    }
  }

  const give = (webhook: Webhook): void => {
    if (running.has(webhook.name) || stopping.signal.aborted) return
    running.set(
      webhook.name,
      work(webhook).finally(() => running.delete(webhook.name)),
    )
  }

  return {
    send: (name, subject, body) => {
      const webhook = webhooks.find(each => each.name === name)
      if (webhook === undefined) return
      const id = randomUUID()
      deliveries.set(id, {
        id,
        webhook: name,
        subject,
        atMs: clock.wallMs(),
        state: 'waiting',
        tries: 0,
        status: null,
        error: null,
        tookMs: null,
      })
      for (const old of [...deliveries.keys()].slice(0, Math.max(0, deliveries.size - rememberedMax)))
        deliveries.delete(old)
      const queue = queues.get(name) ?? []
      queues.set(name, queue)
      queue.push({ id, body: JSON.stringify({ delivery: id, ...body }) })
      const given = queue.length > queueMax ? queue.shift() : undefined
      if (given !== undefined)
        update(given.id, { state: 'failed', error: `more than ${queueMax} messages wait for this webhook` })
      give(webhook)
    },
    deliveries: () => [...deliveries.values()].toReversed(),
    close: async () => {
      stopping.abort(new Error('closing'))
      await Promise.all(running.values())
    },
  }
}

interface Outcome {
  readonly ok: boolean
  readonly again: boolean
  readonly shown: { readonly status: number | null; readonly error: string | null }
}

const attempt = async (
  post: Post,
  clock: Clock,
  { url, secret }: Webhook,
  id: string,
  body: string,
): Promise<Outcome> => {
  const headers = {
    'content-type': 'application/json; charset=utf-8',
    'user-agent': 'lanekeeper',
    'x-lanekeeper-delivery': id,
    ...(secret === null ? {} : { 'x-lanekeeper-signature': signature(secret, clock.wallMs(), body) }),
  }
  try {
    const status = await post({ url, headers, body, timeoutMs })
    const ok = status >= 200 && status < 300
    const again = status >= 500 || status === 408 || status === 425 || status === 429
    return { ok, again, shown: { status, error: ok ? null : `it answered ${status}` } }
  } catch (failure) {
    const error = failure instanceof Error ? failure.message : String(failure)
    return { ok: false, again: true, shown: { status: null, error } }
  }
}

export const signature = (secret: string, wallMs: number, body: string): string => {
  const seconds = Math.floor(wallMs / 1000)
  return `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`
}
