import { test } from 'node:test'
import { connectKafka } from '../../src/adapters/kafka/connect.ts'
import { systemClock } from '../../src/adapters/system/clock.ts'
import { realClusterServers, skipWithoutCluster, uniquePrefix } from '../support/real-cluster.ts'
import { clusterContract } from './contract.ts'
import type { Subject } from './subject.ts'

const bootstrapServers = realClusterServers()
if (bootstrapServers === null) {
  test('contract: Kafka', { skip: skipWithoutCluster() })
} else {
  const open = async (): Promise<Subject> => {
    const prefix = uniquePrefix('contract')
    const kafka = await connectKafka({ bootstrapServers, clientId: prefix, clock: systemClock })
    return {
      cluster: kafka.cluster,
      openLink: clientId => kafka.openLink(clientId),
      clock: systemClock,
      prefix,
      run: work => work,
      close: () => kafka.close(),
    }
  }
  clusterContract('Kafka', open, { concurrency: 4 })
}
