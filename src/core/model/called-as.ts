/**
 * Commands in the words of who reads them. Every text names a command as an installed program is called, `lanekeeper
 * topics`, or as it works everywhere, `npx lanekeeper topics`. What has to be typed depends on where the program came from:
 * in a clone there is no `lanekeeper` on the path. So the name is put in last, where a text goes to a person, on the
 * command line, over HTTP and on the page alike: what is shown is what is copied, and no text can forget it.
 *
 * A command is `lanekeeper` followed by a verb. File names such as `lanekeeper.yaml` are none, nor is a word of a path.
 */
const COMMAND = /(?<![\w./-])(?:npx )?lanekeeper(?= (?:[a-z<[]|--))/g

/** What works everywhere, where it is not known how the program is called. */
export const CALLED_BY_NPX = 'npx lanekeeper'

/** The text with its commands as they have to be typed. Again is the same as once. */
export const withCommandsAs = (calledAs: string, text: string): string => text.replace(COMMAND, calledAs)
