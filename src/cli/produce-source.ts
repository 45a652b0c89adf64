import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { LanekeeperError } from '../core/model/index.ts'
import type { Random } from '../ports/random.ts'
import { userKey } from '../workload/streamsocial.ts'

/** Where the records of `produce` come from: lines of a file or standard input, or a seeded generator. */
export interface SourceRecord {
  readonly key: string | null
  readonly value: string
}

/** `/user/id` (RFC 6901) into a JSON line; null: records have no key. */
export type KeyPointer = readonly string[] | null

export const parseKeyPointer = (text: string | undefined): KeyPointer => {
  if (text === undefined) return null
  if (!text.startsWith('/'))
    throw new LanekeeperError('USAGE', `--key ${text}: not a JSON pointer.`, {
      fix: 'Write /user_id for the field "user_id", /user/id for a field within a field.',
    })
  return text
    .slice(1)
    .split('/')
    .map(part => part.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** A line of this many characters is no record but a file that is something else; a broker takes 1 MiB by default. */
const LINE_MAX = 8 * 1024 * 1024

/** Each line is a record; empty lines are left out. With a key pointer each line must be JSON that holds the field. */
export async function* linesAsRecords(
  input: Readable,
  name: string,
  pointer: KeyPointer,
): AsyncGenerator<SourceRecord> {
  let number = 0
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    number++
    if (line === '') continue
    if (line.length > LINE_MAX)
      throw new LanekeeperError(
        'INPUT_INVALID',
        `${name}:${number}: the line has ${line.length} characters.`,
        {
          fix: `A record is one line of at most ${LINE_MAX} characters.`,
        },
      )
    yield { key: pointer === null ? null : keyOf(line, pointer, `${name}:${number}`), value: line }
  }
}

const keyOf = (line: string, pointer: readonly string[], place: string): string => {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch (cause) {
    throw new LanekeeperError('INPUT_INVALID', `${place}: not JSON, so --key finds no field in it.`, {
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
  throw new LanekeeperError('INPUT_INVALID', `${place}: no text or number at /${pointer.join('/')}.`, {
    fix: 'Every record needs its key; without one, its order with others is lost.',
  })
}

/** `count` stamped records of equally active users: the sequence numbers let anyone check order and loss. */
export function* generatedRecords(
  count: number,
  users: number,
  run: number,
  random: Random,
): Generator<SourceRecord> {
  const sequence = new Uint32Array(users)
  for (let index = 0; index < count; index++) {
    const user = Math.floor(random.next() * users)
    const seq = (sequence[user] = (sequence[user] ?? 0) + 1)
    const key = userKey(user)
    yield { key, value: `{"run":${run},"seq":${seq},"user_id":"${key}"}` }
  }
}
