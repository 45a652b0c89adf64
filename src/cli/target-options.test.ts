import assert from 'node:assert/strict'
import { test } from 'node:test'
import { resolveTarget } from './target-options.ts'
import type { World } from './world.ts'

/** A simulated target asks nothing of the world. */
const world = { io: { env: {}, cwd: '/' } } as unknown as World
const flags = { simulated: true, stateDir: 's', json: false }

test('a simulated cluster is as large as it is said to be, and as before where nothing is said', async () => {
  assert.deepEqual(await resolveTarget(world, flags, null), { kind: 'simulated', brokers: 3, seed: 1 })
  assert.deepEqual(
    await resolveTarget(world, { ...flags, simulatedBrokers: '20', simulatedPartitions: '200000' }, null),
    { kind: 'simulated', brokers: 20, seed: 1, imaginedPartitions: 200_000 },
  )
})

test('a size that is no count, or beyond what is imagined, or of no simulated cluster, is one clear error', async () => {
  const wrong = [
    { ...flags, simulatedPartitions: '0' },
    { ...flags, simulatedPartitions: '1e6' },
    { ...flags, simulatedPartitions: '1000001' },
    { ...flags, simulatedBrokers: '1001' },
    { ...flags, simulated: false, bootstrapServer: 'h:1', simulatedPartitions: '10' },
    { ...flags, simulated: false, bootstrapServer: 'h:1', simulatedBrokers: '10' },
  ]
  for (const each of wrong) await assert.rejects(resolveTarget(world, each, null), { code: 'USAGE' })
})
