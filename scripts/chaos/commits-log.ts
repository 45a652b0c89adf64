import { spawn } from 'node:child_process'
import { javaArguments } from '../../test/support/kafka-tools.ts'

export interface CommitsSeen {
  readonly commits: number
  /** One sentence for each commit that was lower than one before it. */
  readonly backwards: readonly string[]
  /** Highest of each `topic-partition`: whether the reading came to the end can be told from it. */
  readonly highest: ReadonlyMap<string, number>
}

/** Every commit of a group as Kafka stored it, in order, read from its own offsets topic by its own console consumer. */
export const commitsOf = async (bootstrapServer: string, group: string): Promise<CommitsSeen> => {
  const child = spawn(
    'java',
    await javaArguments('consumer.ConsoleConsumer', [
      '--bootstrap-server',
      bootstrapServer,
      '--topic',
      '__consumer_offsets',
      '--from-beginning',
      '--timeout-ms',
      '60000',
      '--formatter',
      'org.apache.kafka.tools.consumer.OffsetsMessageFormatter',
    ]),
    { stdio: ['ignore', 'pipe', 'ignore'] },
  )
  const highest = new Map<string, number>()
  const backwards: string[] = []
  let commits = 0
  const take = ({ group: of, topic, partition, offset: at }: Record<string, string>): void => {
    if (of !== group) return
    commits++
    const place = `${topic}-${partition}`
    const offset = Number(at)
    const before = highest.get(place) ?? 0
    if (offset < before) backwards.push(`${place} from ${before} to ${offset}`)
    highest.set(place, Math.max(before, offset))
  }
  let text = ''
  for await (const chunk of child.stdout.setEncoding('utf8')) {
    text += chunk as string
    // one record after the other, without a line's end between them: the last may have come in part
    const wholeUntil = text.lastIndexOf(RECORD_START)
    if (wholeUntil <= 0) continue
    for (const { groups = {} } of text.slice(0, wholeUntil).matchAll(COMMIT)) take(groups)
    text = text.slice(wholeUntil)
  }
  for (const { groups = {} } of text.matchAll(COMMIT)) take(groups)
  return { commits, backwards, highest }
}

const RECORD_START = '{"key"'
const COMMIT =
  /"group":"(?<group>[^"]*)","topic":"(?<topic>[^"]*)","partition":(?<partition>\d+)\}\},"value":\{"version":\d+,"data":\{"offset":(?<offset>\d+)/g
