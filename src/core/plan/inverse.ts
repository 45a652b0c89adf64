import type { Result } from '../model/index.ts'
import { failed, ok } from '../model/index.ts'
import type { Step } from './plan.ts'

/** The step that takes `step` back, or the reason why there is none. */
export const inverse = (step: Step): Result<Step, string> => {
  switch (step.kind) {
    case 'create-topic':
      return failed(
        `Taking back the creation of ${step.topic} would delete it with every record written since; that is never done as an undo.`,
      )
    case 'add-partitions':
      return failed(
        `Kafka cannot take partitions away: ${step.topic} keeps ${step.to} once they have been added.`,
      )
    case 'alter-config':
      return ok({ ...step, from: step.to, to: step.from })
  }
}
