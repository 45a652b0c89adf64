import { createSimulatedCluster } from '../../src/adapters/simulated/create.ts'
import { SimulatedClock } from '../support/simulated-clock.ts'
import { clusterContract } from './contract.ts'
import type { Subject } from './subject.ts'

const open = (): Promise<Subject> => {
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
}

// one clock moves when nothing of a test is at work any more: another test beside it would move it too early
clusterContract('simulated cluster', open, { concurrency: 1 })
