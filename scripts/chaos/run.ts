/**
 * A group under chaos on a real cluster: members in processes of their own join, leave, are killed and stopped while keyed
 * records are written; then three witnesses are heard.
 *
 * - the writer: what was acknowledged, per key;
 * - Kafka: the log as its console consumer reads it, the group's lag as `kafka-consumer-groups` sees it, and every commit
 *   in its offsets topic;
 * - the members' files: what handlers did, judged by test/support/group-judge.ts.
 */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { nodeCodecs } from '../../src/adapters/codecs/node-codecs.ts'
import { connectKafka } from '../../src/adapters/kafka/connect.ts'
import { systemClock } from '../../src/adapters/system/clock.ts'
import type { ConsumerOptions } from '../../src/consumer/consumer.ts'
import { between, pick, seededRandom, shuffled } from '../../src/core/simulation/index.ts'
import { createProducer, type Producer } from '../../src/producer/producer.ts'
import { consoleConsume } from '../../test/support/console-clients.ts'
import { type GroupVerdict, judgeGroup } from '../../test/support/group-judge.ts'
import { runKafkaTool } from '../../test/support/kafka-tools.ts'
import { commitsOf } from './commits-log.ts'
import { Members } from './members.ts'
import { deadTopicOf, judgeLetters, type PoisonVerdict } from './poison.ts'
import { judgeSinkEffects, type SinkVerdict } from './sink-effects.ts'

export interface ChaosOptions {
  readonly bootstrapServer: string
  /** Made and deleted; the group has the same name. */
  readonly topic: string
  readonly partitions: number
  readonly records: number
  readonly keys: number
  readonly actions: number
  /** Mean time between two actions. */
  readonly pauseMs: number
  readonly membersMax: number
  readonly seed: string
  readonly settings: Partial<ConsumerOptions>
  readonly windowRecords: number
  /** Read every commit out of Kafka's offsets topic: slow on a cluster that others use too. */
  readonly readCommits: boolean
  /** Send the effects through an idempotent sink as well, and judge what is in it. */
  readonly sink: boolean
  /** Let some records fail in every handler, and judge the dead-letter topic. */
  readonly poison: boolean
  readonly say: (text: string) => void
}

export interface ChaosReport extends GroupVerdict {
  readonly acknowledged: number
  readonly actions: ReadonlyMap<string, number>
  readonly periods: number
  readonly errors: readonly string[]
  /** Members that came to rest, and whose records were added up. */
  readonly accounts: number
  readonly losses: ReadonlyMap<string, number>
  readonly commits: number
  /** Null without a sink. */
  readonly sink: SinkVerdict | null
  /** Null without poison. */
  readonly letters: PoisonVerdict | null
  readonly seconds: number
}

export const runChaos = async (options: ChaosOptions): Promise<ChaosReport> => {
  const { bootstrapServer, topic, say } = options
  const startedMs = systemClock.monotonicMs()
  const kafka = await connectKafka({
    bootstrapServers: bootstrapServer.split(','),
    clientId: topic,
    clock: systemClock,
  })
  const topics = options.poison ? [topic, deadTopicOf(topic)] : [topic]
  const made = await kafka.cluster.createTopics(
    topics.map(name => ({
      name,
      partitions: options.partitions,
      replicationFactor: 3,
      configs: new Map([['min.insync.replicas', '2']]),
    })),
  )
  const refused = made.find(({ code }) => code !== 0)
  if (refused !== undefined) throw new Error(`topics could not be made: ${refused.message}`)
  const folder = mkdtempSync(join(tmpdir(), 'lanekeeper-chaos-'))
  say(`effects are written to ${folder}`)
  const database = options.sink ? join(folder, 'effects.db') : null
  const members = new Members({
    bootstrapServer,
    topic,
    group: topic,
    folder,
    settings: options.settings,
    database,
    poison: options.poison,
  })
  const link = kafka.openLink(`${topic}-writer`)
  const producer = createProducer({
    link,
    clock: systemClock,
    codecs: nodeCodecs,
    random: seededRandom(options.seed),
  })
  try {
    members.join()
    members.join()
    const acting = actAtRandom(members, options)
    const written = await writeAll(producer, options, acting.share)
    const actions = await acting.done
    say(`${written.acknowledged} records acknowledged; waiting for the group`)
    if (members.present === 0) members.join()
    await untilNoLag(bootstrapServer, topic, options.partitions)
    await members.close()

    const problems: string[] = []
    problems.push(...(await judgeLog(options, written)))
    const { effects, ends, errors, losses, accounts } = members.story()
    const verdict = judgeGroup(effects, ends, written.byKey, options.windowRecords)
    const commits = options.readCommits ? await commitsOf(bootstrapServer, topic) : null
    if (commits !== null) {
      const snapshot = await kafka.cluster.describe({ topics: [topic] })
      const ends = (await kafka.cluster.readOffsets(snapshot, [topic])).get(topic)?.end ?? []
      ends.forEach((end, partition) => {
        const seen = commits.highest.get(`${topic}-${partition}`) ?? 0
        if (seen !== end)
          problems.push(`not every commit was read: ${topic}-${partition} up to ${seen} of ${end}`)
      })
    }
    const sink = database === null ? null : judgeSinkEffects(database, written.byKey)
    const letters = options.poison
      ? await judgeLetters(bootstrapServer, topic, kafka.cluster, written.byKey)
      : null
    return {
      ...verdict,
      sink,
      letters,
      problems: [
        ...problems,
        ...verdict.problems,
        ...(sink?.problems ?? []),
        ...(letters?.problems ?? []),
        ...(commits?.backwards ?? []).map(text => `commit moved backwards: ${text}`),
        ...errors.map(text => `a member ended by itself: ${text}`),
        ...accounts.flatMap(imbalanceOf),
      ],
      acknowledged: written.acknowledged,
      actions,
      periods: ends.size,
      errors,
      accounts: accounts.length,
      losses: countOf(losses.map(reason => reason.split(':')[0] ?? '')),
      commits: commits?.commits ?? 0,
      seconds: (systemClock.monotonicMs() - startedMs) / 1000,
    }
  } finally {
    members.abandon()
    await producer.close({ deadlineMs: 5000 })
    await kafka.cluster.deleteTopics(topics)
    await kafka.close()
  }
}

interface Written {
  readonly acknowledged: number
  readonly byKey: ReadonlyMap<string, number>
}

/** Keeps pace with the actions (`share` of them is done), so that every one of them meets work. */
const writeAll = async (
  producer: Producer,
  { topic, records, keys, seed, actions }: ChaosOptions,
  share: () => number,
): Promise<Written> => {
  const random = seededRandom(`${seed}/keys`)
  const byKey = new Map<string, number>()
  let sent = 0
  let acknowledged = 0
  const problems: string[] = []
  while (sent < records) {
    // what the action under way is to meet is written in small portions
    const untilSent = Math.min(records, Math.ceil(records * (share() + 1 / actions)))
    const portion = Math.min(untilSent - sent, Math.ceil(records / actions / PORTIONS))
    for (let count = 0; count < portion; count++, sent++) {
      const key = `k${Math.floor(random.next() * keys)}`
      const sequence = byKey.get(key) ?? 0
      byKey.set(key, sequence + 1)
      const room = producer.send({ topic, key, value: String(sequence) }, outcome => {
        if (outcome.kind === 'acknowledged') acknowledged++
        else problems.push(`${key}#${sequence}: ${outcome.why}`)
      })
      if (!room) await producer.drained()
    }
    await pause(WRITE_TICK_MS)
  }
  await producer.flush()
  if (problems.length > 0) throw new Error(`not everything was written: ${problems.slice(0, 3).join('; ')}`)
  return { acknowledged, byKey }
}

const PORTIONS = 100
const WRITE_TICK_MS = 20

const names = { join: 'joins', leave: 'leaves', kill: 'kills (-9)', stop: 'stops (SIGSTOP)' } as const

const actAtRandom = (
  members: Members,
  { actions, pauseMs, membersMax, seed, say }: ChaosOptions,
): { readonly done: Promise<ReadonlyMap<string, number>>; readonly share: () => number } => {
  const random = seededRandom(`${seed}/actions`)
  const counts = new Map<string, number>()
  const stops: Promise<void>[] = []
  /** Of four things to do each comes once before any comes again. */
  let bag: (keyof typeof names)[] = []
  /** Null: nothing can be done to anybody just now. Only members at work are worth a kill. */
  const act = (): string | null => {
    if (bag.length === 0) bag = shuffled(random, Object.keys(names) as (keyof typeof names)[])
    const next = bag.at(-1) ?? 'join'
    // enough that somebody works while others start
    const tooFew = members.present < Math.min(3, membersMax)
    const tooMany = members.present >= membersMax
    const member = pick(random, members.running)
    const what = tooFew ? 'join' : next
    if (what !== 'join' && member === undefined) return null
    if (what === next) bag.pop()
    if (what === 'join' && tooMany) return null
    if (what === 'join') members.join()
    if (member !== undefined && what === 'leave') members.leave(member)
    if (member !== undefined && what === 'kill') members.kill(member)
    if (member !== undefined && what === 'stop')
      stops.push(members.stop(member, between(random, 500, 15_000)))
    return names[what]
  }
  let count = 0
  const run = async (): Promise<ReadonlyMap<string, number>> => {
    while (count < actions) {
      await pause(between(random, pauseMs * 0.5, pauseMs * 1.5))
      let what = act()
      for (; what === null; what = act()) await pause(200)
      counts.set(what, (counts.get(what) ?? 0) + 1)
      if (++count % 10 === 0) say(`${count} of ${actions} actions, ${members.present} members`)
    }
    await Promise.all(stops)
    return counts
  }
  return { done: run(), share: () => count / actions }
}

/** Kafka's own word that everything is processed and committed. */
const untilNoLag = async (bootstrapServer: string, group: string, partitions: number): Promise<void> => {
  const deadlineMs = systemClock.monotonicMs() + 300_000
  for (;;) {
    const rows = (
      await runKafkaTool(
        'consumer.group.ConsumerGroupCommand',
        '--bootstrap-server',
        bootstrapServer,
        '--describe',
        '--group',
        group,
      )
    )
      .split('\n')
      .filter(line => line.startsWith(group))
      .map(line => line.trim().split(/\s+/))
    if (rows.length === partitions && rows.every(row => row[5] === '0')) return
    if (systemClock.monotonicMs() > deadlineMs)
      throw new Error(`the group still lags: ${rows.map(row => `${row[2]}:${row[5]}`).join(' ')}`)
    await pause(2000)
  }
}

/** The log as Kafka's console consumer reads it against what was acknowledged. */
const judgeLog = async (
  { bootstrapServer, topic }: ChaosOptions,
  { acknowledged, byKey }: Written,
): Promise<readonly string[]> => {
  const problems: string[] = []
  const next = new Map<string, number>()
  for (const { key, value, partition, offset } of await consoleConsume(
    bootstrapServer,
    topic,
    acknowledged,
  )) {
    const expected = next.get(key) ?? 0
    if (Number(value) !== expected)
      problems.push(
        `the log itself is wrong: ${key}#${value} at ${partition}/${offset}, expected #${expected}`,
      )
    next.set(key, Number(value) + 1)
  }
  for (const [key, count] of byKey)
    if (next.get(key) !== count)
      problems.push(`not in the log: ${key} from #${next.get(key) ?? 0} of ${count}`)
  return problems
}

/** Every record that a member took must have become something, and nothing may be left when it is at rest. */
const imbalanceOf = (account: readonly number[]): readonly string[] => {
  const [consumed = Number.NaN, processed = 0, deadLettered = 0, inFlight = 0, givenBack = 0] = account
  return consumed === processed + deadLettered + inFlight + givenBack && inFlight === 0
    ? []
    : [
        `records do not add up: ${account.join(' ')} (consumed, processed, dead-lettered, in flight, given back)`,
      ]
}

const countOf = (texts: readonly string[]): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>()
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1)
  return counts
}
