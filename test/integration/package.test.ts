/**
 * The published package as somebody else's program meets it: packed, unpacked below a node_modules, where Node strips no
 * types, and imported by plain Node; against the real cluster.
 */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { connectKafka, type KafkaConnection } from '../../src/adapters/kafka/connect.ts'
import { systemClock } from '../../src/adapters/system/clock.ts'
import { realClusterServers, uniquePrefix } from '../support/real-cluster.ts'
import { tempFolder } from '../support/temp-folder.ts'

const run = promisify(execFile)
const root = join(import.meta.dirname, '..', '..')
const servers = realClusterServers() ?? []
const topic = uniquePrefix('package')
let kafka: KafkaConnection
let app: string

/** Installed as npm would, but each dependency is a link to the one that is here. */
const install = async (): Promise<string> => {
  const folder = tempFolder('package')
  await run(process.execPath, [join(root, 'bin', 'build.mjs')])
  // the page is built by the suite before; building it again here would pull it away under other tests
  const { stdout } = await run('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder], {
    cwd: root,
  })
  const [{ filename }] = JSON.parse(stdout) as [{ filename: string }]
  const modules = join(folder, 'app', 'node_modules')
  mkdirSync(join(modules, 'lanekeeper'), { recursive: true })
  await run('tar', [
    '-xzf',
    join(folder, filename),
    '--strip-components=1',
    '-C',
    join(modules, 'lanekeeper'),
  ])
  const { dependencies, optionalDependencies } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  ) as Record<'dependencies' | 'optionalDependencies', Record<string, string>>
  const here = readdirSync(join(root, 'node_modules'))
  for (const name of [
    ...Object.keys(dependencies),
    ...Object.keys(optionalDependencies).filter(each => here.includes(each)),
    '@types/node',
  ]) {
    mkdirSync(dirname(join(modules, name)), { recursive: true })
    symlinkSync(join(root, 'node_modules', name), join(modules, name))
  }
  writeFileSync(join(folder, 'app', 'package.json'), '{"type":"module"}')
  return join(folder, 'app')
}

const program = `
import { createConsumer } from 'lanekeeper/consumer'
import { createProducer } from 'lanekeeper/producer'
import { subscribe } from 'node:diagnostics_channel'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

const answers: number[] = []
subscribe('lanekeeper:producer:answer', message => answers.push((message as { durationMs: number }).durationMs))
const events: string[] = []
subscribe('lanekeeper:consumer:event', message => {
  const { type, clientId, group } = message as { type: string; clientId: string; group: string }
  events.push([type, clientId, group].join(' '))
})
const topic = ${JSON.stringify(topic)}
const producer = await createProducer({ 'bootstrap.servers': ${JSON.stringify(servers.join(','))}, 'linger.ms': '5' })
const record = (index: number) => ({ topic, key: 'key-' + (index % 7), value: 'value ' + index })
const first = await producer.deliver(record(0))
await pipeline(Readable.from([record(1), record(2), record(3)]), producer.writable())
async function* more() { for (let index = 4; index < 10; index++) yield record(index) }
const taken = await producer.sendFrom(more())
const { acknowledged, failed, inDoubt } = await producer.close()

const enough = new AbortController()
const values: string[] = []
const consumer = createConsumer({ bootstrapServers: ${JSON.stringify(servers.join(','))}, 'client.id': 'reader' })
await consumer.run({
  group: topic,
  topics: [topic],
  handler: ({ value }) => {
    values.push(new TextDecoder().decode(value ?? undefined))
    if (values.length === 10) enough.abort()
  },
  signal: enough.signal,
})
const read = new Set(values).size
const told = events.includes('assigned reader ' + topic)
const [metric] = consumer.metrics().match(/lanekeeper_consumer_records.*processed.*/) ?? []
console.log(JSON.stringify({ kind: first.kind, taken, acknowledged, failed, inDoubt, seen: answers.length > 0, read, told, metric }))
`

before(async () => {
  assert.notEqual(servers.length, 0, 'a real cluster is needed; npm test starts one')
  kafka = await connectKafka({ bootstrapServers: servers, clientId: topic, clock: systemClock })
  const [created] = await kafka.cluster.createTopics([
    { name: topic, partitions: 3, replicationFactor: 3, configs: new Map() },
  ])
  assert.equal(created?.code, 0)
  app = await install()
})

after(async () => {
  await kafka.cluster.deleteTopics([topic])
  await kafka.close()
})

const recordsInLog = async (): Promise<number> => {
  const snapshot = await kafka.cluster.describe({ topics: [topic] })
  const offsets = (await kafka.cluster.readOffsets(snapshot, [topic])).get(topic)
  return offsets?.end.reduce((sum, end) => sum + end, 0) ?? Number.NaN
}

test('a program imports lanekeeper/producer and /consumer, with types, writes and reads', async () => {
  writeFileSync(join(app, 'program.ts'), program)
  await run(
    process.execPath,
    [
      join(root, 'node_modules', 'typescript', 'bin', 'tsc'),
      '--strict',
      '--noEmit',
      '--module',
      'nodenext',
      '--target',
      'es2024',
      '--types',
      'node',
      'program.ts',
    ],
    { cwd: app },
  ).catch((error: Error & { stdout?: string }) => assert.fail(error.stdout ?? error.message))
  const { stdout } = await run(process.execPath, ['program.ts'], { cwd: app })
  assert.deepEqual(JSON.parse(stdout), {
    kind: 'acknowledged',
    taken: 6,
    acknowledged: 10,
    failed: 0,
    inDoubt: 0,
    seen: true,
    read: 10,
    told: true,
    metric: `lanekeeper_consumer_records{client_id="reader",consumergroup="${topic}",outcome="processed"} 10`,
  })
  assert.equal(await recordsInLog(), 10)
})

test('everything wrong with the options is told at once', async () => {
  const wrong = `
    import { createProducer } from 'lanekeeper/producer'
    await createProducer({ 'linger.ns': 5, acks: 1, 'batch.size': 10, 'security.protocol': 'SSLL', strategy: 'hsah' })
      .catch(error => console.log(JSON.stringify([error.code, ...error.problems])))`
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', wrong], { cwd: app })
  const [code, ...problems] = JSON.parse(stdout) as string[]
  assert.equal(code, 'USAGE')
  assert.deepEqual(
    [
      /linger\.ns is not an option; did you mean linger\.ms\?/,
      /security\.protocol is one of/,
      /bootstrapServers is missing/,
      /batch\.size 10 is below 1024/,
      /acks=1 contradicts enable\.idempotence/,
      /strategy hsah: there is no such strategy/,
    ].filter(expected => !problems.some(problem => expected.test(problem))),
    [],
    problems.join('\n'),
  )
})

test('the program of the package runs: version, and records into a topic', async () => {
  const launcher = join(app, 'node_modules', 'lanekeeper', 'bin', 'lanekeeper.mjs')
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
  const told = await run(process.execPath, [launcher, '--version'], { cwd: app })
  assert.equal(told.stdout.trim(), version)
  const before = await recordsInLog()
  const { stdout } = await run(
    process.execPath,
    [launcher, 'produce', topic, '--generate', '25', '--json', '--bootstrap-server', servers.join(',')],
    { cwd: app },
  )
  assert.equal((JSON.parse(stdout) as { acknowledged: number }).acknowledged, 25)
  assert.equal(await recordsInLog(), before + 25)
})
