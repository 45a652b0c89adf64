/** Where simulations play: which seeds, and on what. */
import { createSimulatedCluster, type SimulatedClusterHandle } from '../../src/adapters/simulated/create.ts'
import { Bench } from '../contract/subject.ts'
import type { SimulatedClock } from '../support/simulated-clock.ts'

/** `LANEKEEPER_SIM_SEED` plays one run again, alone; `LANEKEEPER_SIM_SEEDS` plays more, `LANEKEEPER_SIM_BASE` others. */
export const seedsOf = (countByDefault: number, baseByDefault = 'lanekeeper'): readonly string[] => {
  const single = process.env['LANEKEEPER_SIM_SEED']
  if (single !== undefined) return [single]
  const base = process.env['LANEKEEPER_SIM_BASE'] ?? baseByDefault
  const count = Number(process.env['LANEKEEPER_SIM_SEEDS'] ?? countByDefault)
  return Array.from({ length: count }, (_, index) => `${base}-${index}`)
}

/** Three simulated brokers, and a bench over them; `name` tells its topics from others. */
export const simulatedBench = (
  seed: string,
  clock: SimulatedClock,
  name: string,
): { readonly world: SimulatedClusterHandle; readonly bench: Bench } => {
  const world = createSimulatedCluster({ brokers: 3, seed, clock })
  const subject = { ...world, clock, prefix: 'run', run: <Value>(work: Promise<Value>) => work }
  return { world, bench: new Bench(subject, name) }
}
