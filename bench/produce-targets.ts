/**
 * Where the rounds of bench/produce.ts go, and how what arrived is checked: real brokers, whose log is read back record
 * by record, or the sink, which counted while it took them.
 */
import { fork } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { nodeCodecs } from '../src/adapters/codecs/node-codecs.ts'
import { connectKafka, type KafkaConnection } from '../src/adapters/kafka/connect.ts'
import { systemClock } from '../src/adapters/system/clock.ts'
import { readTopic } from '../src/consumer/reader.ts'
import { partitionCount } from '../src/core/model/index.ts'
import { type ConventionName, routeKey } from '../src/core/routing/index.ts'
import { emptyOnPorts, localBrokersIn } from '../test/support/local-brokers.ts'
import { RecordCheck } from './produce-records.ts'
import type { SinkCounts } from './produce-sink.ts'
import { ownCpuMsOf } from './watchers/watcher.ts'

export interface Target {
  readonly bootstrap: string
  readonly topic: string
  /** Before a round. */
  begin(): Promise<void>
  /** After it: throws unless exactly these records arrived as they should. */
  check(records: number, convention: ConventionName | null): Promise<void>
  /** CPU that the brokers have used so far, in milliseconds; null where they are not ours to look at. */
  brokerCpuMs(): Promise<number | null>
  close(): Promise<void>
}

const BROKERS = 3
const ENDS_WITHIN_MS = 60_000

/** Three brokers of our own, ended with the target; or those that `bootstrap` names. */
export const realCluster = async (options: {
  readonly bootstrap: string | undefined
  readonly stateDir: string
  readonly firstPort: number
  readonly partitions: number
  readonly say: (text: string) => void
}): Promise<Target> => {
  const { stateDir, firstPort, partitions, say } = options
  let stop = async (): Promise<void> => undefined
  let brokerCpuMs = async (): Promise<number | null> => null
  let { bootstrap } = options
  if (bootstrap === undefined) {
    emptyOnPorts(stateDir, BROKERS, firstPort)
    const brokers = localBrokersIn(stateDir, 'bench-produce')
    const started = await brokers.start({
      brokers: BROKERS,
      fresh: false,
      lifetime: 'owner',
      onProgress: say,
    })
    bootstrap = started.bootstrapServer
    stop = () => brokers.stop()
    brokerCpuMs = async () =>
      (await brokers.status()).reduce((sum, { pid }) => sum + (pid === null ? 0 : ownCpuMsOf(pid)), 0)
  }
  const kafka = await connectKafka({
    bootstrapServers: bootstrap.split(','),
    clientId: 'bench',
    clock: systemClock,
  })
  const topic = `bench-produce-${partitions}`
  const configs = new Map([['min.insync.replicas', '2']])
  await kafka.cluster.createTopics([{ name: topic, partitions, replicationFactor: BROKERS, configs }])
  let starts = await endsOf(kafka, topic)
  return {
    bootstrap,
    topic,
    begin: async () => {
      starts = await endsOf(kafka, topic)
    },
    check: async (records, convention) => {
      const sum = (offsets: Float64Array): number => offsets.reduce((total, offset) => total + offset, 0)
      const arrived = sum(await endsOf(kafka, topic)) - sum(starts)
      if (arrived !== records) throw new Error(`${arrived} records arrived of ${records}`)
      if (convention === null) return
      const count = partitionCount(partitions)
      const check = new RecordCheck(key => routeKey(convention, key, count) as number)
      await readTopic({
        link: kafka.openLink('bench'),
        clock: systemClock,
        codecs: nodeCodecs,
        topics: [topic],
        from: Array.from(starts, (offset, partition) => ({ topic, partition, offset })),
        until: 'end',
        onRecord: ({ partition, key, value }) => check.see(partition, key, value),
      })
      if (check.count !== records) throw new Error(`${check.count} records read back of ${records}`)
    },
    brokerCpuMs,
    close: async () => {
      await kafka.close()
      await stop()
    },
  }
}

/** Asked again while a partition has no leader that answers, as right after a topic was made. */
const endsOf = async ({ cluster }: KafkaConnection, topic: string): Promise<Float64Array> => {
  const untilMs = performance.now() + ENDS_WITHIN_MS
  for (;;) {
    const snapshot = await cluster.describe({ topics: [topic] })
    const ends = (await cluster.readOffsets(snapshot, [topic])).get(topic)?.end
    if (ends !== undefined && !ends.includes(Number.NaN)) return ends
    if (performance.now() > untilMs) throw new Error(`not all end offsets of ${topic} are known`)
    await pause(200)
  }
}

/** The sink in a process of its own. */
export const sink = async (partitions: number): Promise<Target> => {
  const topic = `bench-produce-${partitions}`
  const child = fork(join(import.meta.dirname, 'produce-sink.ts'), [topic, String(partitions)], {
    execArgv: ['--no-warnings'],
  })
  const next = <Message>(): Promise<Message> =>
    new Promise((resolve, reject) => {
      const ended = (code: number | null): void => reject(new Error(`the sink ended with ${code}`))
      child.once('exit', ended)
      child.once('message', message => {
        child.off('exit', ended)
        resolve(message as Message)
      })
    })
  const take = async (): Promise<SinkCounts> => {
    const answer = next<SinkCounts>()
    child.send('counts')
    return answer
  }
  const bootstrap = await next<string>()
  return {
    bootstrap,
    topic,
    begin: async () => void (await take()),
    check: async records => {
      const counts = await take()
      const [problem] = counts.problems
      if (problem !== undefined) throw new Error(`${counts.problems.length} problems, the first: ${problem}`)
      if (counts.records !== records) throw new Error(`${counts.records} records arrived of ${records}`)
    },
    brokerCpuMs: () => Promise.resolve(null),
    close: () => {
      child.disconnect()
      return Promise.resolve()
    },
  }
}
