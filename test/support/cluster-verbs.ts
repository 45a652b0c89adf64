import { readFileSync } from 'node:fs'
import { CommanderError, type Command } from 'commander'
import { nodeCodecs } from '../../src/adapters/codecs/node-codecs.ts'
import { connectKafka } from '../../src/adapters/kafka/connect.ts'
import { systemClock } from '../../src/adapters/system/clock.ts'
import { reportFailure } from '../../src/cli/output.ts'
import type { World } from '../../src/cli/world.ts'
import { seededRandom } from '../../src/core/simulation/index.ts'
import { capturedWorld, runVerb } from './captured-world.ts'

export interface VerbRun {
  readonly code: number
  readonly out: string
  readonly err: string
}

/**
 * Runs a verb on a real cluster and in this process: the program's own start costs more than most verbs. Failures are
 * printed and become exit codes as in `main.ts`.
 */
export const verbsOn =
  (servers: readonly string[], make: (world: World) => Command) =>
  async (...args: readonly string[]): Promise<VerbRun> => {
    const connect = (): ReturnType<typeof connectKafka> =>
      connectKafka({ bootstrapServers: servers, clientId: 'verb-test', clock: systemClock })
    const own = await connect()
    const { world: captured, take } = capturedWorld({ cluster: own.cluster, clock: systemClock })
    const world: World = {
      ...captured,
      codecs: nodeCodecs,
      seededRandom,
      connect,
      readSpecFile: async file => readFileSync(file, 'utf8'),
    }
    let code: number | null = null
    try {
      await runVerb(make(world), ...args, '--bootstrap-server', servers.join(','))
    } catch (failure) {
      code = failure instanceof CommanderError ? 2 : reportFailure(world.io, failure, args.includes('--json'))
    } finally {
      await own.close()
    }
    // what was written reaches the captured streams in the next turn
    await new Promise(resolve => setImmediate(resolve))
    const { out, err, exitCode } = take()
    return { code: code ?? exitCode, out, err }
  }
