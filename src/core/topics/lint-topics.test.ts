import assert from 'node:assert/strict'
import { test } from 'node:test'
import { brokerId, type BrokerInfo, partitionIndex, type TopicInfo } from '../model/index.ts'
import { configsInForce } from '../simulation/index.ts'
import { lintTopics, type TopicFinding } from './index.ts'

const broker = (id: number, rack: string | null = `rack-${id}`, alive = true): BrokerInfo => ({
  id: brokerId(id),
  host: 'h',
  port: 9092,
  rack,
  alive,
})
const three = [broker(1), broker(2), broker(3)]

/** A topic by its replica lists; the leader is the first unless named. */
const topic = (
  name: string,
  replicas: readonly (readonly number[])[],
  configs: Record<string, string> | null = { 'min.insync.replicas': '2' },
  leaders: readonly number[] = [],
): TopicInfo => ({
  name,
  topicId: '0'.repeat(32),
  internal: false,
  configs: configs === null ? null : configsInForce(new Map(Object.entries(configs))),
  partitions: replicas.map((ids, index) => ({
    partition: partitionIndex(index),
    leader: brokerId(leaders[index] ?? ids[0] ?? -1),
    leaderEpoch: 0,
    replicas: ids.map(brokerId),
    isr: ids.map(brokerId),
    offlineReplicas: [],
  })),
})
const spread = [
  [1, 2, 3],
  [2, 3, 1],
  [3, 1, 2],
]

const lint = (
  topics: readonly TopicInfo[],
  brokers: readonly BrokerInfo[] = three,
  sizes: Record<string, number[]> = {},
): readonly TopicFinding[] =>
  lintTopics({
    snapshot: {
      clusterId: 'c',
      controllerId: null,
      brokers,
      topics: new Map(topics.map(each => [each.name, each])),
    },
    sizes: new Map(
      Object.entries(sizes).map(([name, bytes]) => [
        name,
        { topic: name, sizeBytes: Float64Array.from(bytes) },
      ]),
    ),
    disks: brokers.map(({ id }) => ({ broker: id, usedBytes: 0, totalBytes: 1e12, usableBytes: 1e12 })),
  })

/** Rule, severity and sentence, as a text to compare. */
const told = (findings: readonly TopicFinding[]): readonly string[] =>
  findings.map(each => `${each.rule} ${each.severity} ${each.topic ?? '-'}: ${each.sentence}`)

test('a topic with three copies in three racks, two of them in sync and leaders even, has nothing', () => {
  assert.deepEqual(lint([topic('a', spread)]), [])
})

test('one copy is critical where there are other brokers, two are too few where there are three', () => {
  const one = topic('a', [[1], [2], [3]], {})
  assert.deepEqual(told(lint([one])), ['replication-factor critical a: each partition has one copy.'])
  assert.deepEqual(lint([topic('a', [[1]], {})], [broker(1)]), [])
  assert.deepEqual(told(lint([topic('a', [[1, 2], [2], [3, 1]], {})])), [
    'replication-factor critical a: 1 of 3 partitions have one copy.',
  ])
  const two = [
    [1, 2],
    [2, 3],
    [3, 1],
  ]
  assert.deepEqual(told(lint([topic('a', two, {})])), [
    'replication-factor warning a: each partition has two copies.',
  ])
  assert.match(
    told(
      lint([
        topic('a', [
          [1, 2, 3],
          [2, 3],
          [3, 1, 2],
        ]),
      ]),
    ).join(),
    /have 2 to 3 copies/,
  )
})

test('min.insync.replicas: above the copies nobody writes, at their number one broker stops writers, at 1 a record may be alone', () => {
  const at = (value: number): readonly string[] =>
    told(lint([topic('a', spread, { 'min.insync.replicas': String(value) })]))
  assert.deepEqual(at(4), [
    'min-insync-replicas critical a: min.insync.replicas is 4 and there are 3 copies: every write with acks=all is refused.',
  ])
  assert.deepEqual(at(3), [
    'min-insync-replicas warning a: min.insync.replicas is 3 of 3 copies: with one broker away nobody can write.',
  ])
  assert.deepEqual(at(2), [])
  assert.deepEqual(at(1), [
    'min-insync-replicas warning a: min.insync.replicas is 1 of 3 copies: acks=all may mean one copy.',
  ])
})

test('racks: all copies in one is critical, some that share one a warning, unnamed racks are said once', () => {
  const four = [broker(1, 'a'), broker(2, 'a'), broker(3, 'b'), broker(4, 'b')]
  const pairs = (lists: number[][]): TopicInfo => topic('t', lists, { 'min.insync.replicas': '1' })
  const racks = (lists: number[][], brokers = four): readonly string[] =>
    told(lint([pairs(lists)], brokers)).filter(line => line.startsWith('racks'))
  assert.deepEqual(
    racks([
      [1, 2],
      [3, 1],
    ]),
    ['racks critical t: 1 of 2 partitions have all copies in one rack.'],
  )
  assert.deepEqual(
    racks([
      [1, 3],
      [4, 2],
    ]),
    [],
  )
  assert.deepEqual(racks([[1, 2, 3]]), [])
  assert.deepEqual(racks([[1, 2, 3]], [broker(1, 'a'), broker(2, 'a'), broker(3, 'b'), broker(4, 'c')]), [
    'racks warning t: 1 of 1 partitions have copies that share a rack, though there are 3.',
  ])
  assert.deepEqual(racks([[1, 2]], [broker(1, 'a'), broker(2, null)]), [
    'racks warning -: broker 2 names no rack and the others do: where copies may stand is not known.',
  ])
  assert.deepEqual(racks([[1, 2]], [broker(1, null), broker(2, null)]), [])
})

test('retention: nothing that deletes, more than the disks have, and bytes that end before the time', () => {
  const of = (configs: Record<string, string>, sizes: number[] = []): readonly string[] =>
    told(lint([topic('a', spread, { 'min.insync.replicas': '2', ...configs })], three, { a: sizes }))
  assert.match(of({ 'retention.ms': '-1' }).join(), /^retention warning a: nothing is ever deleted/)
  assert.deepEqual(of({ 'retention.ms': '-1', 'cleanup.policy': 'compact' }), [])
  // 9 replicas × 0.3 TB against three disks of 1 TB, of which 0.8 count
  assert.match(
    of({ 'retention.bytes': '300000000000' }).join(),
    /per partition: 300\u00a0GB in 9 replicas are 2\.7\u00a0TB, and all disks have 3\u00a0TB/,
  )
  const bytes = { 'retention.bytes': '200000000000' }
  assert.deepEqual(of(bytes, [1e9, 2e9, Number.NaN]), [])
  assert.match(of(bytes, [2e11, 1e9, 1e9]).join(), /1 of 3 partitions have reached retention\.bytes/)
})

test('what disks have is not known while a broker that holds a copy does not tell', () => {
  const bytes = { 'min.insync.replicas': '2', 'retention.bytes': '200000000000' }
  // metadata leaves out a broker that is down: copies on it count, its disk does not
  assert.deepEqual(lint([topic('a', spread, bytes)], three.slice(0, 2)), [])
})

test('segments that stay open for longer than records are kept, or grow larger than a partition may', () => {
  const of = (configs: Record<string, string>): string =>
    told(lint([topic('a', spread, { 'min.insync.replicas': '2', ...configs })])).join('|')
  assert.match(
    of({ 'retention.ms': '3600000' }),
    /^segments warning a: retention\.ms is 1\u00a0h\u00a000\u00a0m, but a segment stays open for 7\u00a0days/,
  )
  assert.equal(of({ 'retention.ms': '3600000', 'segment.ms': '600000' }), '')
  assert.match(
    of({ 'retention.bytes': '100000000' }),
    /^segments warning a: retention\.bytes is 100\u00a0MB, but a segment/,
  )
  assert.equal(of({ 'retention.bytes': '100000000', 'segment.bytes': '25000000' }), '')
})

test('a changelog by its name has to be compacted; others need not be', () => {
  const named = (name: string, policy: string): readonly string[] =>
    lint([topic(name, spread, { 'min.insync.replicas': '2', 'cleanup.policy': policy })]).map(
      each => each.rule,
    )
  assert.deepEqual(named('shop-store-changelog', 'delete'), ['compaction'])
  assert.deepEqual(named('shop-store-changelog', 'compact, delete'), [])
  assert.deepEqual(named('connect-offsets', 'delete'), ['compaction'])
  assert.deepEqual(named('changelog-of-prices', 'delete'), [])
})

test('unclean elections are critical where there is a copy to elect', () => {
  const unclean = { 'unclean.leader.election.enable': 'true', 'min.insync.replicas': '2' }
  assert.deepEqual(
    lint([topic('a', spread, unclean)]).map(each => [each.rule, each.severity]),
    [['unclean-leader-election', 'critical']],
  )
  assert.deepEqual(lint([topic('a', [[1]], { ...unclean, 'min.insync.replicas': '1' })], [broker(1)]), [])
})

test('leaders: uneven in a topic, or only over all; back to the preferred, or other lists; never while a broker is gone', () => {
  const lists = Array.from({ length: 12 }, (_, index) => spread[index % 3] as number[])
  const crowded = lists.map(() => 1)
  const [moved] = lint([topic('a', lists, undefined, crowded)])
  assert.match(moved?.sentence ?? '', /broker 1 leads 12 of 12 partitions, 200\u00a0% over an even share/)
  assert.match(moved?.advice ?? '', /^8 of them prefer another broker: kafka-leader-election/)
  const [placed] = lint([
    topic(
      'a',
      crowded.map(() => [1, 2, 3]),
    ),
  ])
  assert.match(placed?.advice ?? '', /^All of them prefer it/)
  const single = Array.from({ length: 9 }, (_, index) => topic(`t${index}`, [[1, 2, 3]]))
  assert.deepEqual(told(lint(single)), [
    'leaders warning -: broker 1 leads 9 of 9 partitions, 200\u00a0% over an even share.',
  ])
  assert.deepEqual(lint(single, [broker(1), broker(2), broker(3, 'rack-3', false)]), [])
})

test('configs that the cluster did not tell are judged by no rule', () => {
  assert.deepEqual(lint([topic('shop-changelog', spread, null)]), [])
})
