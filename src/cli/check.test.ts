import assert from 'node:assert/strict'
import { test } from 'node:test'
import { capturedWorld, runVerb } from '../../test/support/captured-world.ts'
import { ManualClock } from '../../test/support/manual-clock.ts'
import { groupOf, scriptedCluster, snapshotOf, topic } from '../../test/support/scripted-cluster.ts'
import { checkCommand } from './check.ts'

/** Keys are not looked at: the scripted cluster has no log. */
const AT = ['--bootstrap-server', 'h:1', '--key-sample-bytes', '0']

const setUp = (
  options: { readonly behind?: number; readonly standing?: boolean; readonly quiet?: boolean } = {},
) => {
  const clock = new ManualClock()
  const cluster = scriptedCluster(snapshotOf([topic('orders', 4, [1, 2, 3])]))
  cluster.simulated = false
  cluster.before = async () => {
    const end = new Float64Array(4).fill(options.quiet === true ? 100 : Math.floor(clock.nowMs / 100))
    cluster.offsets.set('orders', { topic: 'orders', end, start: new Float64Array(4) })
    const committed =
      options.standing === true ? [0, 0, 0, 0] : end.map(value => Math.max(0, value - (options.behind ?? 0)))
    cluster.groups = [groupOf('readers', 'orders', committed, [[0, 1, 2, 3]])]
  }
  const stop = new AbortController()
  const captured = capturedWorld({ cluster, clock, interrupted: stop.signal })
  const run = async (...args: readonly string[]) => {
    const done = runVerb(checkCommand(captured.world), ...AT, ...args)
    await clock.advance(60_000)
    await done
    return captured.take()
  }
  return { ...captured, clock, cluster, run, stop }
}

test('all is well: exit 0, within seconds where nothing moves and nothing waits', async () => {
  const { run, cluster } = setUp({ quiet: true })
  const { out, exitCode } = await run()
  assert.match(out, /^healthy  3 of 3 brokers answer; 4 partitions in 1 topic are seen\.\n$/)
  assert.equal(exitCode, 0)
  assert.ok((cluster.calls.get('readOffsets') ?? 0) <= 5, 'no look more than needed')
})

test('a topic that is written to is looked at until a hot partition can be told, and said to be hot', async () => {
  const { run, cluster, clock } = setUp()
  const before = cluster.before
  cluster.before = async call => {
    await before(call)
    const end = [40, 4, 4, 4].map(perSecond => Math.floor((clock.nowMs / 1000) * perSecond))
    cluster.offsets.set('orders', {
      topic: 'orders',
      end: Float64Array.from(end),
      start: new Float64Array(4),
    })
    cluster.groups = []
  }
  const { out, exitCode } = await run()
  assert.match(out, /^warning {2}orders-0 takes 3\.1× its share/m)
  assert.equal(exitCode, 3)
  const short = await run('--for', '4s')
  assert.equal(short.exitCode, 7, 'four seconds are too short to call it healthy')
  assert.match(
    short.out,
    /^unknown {2}Watched for \d.*; a hot partition is told from a burst after 15\ss\.$/m,
  )
})

test('a group with records waiting is judged, not guessed: looks go on until it can be', async () => {
  const { run, cluster } = setUp({ behind: 5 })
  const { out, exitCode } = await run()
  assert.match(out, /^healthy/)
  assert.equal(exitCode, 0)
  assert.ok((cluster.calls.get('readOffsets') ?? 0) > 14, 'fifteen seconds of looks')
})

test('something to act on is 6, with sentence, cure and command; as JSON too', async () => {
  const { run } = setUp({ standing: true })
  const { out, exitCode } = await run()
  assert.equal(exitCode, 6)
  assert.match(out, /^critical {2}3 of 3 brokers/)
  assert.match(out, /^act {6}readers stands still on 4 of 4 partitions/m)
  assert.match(out, /^ +lanekeeper groups (show|diagnose) readers --bootstrap-server h:1$/m)
  const json = JSON.parse((await setUp({ standing: true }).run('--json')).out)
  assert.equal(json.verdict, 'critical')
  assert.equal(json.exitCode, 6)
  assert.equal(json.findings[0].groupId, 'readers')
  assert.match(json.findings[0].sentence, /^readers stands still/)
})

test('a warning is 3', async () => {
  const { run, cluster } = setUp()
  const orders = cluster.snapshot.topics.get('orders')
  assert.ok(orders !== undefined)
  const partitions = orders.partitions.map(each => ({ ...each, isr: each.isr.slice(0, 2) }))
  cluster.snapshot = { ...cluster.snapshot, topics: new Map([['orders', { ...orders, partitions }]]) }
  const { out, exitCode } = await run()
  assert.match(out, /^warning/)
  assert.equal(exitCode, 3)
})

test('what cannot be judged is 7 and never healthy', async () => {
  const { run, cluster, clock } = setUp()
  const before = cluster.before
  cluster.before = async call => {
    await before(call)
    // one partition never tells its end, so its lag is not known
    const end = new Float64Array(4).fill(Math.floor(clock.nowMs / 100))
    end[3] = NaN
    cluster.offsets.set('orders', { topic: 'orders', end, start: new Float64Array(4) })
  }
  const { out, exitCode } = await run()
  assert.equal(exitCode, 7)
  assert.match(out, /^unknown/)
  assert.match(out, /1 partitions have no figures/)
})

test('--for looks that long; a duration without its unit is refused', async () => {
  const { run, cluster, world } = setUp()
  await run('--for', '30s')
  assert.ok((cluster.calls.get('readOffsets') ?? 0) >= 30)
  await assert.rejects(runVerb(checkCommand(world), ...AT, '--for', '30'), {
    code: 'USAGE',
  })
})

test('a cluster that does not answer is 4; an interruption ends it at once', async () => {
  const gone = setUp()
  gone.cluster.failing = { describe: new Error('connection refused') }
  const failed = assert.rejects(runVerb(checkCommand(gone.world), ...AT), { code: 'CLUSTER_UNREACHABLE' })
  await gone.clock.advance(30_000)
  await failed
  const { world, stop, clock } = setUp({ behind: 5 })
  const reason = new DOMException('interrupted', 'AbortError')
  const done = assert.rejects(runVerb(checkCommand(world), ...AT), error => error === reason)
  await clock.advance(1_000)
  stop.abort(reason)
  await done
})
