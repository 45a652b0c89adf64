/**
 * A dead letter: a record that could not be processed, as it stands in the dead-letter topic. Key, value and headers
 * are the original bytes; where it came from and why it is here stands in headers of its own, as text, so that any
 * tool can read them.
 */
import type { Offset } from '../core/model/index.ts'
import type { RecordHeader } from '../core/records/index.ts'
import type { ConsumedRecord } from './delivery.ts'
import { errorName, errorText } from './error-text.ts'

export interface DeadLetterOrigin {
  readonly topic: string
  readonly partition: number
  readonly offset: Offset
  /** Of the original record, milliseconds since 1970. */
  readonly timestampMs: number
  readonly group: string
  readonly attempts: number
  /** Name of the error (its code where it has one) and its message. */
  readonly error: string
  readonly message: string
}

/** Ready to be sent; records of one key go to one partition of the dead-letter topic, in order. */
export interface DeadLetter {
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers: readonly RecordHeader[]
}

/** Writes dead letters. Resolves only when the letter is acknowledged by all in-sync replicas; otherwise rejects. */
export interface DeadLetterWriter {
  write(topic: string, letter: DeadLetter): Promise<void>
}

const PREFIX = 'lanekeeper.error.'
/** On a record that was replayed: the dead letter it came from, as `topic-partition@offset`. */
export const REPLAY_HEADER = 'lanekeeper.replay.of'
/** An error's text may hold the whole input; the letter must stay below the topic's record limit. */
const MESSAGE_CHARS_MAX = 1000

const text = new TextEncoder()
const decoder = new TextDecoder()

export const deadLetterOf = (
  record: ConsumedRecord,
  group: string,
  attempts: number,
  error: unknown,
): DeadLetter => {
  const reason: Readonly<Record<string, string>> = {
    topic: record.topic,
    partition: String(record.partition),
    offset: String(record.offset),
    timestamp: String(record.timestampMs),
    group,
    attempts: String(attempts),
    name: errorName(error),
    message: errorText(error).slice(0, MESSAGE_CHARS_MAX),
  }
  return {
    key: record.key,
    value: record.value,
    headers: [
      ...record.headers,
      ...Object.entries(reason).map(([name, value]) => ({ key: PREFIX + name, value: text.encode(value) })),
    ],
  }
}

/** Where a record of a dead-letter topic came from; null where it is not a dead letter of ours. */
export const originOf = (headers: readonly RecordHeader[]): DeadLetterOrigin | null => {
  // the last one counts: a record that was dead-lettered before may carry an older set
  const found = new Map(headers.map(({ key, value }) => [key, value]))
  const field = (name: string): string | null => {
    const value = found.get(PREFIX + name)
    return value === undefined || value === null ? null : decoder.decode(value)
  }
  const whole = (name: string): number | null => {
    const value = field(name)
    return value !== null && /^\d{1,16}$/.test(value) ? Number(value) : null
  }
  const topic = field('topic')
  const [partition, offset] = [whole('partition'), whole('offset')]
  if (topic === null || partition === null || offset === null) return null
  return {
    topic,
    partition,
    offset,
    timestampMs: whole('timestamp') ?? Number.NaN,
    group: field('group') ?? '',
    attempts: whole('attempts') ?? Number.NaN,
    error: field('name') ?? '',
    message: field('message') ?? '',
  }
}

/** The headers of the original record. */
export const originalHeaders = (headers: readonly RecordHeader[]): readonly RecordHeader[] =>
  headers.filter(({ key }) => !key.startsWith(PREFIX))
