/** The short form of scripts/consumer-chaos.ts: members in processes of their own, killed and stopped for real. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runChaos } from '../../scripts/chaos/run.ts'
import { realClusterServers, uniquePrefix } from '../support/real-cluster.ts'

for (const [groupProtocol, options] of [
  ['consumer', {}],
  ['classic', { groupProtocol: 'classic', sessionTimeoutMs: 6000, heartbeatIntervalMs: 1000 }],
] as const)
  test(`${groupProtocol}: members are killed and stopped; nothing is lost, out of order, or done by a former owner`, async () => {
    const servers = realClusterServers()
    assert.ok(servers !== null, 'a real cluster is needed; npm test starts one')
    const said: string[] = []
    const report = await runChaos({
      bootstrapServer: servers.join(','),
      topic: uniquePrefix(`chaos-${groupProtocol}`),
      partitions: 6,
      records: 3000,
      keys: 50,
      actions: 8,
      pauseMs: 1000,
      membersMax: 3,
      seed: 'short',
      windowRecords: 32,
      settings: { windowRecords: 32, maxPollIntervalMs: 10_000, ...options },
      readCommits: false,
      sink: groupProtocol === 'consumer',
      poison: true,
      say: text => said.push(text),
    })
    assert.deepEqual(report.problems, [], said.join('\n'))
    assert.equal(report.distinct, 3000)
    assert.equal(report.sink?.effects ?? 3000, 3000)
    for (const what of ['kills (-9)', 'stops (SIGSTOP)', 'leaves', 'joins'])
      assert.ok((report.actions.get(what) ?? 0) > 0, `no ${what}`)
  })
