import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { type CapturedWorld, capturedWorld, runVerb } from '../../test/support/captured-world.ts'
import { nodeCodecs } from '../adapters/codecs/node-codecs.ts'
import { createSimulatedCluster } from '../adapters/simulated/create.ts'
import { systemClock } from '../adapters/system/clock.ts'
import { seededRandom } from '../core/simulation/index.ts'
import type { CapacityPlan } from '../runtime/measure-capacity.ts'
import { proveCommand } from './prove.ts'
import { sizeCommand } from './size.ts'

const setUp = (
  options: { file?: string; interrupted?: AbortSignal } = {},
): CapturedWorld & { topics: () => Promise<number> } => {
  const { cluster, openLink, close } = createSimulatedCluster({ brokers: 3, seed: 1, clock: systemClock })
  const captured = capturedWorld({ cluster, clock: systemClock, ...options })
  const world = {
    ...captured.world,
    codecs: nodeCodecs,
    seededRandom,
    connect: async () => ({ cluster, openLink, close }),
  }
  return { ...captured, world, topics: async () => (await cluster.describe()).topics.size }
}

const example = (name: string): string =>
  readFileSync(new URL(`../../examples/${name}/workload.yaml`, import.meta.url), 'utf8')

test('size prints the design note; StreamSocial is 1,500 = 1,000 + 500 with the honest line', async () => {
  const { world, take } = setUp({ file: example('streamsocial') })
  await runVerb(sizeCommand(world), 'w.yaml')
  const { out, err, exitCode } = take()
  assert.match(out, /^StreamSocial\n\n1,500 partitions = 1,000 \+ 500 for 50M\/s/)
  assert.match(out, /rate of one consumer +50M\/s ÷ 50k\/s +at least +1,000 +given +binds\n/)
  assert.match(out, /50M\/s only at utilisation 1\.0; .* 41\.7M\/s is sustainable/)
  assert.match(err, /Next: /)
  assert.equal(exitCode, 0)
})

test('size --json has units in its names and is the same for a seed', async () => {
  const { world, take } = setUp({ file: example('iot') })
  await runVerb(sizeCommand(world), 'w.yaml', '--json')
  const first = take()
  await runVerb(sizeCommand(world), 'w.yaml', '--format', 'json')
  assert.equal(take().out, first.out)
  assert.equal(first.err, '')
  const report = JSON.parse(first.out)
  assert.equal(report.topics[0].keyChosen, 'device_region + device_id')
  assert.equal(report.topics[0].keys[0].verdict, 'too few keys')
  assert.ok(report.demand.recordsPerSecond > 0 && report.brokers.bytesWrittenPerSecondPerBroker > 0)
})

test('size --format markdown is what the documents hold', async () => {
  const { world, take } = setUp({ file: example('gaming') })
  await runVerb(sizeCommand(world), 'w.yaml', '--format', 'markdown')
  const written = readFileSync(new URL('../../docs/scenarios/gaming.md', import.meta.url), 'utf8')
  assert.ok(written.endsWith(take().out))
})

test('size names every problem of a workload with its place', async () => {
  const { world } = setUp({ file: 'name: w\nrate: {records: 0, per: second, is: peak}\ntopics: []\n' })
  await assert.rejects(runVerb(sizeCommand(world), 'w.yaml'), {
    code: 'CONFIG_INVALID',
    problems: [
      'w.yaml:2:17: rate.records must be a plain number from 0.000001 to 1000000000000, such as 100000; 0 is not',
      'w.yaml:3:9: topics must have at least one topic',
    ],
  })
})

test('size takes real keys of a topic from a file', async () => {
  const { world, take } = setUp({ file: example('iot') })
  const file = new URL('../../test/vectors/keys/flights-tailnum.csv', import.meta.url).pathname
  await runVerb(sizeCommand(world), 'w.yaml', '--json', '--keys', `device-telemetry=${file}`)
  const [key] = JSON.parse(take().out).topics[0].keys
  const rows = readFileSync(file, 'utf8').trimEnd().split('\n').slice(1)
  const weights = rows.map(row => Number(row.slice(row.lastIndexOf(',') + 1)))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  assert.equal(key.distinctKeys, rows.length)
  assert.equal(key.heaviestShare, Math.max(...weights) / total)
  for (const wrong of ['nope=x.csv', 'device-telemetry', '=x'])
    await assert.rejects(runVerb(sizeCommand(world), 'w.yaml', '--keys', wrong), { code: 'USAGE' })
  await assert.rejects(runVerb(sizeCommand(world), 'w.yaml', '--keys', 'device-telemetry=/nope'), {
    code: 'FILE_UNREADABLE',
  })
})

const quick: CapacityPlan = {
  recordBytes: [50, 500],
  partitions: [1, 2, 4],
  rounds: 2,
  pointMs: 40,
  totalMs: 15_000,
}
const AT = ['--bootstrap-server', 'h:1']

test('prove measures every point, holds the largest out, and leaves no topic behind', async () => {
  const { world, take, topics } = setUp()
  await runVerb(proveCommand(world, quick), ...AT, '--json')
  const proof = JSON.parse(take().out)
  assert.equal(proof.simulated, true)
  assert.equal(proof.points.length, 6)
  for (const point of proof.points) {
    assert.ok(point.producedRecordsPerSecond.best > 0 && point.consumedRecordsPerSecond.median > 0)
    assert.ok(point.producedCpuSecondsPerRecord.best >= 0)
  }
  assert.deepEqual([proof.produce.heldOut.recordBytes, proof.produce.heldOut.partitions], [500, 4])
  assert.equal(await topics(), 0)
})

test('prove prints what was measured, the model and the label of each claim', async () => {
  const { world, take } = setUp()
  await runVerb(proveCommand(world, { ...quick, rounds: 1 }), ...AT)
  const { out, err } = take()
  for (const part of [
    /MEASURED HERE/,
    /Held out: 500 bytes on 4 partitions, predicted from the 5 other points/,
    /theoretical/,
    /41\.7M\/s is sustainable/,
  ])
    assert.match(out, part)
  assert.match(err, /simulated cluster: these figures say nothing about Kafka/)
})

test('an interrupted prove ends with its reason and deletes its topic', async () => {
  const controller = new AbortController()
  const { world, topics } = setUp({ interrupted: controller.signal })
  const reason = new Error('stop')
  systemClock.after(60, () => controller.abort(reason))
  await assert.rejects(runVerb(proveCommand(world, quick), ...AT), reason)
  assert.equal(await topics(), 0)
})

test('prove refuses counts that are none', async () => {
  const { world } = setUp()
  for (const flags of [
    ['--target', '0'],
    ['--target', '1e6'],
    ['--partitions', '-3'],
    ['--record-bytes', '1.5'],
    ['--seconds', '5'],
    ['--seconds', '6000'],
  ])
    await assert.rejects(runVerb(proveCommand(world, quick), ...AT, ...flags), { code: 'USAGE' })
})
