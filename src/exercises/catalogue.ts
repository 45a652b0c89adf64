import { distribution } from './distribution.ts'
import type { Exercise } from './exercise.ts'
import { fourBrokers } from './four-brokers.ts'
import { hotPartition } from './hot-partition.ts'
import { partitioner } from './partitioner.ts'
import { unbalancedGroup } from './unbalanced-group.ts'

/** In the order in which they build on each other. */
export const exercises: readonly Exercise[] = [
  distribution,
  hotPartition,
  partitioner,
  unbalancedGroup,
  fourBrokers,
]
