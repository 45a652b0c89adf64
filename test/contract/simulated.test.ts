import { createSimulatedCluster } from '../../src/adapters/simulated/create.ts'
import { SimulatedClock } from '../support/simulated-clock.ts'
import { clusterContract } from './contract.ts'

clusterContract('simulated cluster', () => {
  const clock = new SimulatedClock()
  const { cluster, openLink, close } = createSimulatedCluster({ brokers: 3, seed: 'contract', clock })
  return Promise.resolve({
    cluster,
    openLink,
    clock,
    prefix: 'contract',
    run: work => clock.run(work),
    close,
  })
})
