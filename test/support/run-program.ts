import { execFile } from 'node:child_process'
import { join } from 'node:path'

export interface ProgramRun {
  readonly code: number
  readonly out: string
  readonly err: string
}

const main = join(import.meta.dirname, '..', '..', 'src', 'main.ts')
const TIMEOUT_MS = 60_000

/** Runs the program to its end as a user would, on the cluster named first. Never rejects for an exit code. */
export const runProgram = (bootstrapServer: string, ...args: readonly string[]): Promise<ProgramRun> =>
  new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      ['--no-warnings', main, ...args, '--bootstrap-server', bootstrapServer],
      { timeout: TIMEOUT_MS, env: { ...process.env, NO_COLOR: '1' } },
      (error, out, err) => {
        const code = error === null ? 0 : error.code
        if (typeof code === 'number') resolve({ code, out, err })
        else reject(error as Error)
      },
    )
  })
