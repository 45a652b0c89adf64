/**
 * Reads the past in a thread of its own.
 *
 * An hour of a topic of 200,000 partitions is some hundred thousand figures out of megabytes of rows: a second in which,
 * on the event loop, no tick leaves and no scrape is answered. So a thread has a second connection to the same file; it
 * is sent a question and sends back the bytes of the answer, whose memory is handed over.
 *
 * Invariants: one question at a time, in the order they came; at most `WAITING_MAX` wait, and whoever comes then is told
 * so at once, since a queue without a bound answers everybody too late; a question whose asker has gone is not begun. One
 * that is being answered is answered to its end. Every question ends: a thread that dies fails the one it had and is
 * started anew by the next. It is first started by the first question, for most runs are never asked one.
 */
import { Worker } from 'node:worker_threads'
import { LanekeeperError } from '../../core/model/index.ts'
import { unreadable, type PastAnswer, type PastQuestion, type PastReader } from './answer-past.ts'

/** What the thread says to each question. */
export type FromPastThread = { readonly answer: PastAnswer } | { readonly failure: string }

const WAITING_MAX = 64

interface Asked {
  readonly question: PastQuestion
  readonly resolve: (answer: PastAnswer) => void
  readonly reject: (reason: unknown) => void
}

/**
 * @param entry the thread's program; it answers each message, a question, by one `FromPastThread`
 * @param openedBy what it opens the history by
 */
export const readInThread = (entry: URL, openedBy: string): PastReader => {
  const waiting: Asked[] = []
  let running: Asked | null = null
  let worker: Worker | null = null

  const end = (finish: (asked: Asked) => void): void => {
    const ended = running
    running = null
    if (ended !== null) finish(ended)
    next()
  }

  const started = (): Worker => {
    const thread = new Worker(entry, { workerData: openedBy })
    // nobody's program is kept from ending by it
    thread.unref()
    thread.on('message', (said: FromPastThread) => {
      if ('answer' in said) end(asked => asked.resolve(said.answer))
      else end(asked => asked.reject(unreadable(said.failure)))
    })
    const lost = (failure: unknown): void => {
      if (worker !== thread) return
      worker = null
      end(asked => asked.reject(unreadable(failure)))
    }
    thread.on('error', lost)
    thread.on('exit', () => lost('its thread ended'))
    return thread
  }

  const next = (): void => {
    if (running !== null) return
    running = waiting.shift() ?? null
    if (running === null) return
    worker ??= started()
    worker.postMessage(running.question)
  }

  const read = (question: PastQuestion, signal?: AbortSignal): Promise<PastAnswer> =>
    new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(signal.reason)
      if (waiting.length >= WAITING_MAX) return reject(busy())
      const asked: Asked = { question, resolve, reject }
      signal?.addEventListener(
        'abort',
        () => {
          const place = waiting.indexOf(asked)
          if (place >= 0) waiting.splice(place, 1)
          reject(signal.reason)
        },
        { once: true },
      )
      waiting.push(asked)
      next()
    })

  return {
    read,
    close: async () => {
      const closed = unreadable('Lanekeeper ends')
      for (const asked of [...(running === null ? [] : [running]), ...waiting.splice(0)]) asked.reject(closed)
      running = null
      const thread = worker
      worker = null
      await thread?.terminate()
    },
  }
}

const busy = (): LanekeeperError =>
  new LanekeeperError('HISTORY_BUSY', `${WAITING_MAX} questions about the past wait already.`, {
    fix: 'Ask again in some seconds, for a shorter time or for fewer columns.',
  })
