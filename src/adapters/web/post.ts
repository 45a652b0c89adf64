import type { Post } from '../../ports/webhook.ts'
import { reasonOf } from './reason.ts'

/**
 * One POST by Node's own client. A redirect is an answer like any other: following it would send a signed message to
 * an address that nobody wrote into the file. The answer's body is thrown away unread.
 */
export const postMessage: Post = async ({ url, headers, body, timeoutMs }) => {
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers,
      body,
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    })
    await answer.body?.cancel()
    return answer.status
  } catch (failure) {
    throw new Error(reasonOf(failure), { cause: failure })
  }
}
