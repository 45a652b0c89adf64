import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse } from 'yaml'
import { capturedWorld, runVerb } from '../../test/support/captured-world.ts'
import { ManualClock } from '../../test/support/manual-clock.ts'
import { groupOf, scriptedCluster, snapshotOf, topic } from '../../test/support/scripted-cluster.ts'
import { LanekeeperError } from '../core/model/index.ts'
import type { PostMessage } from '../ports/webhook.ts'
import { groupsCommand } from './groups.ts'

const AT = ['--bootstrap-server', 'h:1']

/** Four partitions with 100 records a second each, of which `done` are processed, by members with one or two each. */
const setUp = (done = 100, members: readonly (readonly number[])[] = [[0, 1], [2, 3], []]) => {
  const clock = new ManualClock()
  const cluster = scriptedCluster(snapshotOf([topic('orders', 4, [1, 2, 3])]))
  cluster.before = async () => {
    const seconds = clock.nowMs / 1000
    const end = new Float64Array(4).fill(Math.floor(seconds * 100))
    cluster.offsets.set('orders', { topic: 'orders', end, start: new Float64Array(4) })
    const committed = end.map(() => Math.floor(seconds * done))
    cluster.groups = [groupOf('mailer', 'orders', committed, members)]
  }
  const stop = new AbortController()
  const captured = capturedWorld({ cluster, clock, interrupted: stop.signal })
  const posted: PostMessage[] = []
  const world = {
    ...captured.world,
    post: async (message: PostMessage) => {
      posted.push(message)
      return posted.length === 1 ? 503 : 204
    },
  }
  const run = async (...args: readonly string[]) => {
    const running = runVerb(groupsCommand(world), ...args.slice(0, 1), ...AT, ...args.slice(1))
    await clock.advance(60_000)
    stop.abort()
    await running
    return captured.take()
  }
  const refused = async (...args: readonly string[]): Promise<{ code: string; message: string }> => {
    let failure: unknown = null
    const running = runVerb(groupsCommand(world), ...args.slice(0, 1), ...AT, ...args.slice(1)).catch(
      (thrown: unknown) => {
        failure = thrown
      },
    )
    await clock.advance(60_000)
    await running
    return failure as { code: string; message: string }
  }
  return { run, refused, posted, cluster, clock }
}

const plainText = (text: string): string => text.replaceAll('\u00a0', ' ')

test('diagnose: figures, members, and the reason with what to do', async () => {
  const { out, exitCode } = await setUp().run('diagnose', 'mailer', '--started', '5')
  const text = plainText(out)
  assert.match(text, /^mailer: ok\. Keeps up/)
  assert.match(text, /^consumer protocol, Stable, assignor uniform, 3 members, 4 partitions of orders$/m)
  assert.match(
    text,
    /^lag 0 records · oldest waits 0 ms · trend 0\/s · processed 400\/s · caught up in 0 ms$/m,
  )
  assert.match(text, /^mailer-member-0 +client-0 +\/127\.0\.0\.1 +2 +0 +200\/s +18 s$/m)
  assert.match(text, /^1\. warning: mailer has 3 of 5 consumers that were started\.\n {3}\S/m)
  assert.match(text, /^2\. warning: mailer: 1 member is idle although there are partitions enough/m)
  assert.equal(exitCode, 3)
})

test('diagnose --json, and a calm group with exit 0', async () => {
  const calm = await setUp(100, [
    [0, 1],
    [2, 3],
  ]).run('diagnose', 'mailer', '--json')
  const { group, reasons } = JSON.parse(calm.out) as { group: { members: number }; reasons: unknown[] }
  assert.deepEqual([group.members, reasons, calm.exitCode], [2, [], 0])
  assert.equal((await setUp().refused('diagnose', 'nobody')).code, 'GROUP_UNKNOWN')
  assert.equal((await setUp().refused('diagnose', 'mailer', '--started', '0')).code, 'USAGE')
})

test('scale: one answer, the first change that is called for', async () => {
  const { out, exitCode } = await setUp(70, [
    [0, 1],
    [2, 3],
  ]).run('scale', 'mailer', '--for', '60', '--lag-target', '5s')
  assert.match(
    plainText(out),
    /^2 → 4 consumers: records wait up to \d+(\.\d)? s on 4 partitions; 400\/s arrive, 280\/s are processed, what one consumer carries is not known yet\.\n$/,
  )
  assert.equal(exitCode, 3)
  const calm = await setUp(100, [
    [0, 1],
    [2, 3],
  ]).run('scale', 'mailer', '--json')
  const { event, consumers, reason } = JSON.parse(calm.out) as Record<string, unknown>
  assert.deepEqual([event, consumers, reason, calm.exitCode], ['decision', 2, 'in-time', 0])
})

test('scale --webhook tells the count until it was taken, and again when it changes', async () => {
  const { run, posted } = setUp(70, [
    [0, 1],
    [2, 3],
  ])
  const { err } = await run(
    'scale',
    'mailer',
    '--lag-target',
    '5s',
    '--webhook',
    'http://platform.example/scale',
  )
  assert.match(err, /platform\.example answered 503; it is told again/)
  const bodies = posted.map(
    ({ body }) => JSON.parse(body) as { group: string; consumers: number; before: number },
  )
  assert.deepEqual(
    bodies.map(({ group, consumers, before }) => [group, consumers, before]),
    [
      ['mailer', 2, 2],
      ['mailer', 2, 2],
      ['mailer', 4, 2],
    ],
  )
})

test('scale --keda is a ScaledObject with the figures seen', async () => {
  const { out } = await setUp().run('scale', 'mailer', '--keda', '--deployment', 'mail', '--min', '2')
  assert.match(
    out,
    /^# lagThreshold 6000: one consumer was seen to process 200\/s, and a record may wait 30 s\.$/m,
  )
  const object = parse(out) as {
    kind: string
    spec: {
      scaleTargetRef: { name: string }
      minReplicaCount: number
      maxReplicaCount: number
      triggers: { type: string; metadata: Record<string, string> }[]
    }
  }
  assert.equal(object.kind, 'ScaledObject')
  const { scaleTargetRef, minReplicaCount, maxReplicaCount, triggers } = object.spec
  assert.deepEqual([scaleTargetRef.name, minReplicaCount, maxReplicaCount], ['mail', 2, 4])
  assert.deepEqual(
    triggers.map(({ type, metadata }) => [
      type,
      metadata['topic'],
      metadata['consumerGroup'],
      metadata['lagThreshold'],
    ]),
    [['kafka', 'orders', 'mailer', '6000']],
  )
})

test('scale of a cluster that is not there says so at once, and not after a look', async () => {
  const { cluster, refused } = setUp()
  cluster.failing = { describe: new LanekeeperError('CLUSTER_UNREACHABLE', 'h:1 cannot be reached.') }
  assert.equal((await refused('scale', 'mailer')).message, 'h:1 cannot be reached.')
})

test('scale refuses what contradicts itself, before anything is started', async () => {
  const code = async (...args: readonly string[]): Promise<string> =>
    (await setUp().refused('scale', ...args)).code
  assert.equal(await code('mailer', '--watch', '--run', '--', 'worker'), 'USAGE')
  assert.equal(await code('mailer', '--run'), 'USAGE')
  assert.equal(await code('mailer', 'worker'), 'USAGE')
  assert.equal(await code('mailer', '--min', '5', '--max', '2'), 'USAGE')
  assert.equal(await code('mailer', '--webhook', 'ftp://x'), 'USAGE')
  assert.equal(await code('mailer', '--settle', '5'), 'USAGE')
  assert.equal(await code('mailer', '--min', '0'), 'USAGE')
  assert.equal(await code('mailer', '--topic', 'no-such'), 'TOPIC_UNKNOWN')
  assert.equal(await code('nobody'), 'GROUP_UNKNOWN')
  // its members were started by somebody else
  assert.equal(await code('mailer', '--run', '--', 'worker'), 'GROUP_BUSY')
})
