import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Command } from 'commander'
import { capturedWorld, runVerb } from '../../test/support/captured-world.ts'
import { tempFolder } from '../../test/support/temp-folder.ts'
import { nodeCodecs } from '../adapters/codecs/node-codecs.ts'
import { countStructuredKeys } from '../adapters/key-counter/key-counter.ts'
import { packedRouter } from '../adapters/key-counter/packed-router.ts'
import { createSimulatedCluster } from '../adapters/simulated/create.ts'
import { systemClock } from '../adapters/system/clock.ts'
import { LanekeeperError, partitionCount } from '../core/model/index.ts'
import { type ConventionName, routeKey } from '../core/routing/index.ts'
import { seededRandom } from '../core/simulation/index.ts'
import { createProducer } from '../producer/producer.ts'
import { identifyCommand } from './identify.ts'
import { lintCommand } from './lint.ts'
import { routeCommand } from './route.ts'
import { simulateCommand } from './simulate/command.ts'
import type { World } from './world.ts'

const vectors = join(import.meta.dirname, '../../test/vectors/keys')
const connection = createSimulatedCluster({ brokers: 3, seed: 'key verbs', clock: systemClock })

const run = async (
  verb: (world: World) => Command,
  ...args: readonly string[]
): Promise<{ readonly out: string; readonly err: string; readonly exitCode: number }> => {
  const { world, take } = capturedWorld({ cluster: connection.cluster, clock: systemClock })
  const whole: World = {
    ...world,
    codecs: nodeCodecs,
    countStructured: countStructuredKeys,
    routePacked: packedRouter(),
    connect: async () => ({ ...connection, close: async () => {} }),
  }
  await runVerb(verb(whole), ...args)
  return take()
}

const json = async <Value>(verb: (world: World) => Command, ...args: readonly string[]): Promise<Value> =>
  JSON.parse((await run(verb, ...args, '--json')).out) as Value

interface SimulationJson {
  readonly keys: {
    readonly distinct: number
    readonly total: number
    readonly topShare: number
    readonly effectiveKeys: number
    readonly heaviest: readonly { readonly key: string }[]
  }
  readonly columns: readonly {
    readonly partitions: number
    readonly strategy: string
    readonly hottestLane: number
    readonly maxLoad: number
    readonly minLoad: number
    readonly maxOverMean: number
    readonly coefficientOfVariation: number
    readonly keysInALaneMax: number
    readonly emptyLanes: number
    readonly loads: readonly number[]
    readonly timeline: readonly number[] | null
    readonly expectedMaxOverMean: { readonly maxOverMean: number } | null
  }[]
  readonly moves: readonly {
    readonly kind: string
    readonly keysShare: number
    readonly expectedShare: number
  }[]
}

interface GoldenLanes {
  readonly maxPartition: number
  readonly maxWeight: number
  readonly minWeight: number
  readonly maxOverMean: number
  readonly cv: number
  readonly maxKeysInAPartition: number
  readonly emptyPartitions: number
  readonly weights?: readonly number[]
}

for (const file of [
  'flights-route.csv',
  'flights-tailnum.csv',
  'cities-by-name.csv',
  'cities-by-id.csv.gz',
  'cdnow-customers-orders.csv',
  'cdnow-customers-cents.csv.gz',
  'npm-scoped-downloads.csv.gz',
])
  test(`simulate gives ${file} the skew that Java's own hash gives it, to the last record`, async () => {
    const golden = JSON.parse(
      readFileSync(join(vectors, `${file.replace(/\.csv(\.gz)?$/, '')}.skew.json`), 'utf8'),
    ) as Record<string, GoldenLanes> & {
      keys: number
      total: number
      topKey: string
      topShare: number
      effectiveKeys: number
    }
    const { keys, columns } = await json<SimulationJson>(
      simulateCommand,
      join(vectors, file),
      '--partitions',
      '12,64,500,1000',
      '--loads',
    )
    assert.deepEqual(
      [
        keys.distinct,
        keys.total,
        keys.heaviest[0]?.key,
        Number(keys.topShare.toFixed(8)),
        keys.effectiveKeys,
      ],
      [golden.keys, golden.total, golden.topKey, golden.topShare, golden.effectiveKeys],
    )
    for (const column of columns) {
      const lanes = golden[`n${column.partitions}`]
      assert.ok(lanes)
      assert.deepEqual(
        [column.hottestLane, column.maxLoad, column.minLoad, column.keysInALaneMax, column.emptyLanes],
        [
          lanes.maxPartition,
          lanes.maxWeight,
          lanes.minWeight,
          lanes.maxKeysInAPartition,
          lanes.emptyPartitions,
        ],
      )
      assert.equal(Number(column.maxOverMean.toFixed(4)), lanes.maxOverMean)
      assert.equal(Number(column.coefficientOfVariation.toFixed(4)), lanes.cv)
      if (lanes.weights !== undefined) assert.deepEqual(column.loads, lanes.weights)
    }
  })

test('simulate compares strategies, follows a burst over time, and says what a change moves', async () => {
  const { columns, moves } = await json<SimulationJson>(
    simulateCommand,
    '--generate',
    'viral',
    '--keys',
    '20000',
    '--share',
    '30%',
    '--partitions',
    '24',
    '--strategy',
    'hash,salted:8,sticky',
    '--hot',
    'user-0000000',
    '--from',
    '12',
    '--to',
    '24',
  )
  const [hash, salted, sticky] = columns
  assert.ok(hash !== undefined && salted !== undefined && sticky !== undefined)
  assert.ok(hash.maxOverMean > salted.maxOverMean && salted.maxOverMean > sticky.maxOverMean)
  assert.ok(hash.expectedMaxOverMean !== null && sticky.expectedMaxOverMean === null)
  const worst = Math.max(...(hash.timeline ?? []))
  assert.ok(worst > 0.3 * 24 && worst < 0.3 * 24 + 1.5, `${worst}`)
  assert.equal(moves[0]?.kind, 'split')
  assert.ok(Math.abs((moves[0]?.keysShare ?? 0) - 0.5) < 0.02)
})

test('a change of the count says whether it splits cleanly, and that fewer partitions need a new topic', async () => {
  for (const [to, words] of [
    ['24', /Clean split: 24 is a multiple of 12/],
    ['25', /Shuffle: .* A multiple of 12 would be a clean split/],
    ['6', /Merge: .* Kafka takes no partitions away/],
    ['7', /Shuffle: .* Kafka takes no partitions away/],
  ] as const) {
    const { out, err } = await run(
      simulateCommand,
      '--generate',
      'zipf',
      '--keys',
      '500',
      '--from',
      '12',
      '--to',
      to,
    )
    assert.match(out + err, words)
  }
})

test('the comparison is drawn, one row a column, and a file that cannot be written is an error', async () => {
  const file = join(tempFolder('picture'), 'spread.svg')
  const args = [
    '--generate',
    'celebrity',
    '--keys',
    '5000',
    '--strategy',
    'hash,sticky',
    '--partitions',
    '12,2000',
  ]
  await run(simulateCommand, ...args, '--svg', file)
  const svg = readFileSync(file, 'utf8')
  assert.equal(svg.match(/<path d="M16 [^"]+" stroke/g)?.length, 4)
  assert.match(svg, /hash \(java\), 2000 lanes: max ÷ mean 40\d×/)
  await assert.rejects(run(simulateCommand, ...args, '--svg', join(file, 'x.svg')), /cannot be written/)
})

test('generated keys counted by their heads give what the same keys give one by one', async () => {
  const [counted, one] = await Promise.all(
    ['hash', 'isolate'].map(strategy =>
      json<SimulationJson>(
        simulateCommand,
        '--generate',
        'sequential',
        '--keys',
        '1200000',
        '--partitions',
        '7',
        '--loads',
        '--strategy',
        strategy,
        '--hot',
        'nobody',
      ),
    ),
  )
  // isolating a key that does not occur hashes all others as they are, the long way
  assert.deepEqual(counted?.columns[0]?.loads, one?.columns[0]?.loads.slice(0, 7))
})

test('route prints every convention, null and empty keys as each treats them', async () => {
  interface Routed {
    readonly key: string | null
    readonly bytes: string | null
    readonly serializer: string
    readonly conventions: Readonly<
      Record<ConventionName, { readonly partitions: Record<string, number | string> }>
    >
  }
  const { out } = await run(
    routeCommand,
    'alice',
    '',
    '--null-key',
    '--convention',
    'all',
    '--partitions',
    '12,1000',
    '--json',
  )
  const [alice, empty, none] = out
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as Routed)
  assert.ok(alice !== undefined && empty !== undefined && none !== undefined)
  for (const [name, { partitions }] of Object.entries(alice.conventions))
    for (const [count, partition] of Object.entries(partitions))
      assert.equal(partition, routeKey(name as ConventionName, 'alice', partitionCount(Number(count))))
  assert.equal(empty.conventions['librdkafka-consistent-random'].partitions['12'], 'random')
  assert.equal(none.conventions['kafkajs-default'].partitions['12'], 'round-robin')
  assert.equal(none.conventions['platformatic-compatibility'].partitions['12'], 0)
  const number = await json<Routed>(routeCommand, '42', '--key-format', 'int64')
  assert.deepEqual([number.bytes, number.serializer], ['000000000000002a', 'LongSerializer'])
})

test('the lane that does not exist is shown', async () => {
  const { out } = await run(
    routeCommand,
    'polygenelubricants',
    '--partitions',
    '63',
    '--strategy',
    'store-id-by-hand,store-id',
  )
  assert.match(out, /store-id-by-hand +-2: the send fails/)
  assert.match(out, /store-id +0/)
})

const wrong: readonly (readonly [verb: (world: World) => Command, args: readonly string[], says: RegExp])[] =
  [
    [
      simulateCommand,
      ['--generate', 'zipf', '--partitions', '0'],
      /--partitions 0: not a whole number from 1 to 1000000/,
    ],
    [simulateCommand, ['--generate', 'zipf', '--partitions', '-3'], /--partitions -3/],
    [simulateCommand, ['--generate', 'zipf', '--partitions', '12,1000001'], /--partitions 1000001/],
    [simulateCommand, ['--generate', 'zipf', '--partitions', '1.5'], /--partitions 1\.5/],
    [simulateCommand, ['--generate', 'zipf', '--from', '12'], /--from and --to belong together/],
    [
      simulateCommand,
      ['--generate', 'zipf', '--strategy', 'reserved', '--reserve', 'vip=0-20'],
      /lane 20 is reserved/,
    ],
    [
      simulateCommand,
      ['--generate', 'zipf', '--strategy', 'reserved', '--reserve', 'a=0-2,b=2'],
      /lane 2 is given to a and to b/,
    ],
    [
      simulateCommand,
      ['--generate', 'zipf', '--strategy', 'reserved', '--reserve', 'a=0,a=2'],
      /a is given lanes twice/,
    ],
    [simulateCommand, ['--generate', 'zipf', '--strategy', 'tenant-fair:13'], /13 lanes a tenant/],
    [simulateCommand, ['--generate', 'zipf', '--strategy', 'hsah'], /there is no such strategy/],
    [simulateCommand, ['--generate', 'zipf', '--convention', 'jav'], /--convention jav: not one of java/],
    [simulateCommand, ['--generate', 'zipf', '--exponent', '-1'], /--exponent -1/],
    [simulateCommand, ['--generate', 'celebrity', '--share', '1.5'], /--share 1\.5/],
    [simulateCommand, [], /No keys are named/],
    [simulateCommand, ['a.txt', '--generate', 'zipf'], /Two sources of keys are named/],
    [routeCommand, [], /No key is given/],
    [routeCommand, ['x', '--key-format', 'uuid'], /key 1: "x" is not a key of format uuid/],
    [routeCommand, ['9223372036854775808', '--key-format', 'int64'], /is not a key of format int64/],
  ]

for (const [verb, args, says] of wrong)
  test(`${args.join(' ') || 'nothing'}: one clear error`, async () => {
    await assert.rejects(run(verb, ...args), (error: unknown) => {
      assert.ok(error instanceof LanekeeperError && ['USAGE', 'INPUT_INVALID'].includes(error.code))
      assert.match(error.message, says)
      return true
    })
  })

test('a strategy that can send nothing has measures that are unknown', async () => {
  const file = join(tempFolder('unsendable'), 'names.txt')
  writeFileSync(file, 'anna\nben\n')
  const { out } = await run(simulateCommand, file, '--strategy', 'explicit', '--partitions', '5')
  assert.match(out, /explicit +java +5( +unknown| +-){4} +none +unknown/)
  assert.doesNotMatch(out, /NaN/)
})

test('a population whose weights are all 0 has no report', async () => {
  const file = join(tempFolder('weights'), 'idle.csv')
  writeFileSync(file, 'key,weight\na,0\nb,0\n')
  await assert.rejects(run(simulateCommand, file), /idle\.csv: all weights are 0/)
  await assert.rejects(run(lintCommand, 'keys', file), /idle\.csv: all weights are 0/)
})

/** A topic in which each named writer placed so many keys. */
const topicWrittenBy = async (
  topic: string,
  partitions: number,
  writers: readonly (readonly [ConventionName, number])[],
): Promise<void> => {
  await connection.cluster.createTopics([
    { name: topic, partitions, replicationFactor: 3, configs: new Map() },
  ])
  const producer = createProducer({
    link: connection.openLink('test'),
    clock: systemClock,
    codecs: nodeCodecs,
    random: seededRandom(topic),
  })
  for (const [name, keys] of writers)
    for (let index = 0; index < keys; index++) {
      const key = `user-${index}`
      const partition = Number(routeKey(name, key, partitionCount(partitions)))
      producer.send(
        { topic, key, value: 'x', partition, headers: [{ key: 'app', value: Buffer.from(name) }] },
        () => {},
      )
    }
  const { failed, inDoubt } = await producer.close({ deadlineMs: 20_000 })
  assert.equal(failed + inDoubt, 0)
}

interface Identified {
  readonly verdict: string
  readonly sampled: number
  readonly writers: readonly { readonly names: readonly string[]; readonly headers: readonly string[] }[]
}

test('identify names the writers of a topic, or says that it cannot tell', async () => {
  await topicWrittenBy('one', 12, [['librdkafka-consistent-random', 300]])
  await topicWrittenBy('two', 12, [
    ['java', 300],
    ['sarama-hash', 200],
  ])
  await topicWrittenBy('power', 8, [['java', 200]])
  const one = await run(identifyCommand, 'one', '--simulated', '--json')
  const found = JSON.parse(one.out) as Identified
  assert.deepEqual([found.verdict, found.sampled, one.exitCode], ['one', 300, 0])
  assert.ok(found.writers[0]?.names.includes('librdkafka-consistent-random'))

  const two = await run(identifyCommand, 'two', '--simulated', '--json')
  const mixed = JSON.parse(two.out) as Identified
  assert.deepEqual([mixed.verdict, two.exitCode], ['mixed', 3])
  assert.deepEqual(
    mixed.writers.map(({ headers }) => headers),
    [['app=java'], ['app=sarama-hash']],
  )

  const power = await run(identifyCommand, 'power', '--simulated')
  assert.match(power.out, /Cannot tell which of these: on 8 partitions .*power of two/)
})

test('a sample of a long topic spans its history', async () => {
  await topicWrittenBy('long', 3, [['java', 9000]])
  const { keys } = await json<SimulationJson>(
    simulateCommand,
    '--simulated',
    '--topic',
    'long',
    '--sample',
    '1200',
  )
  assert.ok(keys.total >= 1200 && keys.total <= 1300, `${keys.total}`)
  await assert.rejects(run(identifyCommand, 'absent', '--simulated'), /Topic absent does not exist/)
})

test('lint keys of a live topic ends with 3 and names the rule', async () => {
  const { out, exitCode } = await run(lintCommand, 'keys', '--simulated', '--topic', 'two')
  assert.equal(exitCode, 3)
  assert.match(out, /few-keys: There are only 300 distinct keys/)
})
