/**
 * Cases of group assignment as JSON lines: read with every mistake named by line and place, written with results.
 *
 * A line: `case` (its name), `steps` (per step `topics`: partitions by name; `members`: `id`, `topics`, and where
 * wanted `instanceId`, `rack`, `owned`, `generation`; `replicas`: brokers of each partition by topic), `brokerRacks`,
 * `topicIds` (base64 of 16 bytes, as Kafka prints them). Other fields are passed through.
 */
import { createReadStream } from 'node:fs'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import {
  type Assignment,
  type AssignorName,
  compareText,
  type GroupStep,
  type GroupTopic,
  rebalanceAll,
  type StepMember,
  type StepResult,
} from '../core/groups/index.ts'
import { LanekeeperError, nearest, PARTITION_COUNT_MAX, printable } from '../core/model/index.ts'
import type { Io } from './world.ts'

export interface AssignmentCase {
  readonly name: string
  readonly steps: readonly GroupStep[]
  /** The line as it was, for handing it back with results. */
  readonly source: Fields
}

type Fields = Readonly<Record<string, unknown>>

/** More is no consumer group; bounds memory on bad input. */
export const MEMBER_COUNT_MAX = 10_000
const LINE_MAX = 64 * 1024 * 1024

/** Rejects with FILE_UNREADABLE or INPUT_INVALID. `-` is standard input. */
export async function* readCases(io: Io, file: string): AsyncGenerator<AssignmentCase> {
  const name = file === '-' ? 'standard input' : file
  const input = file === '-' ? io.stdin : createReadStream(resolve(io.cwd, file))
  let number = 0
  let found = 0
  try {
    for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      number++
      if (line.trim() === '') continue
      found++
      yield parseCase(line, `${name}:${number}`)
    }
  } catch (cause) {
    if (cause instanceof LanekeeperError || !(cause instanceof Error) || !('code' in cause)) throw cause
    const why =
      cause.code === 'ENOENT'
        ? 'does not exist'
        : cause.code === 'EISDIR'
          ? 'is a folder'
          : `cannot be read (${cause.code})`
    throw new LanekeeperError('FILE_UNREADABLE', `${name} ${why}.`, {
      fix: 'Name a file of cases, one JSON object a line, or - for standard input.',
      cause,
    })
  }
  if (found === 0)
    throw new LanekeeperError('INPUT_INVALID', `${name} holds no case.`, {
      fix: 'Write one JSON object a line.',
    })
}

/** The case with its results, in the form in which cases with results are stored. */
export const caseWithResults = (
  { source, steps }: AssignmentCase,
  assignors: readonly AssignorName[],
): Fields => ({
  ...source,
  results: Object.fromEntries(
    assignors.map(assignor => [assignor, rebalanceAll(assignor, steps).map(storedResult)]),
  ),
})

const storedResult = (result: StepResult): Fields =>
  result.kind === 'assigned' ? { assignment: storedAssignment(result.assignment) } : { notRun: result.reason }

/** Members and topics by name, partitions ascending. */
export const storedAssignment = (assignment: Assignment): Fields =>
  Object.fromEntries(
    byKey(assignment).map(([member, ownership]) => [
      member,
      Object.fromEntries(byKey(ownership).map(([topic, partitions]) => [topic, [...partitions]])),
    ]),
  )

const byKey = <Value>(map: ReadonlyMap<string, Value>): readonly (readonly [string, Value])[] =>
  [...map].sort(([a], [b]) => compareText(a, b))

const parseCase = (line: string, place: string): AssignmentCase => {
  if (line.length > LINE_MAX)
    throw wrong(place, `the line has ${line.length} characters, more than ${LINE_MAX}`)
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch (cause) {
    throw wrong(place, `not JSON (${cause instanceof Error ? cause.message : String(cause)})`)
  }
  const source = fields(value, place)
  const topicIds = optional(source['topicIds'], `${place}: topicIds`, each =>
    record(each, `${place}: topicIds`, topicId),
  )
  const brokerRacks = optional(source['brokerRacks'], `${place}: brokerRacks`, each =>
    record(each, `${place}: brokerRacks`, maybeEmptyText),
  )
  return {
    name: text(source['case'], `${place}: case`),
    steps: list(
      source['steps'],
      `${place}: steps`,
      (step, at) => parseStep(step, at, topicIds, brokerRacks),
      1,
    ),
    source,
  }
}

const parseStep = (
  value: unknown,
  place: string,
  topicIds: ReadonlyMap<string, string> | null,
  brokerRacks: ReadonlyMap<string, string> | null,
): GroupStep => {
  const step = known(value, place, ['topics', 'members', 'replicas'])
  const counts = record(step['topics'], `${place}.topics`, (count, at) =>
    whole(count, at, 1, PARTITION_COUNT_MAX),
  )
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0)
  if (total > PARTITION_COUNT_MAX)
    throw wrong(`${place}.topics`, `${total} partitions in all, more than ${PARTITION_COUNT_MAX}`)
  const replicas = optional(step['replicas'], `${place}.replicas`, each =>
    record(each, `${place}.replicas`, (partitions, at) =>
      list(partitions, at, (brokers, where) =>
        list(brokers, where, broker => rackOf(broker, where, brokerRacks)),
      ),
    ),
  )
  const topics = [...counts].map(([name, partitions]): GroupTopic => {
    const racks = replicas?.get(name) ?? null
    if (racks !== null && racks.length !== partitions)
      throw wrong(`${place}.replicas.${name}`, `${racks.length} partitions, but the topic has ${partitions}`)
    return {
      name,
      partitions,
      id: topicIds?.get(name) ?? null,
      racks: racks?.map(each => each.filter(rack => rack !== '')) ?? null,
    }
  })
  const members = list(step['members'], `${place}.members`, (member, at) => parseMember(member, at, counts))
  if (members.length > MEMBER_COUNT_MAX)
    throw wrong(`${place}.members`, `${members.length} members, more than ${MEMBER_COUNT_MAX}`)
  refuseTwice(members, member => member.id, `${place}.members`, 'id')
  refuseTwice(members, member => member.instanceId, `${place}.members`, 'instanceId')
  return { topics, members }
}

const parseMember = (value: unknown, place: string, counts: ReadonlyMap<string, number>): StepMember => {
  const member = known(value, place, ['id', 'topics', 'instanceId', 'rack', 'owned', 'generation'])
  const topics = list(member['topics'], `${place}.topics`, text)
  refuseTwice(topics, topic => topic, `${place}.topics`, 'topic')
  const owned = optional(member['owned'], `${place}.owned`, each =>
    record(each, `${place}.owned`, (partitions, at) => {
      const indices = list(partitions, at, (index, where) => whole(index, where, 0, PARTITION_COUNT_MAX - 1))
      refuseTwice(indices, String, at, 'partition')
      return Int32Array.from(indices).sort()
    }),
  )
  for (const [topic, partitions] of owned ?? []) {
    const count = counts.get(topic)
    const last = partitions.at(-1)
    if (count !== undefined && last !== undefined && last >= count)
      throw wrong(`${place}.owned.${topic}`, `partition ${last}, but the topic has ${count}`)
  }
  return {
    id: text(member['id'], `${place}.id`),
    topics,
    instanceId: optional(member['instanceId'], `${place}.instanceId`, text),
    rack: optional(member['rack'], `${place}.rack`, maybeEmptyText),
    owned,
    generation: optional(member['generation'], `${place}.generation`, (each, at) =>
      whole(each, at, 0, 0x7fffffff),
    ),
  }
}

const rackOf = (broker: unknown, place: string, brokerRacks: ReadonlyMap<string, string> | null): string => {
  const id = whole(broker, place, 0, 0x7fffffff)
  if (brokerRacks === null) return ''
  const rack = brokerRacks.get(String(id))
  if (rack === undefined) throw wrong(place, `broker ${id} is not in brokerRacks`)
  return rack
}

/** Kafka prints topic ids as base64 of 16 bytes without padding; 32 hex digits are taken too. */
const topicId = (value: unknown, place: string): string => {
  const id = text(value, place)
  if (/^[0-9a-f]{32}$/i.test(id)) return id.toLowerCase()
  const bytes = /^[\w-]{22}$/.test(id) ? Buffer.from(id, 'base64url') : null
  if (bytes?.length !== 16) throw wrong(place, 'not a topic id (22 characters of base64, or 32 hex digits)')
  return bytes.toString('hex')
}

const wrong = (place: string, problem: string): LanekeeperError =>
  new LanekeeperError('INPUT_INVALID', `${printable(place)}: ${printable(problem)}.`, {
    fix: 'The form of a case: lanekeeper groups simulate --help',
  })

const fields = (value: unknown, place: string): Fields => {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw wrong(place, value === undefined ? 'missing' : 'not an object')
  return value as Fields
}

const known = (value: unknown, place: string, names: readonly string[]): Fields => {
  const result = fields(value, place)
  for (const name of Object.keys(result))
    if (!names.includes(name)) {
      const meant = nearest(name, names)
      throw wrong(place, `unknown field "${name}"${meant === null ? '' : `; did you mean "${meant}"?`}`)
    }
  return result
}

const optional = <Value>(
  value: unknown,
  place: string,
  parse: (value: unknown, place: string) => Value,
): Value | null => (value === undefined || value === null ? null : parse(value, place))

const record = <Value>(
  value: unknown,
  place: string,
  parse: (value: unknown, place: string) => Value,
): ReadonlyMap<string, Value> =>
  new Map(Object.entries(fields(value, place)).map(([name, each]) => [name, parse(each, `${place}.${name}`)]))

const list = <Value>(
  value: unknown,
  place: string,
  parse: (value: unknown, place: string) => Value,
  lengthMin = 0,
): readonly Value[] => {
  if (!Array.isArray(value)) throw wrong(place, value === undefined ? 'missing' : 'not a list')
  if (value.length < lengthMin) throw wrong(place, 'the list is empty')
  return value.map((each, index) => parse(each, `${place}[${index}]`))
}

const text = (value: unknown, place: string): string => {
  const result = maybeEmptyText(value, place)
  if (result === '') throw wrong(place, 'the text is empty')
  return result
}

const maybeEmptyText = (value: unknown, place: string): string => {
  if (typeof value !== 'string') throw wrong(place, value === undefined ? 'missing' : 'not a text')
  return value
}

const whole = (value: unknown, place: string, min: number, max: number): number => {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max)
    throw wrong(place, `${JSON.stringify(value) ?? 'missing'} is not a whole number from ${min} to ${max}`)
  return value
}

const refuseTwice = <Element>(
  elements: readonly Element[],
  keyOf: (element: Element) => string | null,
  place: string,
  what: string,
): void => {
  const seen = new Set<string>()
  elements.forEach((element, index) => {
    const key = keyOf(element)
    if (key !== null && seen.has(key))
      throw wrong(`${place}[${index}]`, `${what} "${key}" for the second time`)
    if (key !== null) seen.add(key)
  })
}
