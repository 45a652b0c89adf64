import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect, createServer as createTcpServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { ManualClock } from '../../test/support/manual-clock.ts'
import { groupOf, scriptedCluster, snapshotOf, topic } from '../../test/support/scripted-cluster.ts'
import { apiBase, endpoints, errorBodySchema, tickSchema } from '../api/contract.ts'
import { startLive } from '../runtime/live-state.ts'
import { buildServer, createServer } from './create-server.ts'
import { hostAllowed } from './guards.ts'

const hostileGroup = 'a/b "quoted"\\ ünï'

const seenCluster = async (t: TestContext, partitions = 3) => {
  const clock = new ManualClock()
  const cluster = scriptedCluster(snapshotOf([topic('user-actions', partitions, [1, 2, 3])]))
  cluster.before = async () => {
    const end = new Float64Array(partitions).fill(100 + Math.floor(clock.nowMs / 100))
    cluster.offsets.set('user-actions', { topic: 'user-actions', end, start: new Float64Array(partitions) })
    cluster.groups = [
      groupOf(hostileGroup, 'user-actions', end, [Array.from({ length: partitions }, (_, p) => p)]),
    ]
  }
  const live = startLive({ cluster, clock, clusterName: null, version: '1.0.0' })
  t.after(() => live.close())
  return { clock, cluster, live, options: { live, clock, version: '1.0.0', webRoot: null } }
}

const inject = async (t: TestContext, seconds = 40) => {
  const { clock, cluster, live, options } = await seenCluster(t)
  await clock.advance(seconds * 1000)
  const server = await buildServer(options)
  t.after(() => server.close())
  return { clock, cluster, live, server }
}

test('every address of the contract answers by its schema', async t => {
  const { server } = await inject(t)
  for (const [name, endpoint] of Object.entries(endpoints)) {
    const path = endpoint.path
      .replace('{topic}', 'user-actions')
      .replace('{group}', encodeURIComponent(hostileGroup))
    const answer = await server.inject(apiBase + path)
    assert.equal(answer.statusCode, 200, `${name}: ${answer.body}`)
    assert.equal(answer.headers['content-type'], 'application/json; charset=utf-8')
    // strict: a field that the contract does not know is a mistake as well
    endpoint.schema.parse(answer.json())
    assert.equal((await server.inject({ method: 'HEAD', url: apiBase + path })).statusCode, 200)
  }
})

test('an answer is made once a tick', async t => {
  const { server, live, clock } = await inject(t)
  let made = 0
  const original = live.topic
  live.topic = name => {
    made++
    return original(name)
  }
  for (let i = 0; i < 5; i++) await server.inject(`${apiBase}/topics/user-actions`)
  assert.equal(made, 1)
  await clock.advance(1_000)
  await server.inject(`${apiBase}/topics/user-actions`)
  assert.equal(made, 2)
})

test('before the first look: health and live answer, the rest says that nothing was seen yet', async t => {
  const { options, cluster } = await seenCluster(t)
  cluster.before = () => new Promise(() => {})
  const server = await buildServer(options)
  t.after(() => server.close())
  assert.equal((await server.inject(`${apiBase}/health`)).json().status, 'starting')
  assert.equal((await server.inject(`${apiBase}/live`)).statusCode, 200)
  const topics = await server.inject(`${apiBase}/topics`)
  assert.equal(topics.statusCode, 503)
  assert.equal(errorBodySchema.parse(topics.json()).error.code, 'NOT_OBSERVED_YET')
})

test('what is wrong is answered by a row of the registry', async t => {
  const { server } = await inject(t)
  const cases = [
    ['/api/v1/topics/user-action', 404, 'TOPIC_UNKNOWN'],
    ['/api/v1/topics/__proto__', 404, 'TOPIC_UNKNOWN'],
    ['/api/v1/topics/user-action/history', 404, 'TOPIC_UNKNOWN'],
    ['/api/v1/groups/nobody', 404, 'GROUP_UNKNOWN'],
    ['/api/v1/topics/user-actions/history?minutes=0', 400, 'REQUEST_INVALID'],
    ['/api/v1/topics/user-actions/history?measure=colour', 400, 'REQUEST_INVALID'],
    ['/api/v1/nothing', 404, 'NOT_FOUND'],
    ['/api/v1/topics/%zz', 400, 'REQUEST_INVALID'],
    ['/nothing.js', 404, 'NOT_FOUND'],
  ] as const
  for (const [url, status, code] of cases) {
    const answer = await server.inject(url)
    assert.equal(answer.statusCode, status, `${url}: ${answer.body}`)
    assert.equal(errorBodySchema.parse(answer.json()).error.code, code)
  }
  const near = await server.inject('/api/v1/topics/user-action')
  assert.equal(errorBodySchema.parse(near.json()).error.fix, 'Did you mean "user-actions"?')
})

test('read-only, no CORS, strict policy, and only our own names', async t => {
  const { server } = await inject(t)
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const) {
    const answer = await server.inject({ method, url: `${apiBase}/topics` })
    assert.equal(answer.statusCode, 405, method)
    assert.equal(answer.headers['allow'], 'GET, HEAD')
    assert.equal(answer.headers['access-control-allow-origin'], undefined)
  }
  const rebound = await server.inject({ url: `${apiBase}/topics`, headers: { host: 'evil.example' } })
  assert.equal(rebound.statusCode, 403)
  assert.equal(errorBodySchema.parse(rebound.json()).error.code, 'HOST_REFUSED')
  for (const url of ['/', `${apiBase}/health`, '/nothing']) {
    const policy = String((await server.inject(url)).headers['content-security-policy'])
    assert.match(policy, /default-src 'none'/)
    assert.doesNotMatch(policy, /unsafe/)
  }
})

test('host names: ours and addresses, nothing else', () => {
  const names = new Set(['localhost', 'kafka-ops'])
  for (const good of [
    'localhost',
    'LOCALHOST:7400',
    '127.0.0.1:7400',
    '[::1]:7400',
    '10.1.2.3',
    'kafka-ops:1',
    'localhost.',
  ])
    assert.ok(hostAllowed(good, names), good)
  for (const bad of [
    '',
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    '[evil]',
    'localhost:7400:1',
  ])
    assert.ok(!hostAllowed(bad, names), bad)
})

test('OpenAPI 3.1 lists every address with its schema', async t => {
  const { server } = await inject(t)
  const document = (await server.inject('/openapi.json')).json()
  assert.equal(document.openapi, '3.1.0')
  for (const endpoint of Object.values(endpoints))
    assert.equal(
      typeof document.paths[apiBase + endpoint.path].get.responses['200'].content['application/json'].schema
        .type,
      'string',
    )
  assert.ok(document.paths[`${apiBase}/events`])
})

test('metrics: both dialects, labels escaped, unknown has no sample, answered when the cluster is gone', async t => {
  const { server, cluster, clock } = await inject(t)
  const line = /^[a-z_]+(\{([a-z_]+="([^"\\\n]|\\["\\n])*",?)+\})? -?\d+(\.\d+)?(e[+-]?\d+)?$/
  const scrape = async (): Promise<string[]> => {
    const answer = await server.inject('/metrics')
    assert.equal(answer.headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8')
    const lines = answer.body.trimEnd().split('\n')
    for (const each of lines) if (!each.startsWith('#')) assert.match(each, line)
    return lines
  }
  const before = await scrape()
  const escaped = hostileGroup.replaceAll('\\', '\\\\').replaceAll('"', '\\"')
  assert.ok(before.includes('lanekeeper_cluster_up 1'))
  assert.ok(before.includes('kafka_topic_partition_current_offset{topic="user-actions",partition="1"} 500'))
  assert.ok(
    before.includes(
      `kafka_consumergroup_lag{consumergroup="${escaped}",topic="user-actions",partition="0"} 0`,
    ),
  )
  assert.ok(before.includes('lanekeeper_partition_records_per_second{topic="user-actions",partition="2"} 10'))
  assert.ok(!before.some(each => each.startsWith('lanekeeper_partition_size_bytes{')), 'no sizes were read')
  cluster.failing = { describe: new Error('gone'), readOffsets: new Error('gone') }
  await clock.advance(20_000)
  const after = await scrape()
  assert.ok(after.includes('lanekeeper_cluster_up 0'))
  assert.ok(
    after.some(each => each.startsWith('kafka_topic_partition_current_offset{')),
    'figures of before stay',
  )
})

test('the page: files, its own addresses, and no HTML in place of a missing script', async t => {
  const root = await mkdtemp(join(tmpdir(), 'lanekeeper-page-'))
  t.after(() => rm(root, { recursive: true }))
  await mkdir(join(root, 'assets'))
  await writeFile(join(root, 'index.html'), '<!doctype html><title>page</title>')
  await writeFile(join(root, 'assets', 'app-1a2b.js'), 'void 0')
  const { clock, options } = await seenCluster(t)
  await clock.advance(2_000)
  const server = await buildServer({ ...options, webRoot: root })
  t.after(() => server.close())
  for (const url of ['/', '/topics/user-actions/417', '/topics/a.b', '/groups?x=1']) {
    const answer = await server.inject(url)
    assert.equal(answer.statusCode, 200, url)
    assert.match(answer.body, /<title>page/)
    assert.equal(answer.headers['cache-control'], 'no-cache')
  }
  const script = await server.inject('/assets/app-1a2b.js')
  assert.match(String(script.headers['content-type']), /javascript/)
  assert.match(String(script.headers['cache-control']), /immutable/)
  for (const url of [
    '/assets/gone.js',
    '/favicon.ico',
    '/api/v1/x',
    '/../package.json',
    '/%2e%2e/package.json',
  ])
    assert.notEqual((await server.inject(url)).statusCode, 200, url)
})

test('without a built page the root says how to get one', async t => {
  const { server } = await inject(t, 2)
  const answer = await server.inject('/')
  assert.equal(answer.statusCode, 200)
  assert.match(answer.body, /page was not built/)
})

test('a taken port is stepped over and the one in use is told', async t => {
  const taken = createTcpServer()
  await new Promise<void>(resolve => taken.listen(0, '127.0.0.1', resolve))
  t.after(() => taken.close())
  const { port } = taken.address() as AddressInfo
  const { options } = await seenCluster(t)
  const server = await createServer({ ...options, host: '127.0.0.1', port })
  t.after(() => server.close())
  assert.ok(server.port > port && server.port <= port + 20)
  assert.equal(server.url, `http://127.0.0.1:${server.port}`)
  assert.equal((await fetch(`${server.url}${apiBase}/health`)).status, 200)
})

/** Reads events from a real socket until `count` of them came. */
const readEvents = async (
  url: string,
  count: number,
  onEvent: (n: number) => Promise<void>,
): Promise<string[]> => {
  const answer = await fetch(url, { signal: AbortSignal.timeout(10_000) })
  assert.equal(answer.headers.get('content-type'), 'text/event-stream; charset=utf-8')
  const events: string[] = []
  let rest = ''
  const decoder = new TextDecoder()
  for await (const chunk of answer.body ?? []) {
    rest += decoder.decode(chunk as Uint8Array, { stream: true })
    for (let end = rest.indexOf('\n\n'); end >= 0; end = rest.indexOf('\n\n')) {
      const block = rest.slice(0, end)
      rest = rest.slice(end + 2)
      if (!block.includes('event: tick')) continue
      events.push(block)
      if (events.length === count) return events
      await onEvent(events.length)
    }
  }
  return events
}

test('events: the newest tick at once, then each change, with ids, over a real socket', async t => {
  const { clock, options } = await seenCluster(t)
  await clock.advance(5_000)
  const server = await createServer({ ...options, host: '127.0.0.1', port: 0 })
  t.after(() => server.close())
  const events = await readEvents(`${server.url}${apiBase}/events`, 3, () => clock.advance(1_000))
  const ids = events.map(event => Number(/^id: (\d+)$/m.exec(event)?.[1]))
  assert.ok(
    ids.every(Number.isInteger) && (ids[0] ?? 0) < (ids[1] ?? 0) && (ids[1] ?? 0) < (ids[2] ?? 0),
    ids.join(),
  )
  for (const event of events) tickSchema.parse(JSON.parse(/^data: (.*)$/m.exec(event)?.[1] ?? ''))
})

test('a client that does not read costs one frame, and gets the newest when it reads again', async t => {
  const { clock, live, options } = await seenCluster(t, 2_000)
  await clock.advance(5_000)
  const server = await createServer({ ...options, host: '127.0.0.1', port: 0 })
  t.after(() => server.close())
  const socket = connect(server.port, '127.0.0.1')
  t.after(() => socket.destroy())
  socket.pause()
  socket.write(`GET ${apiBase}/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`)
  await new Promise(resolve => socket.once('connect', resolve))
  let serialised = 0
  const original = live.tick
  live.tick = () => {
    serialised++
    return original()
  }
  // some 100 kB each: far more than all buffers of the loopback hold
  for (let i = 0; i < 300; i++) await clock.advance(1_000)
  assert.ok(serialised < 200, `${serialised} of 300 ticks were serialised for a client that reads nothing`)
  const newest = live.sequence()
  let text = ''
  socket.on('data', chunk => {
    text += chunk.toString('latin1')
  })
  socket.resume()
  const deadline = Date.now() + 10_000
  while (!text.includes(`id: ${newest}\n`)) {
    assert.ok(Date.now() < deadline, 'the newest tick never came')
    await new Promise(resolve => setTimeout(resolve, 10))
  }
  const got = [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id))
  assert.ok(got.length < 250, `${got.length} frames were kept for it`)
})

test('closing ends open streams', async t => {
  const { clock, options } = await seenCluster(t)
  await clock.advance(2_000)
  const server = await createServer({ ...options, host: '127.0.0.1', port: 0 })
  const answer = await fetch(`${server.url}${apiBase}/events`)
  await server.close()
  await answer.text().catch(() => '')
  await assert.rejects(fetch(`${server.url}${apiBase}/health`))
})

test('the stream has a cap on its clients', async t => {
  const { clock, options } = await seenCluster(t)
  await clock.advance(2_000)
  const server = await createServer({ ...options, host: '127.0.0.1', port: 0 })
  t.after(() => server.close())
  const stop = new AbortController()
  t.after(() => stop.abort())
  const follow = () => fetch(`${server.url}${apiBase}/events`, { signal: stop.signal })
  const first = await Promise.all(Array.from({ length: 64 }, follow))
  assert.ok(first.every(answer => answer.status === 200))
  const more = await follow()
  assert.equal(more.status, 503)
  assert.equal(errorBodySchema.parse(await more.json()).error.code, 'STREAMS_EXHAUSTED')
})
