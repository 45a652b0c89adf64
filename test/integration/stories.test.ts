/**
 * The short form of scripts/stories.ts on the real cluster: four incidents at the same moment, watched as `serve` and
 * `check` watch, with evidence of five seconds instead of fifteen. Each must end with the right sentence and no wrong one.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stories } from '../../scripts/stories/all-stories.ts'
import { runTogether } from '../../scripts/stories/run-story.ts'
import { openStage } from '../../scripts/stories/stage.ts'
import { realClusterServers, uniquePrefix } from '../support/real-cluster.ts'

const servers = realClusterServers() ?? []
const PACE = { calmBeforeMs: 1_000, calmMs: 1_000, watchOnMs: 2_000, evidenceMs: 5_000, check: false }

/** The first one's scene is the scene of all: it has readers. */
const NAMES = ['poison-pill', 'guest-key', 'heavy-records', 'nothing-committed']

test('a poison pill, a default key, a tenant with large records, a group that never commits: told within half a minute', async () => {
  assert.notEqual(servers.length, 0, 'a real cluster is needed; npm test starts one')
  const stage = await openStage({
    bootstrapServer: servers.join(','),
    brokers: null,
    stateDir: '',
    prefix: uniquePrefix('stories'),
    thresholds: { evidenceMs: PACE.evidenceMs },
  })
  try {
    const chosen = NAMES.map(name => stories.find(each => each.name === name) ?? assert.fail(name))
    const endings = await runTogether(chosen, stage, PACE)
    assert.deepEqual(
      endings.map(({ name, held, wrong, note }) => ({ name, held, wrong, note })),
      NAMES.map(name => ({ name, held: true, wrong: [], note: '' })),
    )
  } finally {
    await stage.close()
  }
})
