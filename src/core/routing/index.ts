export { batchHash, type BatchHash } from './batch.ts'
export { type PerfectHash, perfectHash, type UnlistedKeys } from './chance-by-weights.ts'
export { expectedMaxOverMeanByChance, expectedMaxOverMeanByKeys, maxOverMeanByChanceUpper } from './chance.ts'
export { ChunkLanes, routePacked, type RoutePacked } from './chunk-lanes.ts'
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
export { drawMessages, keyDrawer } from './draw-messages.ts'
export {
  generateKeys,
  headWeights,
  type KeyGenerator,
  type KeyRun,
  keyRuns,
  keyText,
  VIRAL_WINDOWS,
  viralShares,
  weightOf,
  writeRun,
} from './generate-keys.ts'
export { chunkKey, chunkWeight, type KeyChunk } from './key-chunk.ts'
export { type KeyFormatName, keyFormats, parseKey } from './key-format.ts'
export { KeyTally, type TalliedKeys } from './key-tally.ts'
export { type LaneFlow, laneFlow } from './lane-flow.ts'
export { murmur2, murmur2Ascii } from './murmur2.ts'
export { keyAt, keyCount, type PackedKeys, packKeys } from './packed-keys.ts'
export { type Reduction, type ReductionName, reductions, toPositive } from './reduce.ts'
export { giniOf, type KeySkew, keySkewOf, skewFormulas } from './skew-measures.ts'
export { type Skew, skewOf } from './skew.ts'
export { hashDecides, MoveTally, SpreadTally } from './spread-tally.ts'
export { explicitStrategy } from './strategies/explicit.ts'
export { hashStrategy } from './strategies/hash.ts'
export { idModStrategy, trailingNumberMod } from './strategies/id-mod.ts'
export { isolateStrategy } from './strategies/isolate.ts'
export { roundRobinStrategy, stickyStrategy } from './strategies/keyless.ts'
export { type ReservedLanes, reservedStrategy } from './strategies/reserved.ts'
export { compositeStrategy, saltedStrategy } from './strategies/salted.ts'
export { handMadeLane, javaHashCode, storeIdStrategy } from './strategies/store-id.ts'
export { laneOf, type RoutedRecord, type Strategy } from './strategies/strategy.ts'
export { type BlastRadius, blastRadius, tenantFairStrategy, tenantLanes } from './strategies/tenant-fair.ts'
export {
  type CountJob,
  countStructured,
  headState,
  planRun,
  type RunPlan,
  type StructuredCount,
} from './structured-count.ts'
export { viralTimeline } from './viral-timeline.ts'
export {
  type Identification,
  identifyWriters,
  type Likelihood,
  type PlacedKey,
  type Writer,
} from './identify-writers.ts'
export { type KeyFinding, type KeyLint, type KeyRule, keyRules, lintKeys } from './lint-keys.ts'
