import { createInterface } from 'node:readline/promises'
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
  const reader = createInterface({ input: io.stdin, output: io.stderr })
  // Ctrl-D closes the input and leaves the question unanswered for ever
  const closed = new Promise<string>(resolve => {
    reader.once('close', () => resolve(''))
  })
  try {
    const answer = await Promise.race([
      reader.question(`${question} [y/N] `, { signal: io.interrupted }),
      closed,
    ])
    return /^y(es)?$/i.test(answer.trim())
  } finally {
    reader.close()
  }
}
