// Programs that run before the project's own (npm, the build of the page). They end with whoever started them: an
// `npm ci` left behind would go on to delete and write what the next start's `npm ci` puts into the same folder.
import { spawn } from 'node:child_process'
import { constants } from 'node:os'

/**
 * Runs a program to its end and resolves with null, or with what went wrong in words. `onStart` is told its pid.
 *
 * Told to end by SIGINT or SIGTERM meanwhile, this process passes that on, waits for the program, and ends by the same
 * signal. (Where the signal came from a terminal, the program has it already; one more does no harm.)
 */
export const runHelper = async (command, args, options, { onStart = () => {}, onOutput } = {}) => {
  const child = spawn(command, args, options)
  let told = null
  const passOn = signal => {
    told = signal
    child.kill(signal)
  }
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, passOn)
  if (child.pid !== undefined) onStart(child.pid)
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', onOutput)
  const outcome = await new Promise(resolve => {
    child.once('error', error => resolve(`cannot be started: ${error.message}`))
    child.once('close', (code, signal) => resolve(code === 0 ? null : `failed (${signal ?? `exit ${code}`})`))
  })
  for (const signal of ['SIGINT', 'SIGTERM']) process.off(signal, passOn)
  if (told !== null) await endBy(told)
  return outcome
}

/** Ends this process by a signal, so that a shell above sees what happened; never resolves. */
export const endBy = signal => {
  process.removeAllListeners(signal)
  process.kill(process.pid, signal)
  // where the signal does not end us, its number does
  setTimeout(() => process.exit(128 + (constants.signals[signal] ?? 0)), 100)
  return new Promise(() => {})
}
