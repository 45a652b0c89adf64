/**
 * What a partition can be in. Apart from the schema that is made of it, because the page needs the list and not the
 * library that checks schemas. Their order is what numbers in a packed column mean: new ones go to the end.
 */
export const partitionStates = [
  'active',
  'under-replicated',
  'leaderless',
  'reassigning',
  'recovering',
  'compacting',
  'unknown',
] as const
