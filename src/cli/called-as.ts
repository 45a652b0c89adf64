import type { Command } from 'commander'
import type { Io } from './world.ts'

/**
 * Commands in the words of who reads them. Every text of the program names a command as an installed program is called:
 * `lanekeeper topics`. In a clone there is no such program on the path, and what works is `npx lanekeeper topics`. So the
 * name is put in last, where a text goes to a person: no text can forget it, and documents and JSON stay the same for
 * everybody.
 *
 * A command is `lanekeeper` followed by a verb. File names such as `lanekeeper.yaml` are none, nor is a word of a path.
 */
const COMMAND = /(?<![\w./-])(?:npx )?lanekeeper(?= (?:[a-z<[]|--))/g

/** The text with its commands as they have to be typed here. */
export const asCalled = ({ calledAs }: Pick<Io, 'calledAs'>, text: string): string =>
  text.replace(COMMAND, calledAs)

/** Help too: its examples are commands. Verbs of verbs do not inherit where commander writes, so each is visited. */
export const helpAsCalled = (io: Io, command: Command): void => {
  command.configureOutput({
    writeOut: text => void io.stdout.write(asCalled(io, text)),
    writeErr: text => void io.stderr.write(asCalled(io, text)),
  })
  for (const verb of command.commands) helpAsCalled(io, verb)
}
