/** Kafka's own tools: a JVM for each refresh, which is how they are used. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Contestant, type Place, seenOf } from './watcher.ts'

interface Line {
  readonly topic: string
  readonly partition: string
  readonly figure: number
  readonly text: string
}

const tool = (
  name: string,
  jars: string,
  parameters: (place: Place) => readonly string[],
  read: (line: string) => Line | null,
): Contestant => ({
  name,
  way: 'a JVM for each refresh',
  start: place => {
    const lines = async (): Promise<readonly Line[]> => {
      const { stdout } = await promisify(execFile)(
        'java',
        ['-Xmx256m', '-cp', join(jars, '*'), ...parameters(place)],
        { timeout: 60_000, maxBuffer: 2 ** 24 },
      )
      return stdout.split('\n').flatMap(line => read(line) ?? [])
    }
    return Promise.resolve({
      pid: null,
      ask: async () =>
        seenOf(
          new Map((await lines()).map(({ topic, partition, figure }) => [`${topic}-${partition}`, figure])),
        ),
      say: async (topic, partition) =>
        (await lines()).find(line => line.topic === topic && line.partition === String(partition))?.text ??
        '',
      close: () => Promise.resolve(),
    })
  },
})

/** GROUP TOPIC PARTITION CURRENT-OFFSET LOG-END-OFFSET LAG CONSUMER-ID HOST CLIENT-ID */
export const consumerGroups = (jars: string): Contestant =>
  tool(
    'kafka-consumer-groups --describe',
    jars,
    ({ bootstrapServer, group }) => [
      'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand',
      '--bootstrap-server',
      bootstrapServer,
      '--describe',
      '--group',
      group,
    ],
    text => {
      const [, topic = '', partition = '', , , lag = ''] = text.split(/\s+/)
      return /^\d+$/.test(lag) ? { topic, partition, figure: Number(lag), text } : null
    },
  )

/** topic:partition:offset */
export const getOffsets = (jars: string): Contestant =>
  tool(
    'kafka-get-offsets (no lag)',
    jars,
    ({ bootstrapServer, topics }) => [
      'org.apache.kafka.tools.GetOffsetShell',
      '--bootstrap-server',
      bootstrapServer,
      '--topic',
      topics.join('|'),
    ],
    text => {
      const [topic = '', partition = '', offset = ''] = text.trim().split(':')
      return /^\d+$/.test(offset) ? { topic, partition, figure: Number(offset), text } : null
    },
  )
