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
    case 'reset-offsets': {
      const fresh = step.moves.find(move => move.from === null)
      if (fresh !== undefined)
        return failed(
          `Group ${step.group} had committed nothing on ${step.topic}-${fresh.partition}; an offset can be moved, not taken away.`,
        )
      return ok({
        ...step,
        moves: step.moves.map(({ partition, from, to }) => ({ partition, from: to, to: from ?? to })),
      })
    }
  }
}
