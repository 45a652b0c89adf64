import { execFile, execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { statfsSync } from 'node:fs'
import { unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { ConsumerOptions } from '../../src/consumer/consumer.ts'
import { brokerId, partitionCount } from '../../src/core/model/index.ts'
import { routeKey } from '../../src/core/routing/index.ts'
import type { ProducerRecord } from '../../src/producer/outcome.ts'
import type { Stage } from './stage.ts'
import type { Story } from './story.ts'

/**
 * The stories. Sizes are those of a small cluster on one machine: a few hundred partitions, some hundred records a second,
 * three hundred keys a partition, so that a calm day is calm.
 */
const ACTIONS = 'user-actions'
const INTERACTIONS = 'content-interactions'
const topics = { [ACTIONS]: 0.6, [INTERACTIONS]: 0.4 }
const ACTION_PARTITIONS = 120
const INTERACTION_PARTITIONS = 60
const CALM_RATE = 400

const run = promisify(execFile)

const sleeping = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))

const calmDay = async (stage: Stage): Promise<void> => {
  await stage.makeTopic(ACTIONS, ACTION_PARTITIONS)
  await stage.makeTopic(INTERACTIONS, INTERACTION_PARTITIONS)
  await stage.startTraffic({ recordsPerSecond: CALM_RATE, topics })
}

const readers = (
  stage: Stage,
  group: string,
  count: number,
  options: (member: number) => Partial<ConsumerOptions> = () => ({}),
): void => {
  for (let member = 1; member <= count; member++)
    stage.startConsumer(`${group}-${member}`, {
      group: stage.nameOf(group),
      topics: [stage.nameOf(ACTIONS)],
      handler: () => undefined,
      ...options(member),
    })
}

/** The same, and waits until each of them has work. */
const readersAtWork = async (
  stage: Stage,
  group: string,
  count: number,
  options?: (member: number) => Partial<ConsumerOptions>,
): Promise<void> => {
  readers(stage, group, count, options)
  const atWork = await stage.until(() => {
    const seen = stage.live.group(stage.nameOf(group))
    return seen?.members === count && seen.memberList.every(({ assigned }) => assigned.length > 0)
  }, 60_000)
  if (!atWork) throw new Error(`${group}: not all of ${count} members got work`)
}

const nothing = (): Promise<void> => Promise.resolve()

const viral: Story = {
  name: 'viral-content',
  about: 'One post takes over half of all views within seconds.',
  scene: calmDay,
  event: async stage => {
    // the shape's item becomes viral 30 s into it
    await stage.startTraffic({ recordsPerSecond: CALM_RATE, topics, shapes: ['viral'], startsAtMs: 30_000 })
  },
  expected: {
    kind: 'hot-partition',
    sentence:
      /content-interactions-\d+ takes [\d.]+× its share, .*; (at least )?\d+ %( ± [\d.]+ %)? of it is one key, content···?\S+\./,
    cure: /Without that key it would carry .* suffixes on it spread it, at the price of its order/,
  },
}

const celebrity: Story = {
  name: 'celebrity-user',
  about: 'Ten people make a fifth of all actions, the first of them a third of that.',
  scene: calmDay,
  event: async stage => {
    await stage.startTraffic({ recordsPerSecond: CALM_RATE, topics, shapes: ['celebrity'] })
  },
  expected: {
    kind: 'hot-partition',
    sentence:
      /user-actions-\d+ takes [\d.]+× its share, .*; (at least )?\d+ %( ± [\d.]+ %)? of it is one key, user-\S+\./,
    cure: /A partition of its own keeps the key's order/,
  },
}

const guest: Story = {
  name: 'guest-key',
  about: 'A new version of the shop writes everybody without an account under the key GUEST.',
  scene: calmDay,
  event: async stage => {
    await stage.startTraffic({ recordsPerSecond: CALM_RATE, topics, shapes: ['guest-key'] })
  },
  expected: {
    kind: 'hot-partition',
    sentence: /takes [\d.]+× its share, .*; (at least )?\d+ %( ± [\d.]+ %)? of it is one key, GUEST\./,
    cure: /stands for nobody in particular, so its records need no common order/,
  },
}

const PICTURE_BYTES = 75_000
const heavyRecords: Story = {
  name: 'heavy-records',
  about:
    'One tenant begins to send its pictures inside the records: few of them, five hundred times as large.',
  scene: calmDay,
  event: async stage => {
    await stage.startTraffic({
      recordsPerSecond: 1,
      topics,
      // as bytes of pictures are: nothing makes them much smaller
      change: () => ({
        topic: stage.nameOf(ACTIONS),
        key: 'tenant-of-pictures',
        value: JSON.stringify({ picture: randomBytes(PICTURE_BYTES).toString('base64') }),
      }),
    })
  },
  expected: {
    kind: 'hot-bytes',
    sentence:
      /user-actions-\d+ takes [\d.]+× its share of the bytes, .* in records of [\d.]+ kB where others have \d+ B; (at least )?\d+ %( ± [\d.]+ %)? of it is one key, tenant\S+\./,
    cure: /^Cheapest: compress \(compression\.type=zstd\), or keep large values elsewhere/,
  },
}

/** Ten at a time, fifty milliseconds each: two hundred a second for a member, whatever comes. */
const LIMITED = { concurrency: 10, ordering: 'none', handler: () => sleeping(50) } as const
const WAVE_RATE = 330

const timeZones: Story = {
  name: 'time-zone-wave',
  about: 'Asia wakes up; one consumer is not enough for the wave, three are.',
  scene: async stage => {
    await stage.makeTopic(ACTIONS, ACTION_PARTITIONS)
    await stage.makeTopic(INTERACTIONS, INTERACTION_PARTITIONS)
    await stage.startTraffic({ recordsPerSecond: 40, topics: { [ACTIONS]: 0.99, [INTERACTIONS]: 0.01 } })
    await readersAtWork(stage, 'timeline', 1, () => LIMITED)
  },
  event: async stage => {
    await stage.startTraffic({
      recordsPerSecond: WAVE_RATE,
      topics: { [ACTIONS]: 0.99, [INTERACTIONS]: 0.01 },
      shapes: ['day'],
      startsAtMs: 60_000,
    })
  },
  expected: {
    kind: 'group-behind',
    sentence: /timeline is [\d.]+ s behind on \S+user-actions-\d+, and \d+ records further each second/,
    cure: /more members help, up to one a partition/,
  },
  sequel: async stage => {
    for (const member of [2, 3, 4])
      stage.startConsumer(`timeline-${member}`, {
        group: stage.nameOf('timeline'),
        topics: [stage.nameOf(ACTIONS)],
        ...LIMITED,
      })
    const cleared = await stage.until(
      () =>
        !stage
          .findings()
          .some(({ kind, cure }) => kind === 'group-behind' && !cure.startsWith('At this pace')),
      90_000,
    )
    return cleared ? 'with three more members it catches up' : 'not cured by three more members'
  },
}

const synchronised: Story = {
  name: 'synchronised-devices',
  about: 'Ten thousand devices get a firmware that reports at the full ten seconds.',
  scene: async stage => {
    await calmDay(stage)
    await stage.makeTopic('device-telemetry', 24)
  },
  event: async stage => {
    await stage.startTraffic({
      scenario: 'iot',
      recordsPerSecond: 100,
      topics: { 'device-telemetry': 1 },
      users: 10_000,
      shapes: ['synchronised'],
    })
  },
  expected: {
    kind: 'bursts',
    sentence:
      /device-telemetry gets \d+ % of its records in \d+ of \d+ looks, about every \d+(\.\d)? s: whoever writes it does so together/,
    cure: /Let each writer wait a random part of its interval/,
    withinMs: 35_000,
  },
}

const slow = { fromNow: false }
const slowConsumer: Story = {
  name: 'slow-consumer',
  about: 'One of three consumers gets slow: its disk, its garbage collector, its neighbour.',
  scene: async stage => {
    slow.fromNow = false
    await calmDay(stage)
    await readersAtWork(stage, 'timeline', 3, member => ({
      ordering: 'none',
      concurrency: 2,
      handler: () => (member === 2 && slow.fromNow ? sleeping(200) : undefined),
    }))
  },
  event: () => {
    slow.fromNow = true
    return nothing()
  },
  expected: {
    kind: 'group-behind',
    sentence:
      /timeline is [\d.]+ s behind on .*; \d+ % of what waits is on the \d+ partitions of timeline-2 on /,
    cure: /the consumer is slow, not the producer fast/,
  },
}

const POISON = '{"this is": not JSON'
const poisonPill: Story = {
  name: 'poison-pill',
  about: 'One record cannot be parsed, and its consumer tries again and again.',
  scene: async stage => {
    await calmDay(stage)
    await readersAtWork(stage, 'timeline', 3, () => ({
      handler: ({ value }) => {
        JSON.parse(Buffer.from(value ?? []).toString())
      },
      retry: { attempts: 1_000_000, backoffMs: 200, backoffMsMax: 1_000 },
    }))
  },
  event: async stage => {
    const producer = await stage.startTraffic({ recordsPerSecond: 0.001, topics })
    producer.send({ topic: stage.nameOf(ACTIONS), key: 'user-0000007', value: POISON })
    await producer.flush()
  },
  expected: {
    kind: 'group-held',
    sentence:
      /timeline is held up on \S+user-actions-\d+, at offset \d+: the handler of timeline-\d on \S+ failed at least \d+ times with SyntaxError and tries again; \d+ records? waits?\./,
    cure: /Then, cheapest first: mend what the handler talks to, .* put such records into a dead-letter topic; .* --to-offset \d+/,
  },
}

const brokerKilled: Story = {
  name: 'broker-killed',
  about: 'One broker of three dies, without a goodbye.',
  scene: async stage => {
    await calmDay(stage)
    await readersAtWork(stage, 'timeline', 2)
  },
  event: async stage => {
    const { brokers } = stage
    if (brokers === null) throw new Error('only on brokers of our own')
    stage.after(async () => {
      await brokers.startOne(brokerId(3))
      await stage.until(() => stage.findings().length === 0, 60_000)
    })
    await brokers.kill(brokerId(3))
  },
  expected: {
    kind: 'broker-gone',
    sentence: /^Broker 3 does not answer; \d+ of its \d+ replicas are out of sync/,
    cure: /Start it again; its leaders come back by themselves/,
  },
}

const sixConsumers: Story = {
  name: 'six-consumers-two-work',
  about: 'Six consumers run; two of them have work.',
  scene: async stage => {
    await stage.makeTopic(ACTIONS, 2)
    await stage.makeTopic(INTERACTIONS, INTERACTION_PARTITIONS)
    await stage.startTraffic({ recordsPerSecond: CALM_RATE, topics })
  },
  event: stage => {
    readers(stage, 'timeline', 6)
    return nothing()
  },
  expected: {
    kind: 'idle-members',
    sentence: /timeline has 6 members for 2 partitions; 4 have nothing to read/,
    cure: /One partition is read by one member of a group at a time/,
    also: ['idle-starting'],
  },
}

/** As librdkafka places keys by default. */
const asLibrdkafka = (record: ProducerRecord): ProducerRecord => {
  const key = record.key ?? null
  if (key === null || !record.topic.endsWith(ACTIONS)) return record
  const partition = routeKey('librdkafka-consistent-random', key, partitionCount(ACTION_PARTITIONS))
  return typeof partition === 'number' ? { ...record, partition } : record
}

const mixedPartitioners: Story = {
  name: 'mixed-partitioners',
  about: 'A service is rewritten in Python; its client hashes keys differently.',
  scene: calmDay,
  event: async stage => {
    await stage.startTraffic({ recordsPerSecond: CALM_RATE / 2, topics, change: asLibrdkafka })
  },
  expected: {
    kind: 'mixed-partitioners',
    sentence:
      /user-actions is written by 2 partitioners that disagree: they place the keys \d+ % as java .*, \d+ % as librdkafka/,
    cure: /Give all producers one partitioner/,
  },
}

const partitionsAdded: Story = {
  name: 'partitions-added',
  about: 'Somebody adds partitions to a topic whose keys need their order.',
  scene: async stage => {
    await calmDay(stage)
    await readersAtWork(stage, 'timeline', 2)
  },
  event: async stage => {
    await stage.cluster.addPartitions(stage.nameOf(ACTIONS), 160)
  },
  expected: {
    kind: 'partitions-added',
    sentence: /user-actions grew from 120 to 160 partitions; 75 % of its keys now go to another partition/,
    cure: /Where order matters, let readers finish what was written before, or move to a new topic/,
  },
}

/** Fills the small disk that `prepareSmallDisk` gave to broker 3. */
const diskNearlyFull: Story = {
  name: 'disk-nearly-full',
  about: 'Something else on the machine eats the disk of broker 3.',
  scene: calmDay,
  event: async stage => {
    const folder = join(stage.stateDir, 'cluster', 'broker-3')
    const filler = join(folder, 'filler')
    const { bsize, bavail, blocks } = statfsSync(folder)
    // another process does it: writing it here would keep us from looking, and that would be another story
    await run('fallocate', ['-l', String(Math.floor(bavail * bsize - blocks * bsize * 0.1)), filler])
    stage.after(() => unlink(filler))
  },
  expected: {
    kind: 'disk-nearly-full',
    sentence: /^Broker 3 has [\d.]+ % of its disk left, /,
    cure: /Only [\d.]+ MB of the [\d.]+ MB in use are partitions: something else fills it\. Cheapest: find it on that machine/,
  },
}

/** Gives broker 3 a disk of its own, before it starts; false where this machine does not let us. */
export const prepareSmallDisk = (stateDir: string): (() => void) | null => {
  const folder = join(stateDir, 'cluster', 'broker-3')
  try {
    execFileSync('mkdir', ['-p', folder])
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=900m', 'tmpfs', folder], { stdio: 'ignore' })
    return () => void execFileSync('umount', [folder], { stdio: 'ignore' })
  } catch {
    return null
  }
}

const nothingCommitted: Story = {
  name: 'nothing-committed',
  about: 'Automatic commits were switched off, and nobody commits by hand.',
  scene: calmDay,
  event: stage => {
    readers(stage, 'audit', 2, () => ({ commit: 'manual' }))
    return nothing()
  },
  expected: {
    kind: 'nothing-committed',
    sentence: /audit has committed nothing on 1\d\d of 120 partitions that hold records/,
    cure: /Check that its consumers commit/,
    also: ['idle-starting'],
  },
}

const calm: Story = {
  name: 'calm-day',
  about: 'Nothing happens; nothing must be said.',
  scene: async stage => {
    await calmDay(stage)
    await readersAtWork(stage, 'timeline', 2)
  },
  event: nothing,
  expected: null,
}

export const stories: readonly Story[] = [
  calm,
  viral,
  celebrity,
  guest,
  heavyRecords,
  timeZones,
  synchronised,
  slowConsumer,
  poisonPill,
  sixConsumers,
  mixedPartitioners,
  partitionsAdded,
  nothingCommitted,
  diskNearlyFull,
  brokerKilled,
]
