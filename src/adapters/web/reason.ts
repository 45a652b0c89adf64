/** Why a request failed, for people: `fetch failed` says nothing; its cause does. */
export const reasonOf = (failure: unknown): string => {
  if (!(failure instanceof Error)) return String(failure)
  if (failure.name === 'TimeoutError') return 'no answer in time'
  const { cause } = failure
  return cause instanceof Error && cause.message !== '' ? cause.message : failure.message
}
