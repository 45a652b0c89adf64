/**
 * What was thrown, as a text. Anything can be thrown, also what cannot be turned into one (an object without a
 * prototype); whoever records a failure must not fail of it.
 */
export const errorText = (thrown: unknown): string => {
  if (thrown instanceof Error) return thrown.message
  try {
    return String(thrown)
  } catch {
    return `something of type ${typeof thrown} that has no text`
  }
}

/** Its code, or its name: what two failures for the same reason have in common. */
export const errorName = (thrown: unknown): string => {
  if (!(thrown instanceof Error)) return typeof thrown
  const code = 'code' in thrown ? thrown.code : undefined
  return typeof code === 'string' ? code : thrown.name
}
