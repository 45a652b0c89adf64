import { LanekeeperError } from '../core/model/index.ts'

/** What was thrown, as an error a user can meet; anything that is not one already is a defect of ours. */
export const asError = (thrown: unknown): LanekeeperError =>
  thrown instanceof LanekeeperError
    ? thrown
    : new LanekeeperError('UNEXPECTED', thrown instanceof Error ? thrown.message : String(thrown), {
        cause: thrown,
      })
