import { LanekeeperError } from '../../core/model/index.ts'

/** Offsets by topic, then partition. */
export type OffsetsByTopic = ReadonlyMap<string, ReadonlyMap<number, number>>

/**
 * Lines `topic,partition,offset`: what `kafka-consumer-groups --reset-offsets --export` writes and `--from-file` reads.
 * Throws INPUT_INVALID with every bad line.
 */
export const parseOffsetsFile = (text: string, file: string): OffsetsByTopic => {
  const problems: string[] = []
  const topics = new Map<string, Map<number, number>>()
  text.split('\n').forEach((raw, index) => {
    const line = raw.trim()
    // Kafka's tool writes a heading since version 2.4
    if (line === '' || /^"?topic"?,/i.test(line)) return
    const [, topic, partition, offset] = /^"?([A-Za-z0-9._-]{1,249})"?,(\d{1,9}),(\d{1,15})$/.exec(line) ?? []
    if (topic === undefined) {
      problems.push(`${file}:${index + 1}: not topic,partition,offset: ${line.slice(0, 80)}`)
      return
    }
    const offsets = topics.get(topic) ?? new Map<number, number>()
    if (offsets.has(Number(partition)))
      problems.push(`${file}:${index + 1}: ${topic},${partition} stands twice`)
    topics.set(topic, offsets.set(Number(partition), Number(offset)))
  })
  if (problems.length === 0 && topics.size === 0) problems.push(`${file}: no offsets in it`)
  if (problems.length > 0)
    throw new LanekeeperError('INPUT_INVALID', `${file} is not a file of offsets.`, {
      problems,
      fix: 'Write one line for each partition: topic,partition,offset. `lanekeeper offsets show G --csv` writes such a file.',
    })
  return topics
}
