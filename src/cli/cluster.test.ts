import assert from 'node:assert/strict'
import { test } from 'node:test'
import { capturedWorld, runVerb } from '../../test/support/captured-world.ts'
import { ManualClock } from '../../test/support/manual-clock.ts'
import { scriptedCluster, snapshotOf } from '../../test/support/scripted-cluster.ts'
import { brokerId } from '../core/model/index.ts'
import type { LocalBrokerStatus, LocalBrokers } from '../ports/local-brokers.ts'
import { clusterCommand } from './cluster.ts'
import type { World } from './world.ts'

/** Brokers without processes: records what was asked of them. */
const scripted = (running: readonly number[]) => {
  const asked: string[] = []
  const broker = (id: number): LocalBrokerStatus => ({
    id: brokerId(id),
    rack: `rack-${id}`,
    host: '127.0.0.1',
    port: 19091 + id,
    pid: running.includes(id) ? 100 + id : null,
    running: running.includes(id),
    residentBytes: running.includes(id) ? 412_000_000 : null,
    startedAt: running.includes(id) ? new Date(0).toISOString() : null,
    logFile: `/state/broker-${id}/server.log`,
  })
  const local: LocalBrokers = {
    start: async ({ brokers, fresh, lifetime }) => {
      asked.push(`start ${brokers} ${fresh} ${lifetime}`)
      return { bootstrapServer: '', alreadyRunning: [], kafkaVersion: '4.3.0' }
    },
    startOne: async id => void asked.push(`startOne ${id}`),
    stop: async ids => void asked.push(`stop ${ids?.join(',') ?? 'all'}`),
    kill: async id => void asked.push(`kill ${id}`),
    lost: () => null,
    status: async () => [1, 2, 3].map(broker),
  }
  return { local, asked }
}

const run = async (args: readonly string[], running: readonly number[] = [1, 2, 3]) => {
  const { local, asked } = scripted(running)
  let out = ''
  let err = ''
  const stateDirs: string[] = []
  const world = {
    clock: { wallMs: () => 65_000 },
    localBrokers: (stateDir: string) => {
      stateDirs.push(stateDir)
      return local
    },
    io: {
      env: {},
      calledAs: 'lanekeeper',
      stdout: { write: (text: string) => (out += text) },
      stderr: { write: (text: string) => (err += text) },
    },
  } as unknown as World
  await clusterCommand(world).parseAsync(args, { from: 'user' })
  return { asked, out, err, stateDirs }
}

test('start: all, a number, fresh, or one', async () => {
  assert.deepEqual((await run(['start'])).asked, ['start null false nobody'])
  assert.deepEqual((await run(['start', '--brokers', '4', '--fresh'])).asked, ['start 4 true nobody'])
  assert.deepEqual((await run(['start', '2'])).asked, ['startOne 2'])
  await assert.rejects(run(['start', '2', '--fresh']), { code: 'USAGE' })
  await assert.rejects(run(['start', '--brokers', 'three']), { code: 'USAGE' })
  await assert.rejects(run(['start', '--brokers', '3.0']), { code: 'USAGE' })
})

test('stop and kill say what to look at and how to bring it back', async () => {
  const killed = await run(['kill', '2', '--state-dir', '/elsewhere'], [1, 3])
  assert.deepEqual(killed.asked, ['kill 2'])
  assert.deepEqual(killed.stateDirs, ['/elsewhere'])
  assert.match(killed.err, /lanekeeper status --bootstrap-server 127\.0\.0\.1:19092,127\.0\.0\.1:19093/)
  assert.match(killed.err, /lanekeeper cluster start 2 --state-dir \/elsewhere/)
  assert.deepEqual((await run(['stop', '2'])).asked, ['stop 2'])
  const stopped = await run(['stop'], [])
  assert.deepEqual(stopped.asked, ['stop all'])
  assert.match(stopped.err, /lanekeeper cluster start\n/)
})

test('status: a table for people, one object for scripts, nothing else on standard output', async () => {
  const table = await run(['status'], [1, 3])
  const lines = table.out.trimEnd().split('\n')
  assert.equal(lines.length, 4)
  assert.match(
    lines[1] ?? '',
    /1 {2}running {2}127\.0\.0\.1:19092 {2}rack-1 {6}101 {2}412\u00a0MB .*1\u00a0m\u00a005\u00a0s/,
  )
  assert.match(lines[2] ?? '', /2 {2}stopped/)
  const json = await run(['status', '--json'], [1, 3])
  const { brokers, bootstrapServer } = JSON.parse(json.out) as { brokers: unknown[]; bootstrapServer: string }
  assert.equal(brokers.length, 3)
  assert.equal(bootstrapServer, '127.0.0.1:19092,127.0.0.1:19093,127.0.0.1:19094')
  assert.equal(json.err, '')
})

test('status of a place without a cluster names the command that makes one there', async () => {
  const { world, take } = capturedWorld({
    cluster: scriptedCluster(snapshotOf([])),
    clock: new ManualClock(),
  })
  await runVerb(clusterCommand(world), 'status', '--state-dir', '/elsewhere')
  assert.match(
    take().err,
    /^There is no local cluster in .*lanekeeper cluster start --state-dir \/elsewhere\n$/,
  )
})
