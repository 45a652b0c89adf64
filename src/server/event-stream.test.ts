import assert from 'node:assert/strict'
import { createServer as createHttpServer, get as httpGet, type ServerResponse } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createGunzip } from 'node:zlib'
import { eventually } from '../../test/support/dashboard-checks.ts'
import { seenCluster } from '../../test/support/seen-cluster.ts'
import { apiBase, errorBodySchema, type Tick, tickSchema } from '../api/contract.ts'
import { applyDelta, type TickDelta } from '../api/delta.ts'
import type { LiveState } from '../runtime/live-state.ts'
import { createServer } from './create-server.ts'
import { createEventStream } from './event-stream.ts'

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
      if (!block.includes('event: ')) continue
      events.push(block)
      if (events.length === count) return events
      await onEvent(events.length)
    }
  }
  return events
}

test('events: the newest tick at once, then each change, with ids, over a real socket', async t => {
  const { clock, live, options } = await seenCluster(t, 50)
  await clock.advance(40_000)
  const server = await createServer({ ...options, host: '127.0.0.1', port: 0 })
  t.after(() => server.close())
  const events = await readEvents(`${server.url}${apiBase}/events`, 3, () => clock.advance(1_000))
  const ids = events.map(event => Number(/^id: (\d+)$/m.exec(event)?.[1]))
  assert.ok(
    ids.every(Number.isInteger) && (ids[0] ?? 0) < (ids[1] ?? 0) && (ids[1] ?? 0) < (ids[2] ?? 0),
    ids.join(),
  )
  let held: Tick | null = null
  let heldId = -1
  events.forEach((event, i) => {
    const data: unknown = JSON.parse(/^data: (.*)$/m.exec(event)?.[1] ?? '')
    if (event.includes('event: tick')) held = tickSchema.parse(data)
    else {
      assert.ok(i > 0, 'a whole tick comes first')
      const { base, ...delta } = data as TickDelta & { base: number }
      assert.equal(base, heldId)
      assert.ok(held !== null)
      held = tickSchema.parse(applyDelta(held, delta))
    }
    heldId = ids[i] ?? -1
  })
  assert.ok(events.slice(1).every(event => event.includes('event: delta')))
  assert.deepEqual(held, live.tick(), 'with the deltas a page knows what the server knows')
  const [whole = '', ...deltas] = events
  assert.ok(deltas.every(delta => delta.length < whole.length / 2))
})

test('a client that does not read costs one frame, and gets the newest when it reads again', async t => {
  // a live state of its own, whose every change is 200 kB: far more than all buffers of the loopback hold
  let sequence = 0
  let serialised = 0
  const listeners = new Set<() => void>()
  const live = {
    sequence: () => sequence,
    tick: () => {
      serialised++
      const findings = [{ id: `${sequence}`, cure: 'x'.repeat(200_000) }]
      return { columns: [], topics: [], groups: [], findings } as unknown as Tick
    },
    subscribe: (listener: () => void) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
  const stream = createEventStream(live as unknown as LiveState, () => performance.now())
  const server = createHttpServer((_, response) => stream.follow(response, {}, false))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    stream.close()
    server.closeAllConnections()
    server.close()
  })
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  t.after(() => socket.destroy())
  socket.pause()
  socket.write('GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n')
  await eventually('the stream is followed', async () => stream.clients() === 1)
  for (let i = 0; i < 200; i++) {
    sequence++
    for (const listener of listeners) listener()
    // a turn for the sockets
    await new Promise(resolve => setImmediate(resolve))
  }
  assert.ok(serialised < 150, `${serialised} of 200 ticks were serialised for a client that reads nothing`)
  let text = ''
  socket.on('data', chunk => {
    text += chunk.toString('latin1')
  })
  socket.resume()
  await eventually('the newest tick comes', async () => text.includes(`id: ${sequence}\n`))
  const got = [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id))
  assert.ok(got.length < 150, `${got.length} frames were kept for it`)
  // what leads from the one it had to the newest, or the newest as a whole: never from one it missed
  const last = text.slice(text.lastIndexOf(`id: ${sequence}\n`)).slice(0, 60)
  const base = /^id: \d+\nevent: delta\ndata: \{"base":(\d+)/.exec(last)?.[1]
  assert.ok(base === undefined ? last.includes('event: tick') : Number(base) === got.at(-2), last)
})

test('compressed, the same pieces are read by whoever began at whatever time, and made once', async t => {
  const { clock, live, options } = await seenCluster(t, 50)
  await clock.advance(5_000)
  const server = await createServer({ ...options, host: '127.0.0.1', port: 0 })
  t.after(() => server.close())
  const follow = (): { text: string; raw: Buffer[] } => {
    const seen = { text: '', raw: [] as Buffer[] }
    const request = httpGet(`${server.url}${apiBase}/events`, { headers: { 'accept-encoding': 'gzip' } })
    request.on('error', () => {})
    request.on('response', response => {
      assert.equal(response.headers['content-encoding'], 'gzip')
      response.on('data', (piece: Buffer) => seen.raw.push(piece))
      // a stream that is cut has no checksum
      response.on('error', () => {})
      response
        .pipe(createGunzip())
        .on('error', () => {})
        .on('data', (piece: Buffer) => {
          seen.text += piece.toString('utf8')
        })
    })
    t.after(() => request.destroy())
    return seen
  }
  const has = (seen: { text: string }) =>
    eventually('the newest comes', async () => seen.text.includes(`id: ${live.sequence()}\n`))
  const early = follow()
  await has(early)
  await clock.advance(1_000)
  await has(early)
  const late = follow()
  await has(late)
  await clock.advance(1_000)
  await has(early)
  await has(late)
  const last = (text: string): string => text.slice(text.lastIndexOf('id: '))
  assert.match(last(late.text), /event: delta/)
  assert.equal(last(late.text), last(early.text))
  assert.deepEqual(late.raw.at(-1), early.raw.at(-1), 'the very bytes, though the one began earlier')
})

test('of what was sent only the newest is held on to', async t => {
  let sequence = 0
  const listeners = new Set<() => void>()
  const ticks: WeakRef<Tick>[] = []
  const live = {
    sequence: () => sequence,
    tick: () => {
      const tick = {
        columns: [],
        topics: [],
        groups: [],
        findings: [{ id: `${sequence}` }],
      } as unknown as Tick
      ticks.push(new WeakRef(tick))
      return tick
    },
    subscribe: (listener: () => void) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
  const stream = createEventStream(live as unknown as LiveState, () => performance.now())
  t.after(() => stream.close())
  const response = Object.assign(new PassThrough(), { writeHead: () => {} })
  response.resume()
  stream.follow(response as unknown as ServerResponse, {}, false)
  for (let i = 0; i < 50; i++) {
    sequence++
    for (const listener of listeners) listener()
    await new Promise(resolve => setImmediate(resolve))
  }
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  assert.ok(ticks.length > 40)
  const held = ticks.filter(tick => tick.deref() !== undefined).length
  assert.ok(held <= 3, `${held} of ${ticks.length} ticks are still held`)
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

test('two hundred pages follow at once, and each gets every change', async t => {
  const { clock, live, options } = await seenCluster(t, 500)
  await clock.advance(5_000)
  const server = await createServer({ ...options, host: '127.0.0.1', port: 0 })
  t.after(() => server.close())
  let made = 0
  const original = live.tick
  live.tick = () => {
    made++
    return original()
  }
  const texts = Array.from({ length: 200 }, () => '')
  const sockets = texts.map((_, i) => {
    const socket = connect(server.port, '127.0.0.1')
    socket.on('data', chunk => {
      texts[i] += chunk.toString('latin1')
    })
    socket.write(`GET ${apiBase}/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`)
    return socket
  })
  t.after(() => sockets.forEach(socket => socket.destroy()))
  const everybodyHas = (id: number): Promise<void> =>
    eventually(`everybody has ${id}`, async () => texts.every(text => text.includes(`id: ${id}\n`)))
  await everybodyHas(live.sequence())
  for (let i = 0; i < 5; i++) {
    await clock.advance(1_000)
    await everybodyHas(live.sequence())
  }
  assert.ok(made <= 12, `${made} ticks were made for 200 pages`)
  for (const text of texts) assert.equal(text.match(/event: tick/g)?.length, 1)
})

test('the stream has a cap on its clients', async t => {
  const { clock, options } = await seenCluster(t)
  await clock.advance(2_000)
  const server = await createServer({ ...options, host: '127.0.0.1', port: 0 })
  t.after(() => server.close())
  const stop = new AbortController()
  t.after(() => stop.abort())
  const follow = () => fetch(`${server.url}${apiBase}/events`, { signal: stop.signal })
  const first = await Promise.all(Array.from({ length: 256 }, follow))
  assert.ok(first.every(answer => answer.status === 200))
  const more = await follow()
  assert.equal(more.status, 503)
  assert.equal(errorBodySchema.parse(await more.json()).error.code, 'STREAMS_EXHAUSTED')
})
