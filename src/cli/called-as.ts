import type { Command } from 'commander'
import { withCommandsAs } from '../core/model/index.ts'
import type { Io } from './world.ts'

/** The text with its commands as they have to be typed here (core/model/called-as.ts). */
export const asCalled = ({ calledAs }: Pick<Io, 'calledAs'>, text: string): string =>
  withCommandsAs(calledAs, text)

/** Help too: its examples are commands. Verbs of verbs do not inherit where commander writes, so each is visited. */
export const helpAsCalled = (io: Io, command: Command): void => {
  command.configureOutput({
    writeOut: text => void io.stdout.write(asCalled(io, text)),
    writeErr: text => void io.stderr.write(asCalled(io, text)),
  })
  for (const verb of command.commands) helpAsCalled(io, verb)
}
