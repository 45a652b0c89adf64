import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { isPortFree, isPortOpen, withFreePorts } from './ports.ts'
import { shapeFor } from './shape.ts'

const three = shapeFor(null, 3)
const all = new Set([1, 2, 3])
const none: ReadonlySet<number> = new Set()
/** Gives what is not taken. */
const claimOf =
  (...taken: number[]) =>
  (port: number): Promise<boolean> =>
    Promise.resolve(!taken.includes(port))
const silent = (): void => {}

test('free ports stay as they are', async () => {
  assert.deepEqual(await withFreePorts(three, all, none, silent, claimOf()), three)
})

test('a taken port is stepped over, never onto a port of another broker, and said', async () => {
  const said: string[] = []
  const { nodes } = await withFreePorts(three, all, none, text => said.push(text), claimOf(19092, 19192))
  assert.equal(new Set(nodes.flatMap(node => [node.port, node.controllerPort])).size, 6)
  assert.equal(nodes[0]?.port, 19093)
  assert.ok(nodes.every(node => node.port !== 19092 && node.controllerPort !== 19192))
  assert.equal(said[0], 'Port 19092 is taken; broker 1 uses 19093')
})

test('a single broker gets another client port beside running ones, but not another controller port', async () => {
  const running = new Set([1, 3])
  const moved = await withFreePorts(three, new Set([2]), running, silent, claimOf(19093))
  assert.deepEqual(
    moved.nodes.map(node => node.port),
    [19092, 19095, 19094],
  )
  await assert.rejects(withFreePorts(three, new Set([2]), running, silent, claimOf(19193)), {
    code: 'PORT_TAKEN',
  })
})

test('gives up with a clear error when nothing near is free', async () => {
  await assert.rejects(
    withFreePorts(three, all, none, silent, () => Promise.resolve(false)),
    { code: 'PORT_TAKEN' },
  )
})

test('asks the system itself', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  assert.equal(await isPortFree(port), false)
  assert.equal(await isPortOpen(port), true)
  server.close()
  await once(server, 'close')
  assert.equal(await isPortFree(port), true)
  assert.equal(await isPortOpen(port), false)
})
