import { originalHeaders, originOf } from '../../consumer/dead-letter.ts'
import { readTopic } from '../../consumer/reader.ts'
import type { Letter } from '../../consumer/replay-order.ts'
import { LanekeeperError } from '../../core/model/index.ts'
import { knownTopic } from '../known-topic.ts'
import type { TargetFlags } from '../target-options.ts'
import type { Connection, World } from '../world.ts'

export interface ReadLetter extends Letter {
  readonly value: Uint8Array | null
  /** When it was written to the dead-letter topic, milliseconds since 1970. */
  readonly writtenAtMs: number
}

export interface ReadLetters {
  /** By partition and offset of the dead-letter topic. */
  readonly letters: readonly ReadLetter[]
  /** Records of the topic that are no dead letters of ours. */
  readonly strangers: number
}

/** All dead letters of a topic as it is now. Rejects with TOPIC_UNKNOWN or CLUSTER_UNREACHABLE. */
export const readLetters = async (
  world: World,
  { cluster, openLink }: Connection,
  topic: string,
  flags: TargetFlags,
): Promise<ReadLetters> => {
  await knownTopic(cluster, topic, flags)
  const letters: ReadLetter[] = []
  let strangers = 0
  const report = await readTopic({
    link: openLink('lanekeeper-dlq'),
    clock: world.clock,
    codecs: world.codecs,
    topics: [topic],
    from: 'earliest',
    until: 'end',
    signal: world.io.interrupted,
    onRecord: ({ partition, offset, key, value, headers, timestampMs }) => {
      const origin = originOf(headers)
      if (origin === null) strangers++
      else
        letters.push({
          topic,
          partition,
          offset,
          origin,
          // views into the fetched bytes would keep whole batches
          key: key === null ? null : key.slice(),
          value: value === null ? null : value.slice(),
          headers: originalHeaders(headers).map(each => ({
            key: each.key,
            value: each.value?.slice() ?? null,
          })),
          writtenAtMs: timestampMs,
        })
    },
  })
  if (!report.complete) throw world.io.interrupted.reason
  letters.sort((a, b) => a.partition - b.partition || a.offset - b.offset)
  return { letters, strangers }
}

/** `PARTITION:OFFSET` of the dead-letter topic. */
export const letterId = ({
  partition,
  offset,
}: {
  readonly partition: number
  readonly offset: number
}): string => `${partition}:${offset}`

/** Throws USAGE for a text that is no id, INPUT_INVALID where the topic holds no such letter. */
export const letterNamed = (letters: readonly ReadLetter[], id: string): ReadLetter => {
  if (!/^\d{1,9}:\d{1,15}$/.test(id))
    throw new LanekeeperError('USAGE', `${id}: not a dead letter's id.`, {
      fix: 'Write PARTITION:OFFSET as `lanekeeper dlq list` shows it, such as 0:17.',
    })
  const found = letters.find(letter => letterId(letter) === id)
  if (found === undefined)
    throw new LanekeeperError('INPUT_INVALID', `There is no dead letter ${id}.`, {
      fix: 'See which there are with `lanekeeper dlq list`.',
    })
  return found
}

const decoder = new TextDecoder()

export const letterAsJson = (letter: ReadLetter) => {
  const { key, value, headers, origin, writtenAtMs } = letter
  const text = (bytes: Uint8Array | null): string | null => (bytes === null ? null : decoder.decode(bytes))
  return {
    id: letterId(letter),
    writtenAt: new Date(writtenAtMs).toISOString(),
    source: { topic: origin.topic, partition: origin.partition, offset: String(origin.offset) },
    timestamp: Number.isNaN(origin.timestampMs) ? null : new Date(origin.timestampMs).toISOString(),
    group: origin.group,
    attempts: Number.isNaN(origin.attempts) ? null : origin.attempts,
    error: origin.error,
    message: origin.message,
    key: text(key),
    value: text(value),
    headers: headers.map(each => ({ key: each.key, value: text(each.value) })),
  }
}
