/**
 * Records that a group cannot get past, as its consumers say themselves: which, how often tried, with which error. One
 * record is a poison pill until proven otherwise; the same error on many partitions at once is no record's fault.
 */
import { type FailingRecord, formatCount, type GroupMember } from '../../model/index.ts'
import type { FindingDraft } from '../finding.ts'
import { code, partitionLink, plain, shellWord, strong, type SentencePiece } from '../sentence.ts'
import { aboutGroup, counted, type GroupEvidence, type GroupRule, nameOf } from './evidence.ts'

interface Held {
  readonly topic: string
  readonly partition: number
  readonly record: FailingRecord
  readonly member: GroupMember | null
  readonly waiting: number
}

export const heldRule: GroupRule = ({ group }) => {
  // of what was not seen lately nothing is said
  if (group.verdict !== 'stalled' && group.verdict !== 'stopped') return []
  const held = heldIn(group)
  const [first] = held
  if (first === undefined) return []
  const { topic, partition, record } = first
  const finding: FindingDraft = {
    ...aboutGroup(
      group,
      'group-held',
      'act',
      held.length === 1 ? sentenceOf(first) : sentenceOfMany(held, group.partitions),
      held.length === 1 ? cureOf(first, group.observed.groupId) : cureOfMany(held),
    ),
    topic,
    partition,
    command: `npx lanekeeper consume ${shellWord(topic)} --partition ${partition} --offset ${record.offset} --max 1`,
  }
  return [finding]
}

/** Those that nobody tries again first, then the longest. */
const heldIn = ({ topics, observed: { members } }: GroupEvidence['group']): readonly Held[] =>
  topics
    .flatMap(({ topic, held, owner, lagRecords }) =>
      [...held].map(([partition, record]) => ({
        topic,
        partition,
        record,
        member: members[owner[partition] ?? -1] ?? null,
        waiting: lagRecords[partition] ?? Number.NaN,
      })),
    )
    .toSorted(
      (a, b) =>
        Number(b.record.state === 'stopped') - Number(a.record.state === 'stopped') ||
        b.record.failingMs - a.record.failingMs,
    )

const sentenceOf = ({ topic, partition, record, member, waiting }: Held): readonly SentencePiece[] => {
  const { state, records, offset } = record
  const at = [
    partitionLink(topic, partition),
    plain(records > 1 ? `, at the batch of ${formatCount(records)} from ` : ', at '),
    strong(`offset ${offset}`),
  ]
  const who = member === null ? 'its handler' : `the handler of ${nameOf(member)}`
  const failed = [plain(`${who} failed `), strong(tries(record)), plain(' with '), code(record.error)]
  const wait = plain(`; ${counted(waiting, 'record')} ${waiting === 1 ? 'waits' : 'wait'}.`)
  switch (state) {
    case 'retrying':
      return [plain(' is held up on '), ...at, plain(': '), ...failed, plain(' and tries again'), wait]
    case 'parked':
      return [plain(' has parked a key on '), ...at, plain(': '), ...failed, wait]
    case 'stopped':
      return [plain(' stands on '), ...at, plain(': '), ...failed, plain(' and gave up'), wait]
    case 'letter-refused':
      return [
        plain(' is held up on '),
        ...at,
        plain(': its dead letter could not be written, '),
        strong(tries(record)),
        plain(' with '),
        code(record.error),
        wait,
      ]
  }
}

/** While it goes on it is told at the second, fourth, eighth failure only: a lower bound. */
const tries = ({ attempts, state }: FailingRecord): string => {
  const times = attempts === 1 ? 'once' : `${formatCount(attempts)} times`
  return state === 'stopped' || state === 'parked' ? times : `at least ${times}`
}

const NO_HELP = 'More members, more partitions or a restart alone do not help.'

const cureOf = (held: Held, groupId: string): string => {
  const { state, records } = held.record
  const what = records > 1 ? 'batch' : 'record'
  switch (state) {
    case 'retrying':
      return `Look at the ${what} first (lanekeeper consume from this offset). Then, cheapest first: mend what the handler talks to, and it goes on by itself; mend the handler and restart; let onFailure put such records into a dead-letter topic${stepOver(held, groupId)}. ${NO_HELP}`
    case 'parked':
      return 'Other keys go on until the window above it is used up, then the partition stands. Mend the handler and restart this consumer: it begins with that record and repeats none of the others. Where the order of the key may have a gap, let onFailure put such records into a dead-letter topic. More members or partitions do not help.'
    case 'stopped':
      return `Nobody tries it again. Look at the ${what} (lanekeeper consume from this offset), mend the handler, and restart that consumer: it begins with this ${what}. Or let onFailure put such records into a dead-letter topic${stepOver(held, groupId)}. ${NO_HELP}`
    case 'letter-refused':
      return 'It is tried until it succeeds, and nothing is passed over before. Look at the dead-letter topic: is it there, may this consumer write to it, are enough copies in sync (min.insync.replicas), does it take records that large (max.message.bytes)?'
  }
}

/** Last, since the group never sees the record again. */
const stepOver = ({ topic, partition, record }: Held, groupId: string): string =>
  record.records > 1
    ? ''
    : `; or stop the group and step over it, which loses it to this group: lanekeeper offsets reset ${shellWord(groupId)} --topic ${shellWord(`${topic}:${partition}`)} --to-offset ${record.offset + 1}`

const SHOWN = 3

const sentenceOfMany = (held: readonly Held[], partitions: number): readonly SentencePiece[] => {
  const waiting = held.reduce((sum, each) => sum + each.waiting, 0)
  const more = held.length - SHOWN
  const common = commonError(held)
  return [
    plain(' is held up on '),
    strong(`${formatCount(held.length)} of ${formatCount(partitions)} partitions`),
    plain(common === null ? ': handlers fail ' : ': handlers fail with '),
    ...(common === null ? [] : [code(common), plain(', ')]),
    ...held
      .slice(0, SHOWN)
      .flatMap(({ topic, partition, record: { offset, error } }, index) => [
        plain(index === 0 ? 'on ' : ', on '),
        partitionLink(topic, partition),
        plain(` at offset ${offset}`),
        ...(common === null ? [plain(' with '), code(error)] : []),
      ]),
    plain(`${more > 0 ? `, and on ${formatCount(more)} more` : ''}; ${counted(waiting, 'record')} wait.`),
  ]
}

/** Null where they fail for different reasons. */
const commonError = (held: readonly Held[]): string | null => {
  const [first, ...others] = new Set(held.map(({ record }) => record.error))
  return others.length === 0 ? (first ?? null) : null
}

/** From so many on, the same error is told to have one cause. */
const MANY = 3

const cureOfMany = (held: readonly Held[]): string =>
  commonError(held) !== null && held.length >= MANY
    ? `The same error on ${formatCount(held.length)} partitions at once is hardly the fault of as many records: look first at what the handler talks to (a database, a service), then at the newest deployment. What is tried again goes on by itself; what stands needs a restart.`
    : `Look at the first (lanekeeper consume from this offset), and mend the handler; or let onFailure put such records into a dead-letter topic. ${NO_HELP}`
