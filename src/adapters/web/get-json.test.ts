import assert from 'node:assert/strict'
import { test } from 'node:test'
import { served } from '../../../test/support/served.ts'
import { getJson } from './get-json.ts'

const limits = { timeoutMs: 5_000, bytesMax: 1_000 }

test('a document is read; everything that is none says why', async t => {
  const url = await served(t, ({ url: path }, answer) => {
    if (path === '/document') answer.end('{"a": 1}')
    else if (path === '/elsewhere') answer.writeHead(302, { location: '/document' }).end()
    else if (path === '/text') answer.end('<html>')
    // no length is told, and it never ends
    else if (path === '/endless') setInterval(() => answer.write('x'.repeat(500)), 1).unref()
    else if (path !== '/silent') answer.writeHead(404).end()
  })
  assert.deepEqual(await getJson(`${url}document`, limits), { a: 1 })
  await assert.rejects(getJson(`${url}missing`, limits), /answers 404/)
  await assert.rejects(getJson(`${url}elsewhere`, limits), /redirect/)
  await assert.rejects(getJson(`${url}text`, limits), /JSON/)
  await assert.rejects(getJson(`${url}endless`, limits), /more than 1000 bytes/)
  await assert.rejects(getJson(`${url}silent`, { ...limits, timeoutMs: 50 }), /no answer in time/)
  await assert.rejects(getJson('http://127.0.0.1:1/', limits), /ECONNREFUSED|bad port/)
})
