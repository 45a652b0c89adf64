/**
 * The short form of scripts/stories.ts on the real cluster: two incidents, side by side, watched as `serve` and `check`
 * watch, with evidence of five seconds instead of fifteen. Each must end with the right sentence and no wrong one.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stories } from '../../scripts/stories/all-stories.ts'
import { runStory } from '../../scripts/stories/run-story.ts'
import { openStage } from '../../scripts/stories/stage.ts'
import { realClusterServers, uniquePrefix } from '../support/real-cluster.ts'

const servers = realClusterServers() ?? []
const PACE = { calmBeforeMs: 1_000, calmMs: 1_000, watchOnMs: 2_000, evidenceMs: 5_000, check: false }

const endingOf = async (name: string) => {
  const story = stories.find(each => each.name === name)
  assert.ok(story !== undefined)
  const stage = await openStage({
    bootstrapServer: servers.join(','),
    brokers: null,
    stateDir: '',
    prefix: uniquePrefix(name),
    thresholds: { evidenceMs: PACE.evidenceMs },
  })
  try {
    return await runStory(story, stage, PACE)
  } finally {
    await stage.close()
  }
}

test('a default key and a group that never commits: told within half a minute, with their cures', async () => {
  assert.notEqual(servers.length, 0, 'a real cluster is needed; npm test starts one')
  const endings = await Promise.all(['guest-key', 'nothing-committed'].map(endingOf))
  assert.deepEqual(
    endings.map(({ name, held, wrong, note }) => ({ name, held, wrong, note })),
    ['guest-key', 'nothing-committed'].map(name => ({ name, held: true, wrong: [], note: '' })),
  )
})
