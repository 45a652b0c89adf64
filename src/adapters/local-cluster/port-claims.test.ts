import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { tempFolder } from '../../../test/support/temp-folder.ts'
import { createPortClaims } from './port-claims.ts'
import { withFreePorts } from './ports.ts'
import { shapeFor } from './shape.ts'

const since = '2026-01-01T00:00:00.000Z'
const all = new Set([1, 2, 3])
const none: ReadonlySet<number> = new Set()

test('two clusters that choose at the same moment, before any broker listens, get different ports', async () => {
  const folder = tempFolder('claims')
  const claims = [createPortClaims(folder, 'one', since), createPortClaims(folder, 'other', since)]
  const chosen = await Promise.all(
    claims.map(({ claim }) => withFreePorts(shapeFor(null, 3), all, none, () => {}, claim)),
  )
  const ports = chosen.flatMap(({ nodes }) => nodes.flatMap(node => [node.port, node.controllerPort]))
  assert.equal(new Set(ports).size, 12, `all different: ${ports.join(', ')}`)

  for (const { release } of claims) release()
  assert.deepEqual(readdirSync(folder), [], 'nothing is left behind')
})

const somebodyListens = async (): Promise<{ readonly port: number; readonly leave: () => Promise<void> }> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const leave = async (): Promise<void> => {
    server.close()
    await once(server, 'close')
  }
  return { port, leave }
}

test('a port that somebody listens on is not claimed, and what was released can be claimed again', async () => {
  const folder = tempFolder('claims')
  const { port, leave } = await somebodyListens()
  const [one, other] = [createPortClaims(folder, 'one', since), createPortClaims(folder, 'other', since)]
  assert.equal(await one.claim(port), false)
  await leave()
  assert.equal(await one.claim(port), true)
  assert.equal(await other.claim(port), false)
  one.release()
  assert.equal(await other.claim(port), true)
  other.release()
})

test('the claim of a process that was killed counts for nothing', async () => {
  const folder = tempFolder('claims')
  const { port, leave } = await somebodyListens()
  await leave()
  const { pid } = spawnSync(process.execPath, ['--version'])
  writeFileSync(join(folder, `${port}.json`), JSON.stringify({ pid, startTime: 'gone', command: 'x', since }))
  const { claim, release } = createPortClaims(folder, 'next', since)
  assert.equal(await claim(port), true)
  release()
})
