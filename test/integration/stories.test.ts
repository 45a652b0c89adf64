/**
 * The short form of scripts/stories.ts on the real cluster: three incidents at the same moment, and one beside them,
 * watched as `serve` and `check` watch, with evidence of five seconds instead of fifteen. Each must end with the right
 * sentence and no wrong one.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stories } from '../../scripts/stories/all-stories.ts'
import { runTogether } from '../../scripts/stories/run-story.ts'
import { openStage } from '../../scripts/stories/stage.ts'
import { realClusterServers, uniquePrefix } from '../support/real-cluster.ts'

const servers = realClusterServers() ?? []
const PACE = { calmBeforeMs: 1_000, calmMs: 1_000, watchOnMs: 2_000, evidenceMs: 5_000, check: false }

const endingsOf = async (...names: readonly string[]) => {
  const chosen = names.map(name => stories.find(each => each.name === name) ?? assert.fail(name))
  const stage = await openStage({
    bootstrapServer: servers.join(','),
    brokers: null,
    stateDir: '',
    prefix: uniquePrefix(names[0] ?? ''),
    thresholds: { evidenceMs: PACE.evidenceMs },
  })
  try {
    return await runTogether(chosen, stage, PACE)
  } finally {
    await stage.close()
  }
}

test('a default key, a tenant with large records, a group that never commits, a poison pill: told within half a minute', async () => {
  assert.notEqual(servers.length, 0, 'a real cluster is needed; npm test starts one')
  const endings = await Promise.all([
    endingsOf('guest-key', 'heavy-records', 'nothing-committed'),
    endingsOf('poison-pill'),
  ])
  assert.deepEqual(
    endings.flat().map(({ name, held, wrong, note }) => ({ name, held, wrong, note })),
    ['guest-key', 'heavy-records', 'nothing-committed', 'poison-pill'].map(name => ({
      name,
      held: true,
      wrong: [],
      note: '',
    })),
  )
})
