import assert from 'node:assert/strict'
import { test } from 'node:test'
import { served } from '../../../test/support/served.ts'
import { postMessage } from './post.ts'

test('a receiver that never answers, never ends its answer, or sends us elsewhere', async t => {
  const asked: string[] = []
  const url = await served(t, ({ url: path = '' }, answer) => {
    asked.push(path)
    if (path === '/endless') setInterval(() => answer.write('x'.repeat(1_000)), 1).unref()
    else if (path === '/elsewhere') answer.writeHead(307, { location: '/taken' }).end()
    else if (path !== '/silent') answer.writeHead(204).end()
  })
  const post = (path: string, timeoutMs = 5_000): Promise<number> =>
    postMessage({ url: url + path, headers: {}, body: '{}', timeoutMs })
  assert.equal(await post('taken'), 204)
  assert.equal(await post('endless'), 200)
  assert.equal(await post('elsewhere'), 307, 'a signed message goes to nobody who is not in the file')
  assert.deepEqual(asked, ['/taken', '/endless', '/elsewhere'])
  await assert.rejects(post('silent', 50), /no answer in time/)
  await assert.rejects(postMessage({ url: 'http://127.0.0.1:1/', headers: {}, body: '', timeoutMs: 1_000 }))
})
