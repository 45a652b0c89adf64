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
