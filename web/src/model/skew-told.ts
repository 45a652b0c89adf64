/** Max ÷ mean of a topic in words. One record on 500 partitions is no "500×": the server then says nothing, and so do we. */
import type { TopicSummary } from '../../../src/api/contract.ts'
import { times } from './text.ts'

type Told = Pick<TopicSummary, 'skewMaxOverMean' | 'recordsPerSecond'>

/** Records come, and too few to compare partitions by them. */
export const tooFewRecords = (topic: Told): boolean =>
  topic.skewMaxOverMean === null && (topic.recordsPerSecond ?? 0) > 0

export const skewTold = (topic: Told): string =>
  tooFewRecords(topic) ? 'too few records' : times(topic.skewMaxOverMean)
