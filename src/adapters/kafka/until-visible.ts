/**
 * Waiting until every broker shows a change.
 *
 * The controller answers as soon as a change is in its log; each broker follows a little later, and a look taken from
 * one that lags would show the old state. An executor that looks again to prove its step would then report a failure
 * that is none. So a change counts as visible when all brokers that answer show it, not when the first one does.
 */
import { sleep, type Clock } from '../../ports/clock.ts'
import type { BrokerBook, Endpoint } from './addresses.ts'

const POLL_MS = 50

/** True as soon as `shows` holds at every broker that answers (at least one); false after `deadlineMs`. */
export const untilVisible = async (
  clock: Clock,
  book: BrokerBook,
  deadlineMs: number,
  shows: (endpoint: Endpoint) => Promise<boolean>,
): Promise<boolean> => {
  const startedMs = clock.monotonicMs()
  for (;;) {
    const views = await Promise.allSettled(book.everyone().map(endpoint => shows(endpoint)))
    const answered = views.filter(view => view.status === 'fulfilled')
    if (answered.length > 0 && answered.every(view => view.value)) return true
    if (clock.monotonicMs() - startedMs >= deadlineMs) return false
    await sleep(clock, POLL_MS)
  }
}
