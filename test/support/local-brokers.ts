import { connectKafka } from '../../src/adapters/kafka/connect.ts'
import { createLocalBrokers } from '../../src/adapters/local-cluster/local-brokers.ts'
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
  createLocalBrokers({ stateDir, clock: systemClock, env, probe: probeKafka, command })
