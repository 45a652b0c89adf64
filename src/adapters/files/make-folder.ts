import { mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Makes a folder with all that is above it. Node's own `recursive` never comes back from a parent that exists, takes no
 * folders and says ENOENT, as `/proc` does: it takes the parent for missing, again and again.
 *
 * @throws what the machine answers, with the path that it refused
 */
export const makeFolder = (path: string): void => {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return
  if (dirname(path) !== path) makeFolder(dirname(path))
  try {
    mkdirSync(path)
  } catch (failure) {
    // somebody else made it meanwhile
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) throw failure
  }
}
