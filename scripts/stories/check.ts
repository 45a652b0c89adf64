import { execFile } from 'node:child_process'
import { join } from 'node:path'
import type { FindingDraft } from '../../src/core/health/index.ts'

export interface OpenFinding extends Pick<FindingDraft, 'id' | 'kind' | 'cure'> {
  readonly sentence: string
}

/** What `lanekeeper check` said of a story, in a process of its own, as a script would run it. */
export interface Checked {
  readonly exitCode: number | null
  readonly verdict: string
  /** Those that are about this story. */
  readonly findings: readonly CheckedFinding[]
  /** Sentences about what could not be judged, and findings about others, on the same cluster. */
  readonly besides: number
}

export interface CheckedFinding extends OpenFinding {
  readonly severity: 'act' | 'warning' | 'info'
}

interface CheckJson {
  readonly verdict: string
  readonly findings: readonly (CheckedFinding & {
    readonly topic: string | null
    readonly groupId: string | null
  })[]
  readonly unjudged: readonly string[]
}

const launcher = join(import.meta.dirname, '..', '..', 'bin', 'lanekeeper.mjs')
const STARTS_AND_ENDS_MS = 30_000

export interface RunningCheck {
  /** Resolves when it has begun to look. */
  readonly looking: Promise<void>
  readonly ended: Promise<Checked>
}

/** @param isOurs by topic and group whether a finding is about the story */
export const runCheck = (
  bootstrapServer: string,
  forMs: number,
  isOurs: (finding: { readonly topic: string | null; readonly groupId: string | null }) => boolean,
): RunningCheck => {
  const began = Promise.withResolvers<void>()
  const ended = new Promise<Checked>((resolve, reject) => {
    const child = execFile(
      process.execPath,
      [
        launcher,
        'check',
        '--bootstrap-server',
        bootstrapServer,
        '--for',
        `${Math.round(forMs / 1000)}s`,
        '--json',
      ],
      { timeout: forMs + STARTS_AND_ENDS_MS },
      (_, stdout, stderr) => {
        began.resolve()
        try {
          const { verdict, findings, unjudged } = JSON.parse(stdout) as CheckJson
          const ours = findings.filter(isOurs)
          resolve({
            exitCode: child.exitCode,
            verdict,
            findings: ours.map(each => ({
              ...each,
              sentence: plainSpaces(each.sentence),
              cure: plainSpaces(each.cure),
            })),
            besides: findings.length - ours.length + unjudged.length,
          })
        } catch {
          reject(new Error(`check ended with ${child.exitCode}: ${stderr.slice(-500)}`))
        }
      },
    )
    child.stderr?.once('data', () => began.resolve())
  })
  // whoever waits for the end learns of a failure there; nobody else must end of it
  ended.catch(() => undefined)
  return { looking: began.promise, ended }
}

export const plainSpaces = (text: string): string => text.replaceAll('\u00a0', ' ')

/** The least that the exit code must be for a finding of that weight; a worse one beside it makes it another. */
export const exitCodesFor: Readonly<Record<CheckedFinding['severity'], readonly number[]>> = {
  act: [6],
  warning: [3, 6],
  info: [0, 3, 6, 7],
}
