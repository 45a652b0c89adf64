import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { connectKafka } from '../../src/adapters/kafka/connect.ts'
import { createLocalBrokers } from '../../src/adapters/local-cluster/local-brokers.ts'
import { systemClock } from '../../src/adapters/system/clock.ts'
import type { LocalBrokers } from '../../src/ports/local-brokers.ts'

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
  brokers = createLocalBrokers({
    stateDir,
    clock: systemClock,
    env: process.env,
    command: 'npm test',
    probe: async bootstrapServer => {
      const connection = await connectKafka({
        bootstrapServers: bootstrapServer.split(','),
        clientId: 'lanekeeper-test-probe',
        clock: systemClock,
      })
      try {
        return await connection.cluster.describe()
      } finally {
        await connection.close()
      }
    },
  })
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
