import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer as createHttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { capturedWorld, runVerb } from '../../test/support/captured-world.ts'
import { plainHealth } from '../../test/support/plain-health.ts'
import { scriptedCluster, snapshotOf } from '../../test/support/scripted-cluster.ts'
import { seenCluster, token } from '../../test/support/seen-cluster.ts'
import { tempFolder } from '../../test/support/temp-folder.ts'
import { historyFiles, openHistory, readHistory } from '../adapters/history/open.ts'
import { systemClock } from '../adapters/system/clock.ts'
import { createRecorder } from '../runtime/history/recorder.ts'
import { createServer } from '../server/create-server.ts'
import { alertsCommand } from './alerts.ts'
import { historyPath } from './history-place.ts'
import { reportCommand } from './report.ts'

const running = async (t: TestContext) => {
  const { clock, options, alerts, cluster } = await seenCluster(t)
  await clock.advance(5_000)
  const server = await createServer({ ...options, host: '127.0.0.1', port: 0 })
  t.after(() => server.close())
  const { world, take } = capturedWorld({ cluster, clock: systemClock, file: `${token}\n` })
  const run = async (...args: readonly string[]) => {
    await runVerb(alertsCommand(world), ...args)
    return take()
  }
  return {
    run,
    alerts,
    clock,
    cluster,
    url: ['--url', server.url],
    withToken: ['--url', server.url, '--token-file', 'token'],
  }
}

test('alerts: nothing fires, a silence is listed and ended, changes need the token', async t => {
  const { run, url, withToken, alerts } = await running(t)
  assert.match((await run('list', ...url)).out, /^Nothing fires; 10 rules are watched\.\n$/)
  await assert.rejects(run('silence', 'hot-partition', '--for', '2h', ...url), { code: 'TOKEN_NEEDED' })
  const silenced = await run(
    'silence',
    'hot-partition',
    'user-actions',
    '--for',
    '2h',
    '--reason',
    'campaign',
    ...withToken,
  )
  assert.match(silenced.err, /alerts unsilence silence-1/)
  assert.match((await run('list', ...url)).out, /^silence-1 +hot-partition +user-actions +\S+Z +campaign$/m)
  await run('unsilence', 'silence-1', ...withToken)
  assert.equal(alerts.book().silences.length, 0)
  await assert.rejects(run('unsilence', 'silence-1', ...withToken), { code: 'ALERT_UNKNOWN' })
  for (const id of ['half a letter \ud83d', '\udc00', '../silences', '%'])
    await assert.rejects(run('unsilence', id, ...withToken), { code: 'ALERT_UNKNOWN' }, JSON.stringify(id))
  await assert.rejects(run('silence', 'hot-partition\ud83d', '--for', '2h', ...withToken), {
    code: 'ALERT_UNKNOWN',
  })
  await run('silence', 'hot-partition', 'a\udc00', '--for', '2h', '--reason', 'half \ud83d', ...withToken)
  assert.match((await run('list', ...url)).out, /^silence-1 +hot-partition +a\S+ /m)
  await run('unsilence', 'silence-1', ...withToken)
  await assert.rejects(run('ack', 'hot-partitio', ...withToken), {
    code: 'ALERT_UNKNOWN',
    fix: 'Did you mean "hot-partition"?',
  })
  assert.match((await run('test', 'ops', ...withToken)).err, /Sent to ops/)
})

test('alerts: what fires as a table and as JSON, and is taken', async t => {
  const { run, url, withToken, clock, cluster } = await running(t)
  cluster.failing = { describe: new Error('gone'), readOffsets: new Error('gone') }
  await clock.advance(60_000)
  assert.match((await run('list', ...url)).out, /held[^]*^firing +critical +no-broker-answers +cluster +yes/m)
  await run('ack', 'no-broker-answers', '--note', 'on it', ...withToken)
  const json = JSON.parse((await run('list', '--json', ...url)).out)
  assert.equal(json.groups[0].state, 'acknowledged')
  assert.equal(json.groups[0].alerts[0].acknowledged.note, 'on it')
})

test('alerts: no server, another server, a bad address', async t => {
  const { run } = await running(t)
  await assert.rejects(run('list', '--url', 'http://127.0.0.1:9'), { code: 'SERVER_UNREACHABLE' })
  await assert.rejects(run('list', '--url', 'localhost:7400'), { code: 'USAGE' })
  for (const [status, body] of [
    [200, '<html>'],
    [200, '{"a":1}'],
    [404, 'nothing here'],
    [500, '{"error":{"code":"OURS","message":"","fix":null,"retriable":false}}'],
  ] as const) {
    const other = createHttpServer((_request, answer) => answer.writeHead(status).end(body))
    t.after(() => other.close())
    await once(other.listen(0, '127.0.0.1'), 'listening')
    const url = ['--url', `http://127.0.0.1:${(other.address() as AddressInfo).port}`]
    for (const verb of [['list'], ['silence', 'hot-partition', '--for', '2h'], ['ack', 'a'], ['test', 'ops']])
      await assert.rejects(run(...verb, ...url), { code: 'SERVER_UNREACHABLE' }, `${verb.join(' ')}: ${body}`)
  }
})

const hour = 3_600_000

/** Two hours of a topic, a group and a finding, ended ten minutes ago; names that try to become markup. */
const recorded = () => {
  const folder = tempFolder('report')
  const captured = capturedWorld({ cluster: scriptedCluster(snapshotOf([])), clock: systemClock })
  const world = {
    ...captured.world,
    readHistory,
    historyFiles,
    io: { ...captured.world.io, cwd: folder },
  }
  const file = openHistory(historyPath(world, '.lanekeeper', 'h:1'))
  const recorder = createRecorder(file, { bytesMax: 1e8 })
  const end = Date.now() - 600_000
  for (let atMs = end - 2 * hour; atMs < end; atMs += 10_000) {
    if (atMs > end - hour && atMs < end - hour / 2) continue
    const rates = Array.from({ length: 40 }, (_, p) => (p === 7 && atMs > end - hour / 2 ? 80 : 10))
    recorder.record(
      plainHealth(
        [{ name: '<script>|a`b', rates }],
        [{ groupId: '<img src=x>', topic: '<script>|a`b', lag: rates, lagMsMax: 5_000 }],
      ),
      [
        {
          kind: 'finding',
          id: 'hot',
          sinceMs: end - hour / 2,
          untilMs: Math.max(atMs, end - hour / 2),
          severity: 'warning',
          text: '<script>-7 takes 4.6× its share.',
          detail: 'Salt the key.',
        },
      ],
      atMs,
    )
  }
  file.close()
  return { world, take: captured.take, folder }
}

test('report: Markdown with pictures, first the answer; names stay text', async () => {
  const { world, take } = recorded()
  await runVerb(reportCommand(world), '--since', '3h')
  const { out } = take()
  assert.match(out, /^# h-1: \d{4}-\d\d-\d\d \d\d:\d\d to /)
  assert.match(
    out,
    /0 findings to act on and 1 warning were open at some time\. The cluster was seen 5\d.% of the time/,
  )
  assert.match(out, /&lt;script&gt;\\\|a\\`b \| 40 \| 4\d\d\/s \|/)
  assert.match(out, /\| 7: \d\.\d+× at \d\d:\d\d \|/)
  assert.equal(out.match(/<svg /g)?.length, 4)
  assert.ok(!out.includes('<script>') && !out.includes('<img'))
})

test('report: one HTML file without scripts; --since and --until choose the time', async () => {
  const { world, take, folder } = recorded()
  await runVerb(reportCommand(world), '--since', '3h', '--out', 'day.html')
  assert.match(take().err, /Written to day\.html/)
  const html = await readFile(join(folder, 'day.html'), 'utf8')
  assert.match(html, /^<!doctype html>/)
  assert.ok(!/<script|<img|javascript:/i.test(html))
  assert.ok(html.length < 300_000, `${html.length} bytes`)
  await runVerb(reportCommand(world), '--since', '130m', '--until', '80m', '--json')
  const { parts } = JSON.parse(take().out)
  assert.match(JSON.stringify(parts), /No finding was open/)
  await assert.rejects(runVerb(reportCommand(world), '--since', '1h', '--until', '2h'), { code: 'USAGE' })
  await assert.rejects(runVerb(reportCommand(world), '--bootstrap-server', 'other:1'), {
    code: 'FILE_UNREADABLE',
  })
  await assert.rejects(runVerb(reportCommand(world), '--since', 'yesterday'), {
    code: 'USAGE',
  })
})
