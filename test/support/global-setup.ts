import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { LocalBrokers } from '../../src/ports/local-brokers.ts'
import { localBrokersIn } from './local-brokers.ts'

/**
 * One real three-broker cluster for the whole run, started by the very code that `npm start` uses. Tests find it in
 * LANEKEEPER_TEST_BOOTSTRAP; when somebody already named a cluster there, that one is used and left alone.
 *
 * The state folder lies in the project, so that the jars are downloaded once and not once a run.
 */
const stateDir = join(import.meta.dirname, '..', '..', '.lanekeeper', 'test')

let brokers: LocalBrokers | null = null

export const globalSetup = async (): Promise<void> => {
  if ((process.env['LANEKEEPER_TEST_BOOTSTRAP'] ?? '') !== '') return
  mkdirSync(stateDir, { recursive: true })
  brokers = localBrokersIn(stateDir, 'npm test')
  const started = await brokers.start({
    brokers: 3,
    fresh: true,
    lifetime: 'owner',
    onProgress: text => console.error(`test cluster: ${text}`),
  })
  process.env['LANEKEEPER_TEST_BOOTSTRAP'] = started.bootstrapServer
}

export const globalTeardown = async (): Promise<void> => {
  await brokers?.stop()
}
