/**
 * Work that several wait for: begun by the first, given up when the last of them has gone, and begun anew by whoever
 * comes after that. A page that is closed must not leave a read of a year behind, nor take the answer from the others.
 */
export interface SharedWork<Value> {
  /** The value, once for all. Rejects with the signal's reason when that is aborted, whatever the others do. */
  join(signal: AbortSignal): Promise<Value>
}

export const sharedWork = <Value>(begin: (signal: AbortSignal) => Promise<Value>): SharedWork<Value> => {
  let running: { readonly value: Promise<Value>; readonly abort: AbortController; waiting: number } | null =
    null
  return {
    join: signal => {
      if (signal.aborted) return Promise.reject(signal.reason as Error)
      if (running === null) {
        const abort = new AbortController()
        running = { value: begin(abort.signal), abort, waiting: 0 }
      }
      const mine = running
      mine.waiting++
      // what failed is tried again by who asks next
      mine.value.catch(() => {
        if (running === mine) running = null
      })
      return new Promise((resolve, reject) => {
        const leave = (): void => {
          mine.waiting--
          reject(signal.reason as Error)
          if (mine.waiting > 0) return
          if (running === mine) running = null
          mine.abort.abort(signal.reason)
        }
        signal.addEventListener('abort', leave, { once: true })
        mine.value.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave))
      })
    },
  }
}
