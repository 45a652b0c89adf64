export {
  type CapacityModel,
  fitCapacity,
  type Prediction,
  predictCapacity,
  type TimedPoint,
} from './capacity-model.ts'
export { capacityNote } from './capacity-note.ts'
export {
  type CapacityProof,
  type CapacityTarget,
  type MeasuredPoint,
  proveCapacity,
  type Round,
} from './capacity-proof.ts'
export { designNote } from './design-note.ts'
export { limitsWith, type RuleOfThumb, rulesOfThumb } from './limits.ts'
export { asMarkdown } from './markdown.ts'
export { type Block, heading, table, text } from './note-blocks.ts'
export type * from './report.ts'
export { sizePartitions } from './size.ts'
export { withEvents } from './with-events.ts'
