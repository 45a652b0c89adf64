import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect, createServer as createTcpServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { brotliCompressSync, brotliDecompressSync, gunzipSync } from 'node:zlib'
import { bearer, hostileGroup, inject, seenCluster } from '../../test/support/seen-cluster.ts'
import { tempFolder } from '../../test/support/temp-folder.ts'
import { apiBase, endpoints, errorBodySchema } from '../api/contract.ts'
import { readInThread } from '../runtime/history/past-thread.ts'
import { planView } from '../runtime/view-plan.ts'
import { buildServer, createServer } from './create-server.ts'
import { hostAllowed } from './guards.ts'

test('every address of the contract answers by its schema', async t => {
  const { server } = await inject(t)
  for (const [name, endpoint] of Object.entries(endpoints)) {
    const path = endpoint.path
      .replace('{partition}', '1')
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

test('who has an answer already gets 304 and no bytes; a large one is compressed once', async t => {
  const { server, clock } = await inject(t)
  const first = await server.inject({ url: `${apiBase}/live`, headers: { 'accept-encoding': 'br, gzip' } })
  assert.equal(first.headers['content-encoding'], 'gzip')
  assert.equal(first.headers['vary'], 'accept-encoding')
  const text = gunzipSync(first.rawPayload).toString()
  const plain = await server.inject(`${apiBase}/live`)
  assert.equal(plain.headers['content-encoding'], undefined)
  assert.equal(plain.body, text)
  const refused = await server.inject({ url: `${apiBase}/live`, headers: { 'accept-encoding': 'gzip;q=0' } })
  assert.equal(refused.headers['content-encoding'], undefined)
  const again = await server.inject({
    url: `${apiBase}/live`,
    headers: { 'if-none-match': String(first.headers['etag']) },
  })
  assert.equal(again.statusCode, 304)
  assert.equal(again.body, '')
  await clock.advance(1_000)
  const later = await server.inject({
    url: `${apiBase}/live`,
    headers: { 'if-none-match': String(first.headers['etag']) },
  })
  assert.equal(later.statusCode, 200)
})

test('a topic with one of its partitions, and a history without a raster: what a page of a large topic asks for', async t => {
  const { server } = await inject(t, 70)
  const at = `${apiBase}/topics/user-actions`
  const whole = endpoints.topic.schema.parse((await server.inject(at)).json())
  const one = endpoints.topic.schema.parse((await server.inject(`${at}?partition=2`)).json())
  assert.deepEqual(one, { ...whole, partitionList: [whole.partitionList[2]] })
  const none = endpoints.topic.schema.parse((await server.inject(`${at}?partition=1000000`)).json())
  assert.deepEqual(none.partitionList, [])
  const history = endpoints.history.schema.parse((await server.inject(`${at}/history?cells=0`)).json())
  assert.deepEqual(history.raster, [])
  assert.ok(history.recordsPerSecond.some(each => each !== null))
  const few = endpoints.history.schema.parse((await server.inject(`${at}/history?cells=2`)).json())
  assert.equal(few.raster.find(row => row !== null)?.length, 2)
})

test('while the past is being read everything else is answered, and a page that is closed takes its question back', async t => {
  const hold = join(tempFolder('held'), 'hold')
  await writeFile(hold, '')
  const reader = readInThread(new URL('../../test/support/held-past-worker.ts', import.meta.url), hold)
  const { clock, options } = await seenCluster(t, 3, reader)
  t.after(() => reader.close())
  await clock.advance(10_000)
  const server = await createServer({ ...options, host: '127.0.0.1', port: 0 })
  t.after(() => server.close())
  const history = (minutes: number, signal?: AbortSignal): Promise<Response> =>
    fetch(`${server.url}${apiBase}/topics/user-actions/history?minutes=${minutes}`, {
      signal: signal ?? null,
    })
  const closing = new AbortController()
  const asked = [history(1), history(1)]
  const closed = history(2, closing.signal)
  const events = await fetch(`${server.url}${apiBase}/events`)
  const stream = events.body?.getReader()
  const heard = async (word: string): Promise<void> => {
    for (let said = ''; !said.includes(word); )
      said += new TextDecoder().decode((await stream?.read())?.value)
  }
  await heard('event: tick')
  assert.equal((await fetch(`${server.url}/metrics`)).status, 200)
  await clock.advance(1_000)
  await heard('event: delta')
  await stream?.cancel()
  closing.abort()
  await assert.rejects(closed)
  await rm(hold)
  for (const answer of await Promise.all(asked)) assert.equal(await answer.text(), '"user-actions"')
})

test('history of a time, of a partition, and of a group', async t => {
  const { server, clock } = await inject(t, 70)
  const to = new Date(clock.wallMs()).toISOString()
  const from = new Date(clock.wallMs() - 60_000).toISOString()
  const answer = await server.inject(
    `${apiBase}/topics/user-actions/history?from=${from}&to=${to}&partition=1&step=10`,
  )
  const history = endpoints.history.schema.parse(answer.json())
  assert.equal(history.stepMs, 10_000)
  assert.ok(history.at.length >= 6 && history.at.length <= 7)
  assert.ok(history.partition?.recordsPerSecond.some(each => each === 10))
  assert.notEqual(history.oldest, null)
  const group = await server.inject(`${apiBase}/groups/${encodeURIComponent(hostileGroup)}/history?minutes=2`)
  assert.ok(endpoints.groupHistory.schema.parse(group.json()).members.some(each => each === 1))
})

test('the plan of this moment, without a cluster asked for it', async t => {
  const { server } = await inject(t)
  const plan = endpoints.plan.schema.parse((await server.inject(`${apiBase}/plan`)).json())
  // the scripted cluster tells no configs, so nothing can be compared, and nothing is claimed
  assert.equal(plan.compared, false)
  assert.equal(plan.file, 'lanekeeper.yaml')
  // it says that it is simulated: no other process can ask it
  assert.equal(plan.planCommand, 'npx lanekeeper plan lanekeeper.yaml --simulated')
  const real = { wallMs: null, bootstrapServer: 'kafka-1:9092', simulated: false, calledAs: 'lanekeeper' }
  const { applyCommand } = planView({ file: 'lanekeeper.yaml', topics: [] }, null, real)
  assert.equal(applyCommand, 'lanekeeper apply lanekeeper.yaml --bootstrap-server kafka-1:9092')
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
    ['/api/v1/topics/user-actions/history?from=yesterday', 400, 'REQUEST_INVALID'],
    [
      '/api/v1/topics/user-actions/history?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z',
      400,
      'REQUEST_INVALID',
    ],
    ['/api/v1/topics/user-actions/history?columns=100000', 400, 'REQUEST_INVALID'],
    ['/api/v1/alerts/history?minutes=1e9', 400, 'REQUEST_INVALID'],
    ['/metrics?granularity=record', 400, 'REQUEST_INVALID'],
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

test('read-only without a token, no CORS, strict policy, and only our own names', async t => {
  const { options, clock } = await seenCluster(t)
  await clock.advance(5_000)
  const { token: _, ...readOnly } = options
  const server = await buildServer(readOnly)
  t.after(() => server.close())
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const) {
    const answer = await server.inject({ method, url: `${apiBase}/alerts/ack`, headers: bearer })
    assert.equal(answer.statusCode, 405, method)
    assert.equal(errorBodySchema.parse(answer.json()).error.code, 'READ_ONLY')
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
  const line = /^[a-z_]+(\{([a-z_]+="([^"\\\n]|\\["\\n])*",?)+\})? +-?\d+(\.\d+)?(e[+-]?\d+)?$/
  const scrape = async (): Promise<string[]> => {
    const answer = await server.inject('/metrics')
    assert.equal(answer.headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8')
    const lines = answer.body.trimEnd().split('\n')
    for (const each of lines) if (!each.startsWith('#')) assert.match(each, line)
    // figures of partitions stand at the right end of their room
    return lines.map(each => each.replace(/} +/, '} '))
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

test('metrics: a scrape may ask for less, a cap leaves out whole metrics and says how many', async t => {
  const { server, options } = await inject(t)
  const names = (text: string): Set<string | undefined> =>
    new Set([...text.matchAll(/^([a-z_]+)[{ ]/gm)].map(([, name]) => name))
  const of = async (query: string) => names((await server.inject(`/metrics${query}`)).body)
  assert.ok((await of('')).has('kafka_consumergroup_lag'))
  assert.ok((await of('?granularity=topic')).has('kafka_consumergroup_lag_sum'))
  assert.ok(!(await of('?granularity=topic')).has('kafka_consumergroup_lag'))
  assert.ok((await of('?granularity=group')).has('lanekeeper_group_lag_records'))
  assert.ok(!(await of('?granularity=group')).has('lanekeeper_topic_records_per_second'))
  const small = await buildServer({ ...options, metrics: { granularity: 'partition', seriesMax: 60 } })
  t.after(() => small.close())
  const text = (await small.inject('/metrics')).body
  const dropped = Number(/^lanekeeper_metrics_series_dropped (\d+)$/m.exec(text)?.[1])
  const all = (await server.inject('/metrics')).body.match(/^[^#].*$/gm)?.length ?? 0
  const kept = text.match(/^[^#].*$/gm)?.length ?? 0
  assert.ok(dropped > 0 && kept <= 61, `${kept} kept, ${dropped} dropped`)
  // metrics whose values are not known are counted too, since nobody has looked
  assert.ok(kept + dropped >= all, `${kept} kept and ${dropped} dropped of ${all}`)
  assert.ok(names(text).has('lanekeeper_group_lag_records'), 'the coarse ones stay')
  const topics = await buildServer({ ...options, metrics: { granularity: 'topic', seriesMax: 1e6 } })
  t.after(() => topics.close())
  assert.ok(
    !names((await topics.inject('/metrics?granularity=partition')).body).has('kafka_consumergroup_lag'),
  )
})

test('the page: files, its own addresses, and no HTML in place of a missing script', async t => {
  const root = await mkdtemp(join(tmpdir(), 'lanekeeper-page-'))
  t.after(() => rm(root, { recursive: true }))
  await mkdir(join(root, 'assets'))
  await writeFile(join(root, 'index.html'), '<!doctype html><title>page</title>')
  await writeFile(join(root, 'assets', 'app-1a2b.js'), 'void 0')
  await writeFile(join(root, 'assets', 'app-1a2b.js.br'), brotliCompressSync('void 0'))
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
  const small = await server.inject({
    url: '/assets/app-1a2b.js',
    headers: { 'accept-encoding': 'gzip, br' },
  })
  assert.equal(small.headers['content-encoding'], 'br')
  assert.match(String(small.headers['content-type']), /javascript/)
  assert.match(String(small.headers['cache-control']), /immutable/)
  assert.equal(brotliDecompressSync(small.rawPayload).toString(), 'void 0')
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

test('a connection whose headers never end is cut off, and not kept for half a minute', async t => {
  const { options } = await seenCluster(t)
  const server = await createServer({ ...options, host: '127.0.0.1', port: 0 })
  t.after(() => server.close())
  const slow = connect(server.port, '127.0.0.1')
  t.after(() => slow.destroy())
  slow.write('GET / HTTP/1.1\r\nhost: 127.0.0.1\r\nx: ')
  let said = ''
  slow.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  await once(slow, 'close', { signal: AbortSignal.timeout(9_000) })
  assert.match(said, /^HTTP\/1\.1 408 /)
})
