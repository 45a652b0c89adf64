/** `produce --transactional-id` on a simulated cluster: what is committed when, and what is told when it is not. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { capturedWorld, runVerb } from '../../test/support/captured-world.ts'
import { tempFolder } from '../../test/support/temp-folder.ts'
import { nodeCodecs } from '../adapters/codecs/node-codecs.ts'
import { createSimulatedCluster } from '../adapters/simulated/create.ts'
import { systemClock } from '../adapters/system/clock.ts'
import { LanekeeperError } from '../core/model/index.ts'
import { seededRandom } from '../core/simulation/index.ts'
import { consumeCommand } from './consume.ts'
import { produceCommand } from './produce.ts'
import type { World } from './world.ts'

const folder = tempFolder('produce-transactions')
const simulated = createSimulatedCluster({ brokers: 3, seed: 'transactions', clock: systemClock })
after(() => simulated.close())

let topics = 0
const newTopic = async (): Promise<string> => {
  const name = `orders-${++topics}`
  await simulated.cluster.createTopics([{ name, partitions: 2, replicationFactor: 3, configs: new Map() }])
  return name
}

const run = async (
  command: (world: World) => ReturnType<typeof produceCommand>,
  typed: string,
  args: readonly string[],
) => {
  const interrupt = new AbortController()
  const captured = capturedWorld({
    cluster: simulated.cluster,
    clock: systemClock,
    interrupted: interrupt.signal,
  })
  captured.world.io.stdin.push(typed)
  const world: World = {
    ...captured.world,
    codecs: nodeCodecs,
    seededRandom,
    connect: async () => ({
      cluster: simulated.cluster,
      openLink: simulated.openLink,
      close: async () => undefined,
    }),
  }
  const running = runVerb(command(world), ...args)
  return { running, interrupt, captured }
}

const values = async (topic: string, isolation: string): Promise<readonly string[]> => {
  const { running, captured } = await run(consumeCommand, '', [
    topic,
    '--simulated',
    '--from',
    'earliest',
    '--until',
    'end',
    '--format',
    'value',
    '--isolation-level',
    isolation,
  ])
  await running
  return captured.take().out.split('\n').filter(Boolean).toSorted()
}

const lines = (count: number): string => {
  const path = join(folder, `${count}.txt`)
  writeFileSync(path, Array.from({ length: count }, (_, index) => `k${index % 3}:${index}`).join('\n'))
  return path
}

test('a file goes in transactions, the last one smaller', async () => {
  const topic = await newTopic()
  const { running, captured } = await run(produceCommand, '', [
    topic,
    '--simulated',
    '--file',
    lines(25),
    '--key-separator',
    ':',
    '--json',
    '--transactional-id',
    'import',
    '--transaction-records',
    '10',
  ])
  await running
  const { committed, transactions } = JSON.parse(captured.take().out) as Record<string, number>
  assert.deepEqual([committed, transactions], [25, 3])
  assert.equal((await values(topic, 'read_committed')).length, 25)
})

test('when interrupted, what was read is committed', async () => {
  const topic = await newTopic()
  const { running, interrupt, captured } = await run(produceCommand, 'a\nb\n', [
    topic,
    '--simulated',
    '--transactional-id',
    'typed',
  ])
  for (let tries = 0; (await values(topic, 'read_uncommitted')).length < 2; tries++)
    assert.ok(tries < 1_000, 'what was typed was never sent')
  assert.deepEqual(await values(topic, 'read_committed'), [])
  interrupt.abort()
  await running
  const { out, exitCode } = captured.take()
  assert.match(out, /^2 records committed in 1 transaction in/)
  assert.equal(exitCode, 130)
  assert.deepEqual(await values(topic, 'read_committed'), ['a', 'b'])
})

test('a record that cannot be written ends the run: what was committed before it is told, and the rest is not there', async () => {
  const topic = await newTopic()
  const path = join(folder, 'large.txt')
  writeFileSync(path, ['1', '2', '3', 'x'.repeat(2_000_000), '5'].join('\n'))
  const { running } = await run(produceCommand, '', [
    topic,
    '--simulated',
    '--file',
    path,
    '--transactional-id',
    'large',
    '--transaction-records',
    '2',
  ])
  await assert.rejects(
    running,
    (error: unknown) =>
      error instanceof LanekeeperError &&
      error.code === 'TRANSACTION_ABORTED' &&
      (error.fix ?? '').startsWith('2 records are committed: go on behind them.'),
  )
  assert.deepEqual(await values(topic, 'read_committed'), ['1', '2'])
})

test('flags that do not fit are refused before anything is sent', async () => {
  const cases = [
    ['--transaction-records', '5'],
    ['--transactional-id', ''],
    ['--transactional-id', 'a', '--transaction-records', '0'],
    ['--transactional-id', 'a', '--outcomes', 'file'],
  ]
  for (const flags of cases) {
    const { running } = await run(produceCommand, '', ['orders', '--simulated', ...flags])
    await assert.rejects(
      running,
      (error: unknown) => error instanceof LanekeeperError && error.code === 'USAGE',
    )
  }
})
