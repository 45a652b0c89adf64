import { createInterface } from 'node:readline'
import { LanekeeperError } from '../core/model/index.ts'
import type { Io } from './world.ts'

/**
 * Asks before a change. True: go on. Without a terminal nobody can answer, so the change needs `--yes`
 * (CONFIRMATION_NEEDED); a script that forgot it must not hang on a question.
 */
export const confirm = async (
  io: Io,
  question: string,
  flags: { readonly yes: boolean; readonly json: boolean },
): Promise<boolean> => {
  if (flags.yes) return true
  if (flags.json || io.stdin.isTTY !== true || io.stderr.isTTY !== true)
    throw new LanekeeperError('CONFIRMATION_NEEDED', `${question} There is no terminal to ask on.`, {
      fix: 'Look at the plan, then repeat the command with --yes.',
    })
  const answer = await readAnswer(io, `${question} [y/N] `)
  if (io.interrupted.aborted) throw io.interrupted.reason
  return /^y(es)?$/i.test(answer.trim())
}

/** One line; empty when the input ends or the person gives up. */
const readAnswer = (io: Io, prompt: string): Promise<string> =>
  new Promise(resolve => {
    const reader = createInterface({ input: io.stdin, output: io.stderr, prompt })
    const close = (): void => reader.close()
    reader.once('line', line => {
      resolve(line)
      close()
    })
    // Ctrl-D, or a signal from outside
    reader.once('close', () => {
      io.interrupted.removeEventListener('abort', close)
      resolve('')
    })
    io.interrupted.addEventListener('abort', close)
    // While readline holds the terminal, Ctrl-C is a character and reaches no signal handler
    reader.once('SIGINT', () => {
      io.exitWith(130)
      close()
    })
    reader.prompt()
  })
