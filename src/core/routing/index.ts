export { expectedMaxOverMeanByChance, expectedMaxOverMeanByKeys, maxOverMeanByChanceUpper } from './chance.ts'
export type { Convention, Spread } from './convention.ts'
export {
  type ConventionName,
  conventionNames,
  conventions,
  distinctPlacements,
  keyBytesOfText,
  routeKey,
  samePlacement,
  type Unrouted,
} from './conventions.ts'
export { murmur2, murmur2Ascii } from './murmur2.ts'
export { toPositive } from './reduce.ts'
export { type Skew, skewOf } from './skew.ts'
