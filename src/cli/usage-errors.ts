import type { Command, CommanderError } from 'commander'
import { LanekeeperError } from '../core/model/index.ts'

/**
 * Wrong usage found by commander (an unknown option, a missing argument) reaches people and programs as every other
 * error does: with a code, a way out, as JSON where JSON is asked for, and exit code 2. Commander itself would print
 * text of its own and end the process with 1. Verbs of verbs do not inherit this, so each is visited.
 */
export const withUsageErrors = (command: Command, path = command.name()): Command => {
  command.configureOutput({ outputError: () => undefined })
  command.exitOverride((failure: CommanderError) => {
    // help and version have printed what was asked for, or what a bare `lanekeeper groups` leaves open
    if (failure.exitCode === 0 || failure.code.startsWith('commander.help')) throw failure
    throw new LanekeeperError('USAGE', sentence(failure.message), {
      fix: `\`${path} --help\` shows what it takes.`,
    })
  })
  for (const verb of command.commands) withUsageErrors(verb, `${path} ${verb.name()}`)
  return command
}

/** Commander's "error: unknown option '--x'\n(Did you mean --y?)" as one sentence of ours. */
const sentence = (message: string): string => {
  const text = message.replace(/^error: /, '').replaceAll('\n', ' ')
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.)?]$/.test(text) ? '' : '.'}`
}
