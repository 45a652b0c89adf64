/** kafkajs' admin client, held open in a process of its own (`node bench/watchers/kafkajs.ts` with three arguments). */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { Kafka, logLevel } from 'kafkajs'
import { type Contestant, seenOf } from './watcher.ts'

interface Row {
  readonly topic: string
  readonly partition: number
  readonly end: number
  readonly committed: number
}

export const kafkajsAdmin: Contestant = {
  name: 'kafkajs admin',
  way: 'asks the brokers when asked: fetchTopicOffsets of each topic, fetchOffsets of the group',
  start: async ({ bootstrapServer, group, topics }) => {
    const child = fork(import.meta.filename, [bootstrapServer, group, topics.join(',')], { stdio: 'ignore' })
    const rows = async (): Promise<readonly Row[]> => {
      const heard = once(child, 'message')
      child.send('refresh')
      const [answer] = (await heard) as [readonly Row[] | string]
      if (typeof answer === 'string') throw new Error(answer)
      return answer
    }
    return {
      pid: child.pid ?? null,
      ask: async () =>
        seenOf(
          new Map(
            (await rows())
              .filter(({ committed }) => committed >= 0)
              .map(({ topic, partition, end, committed }) => [`${topic}-${partition}`, end - committed]),
          ),
        ),
      say: async (topic, partition) =>
        JSON.stringify((await rows()).find(row => row.topic === topic && row.partition === partition)),
      close: async () => {
        child.kill('SIGKILL')
        await once(child, 'close')
      },
    }
  },
}

const serve = async (bootstrapServer: string, group: string, topics: readonly string[]): Promise<void> => {
  const admin = new Kafka({ brokers: bootstrapServer.split(','), logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  const refresh = async (): Promise<readonly Row[]> => {
    const ends = await Promise.all(topics.map(topic => admin.fetchTopicOffsets(topic)))
    const committed = new Map(
      (await admin.fetchOffsets({ groupId: group, topics: [...topics] })).map(({ topic, partitions }) => [
        topic,
        new Map(partitions.map(({ partition, offset }) => [partition, Number(offset)])),
      ]),
    )
    return topics.flatMap((topic, at) =>
      (ends[at] ?? []).map(({ partition, high }) => ({
        topic,
        partition,
        end: Number(high),
        committed: committed.get(topic)?.get(partition) ?? -1,
      })),
    )
  }
  process.on('message', () => {
    refresh()
      .catch((failure: Error) => failure.message)
      .then(answer => process.send?.(answer))
      .catch(() => process.exit(1))
  })
}

const [bootstrapServer, group, topics] = process.argv.slice(2)
if (import.meta.main && topics !== undefined)
  await serve(bootstrapServer as string, group as string, topics.split(','))
