import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { readShape, shapeFor, writeShape } from './shape.ts'
import { tempFolder } from '../../../test/support/temp-folder.ts'

test('a new cluster has three brokers, all of them controllers, and an id that Kafka accepts', () => {
  const { clusterId, nodes } = shapeFor(null, null)
  assert.match(clusterId, /^[A-Za-z0-9_][A-Za-z0-9_-]{21}$/)
  assert.deepEqual(nodes, [
    { id: 1, port: 19092, controllerPort: 19192 },
    { id: 2, port: 19093, controllerPort: 19193 },
    { id: 3, port: 19094, controllerPort: 19194 },
  ])
})

test('the quorum is fixed when the cluster is made: at most three, and none added later', () => {
  const voters = (nodes: readonly { id: number; controllerPort: number | null }[]): number[] =>
    nodes.filter(node => node.controllerPort !== null).map(node => node.id)
  assert.deepEqual(voters(shapeFor(null, 6).nodes), [1, 2, 3])
  const one = shapeFor(null, 1)
  const grown = shapeFor(one, 3)
  assert.deepEqual(voters(grown.nodes), [1])
  assert.equal(grown.clusterId, one.clusterId)
})

test('what is remembered is kept; fewer brokers than that are refused', () => {
  const four = shapeFor(null, 4)
  assert.deepEqual(shapeFor(four, null), four)
  assert.throws(() => shapeFor(four, 3), { code: 'USAGE' })
})

test('refuses numbers of brokers that make no sense', () => {
  for (const wanted of [0, 7, -1, 1.5, Number.NaN])
    assert.throws(() => shapeFor(null, wanted), { code: 'USAGE' })
})

test('survives being written and read; a damaged file stops with advice instead of making a new cluster', () => {
  const file = join(tempFolder('shape'), 'cluster.json')
  assert.equal(readShape(file), null)
  const shape = shapeFor(null, 2)
  writeShape(file, shape)
  assert.deepEqual(readShape(file), shape)
  for (const damaged of [
    '',
    '{',
    '[]',
    '{"clusterId":"x","nodes":[]}',
    '{"clusterId":"x","nodes":[{"id":1,"port":0}]}',
  ]) {
    writeFileSync(file, damaged)
    assert.throws(() => readShape(file), { code: 'FILE_UNREADABLE' }, damaged)
  }
})
