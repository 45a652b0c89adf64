/** `consume` with its filters and formats, in a pipe, and as a member of a group. */
import assert from 'node:assert/strict'
import { exec } from 'node:child_process'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { connectKafka, type KafkaConnection } from '../../src/adapters/kafka/connect.ts'
import { systemClock } from '../../src/adapters/system/clock.ts'
import { consumeCommand } from '../../src/cli/consume.ts'
import { verbsOn } from '../support/cluster-verbs.ts'
import { createTopic, deleteTopicsOf, keyedRecords, writeRecords } from '../support/keyed-topic.ts'
import { realClusterServers, uniquePrefix } from '../support/real-cluster.ts'

const servers = realClusterServers() ?? []
const bootstrap = servers.join(',')
const prefix = uniquePrefix('consume')
const topic = `${prefix}-topic`
const RECORDS = 300

let kafka: KafkaConnection

const consumeVerb = verbsOn(servers, consumeCommand)
const consume = (...args: readonly string[]) => consumeVerb(topic, ...args)
const lines = (text: string): string[] => text.split('\n').slice(0, -1)

before(async () => {
  assert.notEqual(servers.length, 0, 'a real cluster is needed; npm test starts one')
  kafka = await connectKafka({ bootstrapServers: servers, clientId: prefix, clock: systemClock })
  await createTopic(kafka, topic, 3)
  await writeRecords(kafka, topic, keyedRecords(RECORDS, 30))
})

after(async () => {
  await deleteTopicsOf(kafka, prefix)
  await kafka.close()
})

test('all of it, as JSON, in order within each partition', async () => {
  const { code, out } = await consume('--from', 'earliest', '--until', 'end', '--json')
  assert.equal(code, 0)
  const records = lines(out).map(line => JSON.parse(line) as { partition: number; offset: string })
  assert.equal(records.length, RECORDS)
  for (const partition of [0, 1, 2]) {
    const offsets = records.filter(each => each.partition === partition).map(each => Number(each.offset))
    assert.deepEqual(offsets, [...offsets.keys()])
  }
})

test('one key, one partition, one offset', async () => {
  const [key, partition, one] = await Promise.all([
    consume('--from', 'earliest', '--until', 'end', '--key', 'k7', '--format', 'key-value'),
    consume('--from', 'earliest', '--until', 'end', '--partition', '1', '--format', 'line'),
    consume('--partition', '1', '--offset', '3', '--max', '1', '--format', 'line'),
  ])
  assert.deepEqual(
    lines(key.out),
    Array.from({ length: 10 }, (_, sequence) => `k7\t${sequence}`),
  )
  assert.ok(lines(partition.out).every(line => line.startsWith('1:')))
  assert.match(one.out, /^1:3 {2}k\d+ {2}\d+\n$/)
})

test('from a time on', async () => {
  const [all, none] = await Promise.all([
    consume('--from-time', '1h', '--until', 'end', '--format', 'value'),
    consume('--from-time', '2099-01-01', '--until', 'end', '--format', 'value'),
  ])
  assert.equal(lines(all.out).length, RECORDS)
  assert.equal(none.out, '')
  assert.match(none.err, /no record matches/)
})

test('in a pipe whose reader goes away it ends without a word', async () => {
  const main = join(import.meta.dirname, '..', '..', 'src', 'main.ts')
  const command = `"${process.execPath}" --no-warnings "${main}" consume ${topic} --from earliest --format key-value --bootstrap-server ${bootstrap} | head -2`
  const { stdout, stderr } = await promisify(exec)(command, { timeout: 30_000 })
  assert.equal(lines(stdout).length, 2)
  assert.equal(stderr, '')
})

test('a group is looked at without a trace; with --commit it goes on where it was shown', async () => {
  const group = `${prefix}-group`
  const at = ['--group', group, '--until', 'end', '--format', 'value'] as const
  assert.equal(lines((await consume(...at)).out).length, RECORDS)
  assert.equal(lines((await consume(...at)).out).length, RECORDS, 'looking commits nothing')

  const first = await consume(...at, '--commit', '--max', '100')
  assert.equal(first.code, 0, first.err)
  assert.equal(lines(first.out).length, 100)
  assert.match(first.err, /100 shown and committed/)
  assert.equal(lines((await consume(...at)).out).length, RECORDS - 100)
  const rest = await consume(...at, '--commit')
  assert.equal(lines(rest.out).length, RECORDS - 100)
  assert.equal((await consume(...at)).out, '')
})

test('what cannot be meant is one clear error', async () => {
  const wrong: readonly (readonly [RegExp, ...string[]])[] = [
    [/needs --partition/, '--offset', '3'],
    [/each say where to begin/, '--from', 'earliest', '--from-time', '1h'],
    [/--commit needs --group/, '--commit'],
    [/records that nobody saw/, '--commit', '--group', 'g', '--key', 'a'],
    [/not one of line, value/, '--format', 'xml'],
    [/no partition 9/, '--partition', '9'],
  ]
  const answers = await Promise.all(wrong.map(([, ...args]) => consume(...args)))
  answers.forEach(({ code, err }, index) => {
    assert.equal(code, 2, err)
    assert.match(err, wrong[index]?.[0] ?? assert.fail())
  })
})
