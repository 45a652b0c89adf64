/** `produce` on a simulated cluster: sources, keys, places, outcomes, and bad input, each told before or as it happens. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { capturedWorld, runVerb } from '../../test/support/captured-world.ts'
import { tempFolder } from '../../test/support/temp-folder.ts'
import { nodeCodecs } from '../adapters/codecs/node-codecs.ts'
import { createSimulatedCluster } from '../adapters/simulated/create.ts'
import { systemClock } from '../adapters/system/clock.ts'
import { readTopic } from '../consumer/reader.ts'
import { brokerId, LanekeeperError } from '../core/model/index.ts'
import { seededRandom } from '../core/simulation/index.ts'
import { produceCommand } from './produce.ts'
import type { World } from './world.ts'

const PARTITIONS = 6
const folder = tempFolder('produce')
const simulated = createSimulatedCluster({ brokers: 3, seed: 'produce', clock: systemClock })
const ready = simulated.cluster.createTopics([
  { name: 'orders', partitions: PARTITIONS, replicationFactor: 3, configs: new Map() },
])
after(() => simulated.close())

let topics = 0
/** A topic of its own for a test that reads it back. */
const newTopic = async (): Promise<string> => {
  const name = `orders-${++topics}`
  await simulated.cluster.createTopics([
    { name, partitions: PARTITIONS, replicationFactor: 3, configs: new Map() },
  ])
  return name
}

const run = (topic: string, ...args: readonly string[]) =>
  runUntil(new AbortController().signal, '', topic, ...args)

/** Standard input brings `typed` and then nothing more, without an end. */
const runUntil = async (
  interrupted: AbortSignal,
  typed: string,
  topic: string,
  ...args: readonly string[]
) => {
  await ready
  const captured = capturedWorld({ cluster: simulated.cluster, clock: systemClock, interrupted })
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
  await runVerb(produceCommand(world), topic, '--simulated', ...args)
  return captured.take()
}

const file = (name: string, content: string | Buffer): string => {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

const read = async (topic: string) => {
  const records: { key: Buffer | null; value: Buffer; partition: number }[] = []
  await readTopic({
    link: simulated.openLink('reader'),
    clock: systemClock,
    codecs: nodeCodecs,
    topics: [topic],
    from: 'earliest',
    until: 'end',
    onRecord: ({ key, value, partition }) =>
      void records.push({
        key: key === null ? null : Buffer.from(key),
        value: Buffer.from(value ?? []),
        partition,
      }),
  })
  return records
}

const refusal = async (...args: readonly [string, ...string[]]): Promise<LanekeeperError> => {
  try {
    await run(...args)
  } catch (error) {
    if (error instanceof LanekeeperError) return error
    throw error
  }
  return assert.fail(`${args.join(' ')} was not refused`)
}

test('lines go byte for byte, keys by pointer, and each record has one line of outcome', async () => {
  const topic = await newTopic()
  const lines = file('lines.jsonl', '{"id":"a","n":1}\r\n\n{"id":7,"n":"größe"}\n{"id":"a","n":3}')
  const outcomes = join(folder, 'lines.outcomes')
  const { out } = await run(topic, '--file', lines, '--key', '/id', '--outcomes', outcomes, '--json')
  const report = JSON.parse(out) as { acknowledged: number; recordsByPartition: number[] }
  assert.equal(report.acknowledged, 3)
  assert.equal(
    report.recordsByPartition.reduce((sum, count) => sum + count, 0),
    3,
  )
  const told = readFileSync(outcomes, 'utf8')
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as { key: string; sequence: number; outcome: string; offset: number })
    .toSorted((a, b) => a.sequence - b.sequence)
  assert.deepEqual(
    told.map(({ key, sequence, outcome }) => [key, sequence, outcome]),
    [
      ['a', 1, 'acknowledged'],
      ['7', 2, 'acknowledged'],
      ['a', 3, 'acknowledged'],
    ],
  )
  assert.ok((told[0]?.offset ?? 9) < (told[2]?.offset ?? 0))
  const records = await read(topic)
  assert.deepEqual(records.map(({ value }) => value.toString()).toSorted(), [
    '{"id":"a","n":1}',
    '{"id":"a","n":3}',
    '{"id":7,"n":"größe"}',
  ])
})

test('bytes that are no text survive, with the key before a separator', async () => {
  const topic = await newTopic()
  const value = Buffer.from([0xff, 0x00, 0x80, 0x09, 0x41])
  const lines = file('bytes', Buffer.concat([Buffer.from([0xfe, 0x09]), value, Buffer.from('\n')]))
  await run(topic, '--file', lines, '--key-separator', '\t')
  const [record] = await read(topic)
  assert.deepEqual([record?.key, record?.value], [Buffer.from([0xfe]), value])
})

test('a named partition, a strategy and a convention place records', async () => {
  const topic = await newTopic()
  await run(topic, '--generate', '20', '--partition', '4')
  assert.ok((await read(topic)).every(({ partition }) => partition === 4))
  const isolated = await newTopic()
  const hot = 'user-0000003'
  await run(isolated, '--generate', '200', '--users', '10', '--strategy', 'isolate', '--hot', hot)
  for (const { key, partition } of await read(isolated))
    assert.equal(partition === PARTITIONS - 1, key?.toString() === hot, `${key?.toString()} in ${partition}`)
  const spread = await newTopic()
  await run(spread, '--generate', '60', '--strategy', 'round-robin', '--users', '1')
  assert.deepEqual(new Set((await read(spread)).map(({ partition }) => partition)).size, PARTITIONS)
})

test('generated traffic of an uneven day: the guest key owns it, and no chance is claimed', async () => {
  const topic = await newTopic()
  const { out } = await run(topic, '--generate', '500', '--shape', 'guest-key', '--json')
  const guests = (await read(topic)).filter(({ key }) => key?.toString() === 'GUEST').length
  assert.ok(guests > 400, `${guests} of 500`)
  const report = JSON.parse(out) as { maxOverMean: number; expectedMaxOverMean: number | null }
  assert.ok(report.maxOverMean > 5)
  assert.equal(report.expectedMaxOverMean, null)
})

test('a rate is kept', async () => {
  const startedMs = systemClock.monotonicMs()
  await run('orders', '--generate', '60', '--rate', '100')
  assert.ok(systemClock.monotonicMs() - startedMs > 450)
})

test('people read the spread, partition by partition', async () => {
  const { out, err } = await run('orders', '--generate', '50', '--seed', '2')
  assert.match(out, /^50 records acknowledged in .*, p50 .*, p99 .* records a batch\n/)
  assert.match(out, /partition {2}records +share\n +0 +\d+/)
  assert.match(err, /Next: lanekeeper consume orders --from earliest --until end --max 10 --simulated\n$/)
})

for (const [what, code, message, ...args] of [
  [
    'a partition out of range',
    'PARTITION_UNKNOWN',
    /no partition 6/,
    'orders',
    '--generate',
    '1',
    '--partition',
    '6',
  ],
  ['a partition that is none', 'USAGE', /--partition -1/, 'orders', '--generate', '1', '--partition', '-1'],
  ['two places for the key', 'USAGE', /two places/, 'orders', '--key', '/a', '--key-separator', ','],
  ['a pointer that is none', 'USAGE', /not a JSON pointer/, 'orders', '--key', 'id'],
  ['a shape without a generator', 'USAGE', /--shape is for generated/, 'orders', '--shape', 'viral'],
  [
    'a place of the key for generated records',
    'USAGE',
    /are for lines/,
    'orders',
    '--generate',
    '1',
    '--key',
    '/a',
  ],
  ['a shape nobody knows', 'USAGE', /not one of steady/, 'orders', '--shape', 'virla'],
  ['a convention nobody knows', 'USAGE', /--convention jav/, 'orders', '--convention', 'jav'],
  ['settings nobody knows', 'USAGE', /does not know/, 'orders', '--producer-property', 'linger.mss=1'],
  ['settings that contradict', 'USAGE', /cannot work/, 'orders', '--producer-property', 'acks=1'],
  [
    'a strategy that does not fit',
    'USAGE',
    /does not fit/,
    'orders',
    '--generate',
    '1',
    '--strategy',
    'tenant-fair:9',
  ],
  [
    'an outcomes file in no folder',
    'FILE_UNREADABLE',
    /--outcomes/,
    'orders',
    '--generate',
    '1',
    '--outcomes',
    '/nowhere/x',
  ],
  ['a file that is not there', 'FILE_UNREADABLE', /ENOENT/, 'orders', '--file', '/nowhere/x'],
] as const)
  test(`refused with what to do: ${what}`, async () => {
    const error = await refusal(...(args as unknown as [string, ...string[]]))
    assert.equal(error.code, code)
    assert.match(error.message, message)
  })

test('a topic that is not there is told with the nearest name', async () => {
  const { code, fix } = await refusal('ordres', '--generate', '1', '--producer-property', 'max.block.ms=300')
  assert.equal(code, 'TOPIC_UNKNOWN')
  assert.match(fix ?? '', /^Did you mean orders\? Topics that exist: lanekeeper topics --simulated$/)
})

test('input that is not what was announced stops with its line; what came before is written and told', async () => {
  const topic = await newTopic()
  const broken = file('broken.jsonl', '{"id":"a"}\n{"id":\n')
  const error = await refusal(topic, '--file', broken, '--key', '/id')
  assert.match(error.message, /broken\.jsonl:2: not JSON/)
  assert.equal((await read(topic)).length, 1)
  const keyless = file('keyless.jsonl', '{"id":"a"}\n{"id":null}\n')
  assert.match(
    (await refusal(topic, '--file', keyless, '--key', '/id')).message,
    /:2: no text or number at \/id/,
  )
  const unseparated = file('unseparated', 'a,1\nb\n')
  assert.match(
    (await refusal(topic, '--file', unseparated, '--key-separator', ',')).message,
    /:2: the line does not hold the key separator/,
  )
})

test('a record that is too large is told by itself, and the others are written', async () => {
  const topic = await newTopic()
  const big = file('big', `${'x'.repeat(1_200_000)}\nsmall\n`)
  const outcomes = join(folder, 'big.outcomes')
  const error = await refusal(topic, '--file', big, '--outcomes', outcomes)
  assert.equal(error.code, 'DELIVERY_FAILED')
  assert.match(error.problems[0] ?? '', /1 × a record of 1200040 bytes .* above max\.request\.size/)
  assert.match(readFileSync(outcomes, 'utf8'), /"sequence":1,"outcome":"failed","code":"RECORD_TOO_LARGE"/)
  assert.equal((await read(topic)).length, 1)
})

test('with --json a run that fails is one object all the same, with what was written and what was not', async () => {
  const topic = await newTopic()
  const big = file('big-json', `${'x'.repeat(1_200_000)}\nsmall\n`)
  const { out, exitCode } = await run(topic, '--file', big, '--json')
  const { acknowledged, failed, error } = JSON.parse(out) as {
    acknowledged: number
    failed: number
    error: { code: string; message: string }
  }
  assert.deepEqual([acknowledged, failed, error.code, exitCode], [1, 1, 'DELIVERY_FAILED', 1])
  assert.match(error.message, /^1 record was not written/)
  const whole = await run(topic, '--file', file('small', 'small\n'), '--json')
  assert.equal((JSON.parse(whole.out) as { error: unknown }).error, null)
})

test('an interrupt ends silent input: what was read is written, and the exit says so', async () => {
  const topic = await newTopic()
  const interrupt = new AbortController()
  setTimeout(() => interrupt.abort(), 300)
  const { exitCode, out } = await runUntil(interrupt.signal, 'one\ntwo\nhalf', topic)
  assert.equal(exitCode, 130)
  assert.match(out, /^2 records acknowledged/)
})

test('an interrupt while brokers stand still ends at its deadline and names what did not make it', async () => {
  const topic = await newTopic()
  const interrupt = new AbortController()
  const brokers = [brokerId(1), brokerId(2), brokerId(3)]
  setTimeout(() => brokers.forEach(broker => simulated.faults.pause(broker)), 200)
  setTimeout(() => interrupt.abort(), 1_500)
  const outcomes = join(folder, 'stopped.outcomes')
  try {
    await assert.rejects(
      runUntil(interrupt.signal, '', topic, '--generate', '100000', '--rate', '200', '--outcomes', outcomes),
      (error: unknown) =>
        error instanceof LanekeeperError &&
        error.code === 'DELIVERY_IN_DOUBT' &&
        error.problems.some(problem => /orders-\d+-\d: \d+ records in doubt at the deadline/.test(problem)),
    )
  } finally {
    for (const broker of brokers) simulated.faults.resume(broker)
  }
  const told = readFileSync(outcomes, 'utf8').trim().split('\n')
  assert.ok(told.some(line => line.includes('"in-doubt"')))
  assert.ok(told.some(line => line.includes('"acknowledged"')))
})

test('an outcomes file that cannot be written on ends the run in order: what was sent is told, the rest is not sent', async () => {
  const topic = await newTopic()
  const error = await refusal(topic, '--generate', '100000', '--outcomes', '/dev/full')
  assert.equal(error.code, 'FILE_UNREADABLE')
  assert.match(error.message, /^--outcomes \/dev\/full: the disk is full; it does not tell of all records\.$/)
  assert.ok((await read(topic)).length < 100_000)
})

test('the mark that some editors put at the begin of a file is no part of its first record', async () => {
  const topic = await newTopic()
  const marked = join(folder, 'marked.jsonl')
  writeFileSync(marked, '\uFEFF{"id":"a"}\r\n\r\n{"id":"b"}\r\n')
  await run(topic, '--file', marked, '--key', '/id')
  assert.deepEqual((await read(topic)).map(({ value }) => value?.toString()).toSorted(), [
    '{"id":"a"}',
    '{"id":"b"}',
  ])
})
