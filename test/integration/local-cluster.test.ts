import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { KAFKA_VERSION } from '../../src/adapters/local-cluster/jars.ts'
import { isAlive, type ProcessIdentity } from '../../src/adapters/local-cluster/process-table.ts'
import { brokerId, LanekeeperError } from '../../src/core/model/index.ts'
import type { LocalBrokers, LocalStarted } from '../../src/ports/local-brokers.ts'
import { runKafkaTool } from '../support/kafka-tools.ts'
import { localBrokersIn, probeKafka } from '../support/local-brokers.ts'

/**
 * One state folder lives through the whole file: brokers come, are killed, come again, lose their owner. The tests
 * build on each other, in order, because starting three brokers anew for each would take minutes.
 */
const stateDir = mkdtempSync(join(tmpdir(), 'lanekeeper-local-'))
const kafkaHome = join(stateDir, 'kafka', KAFKA_VERSION)
const local = localBrokersIn(stateDir, 'local-cluster.test')
const topic = 'kept-through-everything'
const owners: ChildProcess[] = []
let bootstrapServer = ''

after(async () => {
  for (const owner of owners) owner.kill('SIGKILL')
  await local.stop()
  rmSync(stateDir, { recursive: true, force: true })
})

const nobody = { fresh: false, lifetime: 'nobody', onProgress: () => {} } as const

const runningIds = async (brokers: LocalBrokers): Promise<readonly number[]> =>
  (await brokers.status()).filter(broker => broker.running).map(broker => broker.id)

/** Asks until it is so. The deadline is part of what is promised, not a guess. */
const eventually = async (what: string, withinMs: number, holds: () => Promise<boolean>): Promise<void> => {
  const deadline = performance.now() + withinMs
  while (!(await holds())) {
    assert.ok(performance.now() < deadline, `${what}: not within ${withinMs} ms`)
    await wait(50)
  }
}

const startOwner = async (): Promise<{
  owner: ChildProcess
  answer: LocalStarted & { failure?: string }
}> => {
  const script = join(import.meta.dirname, '..', 'support', 'local-owner.ts')
  const owner = spawn(process.execPath, [script, stateDir, '3'], { stdio: ['pipe', 'pipe', 'ignore'] })
  owners.push(owner)
  const [line] = (await once(createInterface({ input: owner.stdout }), 'line')) as [string]
  return { owner, answer: JSON.parse(line) as LocalStarted & { failure?: string } }
}

test('three brokers start on free ports, and Kafka’s own tools see them', async () => {
  const said: string[] = []
  const started = await local.start({ ...nobody, brokers: 3, onProgress: text => said.push(text) })
  bootstrapServer = started.bootstrapServer
  assert.deepEqual(started.alreadyRunning, [])
  assert.equal(started.kafkaVersion, KAFKA_VERSION)
  assert.match(said.join('\n'), /Starting brokers 1, 2, 3/)

  const ask = (tool: string, ...parameters: readonly string[]): Promise<string> =>
    runKafkaTool(tool, '--bootstrap-server', bootstrapServer, ...parameters)
  await ask('TopicCommand', '--create', '--topic', topic, '--partitions', '6', '--replication-factor', '3')
  const described = await ask('TopicCommand', '--describe', '--topic', topic)
  assert.equal(described.match(/Isr: \d,\d,\d/g)?.length, 6, described)
})

test('brokers write a log that people can read', () => {
  const log = readFileSync(join(stateDir, 'cluster', 'broker-1', 'server.log'), 'utf8')
  assert.match(log, /INFO {2}.*Kafka Server started/)
})

test('a second start finds everything running and starts nothing', async () => {
  const pids = (await local.status()).map(broker => broker.pid)
  const again = await local.start({ ...nobody, brokers: null })
  assert.deepEqual(again.alreadyRunning, [1, 2, 3])
  assert.deepEqual(
    (await local.status()).map(broker => broker.pid),
    pids,
  )
})

test('fewer brokers than there are, and a fresh start under running brokers, are refused', async () => {
  await assert.rejects(local.start({ ...nobody, brokers: 2 }), { code: 'USAGE' })
  await assert.rejects(local.start({ ...nobody, brokers: 3, fresh: true }), { code: 'STATE_DIR_HELD' })
  assert.deepEqual(await runningIds(local), [1, 2, 3])
})

test('a killed broker is gone at once and comes back by another command', async () => {
  await local.kill(brokerId(2))
  assert.deepEqual(await runningIds(local), [1, 3])
  await assert.rejects(local.kill(brokerId(2)), { code: 'USAGE' })

  const elsewhere = localBrokersIn(stateDir, 'another terminal')
  await elsewhere.startOne(brokerId(2))
  const snapshot = await probeKafka(bootstrapServer)
  assert.deepEqual(
    snapshot.brokers.map(({ id, alive, rack }) => [id, alive, rack]),
    [
      [1, true, 'rack-1'],
      [2, true, 'rack-2'],
      [3, true, 'rack-3'],
    ],
  )
})

test('stopped brokers keep their data; one whose port was taken meanwhile moves; an owner gives the folder back', async () => {
  const [first] = await local.status()
  await local.stop()
  assert.deepEqual(await runningIds(local), [])

  const squatter = createServer().listen(first?.port, '127.0.0.1')
  await once(squatter, 'listening')
  const said: string[] = []
  const started = await local.start({
    brokers: 3,
    fresh: false,
    lifetime: 'owner',
    onProgress: text => said.push(text),
  })
  squatter.close()
  assert.match(said.join('\n'), new RegExp(`Port ${first?.port} is taken; broker 1 uses`))
  assert.notEqual(started.bootstrapServer, bootstrapServer)
  assert.ok((await probeKafka(started.bootstrapServer)).topics.has(topic))

  assert.equal(local.lost(), null)
  const [one] = await local.status()
  process.kill(one?.pid ?? 0, 'SIGKILL')
  await eventually('the owner can tell who is gone', 5_000, async () => local.lost() !== null)
  assert.match(local.lost()?.message ?? '', /^Broker 1 ended\. Last words of 1:$/)
  assert.ok((local.lost()?.problems ?? []).some(line => line.includes('INFO')))

  const owner = join(stateDir, 'cluster', 'owner.json')
  const guard = JSON.parse(readFileSync(join(stateDir, 'cluster', 'guard.json'), 'utf8')) as ProcessIdentity
  assert.ok(existsSync(owner) && isAlive(guard))
  await local.stop()
  assert.deepEqual(await runningIds(local), [])
  assert.equal(existsSync(owner), false)
  await eventually('the guard is gone', 2_000, async () => !isAlive(guard))
})

test('an owner holds the folder: the next one is told who it is', async () => {
  const { owner, answer } = await startOwner()
  assert.deepEqual(answer.alreadyRunning, [], answer.failure)
  await assert.rejects(local.start({ ...nobody, brokers: 3, lifetime: 'owner' }), (failure: unknown) => {
    assert.ok(failure instanceof LanekeeperError)
    assert.equal(failure.code, 'STATE_DIR_HELD')
    assert.match(failure.message, new RegExp(`process ${owner.pid} \\(local-owner\\) since 20`))
    return true
  })
  assert.deepEqual(await runningIds(local), [1, 2, 3])
})

test('the next owner, started right after a kill -9, recovers by itself: data kept, not hit by the guard before', async () => {
  owners.at(-1)?.kill('SIGKILL')
  const { answer } = await startOwner()
  assert.deepEqual(answer.alreadyRunning, [], answer.failure)
  assert.ok((await probeKafka(answer.bootstrapServer)).topics.has(topic))
  assert.deepEqual(await runningIds(local), [1, 2, 3])
})

test('kill -9 of the owner takes all its brokers along, also one restarted from elsewhere', async () => {
  await local.kill(brokerId(3))
  await local.startOne(brokerId(3))
  assert.deepEqual(await runningIds(local), [1, 2, 3])
  owners.at(-1)?.kill('SIGKILL')
  await eventually('no broker is left', 8_000, async () => (await runningIds(local)).length === 0)
})

test('a broker that cannot start says why at once, and nothing is left running', async () => {
  const elsewhere = mkdtempSync(join(tmpdir(), 'lanekeeper-broken-'))
  const brokers = localBrokersIn(elsewhere, 'broken', { ...process.env, KAFKA_HOME: kafkaHome })
  try {
    await brokers.start({ ...nobody, brokers: 1 })
    await brokers.stop()
    const meta = join(elsewhere, 'cluster', 'broker-1', 'data', 'meta.properties')
    writeFileSync(meta, readFileSync(meta, 'utf8').replace('node.id=1', 'node.id=9'))
    await assert.rejects(brokers.start({ ...nobody, brokers: 1 }), (failure: unknown) => {
      assert.ok(failure instanceof LanekeeperError)
      assert.equal(failure.code, 'BROKER_START_FAILED')
      assert.match(failure.problems.join('\n'), /Stored node id 9 doesn't match/)
      return true
    })
    assert.deepEqual(await runningIds(brokers), [])
  } finally {
    await brokers.stop()
    rmSync(elsewhere, { recursive: true, force: true })
  }
})
