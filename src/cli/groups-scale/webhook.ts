import { explainScale, type ScaleDecision } from '../../core/groups/index.ts'
import { LanekeeperError } from '../../core/model/index.ts'
import type { Post } from '../../ports/webhook.ts'
import { say } from '../output.ts'
import { decideUntil, type ScaleJob } from './job.ts'
import { ScaleReport } from './report.ts'

interface ScaleMessage {
  readonly group: string
  readonly consumers: number
  readonly before: number
  /** For people. */
  readonly reason: string
}

const TIMEOUT_MS = 5_000

/** Rejects with USAGE where the text is no address to post to. */
export const webhookUrl = (text: string): URL => {
  const url = URL.parse(text)
  if (url !== null && (url.protocol === 'http:' || url.protocol === 'https:')) return url
  throw new LanekeeperError('USAGE', `--webhook ${text}: not an http or https address.`, {
    fix: 'Write --webhook http://127.0.0.1:8080/scale, for example.',
  })
}

/**
 * Tells another platform how many consumers there should be. Null when it took the message (any 2xx), else why not;
 * the caller tells it again with the next decision, since the count is a level and not a step.
 */
const postScale = async (post: Post, url: URL, message: ScaleMessage): Promise<string | null> => {
  try {
    const status = await post({
      url: url.href,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(message),
      timeoutMs: TIMEOUT_MS,
    })
    return status >= 200 && status < 300 ? null : `${url.host} answered ${status}`
  } catch (failure) {
    return `${url.host}: ${failure instanceof Error ? failure.message : String(failure)}`
  }
}

/** Posts the count that there should be whenever the other side does not know it yet, until interrupted. */
export const tellWebhook = async (job: ScaleJob, url: URL): Promise<void> => {
  const { io, post } = job.world
  const report = new ScaleReport(io, job.groupId, job.json)
  let told = Number.NaN
  let asking = false
  const tell = async (decision: ScaleDecision): Promise<void> => {
    const { consumers, before } = decision
    asking = true
    const why = await postScale(post, url, {
      group: job.groupId,
      consumers,
      before,
      reason: explainScale(decision),
    })
    asking = false
    if (why === null) told = consumers
    else say(io, `${why}; it is told again at the next look`)
  }
  await decideUntil(job, Infinity, decision => {
    report.tell(decision)
    if (decision.consumers !== told && !asking) void tell(decision)
    return false
  })
}
