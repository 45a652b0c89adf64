/**
 * CPU of one look at a large cluster on our side: from questions to every broker to findings.
 *
 *     node bench/look.ts [--partitions 20000,100000,200000] [--brokers 20] [--looks 40]
 *
 * The brokers are simulated links: they answer at once with the bytes that a broker would send (bench/look-answers.ts),
 * so encoding, decoding and everything behind it is in these figures, and no network. Every partition has a record
 * waiting in a group, which is the dear case. What is asked is what the observer asks: groups and ends with every look,
 * metadata every five, starts and sizes every ten, and those looks are told apart by the greatest. Prints a table of
 * medians and means with least and greatest over the looks, by part, and one line of JSON.
 *
 * Looks are a second apart, as they are in use: when garbage is collected follows from that too, and without pauses it is
 * collected within nearly every look. What is collected beside and between looks is in `inAllMs`: all CPU of this process a
 * look, without that of making the answers.
 */
import { cpus } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { BrokerBook } from '../src/adapters/kafka/addresses.ts'
import { KafkaCluster } from '../src/adapters/kafka/cluster.ts'
import {
  advanceWindow,
  defaultThresholds,
  emptyWindow,
  findingsOf,
  forgetHealth,
  judgeHealth,
  noKeyEvidence,
  type ClusterHealth,
} from '../src/core/health/index.ts'
import { ColumnPool, type Observation } from '../src/core/model/index.ts'
import { defaultPace, observe } from '../src/runtime/observe.ts'
import { answeringWires } from '../test/support/answering-wires.ts'
import { ManualClock } from '../test/support/manual-clock.ts'
import { largeCluster } from './look-answers.ts'

const { values: args } = parseArgs({
  options: {
    partitions: { type: 'string', default: '20000,100000,200000' },
    brokers: { type: 'string', default: '20' },
    looks: { type: 'string', default: '40' },
  },
})
const TOPICS = 20
const brokers = Number(args.brokers)
const looks = Number(args.looks)
const WARM_UP = 35

const micros = (since: NodeJS.CpuUsage): number => {
  const used = process.cpuUsage(since)
  return used.user + used.system
}

const measure = async (partitions: number) => {
  const clock = new ManualClock()
  const large = largeCluster({
    topics: Array.from({ length: TOPICS }, (_, at) => `topic-${at}`),
    partitionsPerTopic: partitions / TOPICS,
    brokers,
  })
  const cluster = new KafkaCluster(
    'broker:9092',
    answeringWires(large.answer),
    new BrokerBook([{ host: 'broker', port: 9092 }]),
    clock,
  )
  let seen = (_observation: Observation): void => undefined
  large.prepare(0)
  const columns = new ColumnPool()
  const listener = {
    onLook: (observation: Observation): void => seen(observation),
    onFailure: (failure: unknown): void => {
      throw failure
    },
  }
  const observer = observe(cluster, clock, listener, defaultPace, columns)
  await clock.settle()
  let window = emptyWindow
  let judged: ClusterHealth | null = null
  const taken: {
    readonly ask: number
    readonly takeIn: number
    readonly judge: number
    readonly find: number
  }[] = []
  let inAll = process.cpuUsage()
  let preparing = 0
  for (let second = 1; second < WARM_UP + looks; second++) {
    if (second === WARM_UP) [inAll, preparing] = [process.cpuUsage(), 0]
    // making the answers is no part of the figures, and takes longer than all that is
    const prepare = process.cpuUsage()
    const beganMs = performance.now()
    large.prepare(second)
    preparing += micros(prepare)
    if (second >= WARM_UP) await pause(Math.max(0, 1_000 - (performance.now() - beganMs)))
    const look = new Promise<Observation>(resolve => {
      seen = resolve
    })
    const asked = process.cpuUsage()
    await clock.advance(1_000)
    const observation = await look
    if (observation.problems.length > 0) throw new Error(observation.problems.join('; '))
    const ask = micros(asked)
    const took = process.cpuUsage()
    window = advanceWindow(window, observation, defaultThresholds, columns)
    const takeIn = micros(took)
    const judging = process.cpuUsage()
    const health = judgeHealth(window, defaultThresholds, clock.monotonicMs(), noKeyEvidence, columns)
    if (judged !== null) forgetHealth(judged, columns)
    judged = health
    columns.turn()
    const judge = micros(judging)
    if (health === null) throw new Error('a look that nothing follows from')
    const finding = process.cpuUsage()
    findingsOf(health, defaultThresholds, 'broker:9092')
    const find = micros(finding)
    const waiting = health.groups.reduce((sum, group) => sum + group.lagRecords, 0)
    if (health.groups.length !== TOPICS || waiting !== partitions)
      throw new Error(`${waiting} records wait in ${health.groups.length} groups`)
    if (second >= WARM_UP) taken.push({ ask, takeIn, judge, find })
  }
  const inAllMicros = (micros(inAll) - preparing) / looks
  observer.stop()
  const totals = taken
    .map(({ ask, takeIn, judge, find }) => ask + takeIn + judge + find)
    .toSorted((a, b) => a - b)
  const median = (values: readonly number[]): number =>
    values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN
  const ms = (value: number): number => Math.round(value / 100) / 10
  return {
    partitions,
    lookMs: ms(median(totals)),
    meanMs: ms(totals.reduce((sum, each) => sum + each, 0) / totals.length),
    least: ms(totals[0] ?? Number.NaN),
    greatest: ms(totals.at(-1) ?? Number.NaN),
    inAllMs: ms(inAllMicros),
    askMs: ms(median(taken.map(each => each.ask))),
    takeInMs: ms(median(taken.map(each => each.takeIn))),
    judgeMs: ms(median(taken.map(each => each.judge))),
    findMs: ms(median(taken.map(each => each.find))),
  }
}

const rows = []
for (const partitions of args.partitions.split(',').map(Number)) rows.push(await measure(partitions))
console.table(rows)
console.log(
  JSON.stringify({ bench: 'look', node: process.version, cpu: cpus()[0]?.model, brokers, looks, rows }),
)
