/**
 * Imported first by everything that programs import: on a Node that is too old the first thing that is missing would
 * otherwise be named from deep inside (`zstdCompressSync` of node:zlib, say), and nobody would know what to do.
 */
import { LanekeeperError } from '../core/model/index.ts'

/** As `engines` in package.json says: what the Kafka client below asks for; zstd in node:zlib came a little earlier. */
const LEAST = [22, 19] as const

/** Throws USAGE where `version` (`process.versions.node`) is too old. */
export const checkNode = (version: string): void => {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major > LEAST[0] || (major === LEAST[0] && minor >= LEAST[1])) return
  throw new LanekeeperError(
    'USAGE',
    `lanekeeper needs Node ${LEAST.join('.')} or later in the program that imports it; this is ${version}.`,
    { fix: 'Run the program under a newer Node.' },
  )
}

checkNode(process.versions.node)
