/** From a handler that fails to `dlq replay`, as a user goes the way. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { connectKafka, type KafkaConnection } from '../../src/adapters/kafka/connect.ts'
import { systemClock } from '../../src/adapters/system/clock.ts'
import { dlqCommand } from '../../src/cli/dlq.ts'
import { createConsumer } from '../../src/package/consumer.ts'
import { verbsOn } from '../support/cluster-verbs.ts'
import { createTopic, deleteTopicsOf, until, writeRecords } from '../support/keyed-topic.ts'
import { realClusterServers, uniquePrefix } from '../support/real-cluster.ts'

const servers = realClusterServers() ?? []
const prefix = uniquePrefix('dlq')
const topic = `${prefix}-orders`
const dead = `${prefix}-orders-dlq`
const decoder = new TextDecoder()

let kafka: KafkaConnection

interface LetterRow {
  readonly id: string
  readonly key: string | null
  readonly value: string
  readonly attempts: number
  readonly message: string
  readonly source: { readonly topic: string; readonly partition: number; readonly offset: string }
}

interface ReplayReport {
  readonly replayed: number
  readonly alreadyReplayed: number
  readonly refused: readonly { readonly id: string; readonly reason: string }[]
  readonly overtaken: readonly string[]
}

const dlq = verbsOn(servers, dlqCommand)
const list = async (): Promise<LetterRow[]> =>
  JSON.parse((await dlq('list', dead, '--json')).out) as LetterRow[]
const replay = async (...args: readonly string[]) => {
  const { code, out } = await dlq('replay', dead, ...args, '--yes', '--json')
  return { code, report: JSON.parse(out) as ReplayReport }
}

/** Consumes until `count` records are accounted for; returns what was processed, as `key=value`. */
const consume = async (count: number, isPoison: (text: string) => boolean): Promise<string[]> => {
  const consumer = createConsumer({ bootstrapServers: servers })
  const seen: string[] = []
  const running = consumer.run({
    group: `${prefix}-group`,
    topics: [topic],
    retry: { attempts: 1 },
    onFailure: { policy: 'dead-letter', topic: dead },
    handler: ({ key, value }) => {
      const text = `${key === null ? '-' : decoder.decode(key)}=${decoder.decode(value ?? undefined)}`
      if (isPoison(text)) throw new Error(`no taste for ${text}`)
      seen.push(text)
    },
  })
  await until('all are accounted for', () => {
    const stats = consumer.stats()
    return stats !== null && stats.recordsProcessed + stats.recordsDeadLettered === count
  })
  await consumer.close()
  await running
  return seen
}

before(async () => {
  assert.notEqual(servers.length, 0, 'a real cluster is needed; npm test starts one')
  kafka = await connectKafka({ bootstrapServers: servers, clientId: prefix, clock: systemClock })
  await createTopic(kafka, topic, 2)
  await createTopic(kafka, dead, 2)
})

after(async () => {
  await deleteTopicsOf(kafka, prefix)
  await kafka.close()
})

test('a topic without letters says so', async () => {
  const { code, err } = await dlq('list', dead)
  assert.equal(code, 0)
  assert.match(err, /holds no dead letters/)
})

test('letters are listed and shown; those whose key went on are refused, the others replayed once', async () => {
  // a: the last two fail. b: the first fails, and b goes on. No key: one fails.
  const records = [
    ['a', '1'],
    ['b', '1'],
    ['a', '2'],
    ['b', '2'],
    ['a', '3'],
    [null, '1'],
    ['c', '1'],
  ] as const
  await writeRecords(
    kafka,
    topic,
    records.map(([key, value]) => ({ key, value })),
  )
  const poison = new Set(['a=2', 'a=3', 'b=1', '-=1'])
  assert.deepEqual((await consume(7, text => poison.has(text))).toSorted(), ['a=1', 'b=2', 'c=1'])

  const letters = await list()
  assert.deepEqual(letters.map(each => `${each.key ?? '-'}=${each.value}`).toSorted(), [...poison].toSorted())
  const b = letters.find(each => each.key === 'b') ?? assert.fail()
  assert.deepEqual([b.message, b.attempts, b.source.topic], ['no taste for b=1', 1, topic])
  const shown = (await dlq('show', dead, b.id)).out
  assert.match(shown, /message {4}no taste for b=1/)
  assert.match(shown, /value {6}1/)

  const refused = await dlq('replay', dead, '--all', '--yes')
  assert.equal(refused.code, 5)
  assert.match(refused.err, /REPLAY_OUT_OF_ORDER: 1 of 4 letters/)
  assert.match(
    refused.err,
    new RegExp(`${b.id} \\(key b\\): a later record of its key, offset \\d+ of ${topic}-\\d`),
  )

  assert.deepEqual(await replay('--all', '--only-in-order'), {
    code: 3,
    report: {
      replayed: 3,
      alreadyReplayed: 0,
      refused: [
        {
          id: b.id,
          reason: `a later record of its key, offset ${laterOffset(refused.err)}, was not dead-lettered`,
        },
      ],
      overtaken: [],
    },
  })
  const { report } = await replay('--all', '--only-in-order')
  assert.deepEqual([report.replayed, report.alreadyReplayed], [0, 3], 'once is enough')

  const again = await consume(3, text => text === 'a=2')
  assert.deepEqual(again.toSorted(), ['-=1', 'a=3'])
})

/** The letter of a=2 failed again as a replay, and a=3 was processed: the new letter stands behind a=3 no more. */
test('a replay that failed again keeps its old place: it is refused once its key went on', async () => {
  const letter = (await list()).findLast(each => each.key === 'a' && each.value === '2') ?? assert.fail()
  const refused = await dlq('replay', dead, letter.id, '--yes')
  assert.equal(refused.code, 5, refused.err)
  const forced = await replay(letter.id, '--allow-reorder')
  assert.deepEqual([forced.code, forced.report.replayed], [0, 1])
  assert.deepEqual(await consume(1, () => false), ['a=2'])
})

test('what cannot be meant is one clear error', async () => {
  const wrong: readonly (readonly [RegExp, ...string[]])[] = [
    [/Say which letters/, 'replay', dead],
    [/not a dead letter's id/, 'show', dead, 'first'],
    [/no dead letter 0:999/, 'replay', dead, '0:999'],
    [/TOPIC_UNKNOWN/, 'list', `${prefix}-nowhere`],
  ]
  const answers = await Promise.all(wrong.map(([, ...args]) => dlq(...args)))
  answers.forEach(({ code, err }, index) => {
    assert.equal(code, 2, err)
    assert.match(err, wrong[index]?.[0] ?? assert.fail())
  })
})

test('where no broker answers it says so, and does not wait for one', async () => {
  // port 1 of this machine: nobody listens there
  const { code, err } = await verbsOn(['127.0.0.1:1'], dlqCommand)('list', dead)
  assert.equal(code, 4, err)
  assert.match(err, /CLUSTER_UNREACHABLE/)
})

const laterOffset = (text: string): string => /offset (\d+ of [^ ,]+), was/.exec(text)?.[1] ?? assert.fail()
