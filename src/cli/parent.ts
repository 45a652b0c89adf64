/**
 * The other half of `bin/lanekeeper.mjs`: makes launcher and program look like one process.
 *
 * A Ctrl-C in a terminal reaches this process directly, and again as a message from the launcher (twice under npm,
 * which sends launchers a copy). A `kill -INT` of the launcher alone reaches it only as a message. So a message counts
 * only when no such signal was or will be received directly, within the time that a copy may lag behind its original;
 * counting both would turn one Ctrl-C into the second one, which ends without draining.
 *
 * When the launcher is gone without a word (kill -9) the channel closes. Then the program ends as for SIGTERM, but it
 * has only a moment: nobody waits for it any more, and the rule is that nothing is left running after a few seconds.
 */

/** A copy made by npm or by the launcher arrives within milliseconds; on a crowded machine within tenths. */
const COPY_LAG_MS = 400

/** Enough to commit offsets and to close; what remains of the brokers is then the guard's work. */
const FAREWELL_MS = 3_000

const forwarded = ['SIGINT', 'SIGTERM'] as const
type Forwarded = (typeof forwarded)[number]

const isForwarded = (value: unknown): value is { readonly signal: Forwarded } =>
  typeof value === 'object' &&
  value !== null &&
  'signal' in value &&
  forwarded.some(signal => signal === value.signal)

/**
 * Call once, early, in `main.ts`, after the program's own signal handlers are in place. Does nothing when the program
 * was started without the launcher. Does not keep the process alive.
 */
export const endWithParent = (): void => {
  const channel = process.channel
  if (channel === undefined || channel === null) return

  const receivedAt = new Map<Forwarded, number>()
  for (const signal of forwarded) process.on(signal, () => receivedAt.set(signal, performance.now()))

  const waiting = new Set<Forwarded>()
  process.on('message', message => {
    if (!isForwarded(message)) return
    const { signal } = message
    if (waiting.has(signal)) return
    waiting.add(signal)
    const from = performance.now() - COPY_LAG_MS
    setTimeout(() => {
      waiting.delete(signal)
      const direct = (receivedAt.get(signal) ?? Number.NEGATIVE_INFINITY) >= from
      if (!direct) process.kill(process.pid, signal)
    }, COPY_LAG_MS / 2).unref()
  })

  process.once('disconnect', () => {
    setTimeout(() => process.exit(130), FAREWELL_MS).unref()
    process.kill(process.pid, 'SIGTERM')
  })
  channel.unref()
}
