import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type CapturedWorld, capturedWorld, runVerb } from '../../test/support/captured-world.ts'
import { KillPoint } from '../../test/support/kill-points.ts'
import { createSimulatedCluster } from '../adapters/simulated/create.ts'
import { systemClock } from '../adapters/system/clock.ts'
import type { Cluster } from '../ports/cluster.ts'
import { adoptCommand } from './adopt.ts'
import { applyCommand } from './apply.ts'
import { lintCommand } from './lint.ts'
import { planCommand } from './plan.ts'
import { topicsCommand } from './topics.ts'

const file = `topics:
  - name: user-actions
    partitions: 4
    replication-factor: 3
    key: user_id
    ordering: per-key
    configs:
      retention.ms: 60000
      min.insync.replicas: 2
  - {name: views, partitions: 2, replication-factor: 3, ordering: none}
`

const setUp = (
  options: { text?: string; typed?: string; cluster?: Cluster } = {},
): CapturedWorld & { cluster: Cluster } => {
  const cluster =
    options.cluster ?? createSimulatedCluster({ brokers: 3, seed: 1, clock: systemClock }).cluster
  const captured = capturedWorld({
    cluster,
    clock: systemClock,
    file: options.text ?? file,
    ...(options.typed === undefined ? {} : { typed: options.typed }),
  })
  return { ...captured, cluster }
}

const AT = ['--bootstrap-server', 'h:1']

test('plan shows each key, suggests apply, and ends with 3 while there is a difference', async () => {
  const { world, take } = setUp()
  await runVerb(planCommand(world), 'f.yaml', ...AT)
  const { out, err, exitCode } = take()
  assert.equal(
    out,
    `+ user-actions  new topic
    + partitions           4
    + replication-factor   3
    + min.insync.replicas  2
    + retention.ms         60000
+ views  new topic
    + partitions          2
    + replication-factor  3
Topics: 2 to create, 0 different, 0 as declared.
Cost: 6 new partitions, 18 new replicas on the brokers; no data moves.
`,
  )
  assert.match(err, /Next: lanekeeper apply f\.yaml --bootstrap-server h:1\n$/)
  assert.equal(exitCode, 3)
})

test('apply makes it so, a second apply sends nothing, and plan ends with 0', async () => {
  const { world, cluster, take } = setUp()
  await runVerb(applyCommand(world), 'f.yaml', ...AT, '--yes')
  assert.match(
    take().err,
    /done     Create topic user-actions with 4 partitions.*\n.*\nLooked again: 2 topics are as declared\./,
  )
  const counting = new KillPoint()
  const again = setUp({ cluster: counting.cluster(cluster) })
  await runVerb(applyCommand(again.world), 'f.yaml', ...AT)
  assert.equal(counting.changes, 0)
  assert.deepEqual(again.journal.entries, [])
  again.take()
  await runVerb(planCommand(again.world), 'f.yaml', ...AT)
  assert.deepEqual([again.take().exitCode, take().exitCode], [0, 0])
})

test('changes show what was and what will be; what is refused says the safe way and fails the run', async () => {
  const { world, cluster, take } = setUp()
  await runVerb(applyCommand(world), 'f.yaml', ...AT, '--yes')
  take()
  const changed = setUp({
    cluster,
    text: file.replace('60000', '120000').replace('partitions: 4', 'partitions: 6'),
  })
  await runVerb(planCommand(changed.world), 'f.yaml', ...AT)
  const { out, exitCode } = changed.take()
  assert.match(
    out,
    /~ user-actions\n {4}~ partitions {4}4 → 6\n {4}~ retention\.ms {2}60000 → 120000\n {4}= 2 more as declared\n/,
  )
  assert.match(out, /! user-actions {2}refused: ORDER_WOULD_BREAK\n.*moves 67\u00a0% of all keys/)
  assert.equal(exitCode, 3)
  await assert.rejects(runVerb(applyCommand(changed.world), 'f.yaml', ...AT, '--yes'), {
    code: 'ORDER_WOULD_BREAK',
    message: '1 difference was refused; everything else is as declared.',
  })
  const topic = (await cluster.describe({ configs: true })).topics.get('user-actions')
  assert.deepEqual([topic?.partitions.length, topic?.configs?.get('retention.ms')], [4, '120000'])
})

test('without a terminal a change needs --yes; on one it needs a yes', async () => {
  const none = setUp()
  await assert.rejects(runVerb(applyCommand(none.world), 'f.yaml', ...AT), { code: 'CONFIRMATION_NEEDED' })
  for (const typed of ['n\n', '\n', '', 'yesterday\n']) {
    const { world, cluster, take } = setUp({ typed })
    await runVerb(applyCommand(world), 'f.yaml', ...AT)
    assert.match(take().err, /Run 2 steps on .*\? \[y\/N\] .*Nothing was changed\./s)
    assert.equal((await cluster.describe()).topics.size, 0)
  }
  const stopped = setUp({ typed: '\u0003' })
  await runVerb(applyCommand(stopped.world), 'f.yaml', ...AT)
  assert.equal(stopped.take().exitCode, 130)
  assert.equal((await stopped.cluster.describe()).topics.size, 0)
  const { world, cluster } = setUp({ typed: 'y\n' })
  await runVerb(applyCommand(world), 'f.yaml', ...AT)
  assert.equal((await cluster.describe()).topics.size, 2)
})

test('with --json stdout is one object, also when the run fails', async () => {
  const { world, take } = setUp()
  await runVerb(planCommand(world), 'f.yaml', ...AT, '--json')
  const planned = take()
  assert.deepEqual(
    JSON.parse(planned.out).steps.map((step: { id: string }) => step.id),
    ['create-topic:user-actions', 'create-topic:views'],
  )
  assert.deepEqual([planned.exitCode, planned.err], [3, ''])

  await runVerb(applyCommand(world), 'f.yaml', ...AT, '--json', '--yes')
  const applied = take()
  const result = JSON.parse(applied.out)
  assert.deepEqual(
    [result.left, result.error, result.changesSent, applied.exitCode, applied.err],
    [[], null, 1, 0, ''],
  )

  const smaller = setUp({
    cluster: (await world.connect({ kind: 'simulated', brokers: 3, seed: 1 })).cluster,
    text: file.replace('partitions: 4', 'partitions: 3'),
  })
  await runVerb(applyCommand(smaller.world), 'f.yaml', ...AT, '--json', '--yes')
  const refused = smaller.take()
  assert.equal(JSON.parse(refused.out).error.code, 'PARTITIONS_DECREASE')
  assert.equal(refused.exitCode, 5)
})

test('steps that fail are listed one by one, and the rest is done', async () => {
  const { cluster } = setUp()
  const refusing: Cluster = {
    ...new KillPoint().cluster(cluster),
    createTopics: async requests => [
      ...(await cluster.createTopics(requests.filter(request => request.name !== 'views'))),
      { item: 'views', code: 44, message: 'not on a Friday' },
    ],
  }
  const { world, take } = setUp({ cluster: refusing })
  await assert.rejects(runVerb(applyCommand(world), 'f.yaml', ...AT, '--yes'), {
    code: 'STEP_REFUSED',
    message: '1 of 2 steps were not done.',
    problems: ['create-topic:views: POLICY_VIOLATION: not on a Friday'],
  })
  assert.match(take().err, /done {5}Create topic user-actions/)
})

test('no cluster named and none running is a usage error with the way on', async () => {
  const { world } = setUp()
  await assert.rejects(runVerb(planCommand(world), 'f.yaml'), {
    code: 'USAGE',
    fix: /--bootstrap-server host:port/,
  })
  await assert.rejects(runVerb(planCommand(world), 'f.yaml', ...AT, '--simulated'), { code: 'USAGE' })
})

test('adopt prints a file that plan finds no difference to', async () => {
  const { world, cluster, take } = setUp()
  await runVerb(applyCommand(world), 'f.yaml', ...AT, '--yes')
  take()
  await runVerb(adoptCommand(world), ...AT)
  const { out } = take()
  assert.match(out, /^# yaml-language-server: \$schema=/)
  const adopted = setUp({ cluster, text: out })
  await runVerb(planCommand(adopted.world), ...AT)
  assert.equal(adopted.take().exitCode, 0)
})

test('topics lists what there is, and names what there is not', async () => {
  const { world, take } = setUp()
  await runVerb(topicsCommand(world), ...AT)
  assert.match(take().err, /has no topics/)
  await runVerb(applyCommand(world), 'f.yaml', ...AT, '--yes')
  take()
  await runVerb(topicsCommand(world), '--bootstrap-servers', 'h:1')
  assert.match(take().out, /^TOPIC .*SIZE\nuser-actions +4 +3 +all +all +0 .*\nviews +2 +3/)
  await runVerb(topicsCommand(world), 'views', ...AT, '--json')
  assert.deepEqual(
    JSON.parse(take().out).map((row: { topic: string; records: number }) => [row.topic, row.records]),
    [['views', 0]],
  )
  await assert.rejects(runVerb(topicsCommand(world), 'nope', ...AT), { code: 'TOPIC_UNKNOWN' })
})

test('lint topics tells what is set up wrong by rule, the worst first, and ends with 3; with nothing wrong with 0', async () => {
  const { world, cluster, take } = setUp()
  const sound = new Map([['min.insync.replicas', '2']])
  const topics = ['a', 'b', 'c', 'd', 'e', 'f'].map(name => ({ name, partitions: 3, replicationFactor: 3 }))
  await cluster.createTopics([{ ...topics[0]!, configs: sound }])
  await runVerb(lintCommand(world), 'topics', ...AT)
  const nothing = take()
  assert.deepEqual([nothing.out, nothing.exitCode], ['1 topic on the simulated cluster\nNothing found.\n', 0])

  await cluster.createTopics([
    ...topics.slice(1).map(each => ({ ...each, configs: new Map<string, string>() })),
    { name: 'x', partitions: 2, replicationFactor: 3, configs: new Map([['min.insync.replicas', '3']]) },
    { name: 'y', partitions: 2, replicationFactor: 1, configs: new Map([['min.insync.replicas', '2']]) },
  ])
  await runVerb(lintCommand(world), 'topics', ...AT)
  const { out, exitCode } = take()
  assert.match(
    out,
    /^8 topics on the simulated cluster\n\nreplication-factor: .*\n {2}critical y: each partition has one copy\.\n {4}Do: /,
  )
  assert.match(out, /\n\nmin-insync-replicas: .*\n {2}critical y: .*\n {4}Do: .*\n {2}warning b: /)
  assert.match(out, /\n {2}and 2 more: f, x \(--json has all\)\n$/)
  assert.equal(exitCode, 3)

  await runVerb(lintCommand(world), 'topics', 'x', ...AT, '--json')
  const { topics: seen, findings } = JSON.parse(take().out)
  assert.deepEqual(
    [seen, findings.map((each: { rule: string }) => each.rule)],
    [['x'], ['min-insync-replicas']],
  )
  await assert.rejects(runVerb(lintCommand(world), 'topics', 'orders', ...AT), { code: 'TOPIC_UNKNOWN' })
})
