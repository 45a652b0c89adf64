export {
  chooseSamples,
  type Sample,
  type SampleBudget,
  type SampleCandidate,
} from './choose-samples.ts'
export { DISTINCT_ERROR, DistinctKeys } from './distinct-keys.ts'
export { HeavyKeys, type KeyMeasure } from './heavy-keys.ts'
export { KeySketch, type KeyShare, type KeySummary } from './key-sketch.ts'
export { KeyTable } from './key-table.ts'
export { KeyWords } from './key-words.ts'
export { KEY_WINDOW_MS, KeyWindow, type WindowSummary } from './key-window.ts'
export { type LatencyFigures, LatencyHistogram } from './latency-histogram.ts'
export { fullKey, hexOf, isPlaceholder, maskedKey } from './mask-key.ts'
export { plusMinus, type Share, shareOf, unknownShare } from './share.ts'
