import { type ShapeName, shapeNames } from '../workload/shapes.ts'
import { oneOf } from './one-of.ts'

export const shapeHelp = `one of ${shapeNames.join(', ')}; may be given several times`

/** Collects `--shape`, which may be given several times: their rates multiply, the first that names somebody decides who. */
export const collectShape = (text: string, before: readonly ShapeName[]): readonly ShapeName[] => [
  ...before,
  oneOf('--shape', text, shapeNames),
]
