import { resolve } from 'node:path'
import { planOffsetReset, type ResetTarget } from '../../core/groups/index.ts'
import {
  type ClusterSnapshot,
  errorRegistry,
  formatCount,
  LanekeeperError,
  printable,
} from '../../core/model/index.ts'
import { describeStep, type Plan, stepId } from '../../core/plan/index.ts'
import { groupCommits } from '../../runtime/executor.ts'
import { offsetsAtTime } from '../../runtime/offsets-at-time.ts'
import { confirm } from '../confirm.ts'
import { paint, print, printJson, printTable, say } from '../output.ts'
import { runPlan } from '../run-plan.ts'
import { clusterName, type TargetFlags, targetSuffix } from '../target-options.ts'
import { timeOption } from '../time-option.ts'
import type { Connection, Io, World } from '../world.ts'
import { type OffsetsByTopic, parseOffsetsFile } from './file.ts'

export interface ResetFlags extends TargetFlags {
  readonly topic: readonly string[]
  readonly toEarliest: boolean
  readonly toLatest: boolean
  readonly toOffset?: string
  readonly toDatetime?: string
  readonly shiftBy?: string
  readonly fromFile?: string
  readonly yes: boolean
  readonly dryRun: boolean
}

type Wanted =
  | ResetTarget
  | { readonly kind: 'time'; readonly atMs: number }
  | { readonly kind: 'file'; readonly offsets: OffsetsByTopic }

/** Plans, shows, asks, runs, looks again. */
export const resetOffsets = async (
  world: World,
  connection: Connection,
  group: string,
  flags: ResetFlags,
): Promise<void> => {
  const { io } = world
  const wanted = await wantedBy(world, flags)
  const { cluster } = connection
  const snapshot = await cluster.describe()
  const plan = await planFor(connection, snapshot, group, wanted, scopesOf(flags, wanted))
  if (!flags.json) printResetPlan(io, group, plan)
  const [refusal] = plan.refusals
  if (refusal !== undefined)
    throw new LanekeeperError(refusal.code, refusal.message, {
      fix: refusal.fix,
      problems: plan.refusals.slice(1).map(({ message }) => printable(message)),
    })
  if (plan.steps.length === 0 || flags.dryRun) {
    if (flags.json) printJson(io, resetAsJson(group, plan, []))
    if (plan.steps.length > 0) io.exitWith(errorRegistry.DRIFT.exit)
    return
  }
  if (!(await confirm(io, `Move group ${group} on ${clusterName(cluster)}?`, flags))) {
    say(io, 'Nothing was changed.')
    return
  }
  const { execution, journalFile } = await runPlan(world, cluster, snapshot.clusterId, plan, flags)
  if (flags.json) printJson(io, resetAsJson(group, plan, execution.outcomes))
  const failures = execution.outcomes.filter(({ state }) => state === 'failed' || state === 'skipped')
  if (failures.length > 0 || execution.left === null || execution.left.length > 0)
    throw new LanekeeperError(
      failures[0]?.code ?? 'STEP_OUTDATED',
      `Group ${group} is not where it should be.`,
      {
        problems: failures.map(({ id, message }) => printable(`${id}: ${message}`)),
        fix: `Run the command again; it begins with what is there. What was tried is in ${journalFile}.`,
      },
    )
  if (flags.json) return
  say(io, `Looked again: group ${group} stands as asked for.`)
  say(io, `\nNext: lanekeeper offsets show ${printable(group)}${targetSuffix(flags)}`)
}

/** Throws USAGE unless exactly one target is named. */
const wantedBy = async (world: World, flags: ResetFlags): Promise<Wanted> => {
  const named: (() => Wanted | Promise<Wanted>)[] = []
  const { toOffset, toDatetime, shiftBy, fromFile } = flags
  if (flags.toEarliest) named.push(() => ({ kind: 'earliest' }))
  if (flags.toLatest) named.push(() => ({ kind: 'latest' }))
  if (toOffset !== undefined)
    named.push(() => ({ kind: 'offset', offset: wholeNumber('--to-offset', toOffset, /^\d{1,15}$/) }))
  if (shiftBy !== undefined)
    named.push(() => ({ kind: 'shift', by: wholeNumber('--shift-by', shiftBy, /^[+-]?\d{1,15}$/) }))
  if (toDatetime !== undefined)
    named.push(() => ({ kind: 'time', atMs: timeOption('--to-datetime', toDatetime, world.clock.wallMs()) }))
  if (fromFile !== undefined)
    named.push(async () => {
      const text = await world.readSpecFile(resolve(world.io.cwd, fromFile))
      return { kind: 'file', offsets: parseOffsetsFile(text, fromFile) }
    })
  const [target] = named
  if (target === undefined || named.length > 1)
    throw new LanekeeperError(
      'USAGE',
      target === undefined ? 'Nothing says where the group shall go.' : `${named.length} targets are named.`,
      { fix: 'Name one of --to-earliest, --to-latest, --to-datetime, --to-offset, --shift-by, --from-file.' },
    )
  return target()
}

const wholeNumber = (option: string, text: string, pattern: RegExp): number => {
  if (!pattern.test(text))
    throw new LanekeeperError('USAGE', `${option} ${text}: not a whole number.`, {
      fix: `Write digits only, such as ${option} 1000.`,
    })
  return Number(text)
}

interface Scope {
  readonly topic: string
  /** Null: all. */
  readonly partitions: readonly number[] | null
}

/** Topics as `T` or `T:0,1,2`. None named: those of the file, or (null) all that the group has committed. */
const scopesOf = (flags: ResetFlags, wanted: Wanted): readonly Scope[] | null => {
  if (flags.topic.length === 0)
    return wanted.kind === 'file'
      ? [...wanted.offsets.keys()].map(topic => ({ topic, partitions: null }))
      : null
  return flags.topic.map(text => {
    const [, topic, list] = /^([A-Za-z0-9._-]{1,249})(?::(\d{1,9}(?:,\d{1,9})*))?$/.exec(text) ?? []
    if (topic === undefined)
      throw new LanekeeperError('USAGE', `--topic ${text}: not a topic.`, {
        fix: 'Write --topic orders, or --topic orders:0,1 for some of its partitions.',
      })
    return {
      topic,
      partitions:
        list === undefined ? null : [...new Set(list.split(',').map(Number))].toSorted((a, b) => a - b),
    }
  })
}

const planFor = async (
  { cluster, openLink }: Connection,
  snapshot: ClusterSnapshot,
  group: string,
  wanted: Wanted,
  named: readonly Scope[] | null,
): Promise<Plan> => {
  const commits = groupCommits(await cluster.readGroups(snapshot, [group])).get(group) ?? null
  const scopes = named ?? [...(commits?.committed.keys() ?? [])].map(topic => ({ topic, partitions: null }))
  if (scopes.length === 0)
    throw new LanekeeperError('GROUP_UNKNOWN', `Group ${printable(group)} has committed nothing.`, {
      fix: 'Name the topics with --topic; the group is created with these offsets.',
    })
  checkScopes(snapshot, scopes)
  const logs = await cluster.readOffsets(
    snapshot,
    scopes.map(scope => scope.topic),
  )
  const link = openLink('lanekeeper-offsets')
  const plans = await Promise.all(
    scopes.map(async ({ topic, partitions }) => {
      const log = logs.get(topic) ?? { topic, start: new Float64Array(), end: new Float64Array() }
      const target = await targetFor(wanted, topic, () => timesOf(link, snapshot, topic, wanted))
      return planOffsetReset({ group, topic, commits, log, target, partitions })
    }),
  )
  // members are the same refusal for each topic: said once
  const refusals = plans.flatMap(plan => plan.refusals)
  const first = refusals.find(refusal => refusal.code === 'GROUP_ACTIVE')
  return {
    steps: plans.flatMap(plan => plan.steps),
    refusals: first === undefined ? refusals : [first],
    unchanged: scopes.map(scope => scope.topic).filter((_, index) => plans[index]?.steps.length === 0),
  }
}

const checkScopes = (snapshot: ClusterSnapshot, scopes: readonly Scope[]): void => {
  for (const { topic, partitions } of scopes) {
    const count = snapshot.topics.get(topic)?.partitions.length
    if (count === undefined) throw new LanekeeperError('TOPIC_UNKNOWN', `Topic ${topic} does not exist.`)
    const beyond = partitions?.find(partition => partition >= count)
    if (beyond !== undefined)
      throw new LanekeeperError('PARTITION_UNKNOWN', `Topic ${topic} has no partition ${beyond}.`, {
        fix: `Its partitions are 0 to ${count - 1}.`,
      })
  }
}

const timesOf = (
  link: ReturnType<Connection['openLink']>,
  snapshot: ClusterSnapshot,
  topic: string,
  wanted: Wanted,
): Promise<Float64Array> =>
  offsetsAtTime(link, snapshot, topic, wanted.kind === 'time' ? wanted.atMs : Number.NaN)

const targetFor = async (
  wanted: Wanted,
  topic: string,
  lookUp: () => Promise<Float64Array>,
): Promise<ResetTarget> => {
  if (wanted.kind === 'file') return { kind: 'each', offsets: wanted.offsets.get(topic) ?? new Map() }
  if (wanted.kind !== 'time') return wanted
  const found = [...(await lookUp()).entries()].filter(([, offset]) => !Number.isNaN(offset))
  return { kind: 'each', offsets: new Map(found) }
}

const printResetPlan = (io: Io, group: string, plan: Plan): void => {
  const moves = movesOf(plan)
  if (moves.length === 0) {
    if (plan.refusals.length === 0) say(io, `Group ${printable(group)} stands as asked for already.`)
    return
  }
  printTable(
    io,
    [
      { title: 'TOPIC' },
      { title: 'PARTITION', align: 'right' },
      { title: 'FROM', align: 'right' },
      { title: 'TO', align: 'right' },
      { title: 'CHANGE', align: 'right' },
    ],
    moves.map(({ topic, partition, from, to }) => [
      topic,
      String(partition),
      from === null ? '-' : String(from),
      String(to),
      from === null ? 'new' : changeText(to - from),
    ]),
  )
  for (const step of plan.steps) print(io, paint(io, io.stdout, 'bold', describeStep(step)))
}

const changeText = (change: number): string =>
  change > 0 ? `+${formatCount(change)}` : `-${formatCount(-change)}`

const movesOf = ({ steps }: Plan) =>
  steps.flatMap(step =>
    step.kind === 'reset-offsets' ? step.moves.map(move => ({ topic: step.topic, ...move })) : [],
  )

const resetAsJson = (
  group: string,
  plan: Plan,
  outcomes: Awaited<ReturnType<typeof runPlan>>['execution']['outcomes'],
) => ({
  group,
  steps: plan.steps.map(step => ({ id: stepId(step), text: describeStep(step) })),
  moves: movesOf(plan).map(({ topic, partition, from, to }) => ({
    topic,
    partition,
    from: from === null ? null : String(from),
    to: String(to),
  })),
  outcomes: outcomes.map(({ id, state, code, message }) => ({ id, state, code, message })),
})
