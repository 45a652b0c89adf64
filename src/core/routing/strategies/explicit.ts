import { onAnyCount, type Strategy } from './strategy.ts'

/** The producer names the lane in each record. */
export const explicitStrategy = (): Strategy => ({
  ...onAnyCount,
  name: 'explicit',
  order: 'per key',
  keeps: 'whatever order the producer’s own rule keeps: per key when it names one lane for each key',
  givesUp: 'the guard of a hash: an uneven rule is an uneven topic, and every producer must know the rule',
  readerMust: 'nothing, or know the rule where it looks for a key',
  lanesPerKeyMax: () => 1,
  lanesOf: ({ partition }, count) =>
    partition !== undefined && Number.isInteger(partition) && partition >= 0 && partition < count
      ? [partition]
      : [],
})
