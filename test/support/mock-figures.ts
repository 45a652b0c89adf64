/**
 * Seeded figures for the dashboard, typed by the contract: the picture of a cluster without one, so that every state of
 * the page can be looked at and tested. It does not simulate Kafka: rates jitter around fixed shares, offsets do not
 * add up, and nothing that is asked changes it.
 */
import type {
  BrokerView,
  Finding,
  GroupSummary,
  GroupView,
  Health,
  History,
  PartitionState,
  Tick,
  TopicColumns,
  TopicSummary,
  TopicView,
} from '../../src/api/contract.ts'
import { isEventful, type Scenario, shapesOf, type TopicShape, unusualGroups } from './mock-shapes.ts'

export type { Scenario } from './mock-shapes.ts'

/** mulberry32: small, seeded, good enough to look uneven. */
export const seededRandom = (seed: number): (() => number) => {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

const gauss = (random: () => number): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())

/** 14:32:08 of some day; ticks count on from here, so that a picture taken twice is the same picture. */
const START = Date.parse('2026-03-14T14:32:08.000Z')
const OBSERVE_MS = 1000
const MINUTE_MS = 60_000

const isoAt = (milliseconds: number): string => new Date(milliseconds).toISOString()

const sharesOf = (shape: TopicShape, calm: boolean): readonly number[] => {
  const random = seededRandom(shape.seed)
  return Array.from({ length: shape.partitions }, (_, partition) => {
    const ordinary = Math.exp(gauss(random) * 0.075)
    return calm ? ordinary : (shape.hot[partition] ?? ordinary)
  })
}

const leadersOf = (shape: TopicShape): readonly number[] => {
  const random = seededRandom(shape.seed + 100)
  return Array.from({ length: shape.partitions }, (_, partition) => {
    if (partition === 417) return 2
    const draw = random()
    return draw < 0.294 ? 1 : draw < 0.707 ? 2 : 3
  })
}

/** Shares and leaders do not change between ticks; only jitter does. */
const fixed = new Map<string, { readonly shares: readonly number[]; readonly leaders: readonly number[] }>()

const fixedOf = (shape: TopicShape, calm: boolean) => {
  const key = `${shape.topic} ${calm}`
  const known = fixed.get(key)
  if (known !== undefined) return known
  const made = { shares: sharesOf(shape, calm), leaders: leadersOf(shape) }
  fixed.set(key, made)
  return made
}

const round3 = (value: number): number => Number(value.toPrecision(4))

const columnsOf = (shape: TopicShape, scenario: Scenario, tickNumber: number): TopicColumns => {
  const { shares, leaders } = fixedOf(shape, scenario === 'calm')
  const random = seededRandom(shape.seed * 7919 + tickNumber)
  const silent = scenario === 'partial' ? 3 : -1
  const seen = leaders.map(leader => leader !== silent)
  const rates = shares.map((share, partition) =>
    seen[partition] ? round3(share * shape.meanPerSecond * (1 + 0.03 * gauss(random))) : null,
  )
  const behind = (partition: number): boolean =>
    scenario !== 'calm' && shape.topic === 'user-actions' && partition === 417
  const lagMs = rates.map((rate, partition) =>
    rate === null ? null : behind(partition) ? 367_000 + tickNumber * 240 : Math.round(140 + random() * 130),
  )
  const states = seen.map(
    (ok, partition): PartitionState =>
      !ok
        ? 'unknown'
        : scenario === 'partial' && shape.topic === 'content-interactions' && partition % 61 === 7
          ? 'under-replicated'
          : scenario === 'partial' &&
              shape.topic === 'user-actions' &&
              (partition === 603 || partition === 222)
            ? 'leaderless'
            : 'active',
  )
  return {
    topic: shape.topic,
    recordsPerSecond: rates,
    bytesPerSecond: rates.map(rate => (rate === null ? null : round3(rate * shape.recordBytes))),
    sizeBytes: shares.map((share, partition) =>
      seen[partition] ? Math.round(2.7e9 * Math.min(share, 1.2)) : null,
    ),
    lagRecords: rates.map((rate, partition) =>
      rate === null
        ? null
        : behind(partition)
          ? 1_421_000 + tickNumber * 940
          : Math.round((rate * (lagMs[partition] ?? 0)) / 1000),
    ),
    lagMs,
    leader: leaders.map((leader, partition) => (states[partition] === 'leaderless' ? -1 : leader)),
    isr: states.map(state => (state === 'active' ? 3 : state === 'leaderless' ? 0 : 2)),
    state: states,
    consumer: shares.map((_, partition) =>
      shape.readers === 0 ? -1 : Math.floor((partition * shape.readers) / shape.partitions),
    ),
    consumers: Array.from(
      { length: shape.readers },
      (_, reader) => `${readerPrefix(shape)}-${String(reader).padStart(2, '0')}`,
    ),
  }
}

const readerPrefix = (shape: TopicShape): string =>
  shape.topic === 'user-actions' ? 'tb' : shape.topic === 'abuse-reports' ? 'aa' : 'fr'

const sumKnown = (values: readonly (number | null)[]): number =>
  values.reduce<number>((sum, value) => sum + (value ?? 0), 0)

const summaryOf = (shape: TopicShape, columns: TopicColumns): TopicSummary => {
  const known = columns.recordsPerSecond.filter(value => value !== null)
  const total = sumKnown(columns.recordsPerSecond)
  return {
    topic: shape.topic,
    topicId: `${shape.topic.length}kLQqT3uSgm0000000000`.slice(0, 22),
    internal: false,
    partitions: shape.partitions,
    replicationFactor: 3,
    key: shape.key,
    ordering: shape.key === null ? 'none' : 'per-key',
    recordsPerSecond: total,
    bytesPerSecond: sumKnown(columns.bytesPerSecond),
    sizeBytes: sumKnown(columns.sizeBytes),
    records: Math.round(total * 86_400),
    skewMaxOverMean: Math.max(...known) / (total / known.length),
    // that of about a thousand keys a partition
    skewExpectedByChance: shape.meanPerSecond < 10 ? 1.9 : 1.19,
    underReplicated: columns.state.filter(state => state === 'under-replicated').length,
    leaderless: columns.state.filter(state => state === 'leaderless').length,
    lagRecords: sumKnown(columns.lagRecords),
  }
}

const brokersOf = (scenario: Scenario, columns: readonly TopicColumns[]): readonly BrokerView[] =>
  [1, 2, 3].map(id => {
    const led = columns
      .flatMap(column => column.leader.map((leader, partition) => ({ leader, column, partition })))
      .filter(({ leader }) => leader === id)
    const alive = scenario !== 'partial' || id !== 3
    return {
      id,
      host: '127.0.0.1',
      port: 19_091 + id,
      rack: ['a', 'b', 'c'][id - 1] ?? null,
      alive,
      controller: id === 1,
      leaders: led.length,
      replicas: columns.reduce((sum, column) => sum + column.leader.length, 0),
      underReplicated: alive ? 0 : led.length,
      recordsPerSecond: alive
        ? sumKnown(led.map(({ column, partition }) => column.recordsPerSecond[partition] ?? null))
        : null,
      bytesPerSecond: alive
        ? sumKnown(led.map(({ column, partition }) => column.bytesPerSecond[partition] ?? null))
        : null,
      sizeBytes: alive ? 1.37e12 : null,
      diskTotalBytes: alive ? 4e12 : null,
      diskUsableBytes: alive ? 1.96e12 - id * 2e10 : null,
    }
  })

const group = (change: Partial<GroupSummary> & Pick<GroupSummary, 'groupId'>): GroupSummary => ({
  type: 'consumer',
  state: 'Stable',
  coordinator: 1,
  assignor: 'uniform',
  members: 0,
  idleMembers: 0,
  topics: [],
  partitionsAssigned: 0,
  lagRecords: 0,
  lagRecordsMax: 0,
  lagMsMax: 0,
  lagTrendPerSecond: 0,
  processedPerSecond: 0,
  catchUpMs: 0,
  verdict: 'ok',
  reason: 'Every partition was committed within the last seconds, and nothing waits longer than a second.',
  ...change,
})

const groupsOf = (scenario: Scenario, tickNumber: number): readonly GroupSummary[] => [
  group({
    groupId: 'abuse-alerts',
    members: 6,
    idleMembers: 4,
    topics: ['abuse-reports'],
    partitionsAssigned: 2,
    lagRecords: 3,
    lagRecordsMax: 2,
    lagMsMax: 120,
    processedPerSecond: 6,
  }),
  group({
    groupId: 'feed-ranker',
    members: 25,
    topics: ['content-interactions'],
    partitionsAssigned: 500,
    lagRecords: 71_200,
    lagRecordsMax: 240,
    lagMsMax: 410,
    processedPerSecond: 236_000,
    coordinator: 3,
  }),
  ...(scenario === 'calm'
    ? []
    : [
        group({
          groupId: 'dlq-replay',
          state: 'Empty',
          topics: ['user-actions.dlq'],
          lagRecords: 1204,
          lagRecordsMax: 130,
          lagMsMax: 19_200_000,
          lagTrendPerSecond: 0,
          processedPerSecond: 0,
          catchUpMs: null,
          verdict: 'stopped',
          reason:
            'Nothing was committed for 5 h 20 m, 1,204 records wait, and no member is assigned to any partition.',
        }),
      ]),
  scenario === 'calm'
    ? group({
        groupId: 'timeline-builder',
        members: 50,
        topics: ['user-actions'],
        partitionsAssigned: 1000,
        lagRecords: 81_300,
        lagRecordsMax: 102,
        lagMsMax: 271,
        processedPerSecond: 412_000,
        coordinator: 2,
      })
    : group({
        groupId: 'timeline-builder',
        members: 50,
        topics: ['user-actions'],
        partitionsAssigned: 1000,
        lagRecords: 1_502_000 + tickNumber * 940,
        lagRecordsMax: 1_421_000 + tickNumber * 940,
        lagMsMax: 367_000 + tickNumber * 240,
        lagTrendPerSecond: 940,
        processedPerSecond: 411_000,
        catchUpMs: null,
        coordinator: 2,
        verdict: 'warning',
        reason:
          'One partition of 1,000 is 6 m 07 s behind: 3.87k/s arrive on user-actions-417 and its member gets through 2.93k/s. The other 999 keep up, so more members cannot help.',
      }),
]

const findingsOf = (scenario: Scenario): readonly Finding[] => {
  if (!isEventful(scenario)) return []
  const none = { topic: null, partition: null, groupId: null, broker: null }
  const silent: Finding = {
    ...none,
    id: 'broker-silent:3',
    severity: 'warning',
    kind: 'broker-gone',
    sentence: [
      { text: 'Broker 3', mark: 'link', href: '/brokers' },
      { text: ' has not answered for ', mark: 'plain' },
      { text: '25 s', mark: 'strong' },
      { text: '; the partitions it led have no figures.', mark: 'plain' },
    ],
    cure: 'Hatched, counted as unknown. Kafka names new leaders once its session ends. Check its process and disk.',
    since: isoAt(START - 25_000),
    command: 'npx lanekeeper cluster start 3',
    broker: 3,
  }
  const hot: Finding = {
    ...none,
    id: 'hot-partition:user-actions-417',
    severity: 'act',
    kind: 'hot-partition',
    sentence: [
      { text: 'user-actions-417', mark: 'link', href: '/topics/user-actions/417' },
      { text: ' takes ', mark: 'plain' },
      { text: '9.4×', mark: 'strong' },
      { text: ' its share; ', mark: 'plain' },
      { text: '81\u00a0%', mark: 'strong' },
      { text: ' of it is one key, ', mark: 'plain' },
      { text: 'user-48···34', mark: 'code' },
      { text: '.', mark: 'plain' },
    ],
    cure: 'A viral burst on one user. Leaders or more partitions do not help; salting this key into 4 does, at the price of its order.',
    since: isoAt(START - 25 * MINUTE_MS),
    command: 'npx lanekeeper hot user-actions --partition 417',
    topic: 'user-actions',
    partition: 417,
  }
  const behind: Finding = {
    ...none,
    id: 'group-behind:timeline-builder',
    severity: 'warning',
    kind: 'group-behind',
    sentence: [
      { text: 'timeline-builder', mark: 'link', href: '/groups/timeline-builder' },
      { text: ' is ', mark: 'plain' },
      { text: '6\u00a0m\u00a007\u00a0s', mark: 'strong' },
      { text: ' behind on one partition, user-actions-417, and ', mark: 'plain' },
      { text: '940', mark: 'strong' },
      { text: ' records further each second.', mark: 'plain' },
    ],
    cure: '3.87k/s arrive, one member manages 2.93k/s of one partition. More members cannot help. The other 999 keep up.',
    since: isoAt(START - 17 * MINUTE_MS),
    command:
      'kafka-consumer-groups.sh --describe --group timeline-builder --bootstrap-server 127.0.0.1:19092',
    groupId: 'timeline-builder',
  }
  const leaders: Finding = {
    ...none,
    id: 'leader-skew:2',
    severity: 'warning',
    kind: 'leaders-unbalanced',
    sentence: [
      { text: 'Broker 2', mark: 'link', href: '/brokers' },
      { text: ' leads ', mark: 'plain' },
      { text: '610 of 1,514', mark: 'strong' },
      { text: ' partitions, ', mark: 'plain' },
      { text: '21\u00a0%', mark: 'strong' },
      { text: ' over its share.', mark: 'plain' },
    ],
    cure: 'Brokers 1 and 3 restarted at 13:41 and 121 leaders did not come back. Electing them again moves no data.',
    since: isoAt(START - 51 * MINUTE_MS),
    command:
      'kafka-leader-election.sh --election-type preferred --all-topic-partitions --bootstrap-server 127.0.0.1:19092',
    broker: 2,
  }
  const copies: Finding = {
    ...none,
    id: 'replication:content-interactions',
    severity: 'info',
    kind: 'replication',
    sentence: [
      { text: 'content-interactions', mark: 'link', href: '/topics/content-interactions' },
      { text: ' keeps ', mark: 'plain' },
      { text: '2', mark: 'strong' },
      { text: ' copies. Losing one broker leaves about a third of it without a spare.', mark: 'plain' },
    ],
    cure: 'A third copy takes 1.28 TB and about 1 h 03 m at 120 MB/s a broker.',
    since: isoAt(START - 302 * MINUTE_MS),
    command: null,
    topic: 'content-interactions',
  }
  return scenario === 'partial' ? [silent, hot, behind] : [hot, behind, leaders, copies]
}

const healthOf = (scenario: Scenario, at: number): Health => {
  const down = scenario === 'unreachable'
  return {
    status: down
      ? 'unreachable'
      : scenario === 'partial'
        ? 'degraded'
        : scenario === 'starting'
          ? 'starting'
          : 'ok',
    summary: down ? 'No broker answers' : '3 of 3 brokers answer',
    bootstrapServer: '127.0.0.1:19092',
    simulated: scenario === 'calm',
    clusterName: 'streamsocial',
    brokersAnswering: down ? 0 : scenario === 'partial' ? 2 : 3,
    brokersExpected: 3,
    observedAt:
      scenario === 'starting'
        ? null
        : isoAt(down ? START - 42_000 : scenario === 'stale' ? START - 19_000 : at),
    observeIntervalMs: OBSERVE_MS,
    since: isoAt(START - (down ? 42_000 : 51 * MINUTE_MS)),
    lastError: down ? 'connect ECONNREFUSED 127.0.0.1:19092' : null,
    failedTries: down ? 6 : 0,
    version: '0.1.0',
    calledAs: 'npx lanekeeper',
  }
}

/** @param tickNumber counts seconds from the start; old figures (unreachable, stale) do not move */
export const mockTick = (scenario: Scenario, tickNumber: number): Tick => {
  const at = START + tickNumber * OBSERVE_MS
  const bare = scenario === 'empty' || scenario === 'starting'
  const still = scenario === 'unreachable' || scenario === 'stale'
  const shapes = shapesOf(scenario)
  const columns = shapes.map(shape => columnsOf(shape, scenario, still ? 0 : tickNumber))
  const topics = shapes.map((shape, index) => summaryOf(shape, columns[index] as TopicColumns))
  const groups = bare ? [] : (unusualGroups(scenario, group) ?? groupsOf(scenario, still ? 0 : tickNumber))
  const partitions = columns.reduce((sum, column) => sum + column.leader.length, 0)
  const unknown = columns.reduce(
    (sum, column) => sum + column.state.filter(state => state === 'unknown').length,
    0,
  )
  return {
    at: isoAt(at),
    health: healthOf(scenario, at),
    cluster: {
      clusterId: 'q1Sh-9_ISia_zwGINzRvyQ',
      controllerId: 1,
      racks: ['a', 'b', 'c'],
      brokers: scenario === 'starting' ? [] : [...brokersOf(scenario, columns)],
    },
    topics,
    columns,
    groups: [...groups],
    findings: [...findingsOf(scenario)],
    totals: {
      partitions,
      partitionsKnown: partitions - unknown,
      recordsPerSecond: bare ? null : topics.reduce((sum, topic) => sum + (topic.recordsPerSecond ?? 0), 0),
      bytesPerSecond: bare ? null : topics.reduce((sum, topic) => sum + (topic.bytesPerSecond ?? 0), 0),
      underReplicated: topics.reduce((sum, topic) => sum + topic.underReplicated, 0),
      leaderless: topics.reduce((sum, topic) => sum + topic.leaderless, 0),
      lagRecords: bare ? null : groups.reduce((sum, one) => sum + (one.lagRecords ?? 0), 0),
      lagMsMax: bare
        ? null
        : Math.max(...groups.filter(one => one.verdict !== 'stopped').map(one => one.lagMsMax ?? 0)),
    },
    rateWindowMs: 60_000,
  }
}

/** One topic in full, undefined when there is none of that name. */
export const mockTopic = (scenario: Scenario, tickNumber: number, topic: string): TopicView | undefined => {
  const tick = mockTick(scenario, tickNumber)
  const summary = tick.topics.find(candidate => candidate.topic === topic)
  const columns = tick.columns.find(candidate => candidate.topic === topic)
  if (summary === undefined || columns === undefined) return undefined
  const reader = tick.groups.find(candidate => candidate.topics.includes(topic))
  return {
    ...summary,
    configs: {
      'cleanup.policy': 'delete',
      'compression.type': 'producer',
      'min.insync.replicas': '2',
      'retention.ms': '86400000',
      'segment.bytes': '1073741824',
      'unclean.leader.election.enable': 'false',
    },
    partitionList: columns.leader.map((leader, partition) => {
      const replicas = leader < 0 ? [2, 3, 1] : [leader, (leader % 3) + 1, ((leader + 1) % 3) + 1]
      const lag = columns.lagRecords[partition] ?? null
      const end = 40_119_625_551n + BigInt(partition)
      return {
        partition,
        leader: leader < 0 ? null : leader,
        leaderEpoch: 31,
        replicas,
        isr: columns.state[partition] === 'active' ? replicas : replicas.slice(0, 2),
        state: columns.state[partition] ?? 'unknown',
        startOffset: '38204118002',
        endOffset: String(end),
        recordsPerSecond: columns.recordsPerSecond[partition] ?? null,
        bytesPerSecond: columns.bytesPerSecond[partition] ?? null,
        sizeBytes: columns.sizeBytes[partition] ?? null,
        groups:
          reader === undefined
            ? []
            : [
                {
                  groupId: reader.groupId,
                  committedOffset: lag === null ? null : String(end - BigInt(lag)),
                  lagRecords: lag,
                  lagMs: columns.lagMs[partition] ?? null,
                  memberId: 'member',
                  clientId: columns.consumers[columns.consumer[partition] ?? -1] ?? null,
                },
              ],
      }
    }),
  }
}

export const mockGroup = (scenario: Scenario, tickNumber: number, groupId: string): GroupView | undefined => {
  const tick = mockTick(scenario, tickNumber)
  const summary = tick.groups.find(candidate => candidate.groupId === groupId)
  if (summary === undefined) return undefined
  const topic = summary.topics[0] ?? ''
  const columns = tick.columns.find(candidate => candidate.topic === topic)
  const partitionsOf = (member: number): number[] =>
    (columns?.consumer ?? []).flatMap((consumer, partition) => (consumer === member ? [partition] : []))
  const lagOf = (partitions: readonly number[]): number =>
    sumKnown(partitions.map(partition => columns?.lagRecords[partition] ?? null))
  return {
    ...summary,
    memberList: Array.from({ length: summary.members }, (_, member) => ({
      memberId: `member-${member}`,
      instanceId: null,
      clientId: columns?.consumers[member] ?? `aa-${String(member).padStart(2, '0')}`,
      host: `10.0.3.${20 + member}`,
      subscribed: summary.topics,
      assigned: partitionsOf(member).length === 0 ? [] : [{ topic, partitions: partitionsOf(member) }],
      lagRecords: lagOf(partitionsOf(member)),
    })),
    worstPartitions: (columns?.lagRecords ?? [])
      .map((lagRecords, partition) => ({
        topic,
        partition,
        lagRecords,
        lagMs: columns?.lagMs[partition] ?? null,
      }))
      .toSorted((a, b) => (b.lagRecords ?? 0) - (a.lagRecords ?? 0))
      .slice(0, 50),
  }
}

const HISTORY_STEP_MS = 15_000
const HISTORY_STEPS = 240
const BURST_STEP = 140
const RESTART_STEP = 36

const histories = new Map<string, History | undefined>()

/** Made once for each scenario and topic: an hour of a thousand partitions takes a while to make up. */
export const mockHistory = (scenario: Scenario, topic: string): History | undefined => {
  const key = `${scenario} ${topic}`
  if (!histories.has(key)) histories.set(key, makeHistory(scenario, topic))
  return histories.get(key)
}

/** An hour: a restart without data, a burst on one partition, a diagonal wave, one that pulses. */
const makeHistory = (scenario: Scenario, topic: string): History | undefined => {
  const shape = shapesOf(scenario).find(candidate => candidate.topic === topic)
  if (shape === undefined) return undefined
  const { shares } = fixedOf(shape, scenario === 'calm')
  const random = seededRandom(shape.seed + 55)
  const phases = shares.map(() => random() * 2 * Math.PI)
  const raster = Array.from({ length: HISTORY_STEPS }, (_, step) => {
    if (step >= RESTART_STEP && step < RESTART_STEP + 2) return null
    return shares.map((share, partition) => {
      const noise = 1 + 0.05 * Math.sin(step / 45 + (phases[partition] ?? 0)) + 0.02 * gauss(random)
      const burst =
        share > 5 ? (step < BURST_STEP ? 1.03 / share : 1 - Math.exp(-(step - BURST_STEP) / 10)) : 1
      const pulse = share > 2 && share < 2.2 ? (Math.sin(step / 9.5) > 0.55 ? 1.4 : 0.55) : 1
      const wave =
        partition >= 560 && partition < 640 && Math.abs(step - 110 - (partition - 560) * 0.35) < 11 ? 1.6 : 1
      return round3(shape.meanPerSecond * share * noise * (burst + (share > 5 ? 0.1 : 0)) * pulse * wave)
    })
  })
  const totals = raster.map(row => (row === null ? null : Math.round(sumKnown(row))))
  const hot = shares.some(share => share > 5)
  return {
    topic,
    stepMs: HISTORY_STEP_MS,
    at: raster.map((_, step) => isoAt(START - (HISTORY_STEPS - 1 - step) * HISTORY_STEP_MS)),
    recordsPerSecond: totals,
    lagRecords: totals.map((total, step) =>
      total === null
        ? null
        : Math.round(total * 0.2 + (hot && step > BURST_STEP ? (step - BURST_STEP) * 9400 : 0)),
    ),
    bytesPerSecond: totals.map(total => (total === null ? null : Math.round(total * shape.recordBytes))),
    lagMsMax: totals.map((total, step) =>
      total === null ? null : 400 + (hot && step > BURST_STEP ? (step - BURST_STEP) * 3_650 : 0),
    ),
    partitionsPerCell: 1,
    raster,
    partition: null,
    oldest: isoAt(START - 14 * 86_400_000),
    events: hot
      ? [
          {
            at: isoAt(START - (HISTORY_STEPS - RESTART_STEP) * HISTORY_STEP_MS),
            text: 'brokers 1 and 3 restart',
          },
          {
            at: isoAt(START - (HISTORY_STEPS - BURST_STEP) * HISTORY_STEP_MS),
            text: 'user-actions-417 is hot',
          },
        ]
      : [],
  }
}
