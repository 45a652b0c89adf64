import type { Finding } from '../api/contract.ts'
import { sentenceText } from '../core/health/index.ts'
import { printable } from '../core/model/index.ts'
import { asCalled } from './called-as.ts'
import { paint, print } from './output.ts'
import type { Io } from './world.ts'

const styles = { act: 'red', warning: 'yellow', info: 'dim' } as const

const INDENT = '         '

/**
 * A finding in two or three lines: what is so, what to do, and the command that shows more. `suffix` is what makes that
 * command ask the same cluster again.
 */
export const printFinding = (io: Io, finding: Finding, suffix: string): void => {
  const severity = paint(io, io.stdout, styles[finding.severity], finding.severity.padEnd(7))
  print(io, `${severity}  ${printable(sentenceText(finding.sentence))}`)
  print(io, `${INDENT}${printable(asCalled(io, finding.cure))}`)
  if (finding.command !== null) print(io, `${INDENT}${printable(asCalled(io, finding.command))}${suffix}`)
}
