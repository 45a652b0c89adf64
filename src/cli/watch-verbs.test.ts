import assert from 'node:assert/strict'
import { test } from 'node:test'
import { capturedWorld, runVerb } from '../../test/support/captured-world.ts'
import { ManualClock } from '../../test/support/manual-clock.ts'
import { groupOf, scriptedCluster, snapshotOf, topic } from '../../test/support/scripted-cluster.ts'
import { groupSchema, tickSchema } from '../api/contract.ts'
import { systemClock } from '../adapters/system/clock.ts'
import { consumeCommand } from './consume.ts'
import { groupsCommand } from './groups.ts'
import { serveCommand } from './serve.ts'
import { statusCommand } from './status.ts'

const AT = ['--bootstrap-server', 'h:1']

const setUp = () => {
  const clock = new ManualClock()
  const cluster = scriptedCluster(snapshotOf([topic('user-actions', 4, [1, 2, 3])]))
  cluster.before = async () => {
    const end = new Float64Array(4).fill(Math.floor(clock.nowMs / 100))
    cluster.offsets.set('user-actions', { topic: 'user-actions', end, start: new Float64Array(4) })
    cluster.groups = [
      groupOf('time\u001b[2Jline', 'user-actions', end, [
        [0, 1],
        [2, 3],
      ]),
    ]
  }
  const stop = new AbortController()
  const captured = capturedWorld({ cluster, clock, interrupted: stop.signal })
  /** Runs a verb while its time passes. */
  const run = async (command: ReturnType<typeof statusCommand>, ...args: readonly string[]) => {
    const done = runVerb(command, ...args)
    await clock.advance(30_000)
    await done
    return captured.take()
  }
  return { ...captured, clock, cluster, stop, run }
}

test('status: one screen, findings first, figures with units, names made safe', async () => {
  const { world, run } = setUp()
  const { out, err } = await run(statusCommand(world), ...AT)
  assert.match(err, /Looking at scripted:9092 for 5 s/)
  const text = out.replaceAll('\u00a0', ' ')
  assert.match(
    text,
    /^scripted at scripted:9092 \(simulated\)\n3 of 3 brokers answer; 4 partitions in 1 topic are seen\. Rates are over 5 s\.\n\nNo findings\.\n/,
  )
  assert.match(text, /^user-actions +4 +200 +40\/s +unknown +1\.00× +\d\.\d\d× +0 +in sync$/m)
  assert.match(text, /^time\\u001b\[2Jline +ok +Stable +2 +0 +0 ms +0\/s +40\/s +user-actions$/m)
  assert.match(text, /^ +1 +broker-1:9092 +a +answers, controller +2 +4 +unknown$/m)
})

test('status --json is the tick of the contract', async () => {
  const { world, run } = setUp()
  const { out } = await run(statusCommand(world), ...AT, '--json')
  assert.equal(tickSchema.parse(JSON.parse(out)).totals.recordsPerSecond, 40)
})

test('status of a cluster that does not answer ends with 4 and says what was tried', async () => {
  const { world, cluster, clock } = setUp()
  cluster.failing = { describe: new Error('connection refused') }
  const done = assert.rejects(runVerb(statusCommand(world), ...AT), {
    code: 'CLUSTER_UNREACHABLE',
    problems: ['connection refused'],
  })
  await clock.advance(30_000)
  await done
})

test('consume from a cluster that does not answer says so instead of waiting for it', async () => {
  const { world, cluster } = setUp()
  cluster.failing = { describe: new Error('connection refused') }
  await assert.rejects(runVerb(consumeCommand(world), 'user-actions', ...AT), /^Error: connection refused$/)
})

test('an interruption ends the looking at once, with its own reason', async () => {
  const { world, stop, clock } = setUp()
  const reason = new DOMException('interrupted', 'AbortError')
  const done = assert.rejects(runVerb(statusCommand(world), ...AT), error => error === reason)
  await clock.advance(1_000)
  stop.abort(reason)
  await done
})

test('groups lists, groups show tells one, an unknown one names the way on', async () => {
  const { world, run, cluster, clock } = setUp()
  const { out } = await run(groupsCommand(world), ...AT)
  assert.match(out, /^GROUP +VERDICT/)
  const name = cluster.groups[0]?.groupId ?? ''
  const shown = await run(groupsCommand(world), 'show', name, ...AT)
  assert.match(shown.out, /^time\\u001b\[2Jline: ok\. Keeps up: 0 records wait\.\nconsumer protocol, Stable/)
  assert.match(shown.out, /client-1 +\/127\.0\.0\.1 +2 +0$/m)
  const json = await run(groupsCommand(world), 'show', name, ...AT, '--json')
  assert.equal(groupSchema.parse(JSON.parse(json.out)).memberList.length, 2)
  const done = assert.rejects(runVerb(groupsCommand(world), 'show', 'nobody', ...AT), {
    code: 'GROUP_UNKNOWN',
  })
  await clock.advance(30_000)
  await done
})

test('serve answers until it is interrupted, and prints where', async () => {
  const { cluster } = setUp()
  const stop = new AbortController()
  const { world, take } = capturedWorld({ cluster, clock: systemClock, interrupted: stop.signal })
  const done = runVerb(serveCommand(world), ...AT, '--port', '0', '--key-sample-bytes', '0')
  const deadline = Date.now() + 10_000
  let url = ''
  while (url === '') {
    assert.ok(Date.now() < deadline, 'no address was printed')
    await new Promise(resolve => setTimeout(resolve, 10))
    url = take().out.trim()
  }
  assert.equal((await fetch(`${url}/api/v1/health`)).status, 200)
  stop.abort()
  await done
  await assert.rejects(fetch(`${url}/api/v1/health`))
})

test('a port or a duration that is none is refused', async () => {
  const { world } = setUp()
  await assert.rejects(runVerb(serveCommand(world), ...AT, '--port', '70000'), {
    code: 'USAGE',
  })
  await assert.rejects(runVerb(statusCommand(world), ...AT, '--for', '1e3'), {
    code: 'USAGE',
  })
})

test('an empty secret signs nothing: serve says so before it begins', async () => {
  const { world } = setUp()
  const file = `topics: []
alerts:
  webhooks:
    - {name: ops, url: "http://127.0.0.1:9/hook", secret-file: secret}
`
  const readSpecFile = async (path: string): Promise<string> => (path.endsWith('secret') ? '\n' : file)
  const serve = runVerb(
    serveCommand({ ...world, readSpecFile }),
    'lanekeeper.yaml',
    ...AT,
    '--key-sample-bytes',
    '0',
  )
  await assert.rejects(serve, {
    code: 'USAGE',
    message: /^secret is empty: the secret that signs/,
  })
})
