/** Time as an argument: nothing above the adapters reads a clock by itself, so that a simulation can own it. */
export interface Clock {
  /** Wall clock, milliseconds since 1970. For people and record timestamps only; it may jump. */
  wallMs(): number
  /** Monotonic milliseconds. For deadlines, leases and rates. Advances across SIGSTOP. */
  monotonicMs(): number
  /** Runs `action` once after `delayMs`. Cancelling a timer that has fired does nothing. */
  after(delayMs: number, action: () => void): Timer
  /** Runs `action` after what is already queued; the cheapest way to do something "soon, once". */
  soon(action: () => void): void
}

export interface Timer {
  cancel(): void
}

export const sleep = (clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(signal.reason as Error)
      return
    }
    const onAbort = (): void => {
      timer.cancel()
      reject(signal?.reason as Error)
    }
    const timer = clock.after(delayMs, () => {
      signal?.removeEventListener('abort', onAbort)
      resolve()
    })
    signal?.addEventListener('abort', onAbort, { once: true })
  })
