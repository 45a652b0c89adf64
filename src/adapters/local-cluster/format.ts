import { execFile } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { LanekeeperError } from '../../core/model/index.ts'
import type { JavaCommand } from './broker-process.ts'
import type { BrokerLayout } from './layout.ts'

const FORMAT_MS_MAX = 60_000

/** A short-lived Java: less compiling and a simple collector start it in half the time. */
const FLAGS = ['-Xmx128m', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Dlog4j2.level=OFF']

/**
 * Gives a broker's data folder the cluster's id, with Kafka's own tool; a formatted folder is left alone. The tool
 * writes `meta.properties` last, so an interrupted format is done again.
 */
export const format = async (
  { java, libs, env }: JavaCommand,
  broker: BrokerLayout,
  clusterId: string,
): Promise<void> => {
  if (existsSync(join(broker.data, 'meta.properties'))) return
  mkdirSync(broker.data, { recursive: true })
  const args = ['format', '--cluster-id', clusterId, '--config', broker.properties, '--ignore-formatted']
  await new Promise<void>((resolve, reject) => {
    execFile(
      java,
      [...FLAGS, '-cp', join(libs, '*'), 'kafka.tools.StorageTool', ...args],
      { env: { ...env }, timeout: FORMAT_MS_MAX },
      (failure, stdout, stderr) => {
        if (failure === null) return resolve()
        reject(
          new LanekeeperError(
            'BROKER_START_FAILED',
            `The data folder ${broker.data} could not be formatted.`,
            {
              problems: `${stdout}\n${stderr}`.split('\n').filter(line => line.trim() !== ''),
              cause: failure,
            },
          ),
        )
      },
    )
  })
}
