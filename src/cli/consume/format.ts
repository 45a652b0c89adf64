import { printable } from '../../core/model/index.ts'
import type { RecordHeader } from '../../core/records/index.ts'
import { oneOf } from '../one-of.ts'

export interface ShownRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly timestampMs: number
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers: readonly RecordHeader[]
}

/** Bytes of one record as they go to stdout, line end included. */
export type RecordFormat = (record: ShownRecord) => string | Uint8Array

const decoder = new TextDecoder()
const textOf = (bytes: Uint8Array | null): string | null => (bytes === null ? null : decoder.decode(bytes))

/** Bytes as they are, so that what was written can be compared with what comes out. A null is an empty line. */
const rawLine = (...parts: readonly (Uint8Array | null)[]): Uint8Array => {
  const separated = parts.flatMap((part, index) => (index === 0 ? [part] : [TAB, part]))
  return Buffer.concat([...separated, NEWLINE].map(part => part ?? NOTHING))
}

const TAB = Buffer.from('\t')
const NEWLINE = Buffer.from('\n')
const NOTHING = Buffer.alloc(0)

/** The record as one JSON value; bytes that are not UTF-8 show as replacement characters. */
const recordAsJson = (record: ShownRecord) => ({
  topic: record.topic,
  partition: record.partition,
  offset: String(record.offset),
  timestamp: new Date(record.timestampMs).toISOString(),
  key: textOf(record.key),
  value: textOf(record.value),
  headers: record.headers.map(({ key, value }) => ({ key, value: textOf(value) })),
})

/** Names in the order in which help shows them. */
export const recordFormats = {
  line: ({ partition, offset, key, value }) =>
    `${partition}:${offset}  ${key === null ? '(no key)' : printable(decoder.decode(key))}  ${value === null ? '(null)' : printable(decoder.decode(value))}\n`,
  value: ({ value }) => rawLine(value),
  'key-value': ({ key, value }) => rawLine(key, value),
  json: record => `${JSON.stringify(recordAsJson(record))}\n`,
  'time-key-value': ({ timestampMs, key, value }) =>
    rawLine(Buffer.from(new Date(timestampMs).toISOString()), key, value),
} as const satisfies Readonly<Record<string, RecordFormat>>

export const formatOption = (text: string): RecordFormat =>
  recordFormats[oneOf('--format', text, Object.keys(recordFormats) as (keyof typeof recordFormats)[])]
