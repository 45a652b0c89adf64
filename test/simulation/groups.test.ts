/**
 * Whole groups from seeds, both protocols, dynamic and static members: no effect by a former owner, nothing lost, order
 * per key, commits that only rise, no repeats from a graceful hand-over, and none further ahead than the window.
 *
 * A failing run prints its seed; `LANEKEEPER_SIM_SEED=<seed>` plays it again, alone. `LANEKEEPER_SIM_SEEDS=<count>`
 * plays more. `LANEKEEPER_SIM_BASE=<text>` gives other seeds (CI: the commit).
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type GroupRunOptions, runGroup } from './group-run.ts'
import { seedsOf } from './stage.ts'

const SEEDS_DEFAULT = 4

const seeds = seedsOf(SEEDS_DEFAULT, 'group')

const kinds: Readonly<Record<string, GroupRunOptions>> = {
  'server-side': { protocol: 'consumer' },
  'server-side, half of them static': { protocol: 'consumer', staticShare: 0.5 },
  'classic cooperative': { protocol: 'classic' },
  'classic range': { protocol: 'classic', assignor: 'range' },
  'classic cooperative, half of them static': { protocol: 'classic', staticShare: 0.5 },
}

for (const [name, options] of Object.entries(kinds))
  for (const seed of seeds)
    test(`${name}, seed ${seed}`, async () => {
      const { problems, commitsBackwards, story, effects } = await runGroup(seed, options)
      const again = `LANEKEEPER_SIM_SEED=${seed} plays this run again`
      assert.deepEqual(problems, [], again)
      assert.deepEqual(commitsBackwards, [], again)
      assert.ok(
        effects > 1000 && (story.get('kill') ?? 0) + (story.get('stop') ?? 0) > 3,
        'the run showed something',
      )
    })

test('the stops are real: handlers that do not ask are caught acting over the new owner', async () => {
  const found = new Set<string>()
  for (let index = 0; index < 6 && !found.has('by a former owner'); index++) {
    const { problems } = await runGroup(`careless-${index}`, { protocol: 'consumer', careless: true })
    for (const problem of problems) found.add(problem.split(':')[0] ?? '')
  }
  assert.ok(found.has('by a former owner'), `found only ${[...found].join(', ') || 'nothing'}`)
})

test('the same seed plays the same run', async () => {
  const [first, second] = [
    await runGroup('again', { protocol: 'consumer' }),
    await runGroup('again', { protocol: 'consumer' }),
  ]
  assert.deepEqual(second, first)
})
