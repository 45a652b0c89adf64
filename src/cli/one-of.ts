import { LanekeeperError, nearest } from '../core/model/index.ts'

/**
 * A flag whose value is one of a few names. Refuses with USAGE: what was written, what may be, and what was probably
 * meant (names that begin with it, else the nearest).
 */
export const oneOf = <Name extends string>(option: string, text: string, names: readonly Name[]): Name => {
  const found = names.find(name => name === text)
  if (found !== undefined) return found
  const begun = text === '' ? [] : names.filter(name => name.startsWith(text))
  const near = begun.length === 0 ? nearest(text, names) : null
  const meant = near === null ? begun : [near]
  throw new LanekeeperError('USAGE', `${option} ${text}: not one of ${names.join(', ')}.`, {
    fix:
      meant.length === 0
        ? `Write ${option} ${names[0]}, for example.`
        : `Did you mean ${option} ${meant.join(' or ')}?`,
  })
}
