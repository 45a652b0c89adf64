import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KeyPopulation, Workload, WorkloadTopic } from '../model/index.ts'
import { seededRandom } from '../simulation/index.ts'
import { asMarkdown, designNote, limitsWith, type SizingReport, sizePartitions, withEvents } from './index.ts'

const topic = (changes: Partial<WorkloadTopic> = {}): WorkloadTopic => ({
  name: 'events',
  weight: 1,
  recordBytes: 1000,
  consumerRecordsPerSecond: null,
  ordering: 'none',
  key: null,
  alternatives: [],
  partitionsToday: null,
  ...changes,
})

const workload = (changes: Partial<Workload> = {}): Workload => ({
  name: 'w',
  rate: {
    sources: 1,
    recordsEach: 100_000,
    periodSeconds: 1,
    is: 'peak',
    timeOfDayFactor: null,
    seasonFactor: null,
  },
  growth: { shareAYear: 0, years: 0 },
  consumersWanted: null,
  headroom: null,
  producers: null,
  lingerMs: null,
  batchBytes: null,
  cluster: { brokers: 3, replicationFactor: 3, minInsyncReplicas: 2, retentionHours: 24 },
  topics: [topic()],
  events: [],
  ...changes,
})

const uniform = (field: string, distinct: number): KeyPopulation => ({
  field,
  distinct,
  skew: { kind: 'uniform' },
  splits: 1,
})

const size = (changes: Partial<Workload> = {}, limits = {}): SizingReport =>
  sizePartitions(workload(changes), limitsWith(limits))

const texts = ({ risks }: SizingReport): string =>
  risks.map(({ level, text }) => `${level}: ${text}`).join('\n')

const streamSocial = (): SizingReport =>
  size({
    rate: { ...workload().rate, recordsEach: 50_000_000 },
    headroom: { low: 1.5, high: 1.5 },
    topics: [
      topic({
        name: 'user-actions',
        weight: 2,
        recordBytes: 100,
        consumerRecordsPerSecond: { value: 50_000, source: 'given' },
      }),
      topic({
        name: 'content',
        weight: 1,
        recordBytes: 100,
        consumerRecordsPerSecond: { value: 50_000, source: 'given' },
      }),
    ],
  })

test('StreamSocial: 50M ÷ 50k = 1000, × 1.5 = 1500 = 1000 + 500', () => {
  const report = streamSocial()
  const [rate] = report.constraints
  assert.deepEqual([rate?.partitions, rate?.binding, rate?.arithmetic], [1000, true, '50M/s ÷ 50k/s'])
  assert.equal(report.neededPartitions, 1000)
  assert.deepEqual(report.recommendedPartitions, { low: 1500, high: 1500, chosen: 1500 })
  assert.deepEqual(
    report.topics.map(({ partitions }) => partitions),
    [1000, 500],
  )
  assert.deepEqual(
    report.topics.map(({ startingConsumers }) => startingConsumers),
    [500, 250],
  )
})

test('the honest line: utilisation 1.0 is 50M/s, a hottest partition 20 % over the mean leaves 41.7M/s', () => {
  const report = streamSocial()
  assert.equal(report.capacity.neededRecordsPerSecondAtFullUtilisation, 50_000_000)
  assert.equal(Math.round(report.capacity.neededRecordsPerSecondSustainable / 1e5) / 10, 41.7)
  assert.equal(report.capacity.recordsPerSecondSustainable, (1500 * 50_000) / 1.2)
  assert.match(
    asMarkdown(designNote(report)),
    /1,000 partitions are 50M\/s only at utilisation 1\.0; with the hottest partition 20\u00a0% over the mean \(1\.20×\), 41\.7M\/s is sustainable/,
  )
})

test('the plain case: max(10, 20) = 20, recommended 24 to 30', () => {
  const report = size({ consumersWanted: 20 })
  assert.deepEqual(
    report.constraints
      .filter(({ kind }) => kind === 'at least')
      .map(({ name, partitions, binding }) => [name, partitions, binding]),
    [
      ['rate of one consumer', 10, false],
      ['bytes through one partition', 10, false],
      ['consumers wanted', 20, true],
    ],
  )
  assert.equal(report.neededPartitions, 20)
  const { low, high, chosen } = report.recommendedPartitions
  assert.deepEqual([low, high, chosen], [24, 30, 24])
  assert.equal(report.headroom.source, 'rule of thumb')
})

test('a value of one’s own replaces a rule of thumb, and is no assumption any more', () => {
  const before = size()
  const after = size({}, { partitionBytesPerSecond: { value: 50_000_000, source: 'measured' } })
  assert.ok(before.assumptions.some(({ name }) => name === 'partitionBytesPerSecond'))
  assert.ok(!after.assumptions.some(({ name }) => name === 'partitionBytesPerSecond'))
  assert.deepEqual(
    [before, after].map(
      report => report.constraints.find(({ name }) => name === 'bytes through one partition')?.partitions,
    ),
    [10, 2],
  )
})

test('an average rate gets its peaks, or the rule of thumb; growth comes on top', () => {
  const average = { ...workload().rate, is: 'average' as const }
  assert.equal(size({ rate: average }).demand.recordsPerSecond, 300_000)
  const report = size({
    rate: { ...average, timeOfDayFactor: 2, seasonFactor: 5 },
    growth: { shareAYear: 0.5, years: 2 },
  })
  assert.equal(report.demand.recordsPerSecond, 100_000 * 10 * 2.25)
  assert.equal(report.demand.peakSource, 'given')
})

test('a key with too few values is noticed, and the composite compared in figures', () => {
  const regions: KeyPopulation = {
    field: 'device_region',
    distinct: 4,
    skew: {
      kind: 'values',
      shares: new Map([
        ['a', 0.4],
        ['b', 0.3],
        ['c', 0.2],
        ['d', 0.1],
      ]),
    },
    splits: 1,
  }
  const report = size({
    topics: [
      topic({
        ordering: 'per-key',
        key: regions,
        alternatives: [{ ...uniform('device_region + device_id', 100_000), splits: 25_000 }],
      }),
    ],
  })
  const [design] = report.topics
  assert.equal(design?.keyChosen, 'device_region + device_id')
  assert.match(design?.keyStrategy ?? '', /device_region \+ device_id instead of device_region/)
  const [own, composite] = design?.keys ?? []
  assert.deepEqual([own?.verdict, composite?.verdict], ['too few keys', 'fits'])
  assert.ok((own?.emptyPartitions ?? 0) >= (design?.partitions ?? 0) - 4)
  assert.ok((own?.maxOverMean ?? 0) >= 0.4 * (design?.partitions ?? 0) - 1e-9)
  assert.ok((composite?.maxOverMean ?? 9) < 1.1)
  assert.match(texts(report), /device_region has too few values to spread: 4 \(1,000 are the least\)/)
})

test('the heaviest key bounds the useful partitions, and above one consumer no count helps', () => {
  const heavy = (share: number): Partial<Workload> => ({
    topics: [
      topic({
        key: { ...uniform('user', 1_000_000), skew: { kind: 'heaviest', share } },
        ordering: 'per-key',
      }),
    ],
  })
  const report = size(heavy(0.09))
  assert.equal(report.constraints.find(({ name }) => name === 'keys of events')?.partitions, 11)
  assert.match(texts(report), /warning: the heaviest user takes 9\u00a0% of events: beyond 11 partitions/)
  assert.match(
    texts(size(heavy(0.2))),
    /blocker: the heaviest user sends 20k\/s to events, and one consumer carries 10k\/s/,
  )
})

test('batch fill is rate × linger ÷ (partitions × producers), at least the record that opened the batch', () => {
  const filled = size({
    rate: { ...workload().rate, recordsEach: 1_000_000 },
    producers: { value: 10, source: 'given' },
    lingerMs: { value: 20, source: 'given' },
    batchBytes: { value: 65_536, source: 'given' },
    headroom: { low: 1, high: 1 },
  })
  assert.equal(filled.recommendedPartitions.chosen, 100)
  assert.equal(filled.brokers.recordsPerBatch, (1_000_000 * 0.02) / (100 * 10))
  assert.equal(Math.round(filled.brokers.batchesPerSecondPerBroker), Math.round(1_000_000 / 20 / 3))
  const thin = size({ producers: { value: 10_000, source: 'given' }, consumersWanted: 1000 })
  assert.equal(thin.brokers.recordsPerBatch, 1)
})

test('over- and under-partitioned topics, and more than brokers bear, are risks', () => {
  const today = (partitionsToday: number, ordering: 'none' | 'per-key'): string =>
    texts(size({ topics: [topic({ partitionsToday, ordering, key: uniform('k', 1e6) })] }))
  assert.match(today(4, 'none'), /blocker: events is under-partitioned: 4 partitions today/)
  assert.match(today(1000, 'none'), /warning: events is over-partitioned: 1,000 partitions today/)
  assert.doesNotMatch(today(20, 'none'), /partitioned/)
  assert.match(
    texts(size({ consumersWanted: 5000, headroom: { low: 1.2, high: 1.2 } })),
    /blocker: 6,000 replicas a broker, and 4,000 is the most/,
  )
  assert.match(
    texts(size({ consumersWanted: 50 })),
    /warning: over-partitioned for its rate: .* ask for 50 partitions, and 100k\/s asks for 10/,
  )
  assert.doesNotMatch(texts(size({ consumersWanted: 20 })), /over-partitioned/)
  assert.match(texts(streamSocial()), /blocker: 3 brokers would write 5\u00a0GB\/s each/)
})

test('an answer beyond any cluster is an error that names the figures', () => {
  assert.throws(() => size({ rate: { ...workload().rate, recordsEach: 1e12 } }), {
    code: 'INPUT_INVALID',
    message: 'w would need 150M partitions.',
  })
})

test('events: a surge overflows by arithmetic, hot keys by where they land, a wave and an outage catch up', () => {
  const key = uniform('device', 100_000)
  const stated = workload({
    rate: { ...workload().rate, sources: 1_000, recordsEach: 10 },
    topics: [
      topic({ key, ordering: 'per-key', consumerRecordsPerSecond: { value: 1000, source: 'measured' } }),
    ],
    headroom: { low: 1.5, high: 1.5 },
    events: [
      { name: 'surge', topic: null, kind: 'surge', rateFactor: 3, minutes: 1 },
      { name: 'hot', topic: null, kind: 'hot-keys', keys: 1, share: 0.5, rateFactor: 1, minutes: 10 },
      { name: 'wave', topic: null, kind: 'wave', share: 1, recordsEach: 100, withinSeconds: 10 },
      { name: 'outage', topic: null, kind: 'outage', share: 0.5, silentMinutes: 10, catchUpMinutes: 5 },
    ],
  })
  const run = (seed: number): SizingReport =>
    withEvents(sizePartitions(stated, limitsWith({})), stated, seededRandom(seed))
  const report = run(1)
  assert.equal(report.recommendedPartitions.chosen, 15)
  const [surge, hot, wave, outage] = report.events
  // 10,000/s × 3 over 15 partitions of 1,000/s: 15,000 too many a second, for a minute
  assert.equal(Math.round(surge?.backlogRecords ?? 0), 15_000 * 60)
  assert.equal(surge?.partitionsOverCapacity, 15)
  // half of 10,000/s on one partition, beside its part of the other half
  assert.ok(Math.abs((hot?.hottestRecordsPerSecond ?? 0) - (5000 + 5000 / 15)) < 50)
  assert.equal(hot?.partitionsOverCapacity, 1)
  // 1,000 sources × 100 records within 10 s on top of 10,000/s
  assert.ok((wave?.peakRecordsPerSecond ?? 0) > 20_000 && (wave?.peakRecordsPerSecond ?? 0) < 24_000)
  assert.ok((wave?.drainSeconds ?? 0) > 5 && (wave?.drainSeconds ?? 99) < 60)
  // half of the stream held for 10 min and sent within 5: 10,000 + 10,000
  assert.equal(Math.round(outage?.peakRecordsPerSecond ?? 0), 20_000)
  assert.deepEqual(run(1).events, report.events)
  assert.notDeepEqual(run(2).events[2], wave)
})

test('three hundred million keys are even, though only a part of them is routed', () => {
  const [design] = size({
    consumersWanted: 1000,
    topics: [topic({ key: uniform('user', 300_000_000), ordering: 'per-key' })],
  }).topics
  assert.ok((design?.keys[0]?.maxOverMean ?? 9) < 1.02, String(design?.keys[0]?.maxOverMean))
})

test('consumers wanted are shared by weight, whatever the rates of the topics', () => {
  const slow = { value: 1000, source: 'measured' as const }
  const report = size({
    rate: { ...workload().rate, recordsEach: 10 },
    consumersWanted: 40,
    headroom: { low: 1, high: 1 },
    topics: [topic({ name: 'a', weight: 3 }), topic({ name: 'b', consumerRecordsPerSecond: slow })],
  })
  assert.deepEqual(
    report.topics.map(({ partitions }) => partitions),
    [30, 10],
  )
})

test('an event that ends on a partition that is over capacity anyway never drains', () => {
  const shares = new Map([
    ['big', 0.9],
    ['small', 0.1],
  ])
  const stated = workload({
    topics: [
      topic({
        ordering: 'per-key',
        key: { field: 'region', distinct: 2, skew: { kind: 'values', shares }, splits: 1 },
        alternatives: [{ ...uniform('region + id', 50_000), splits: 25_000 }],
      }),
    ],
    events: [{ name: 'rush', topic: null, kind: 'surge', rateFactor: 2, minutes: 10 }],
  })
  const report = withEvents(sizePartitions(stated, limitsWith({})), stated, seededRandom(1))
  assert.deepEqual(
    report.events.map(({ key, drainSeconds }) => [key, drainSeconds === null]),
    [
      ['region', true],
      ['region + id', false],
    ],
  )
  // the risk is one of the key that the design takes
  assert.match(texts(report), /rush: the hottest partition of events, keyed by region \+ id, receives/)
  assert.doesNotMatch(texts(report), /keyed by region, receives/)
})

test('a hot key is one key, and as many as its alternative splits it into', () => {
  const stated = workload({
    topics: [
      topic({
        ordering: 'per-key',
        key: uniform('user', 100_000),
        alternatives: [{ ...uniform('user + bucket', 800_000), splits: 8 }],
      }),
    ],
    events: [
      { name: 'star', topic: null, kind: 'hot-keys', keys: 1, share: 0.4, rateFactor: 1, minutes: 10 },
    ],
  })
  const report = withEvents(sizePartitions(stated, limitsWith({})), stated, seededRandom(1))
  const [whole, split] = report.events
  assert.ok((whole?.hottestRecordsPerSecond ?? 0) > 40_000)
  assert.ok((split?.hottestRecordsPerSecond ?? 99_999) < 25_000)
  assert.ok((split?.hottestRecordsPerSecondHigh ?? 0) > (split?.hottestRecordsPerSecond ?? 0))
  assert.match(texts(report), /star: /)
  assert.match(
    report.risks.map(({ advice }) => advice).join(),
    /keyed by user \+ bucket the hottest partition is at/,
  )
})

test('a wave over all topics is divided among them', () => {
  const stated = workload({
    rate: { ...workload().rate, sources: 1000, recordsEach: 1 },
    topics: ['a', 'b'].map(name => topic({ name, key: uniform('k', 10_000), ordering: 'per-key' })),
    events: [{ name: 'wave', topic: null, kind: 'wave', share: 1, recordsEach: 100, withinSeconds: 1 }],
  })
  const report = withEvents(sizePartitions(stated, limitsWith({})), stated, seededRandom(1))
  const total = report.events.reduce((sum, { peakRecordsPerSecond }) => sum + peakRecordsPerSecond, 0)
  assert.equal(Math.round(total), 1000 + 100_000)
})

test('names are data in Markdown', () => {
  const blocks = designNote({ ...size(), name: '_a_ | <b> game_session_id' })
  assert.match(asMarkdown(blocks), /^# \\_a\\_ \\\| \\<b\\> game_session_id\n/)
})
