/**
 * Six consumers run, and two of them work. The same picture has several causes with different cures; four are made here
 * one after the other, and told apart by what is seen of them.
 */
import { type FindingDraft, sentenceText } from '../core/health/index.ts'
import { formatCount } from '../core/model/index.ts'
import { heading, table, text } from '../core/sizing/index.ts'
import { closeAll, makeTopic, type RunningConsumer, startConsumer, until, writeAll } from './clients.ts'
import { diagnoseNow } from './diagnose-now.ts'
import type { Check, Exercise, Lesson, Stage } from './exercise.ts'
import { observeGroup } from './seen.ts'

const CONSUMERS = 6
const WORKING = 2
const MESSAGES = 600
const JOIN_DEADLINE_MS = 30_000
const READ_DEADLINE_MS = 30_000

interface Cause {
  readonly name: string
  /** Partitions of each topic. */
  readonly topics: readonly number[]
  readonly assignor: 'uniform' | 'range'
  /** Group of each consumer, numbered from 0. */
  readonly groupOf: (consumer: number) => string
  readonly instanceOf: (consumer: number) => string | null
  /** Kinds of finding that name this cause. */
  readonly kinds: readonly string[]
  readonly cure: string
}

const causes: readonly Cause[] = [
  {
    name: 'two partitions',
    topics: [WORKING],
    assignor: 'uniform',
    groupOf: () => 'mailer-small',
    instanceOf: () => null,
    kinds: ['idle-members'],
    cure: 'a partition has one reader in a group: more partitions, or fewer consumers',
  },
  {
    name: 'two group ids',
    topics: [CONSUMERS],
    assignor: 'uniform',
    groupOf: consumer => (consumer < WORKING ? 'orders-mailer' : 'order-mailer'),
    instanceOf: () => null,
    kinds: ['group-alike', 'members-missing'],
    cure: 'one group.id for all; two groups each get every message',
  },
  {
    name: 'one static id for five',
    topics: [CONSUMERS],
    assignor: 'uniform',
    groupOf: () => 'mailer-static',
    instanceOf: consumer => (consumer === 0 ? 'worker-0' : 'worker-1'),
    kinds: ['members-missing'],
    cure: 'an id of its own for each process; while one holds it, the others wait outside',
  },
  {
    name: 'range over three topics',
    topics: [WORKING, WORKING, WORKING],
    assignor: 'range',
    groupOf: () => 'mailer-range',
    instanceOf: () => null,
    kinds: ['idle-by-range'],
    cure: 'an assignor that sees all topics at once, such as uniform: there are six partitions for six consumers',
  },
]

interface Seen {
  readonly cause: Cause
  readonly group: string
  readonly members: number
  /** Messages that each consumer processed. */
  readonly processed: readonly number[]
  /** Consumers of the group asked about that did anything. */
  readonly working: number
  readonly findings: readonly FindingDraft[]
}

const play = async (stage: Stage, cause: Cause): Promise<Seen> => {
  const topics: string[] = []
  for (const [index, partitions] of cause.topics.entries())
    topics.push(await makeTopic(stage, `${cause.name.replaceAll(' ', '-')}-${index}`, partitions))
  const groupOf = (consumer: number): string => `${stage.prefix}-${cause.groupOf(consumer)}`
  const group = groupOf(0)
  stage.say(`${CONSUMERS} consumers with ${cause.name}`)
  const processed = new Array<number>(CONSUMERS).fill(0)
  const start = (consumer: number): RunningConsumer =>
    startConsumer(stage, `mailer-${consumer}`, {
      group: groupOf(consumer),
      topics,
      groupRemoteAssignor: cause.assignor,
      groupInstanceId: cause.instanceOf(consumer),
      handler: () => {
        processed[consumer] = (processed[consumer] ?? 0) + 1
      },
    })
  // the first two first, so that the static ids are theirs
  const consumers = Array.from({ length: WORKING }, (_, consumer) => start(consumer))
  try {
    await membersAtRest(stage, group, WORKING)
    for (let consumer = WORKING; consumer < CONSUMERS; consumer++) consumers.push(start(consumer))
    const groups = new Set(Array.from({ length: CONSUMERS }, (_, consumer) => groupOf(consumer)))
    for (const each of groups) await membersAtRest(stage, each, membersOf(cause, each, groupOf))
    await writeAll(
      stage,
      Array.from({ length: MESSAGES }, (_, message) => ({
        topic: topics[message % topics.length] ?? '',
        key: `order-${message}`,
        value: 'mail',
      })),
    )
    const total = MESSAGES * groups.size
    await until(stage, 'all messages are processed', READ_DEADLINE_MS, () =>
      processed.reduce((sum, each) => sum + each, 0) >= total ? true : null,
    )
    const findings = await diagnoseNow(stage, group, CONSUMERS)
    return {
      cause,
      group,
      members: (await observeGroup(stage, group))?.members.length ?? 0,
      processed,
      working: processed.filter((each, consumer) => each > 0 && groupOf(consumer) === group).length,
      findings,
    }
  } finally {
    await closeAll(consumers)
  }
}

/** Members that the coordinator will have: of those with one static id, one. */
const membersOf = (cause: Cause, group: string, groupOf: (consumer: number) => string): number => {
  const ids = Array.from({ length: CONSUMERS }, (_, consumer) => consumer)
    .filter(consumer => groupOf(consumer) === group)
    .map(consumer => cause.instanceOf(consumer) ?? `of its own ${consumer}`)
  return new Set(ids).size
}

const membersAtRest = (stage: Stage, group: string, members: number): Promise<true> =>
  until(stage, `${group} has ${members} members at rest`, JOIN_DEADLINE_MS, async () => {
    const seen = await observeGroup(stage, group)
    return seen?.state === 'Stable' && seen.members.length === members ? true : null
  })

const run = async (stage: Stage): Promise<Lesson> => {
  const seen: Seen[] = []
  for (const cause of causes) seen.push(await play(stage, cause))
  return {
    blocks: [
      heading('Four groups that look alike'),
      table(
        ['cause', '>started', '>in the group', '>working', 'processed by each'],
        seen.map(({ cause, members, processed, working }) => [
          cause.name,
          String(CONSUMERS),
          String(members),
          String(working),
          processed.map(formatCount).join(' '),
        ]),
      ),
      heading('What the diagnosis says'),
      ...seen.flatMap(({ cause, findings }) => [
        text(`${cause.name}:`),
        {
          kind: 'list' as const,
          items: [
            ...named(cause, findings).map(({ sentence, cure }) => `${sentenceText(sentence)} ${cure}`),
            `The cure here: ${cause.cure}.`,
          ],
        },
      ]),
    ],
    checks: seen.flatMap(checksOf),
    commands: seen.slice(0, 1).flatMap(({ group }) => [
      {
        shows: 'members and what each has',
        command: `kafka-consumer-groups.sh --describe --group ${group} --members --verbose`,
      },
      { shows: 'groups that read the same topic', command: 'kafka-consumer-groups.sh --list' },
    ]),
    figures: {
      started: CONSUMERS,
      causes: seen.map(({ cause, group, members, working, processed, findings }) => ({
        cause: cause.name,
        group,
        members,
        working,
        processed,
        findings: findings.map(({ kind }) => kind),
      })),
    },
  }
}

const named = ({ kinds }: Cause, findings: readonly FindingDraft[]): readonly FindingDraft[] =>
  findings.filter(({ kind }) => kinds.includes(kind))

const checksOf = ({ cause, working, findings }: Seen): readonly Check[] => {
  const kinds = [...new Set(findings.map(({ kind }) => kind))]
  const missing = cause.kinds.filter(kind => !kinds.includes(kind))
  const others = kinds.filter(kind => !cause.kinds.includes(kind))
  return [
    {
      name: `${cause.name}: two of six work in the group`,
      held: working === WORKING,
      evidence: `${working} of ${CONSUMERS}`,
    },
    {
      name: `${cause.name}: the diagnosis names this cause, and no other`,
      held: missing.length === 0 && others.length === 0,
      evidence: kinds.length === 0 ? 'no finding' : kinds.join(', '),
    },
  ]
}

export const unbalancedGroup: Exercise = {
  name: 'unbalanced-group',
  title: 'six consumers, two of them work: four causes, told apart',
  brokers: 1,
  breaksBrokers: false,
  run,
}
