import { createReadStream } from 'node:fs'
import type { Readable } from 'node:stream'
import { LanekeeperError } from '../core/model/index.ts'
import type { Random } from '../ports/random.ts'
import { createShape, GUEST_KEY, SHAPE_PERIOD_MS, type ShapeName } from '../workload/shapes.ts'
import { userKey } from '../workload/streamsocial.ts'

/** Where the records of `produce` come from: lines of a file or standard input, or a seeded generator. */
export interface SourceRecord {
  readonly key: Uint8Array | string | null
  readonly value: Uint8Array | string
}

export interface RecordSource {
  readonly records: AsyncIterable<SourceRecord> | Iterable<SourceRecord>
  /** Factor on the asked rate at a time since the start. */
  readonly rateAt: (atMs: number) => number
  /** How many keys there are, for what chance alone gives; null: not known. */
  readonly keys: number | null
  /** False where some keys are known to be more active than others: then chance explains nothing. */
  readonly keysAreEven: boolean
}

/** Where the key of a line is: `/user/id` (RFC 6901) in its JSON, the text before a separator, or nowhere. */
export type KeyPlace =
  | { readonly kind: 'none' }
  | { readonly kind: 'pointer'; readonly path: readonly string[] }
  | { readonly kind: 'separator'; readonly bytes: Buffer }

export const keyPlace = (pointer: string | undefined, separator: string | undefined): KeyPlace => {
  if (pointer !== undefined && separator !== undefined)
    throw new LanekeeperError('USAGE', '--key and --key-separator name two places for the key.', {
      fix: 'Leave one of them out.',
    })
  if (separator !== undefined) {
    if (separator === '')
      throw new LanekeeperError('USAGE', '--key-separator is empty.', {
        fix: String.raw`Write the text between key and value, such as --key-separator $'\t'.`,
      })
    return { kind: 'separator', bytes: Buffer.from(separator) }
  }
  if (pointer === undefined) return { kind: 'none' }
  if (!pointer.startsWith('/'))
    throw new LanekeeperError('USAGE', `--key ${pointer}: not a JSON pointer.`, {
      fix: 'Write /user_id for the field "user_id", /user/id for a field within a field.',
    })
  const path = pointer
    .slice(1)
    .split('/')
    .map(part => part.replaceAll('~1', '/').replaceAll('~0', '~'))
  return { kind: 'pointer', path }
}

/** A line of this many bytes is no record but a file that is something else; a broker takes 1 MiB by default. */
const LINE_BYTES_MAX = 8 * 1024 * 1024

/** Each line is a record, byte for byte; empty lines are left out. With a key pointer each line must be JSON that holds it. */
export async function* linesAsRecords(
  input: Readable,
  name: string,
  place: KeyPlace,
): AsyncGenerator<SourceRecord> {
  let number = 0
  for await (const line of byteLines(input, () => `${name}:${number + 1}`)) {
    number++
    if (line.length > 0) yield recordOf(line, place, `${name}:${number}`)
  }
}

/** Opens at the first record, so that a file that is not there is told as what it is. */
export async function* fileLines(file: string, name: string, place: KeyPlace): AsyncGenerator<SourceRecord> {
  try {
    yield* linesAsRecords(createReadStream(file), name, place)
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code
    if (cause instanceof LanekeeperError || code === undefined) throw cause
    throw new LanekeeperError('FILE_UNREADABLE', `${name} cannot be read (${code}).`, {
      fix: 'Name a file with one record a line, or - for standard input.',
      cause,
    })
  }
}

const NEWLINE = 10
const CARRIAGE_RETURN = 13
const MARK = Buffer.from('\uFEFF')

/** Bytes are not decoded: what is no valid UTF-8 arrives in Kafka as it was. */
async function* byteLines(input: Readable, at: () => string): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0)
  let isFirst = true
  const checked = (line: Buffer): Buffer => {
    if (line.length <= LINE_BYTES_MAX) return line
    throw new LanekeeperError('INPUT_INVALID', `${at()}: the line has ${line.length} bytes.`, {
      fix: `A record is one line of at most ${LINE_BYTES_MAX} bytes.`,
    })
  }
  for await (const chunk of input as AsyncIterable<Buffer | string>) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
    const all = rest.length === 0 ? bytes : Buffer.concat([rest, bytes])
    // some editors mark a file as UTF-8; the mark is no part of the first record, and no JSON begins with it
    let start = isFirst && all.subarray(0, MARK.length).equals(MARK) ? MARK.length : 0
    isFirst &&= all.length < MARK.length && MARK.subarray(0, all.length).equals(all)
    for (let end = all.indexOf(NEWLINE); end >= 0; end = all.indexOf(NEWLINE, start)) {
      yield checked(all.subarray(start, all[end - 1] === CARRIAGE_RETURN && end > start ? end - 1 : end))
      start = end + 1
    }
    rest = checked(all.subarray(start))
  }
  if (rest.length > 0) yield rest
}

const recordOf = (line: Buffer, place: KeyPlace, at: string): SourceRecord => {
  switch (place.kind) {
    case 'none':
      return { key: null, value: line }
    case 'pointer':
      return { key: keyOf(line.toString('utf8'), place.path, at), value: line }
    case 'separator': {
      const end = line.indexOf(place.bytes)
      if (end < 0)
        throw new LanekeeperError('INPUT_INVALID', `${at}: the line does not hold the key separator.`, {
          fix: 'Every line needs its key before the separator; without one, its order with others is lost.',
        })
      return { key: line.subarray(0, end), value: line.subarray(end + place.bytes.length) }
    }
  }
}

const keyOf = (line: string, pointer: readonly string[], at: string): string => {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch (cause) {
    throw new LanekeeperError('INPUT_INVALID', `${at}: not JSON, so --key finds no field in it.`, {
      fix: 'Mend the line, or leave --key out to send records without a key.',
      cause,
    })
  }
  for (const part of pointer)
    value =
      typeof value === 'object' && value !== null && Object.hasOwn(value, part)
        ? (value as Record<string, unknown>)[part]
        : undefined
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'bigint') return String(value)
  throw new LanekeeperError('INPUT_INVALID', `${at}: no text or number at /${pointer.join('/')}.`, {
    fix: 'Every record needs its key; without one, its order with others is lost.',
  })
}

/**
 * `count` stamped records of users: the sequence numbers let anyone check order and loss. A shape's time passes with the
 * clock where a rate is asked for; without one, all records together are one period of it.
 */
export const generatedRecords = (options: {
  readonly count: number
  readonly users: number
  readonly run: number
  readonly random: Random
  readonly shapes: readonly ShapeName[]
  /** Null where no rate is asked for. */
  readonly elapsedMs: (() => number) | null
}): RecordSource => {
  const { count, users, run, random, elapsedMs } = options
  const shape = createShape(options.shapes, random)
  return {
    rateAt: shape.rateAt,
    keys: users,
    keysAreEven: shape.isEven('people'),
    records: generate(),
  }

  function* generate(): Generator<SourceRecord> {
    const sequence = new Uint32Array(users + 1)
    for (let index = 0; index < count; index++) {
      const atMs = elapsedMs === null ? (index / count) * SHAPE_PERIOD_MS : elapsedMs()
      const user = shape.choose('people', users, atMs)
      const seq = (sequence[user] = (sequence[user] ?? 0) + 1)
      const key = user === users ? GUEST_KEY : userKey(user)
      yield { key, value: `{"run":${run},"seq":${seq},"user_id":"${key}"}` }
    }
  }
}
