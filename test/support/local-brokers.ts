import { mkdirSync, rmSync } from 'node:fs'
import { connectKafka } from '../../src/adapters/kafka/connect.ts'
import { makeFolder } from '../../src/adapters/files/make-folder.ts'
import { layoutOf } from '../../src/adapters/local-cluster/layout.ts'
import { createLocalBrokers } from '../../src/adapters/local-cluster/local-brokers.ts'
import { newClusterId, writeShape } from '../../src/adapters/local-cluster/shape.ts'
import { systemClock } from '../../src/adapters/system/clock.ts'
import type { ClusterProbe, LocalBrokers } from '../../src/ports/local-brokers.ts'

export const probeKafka: ClusterProbe = async bootstrapServer => {
  const { cluster, close } = await connectKafka({
    bootstrapServers: bootstrapServer.split(','),
    clientId: 'local-brokers-test',
    clock: systemClock,
  })
  try {
    return await cluster.describe()
  } finally {
    await close()
  }
}

/** The adapter joined as `main.ts` joins it. */
export const localBrokersIn = (stateDir: string, command: string, env = process.env): LocalBrokers =>
  createLocalBrokers({ stateDir, makeFolder, clock: systemClock, env, probe: probeKafka, command })

/**
 * Empties the state folder and gives its brokers ports from `firstPort` on. Without this every local cluster looks for
 * ports from the same number on, and one that starts while a broker here is down takes that broker's place.
 */
export const emptyOnPorts = (stateDir: string, brokers: number, firstPort: number): void => {
  const { cluster, shape } = layoutOf(stateDir)
  rmSync(cluster, { recursive: true, force: true })
  mkdirSync(cluster, { recursive: true })
  writeShape(shape, {
    clusterId: newClusterId(),
    nodes: Array.from({ length: brokers }, (_, index) => ({
      id: index + 1,
      port: firstPort + index,
      controllerPort: firstPort + 100 + index,
    })),
  })
}
