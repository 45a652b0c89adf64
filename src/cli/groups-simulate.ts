import { Command } from 'commander'
import {
  type AssignorName,
  assignorNames,
  assignors,
  explainStep,
  type GroupStep,
  type GroupTopic,
  groupScenes,
  joiningMembers,
  type MemberChange,
  newGroup,
  type PlayedScene,
  playScenes,
  rebalance,
  reportStep,
  type StepReport,
} from '../core/groups/index.ts'
import { formatCount, LanekeeperError, PARTITION_COUNT_MAX, topicNameProblem } from '../core/model/index.ts'
import { caseWithResults, MEMBER_COUNT_MAX, readCases, storedAssignment } from './assignment-cases.ts'
import { countOption } from './count-option.ts'
import { groupOnPaper, sayLabLink } from './lab-link.ts'
import { paint, print, printJson, printTable } from './output.ts'
import { oneOf } from './one-of.ts'
import type { Io, World } from './world.ts'

interface SimulateFlags {
  readonly cases?: string
  readonly topics?: string
  readonly members?: string
  readonly assignor: string
  readonly json: boolean
}

/** Enough to see a pattern; `--json` has all. */
const MEMBERS_SHOWN = 24

/** `groups simulate`: who would get what, before it is done to a real group. */
export const groupsSimulateCommand = (world: World): Command => {
  const changes: MemberChange[] = []
  const change =
    (kind: MemberChange['kind']) =>
    (text: string): void => {
      changes.push({ kind, members: countOption(`--${kind}`, text, MEMBER_COUNT_MAX) })
    }
  return new Command('simulate')
    .description(
      'Assignment of a group on paper: members join and leave; who gets what, moves, pauses, idles.',
    )
    .option('--topics <name:count,…>', 'topics that all members subscribe to')
    .option('--members <n>', 'members at the start')
    .option('--assignor <name>', `${assignorNames.join(', ')}, or all`, 'all')
    .option('--join <n>', 'then so many members join (repeat; in the order given)', change('join'))
    .option(
      '--leave <n>',
      'then the so many oldest members leave (repeat; in the order given)',
      change('leave'),
    )
    .option('--cases <file>', 'run cases of a file, one JSON object a line; - is standard input')
    .option('--json', 'JSON, one object a line', false)
    .addHelpText(
      'before',
      `Examples:
  lanekeeper groups simulate --topics user-actions:1000,content-interactions:500 --members 6 --join 1
  lanekeeper groups simulate --topics orders:12 --members 4 --leave 1 --assignor cooperative-sticky
  lanekeeper groups simulate --cases cases.jsonl --json > results.jsonl
`,
    )
    .addHelpText('after', `\n${assignorHelp}\n\n${caseHelp}`)
    .action(async (flags: SimulateFlags) => simulate(world.io, flags, changes))
}

const assignorHelp = `Assignors, equal to those of Kafka 4.1:
${assignorNames.map(name => `  ${name}: ${assignors[name].character}\n    ${assignors[name].chosenBy}`).join('\n')}`

const caseHelp = `A case, on one line:
  {"case": "one joins", "steps": [
     {"topics": {"orders": 12}, "members": [{"id": "a", "topics": ["orders"]}]},
     {"topics": {"orders": 12}, "members": [{"id": "a", "topics": ["orders"]}, {"id": "b", "topics": ["orders"]}]}]}
  A member may have "instanceId", "rack", and "owned": {"orders": [0, 1]} with its "generation"; without "owned" it has
  what it got the step before. A step may have "replicas": {"orders": [[1, 2], …]}, with "brokerRacks" of the case, and a
  case "topicIds", which decide the order of the server's uniform assignor.`

const simulate = async (io: Io, flags: SimulateFlags, changes: readonly MemberChange[]): Promise<void> => {
  const chosen =
    flags.assignor === 'all' ? assignorNames : [oneOf('--assignor', flags.assignor, assignorNames)]
  if (flags.cases !== undefined) {
    if (flags.topics !== undefined || flags.members !== undefined || changes.length > 0)
      throw new LanekeeperError(
        'USAGE',
        '--cases stands alone: a case names its topics and members itself.',
        {
          fix: 'Leave --topics, --members, --join and --leave out.',
        },
      )
    return simulateCases(io, flags.cases, chosen, flags.json)
  }
  if (flags.topics === undefined || flags.members === undefined)
    throw new LanekeeperError(
      'USAGE',
      'Nothing to simulate: --topics and --members are needed, or --cases.',
      {
        fix: 'For instance: lanekeeper groups simulate --topics orders:12 --members 4 --join 1',
      },
    )
  const topics = topicsOption(flags.topics)
  const start = countOption('--members', flags.members, MEMBER_COUNT_MAX)
  checkChanges(start, changes)
  const scenes = groupScenes(start, changes, topics)
  const acts = chosen.map(assignor => ({ assignor, steps: playScenes(assignor, scenes) }))
  if (flags.json) for (const act of acts) printJson(io, storedAct(act))
  else {
    printActs(io, topics, acts)
    sayLabLink(io, 'assignment', groupOnPaper(topics, start, changes, chosen[0] ?? 'range'))
  }
}

/** NAME:COUNT[,NAME:COUNT…] */
const topicsOption = (text: string): readonly GroupTopic[] => {
  const topics = text.split(',').map((each): GroupTopic => {
    const colon = each.lastIndexOf(':')
    if (colon < 0)
      throw new LanekeeperError('USAGE', `--topics ${each}: no partition count.`, {
        fix: 'Write NAME:COUNT, such as orders:12.',
      })
    const name = each.slice(0, colon)
    const problem = topicNameProblem(name)
    if (problem !== null) throw new LanekeeperError('USAGE', `--topics ${each}: ${problem}.`)
    const partitions = countOption(`--topics ${name}:`, each.slice(colon + 1), PARTITION_COUNT_MAX)
    return { name, partitions, id: null, racks: null }
  })
  const twice = topics.find(({ name }, index) => topics.findIndex(other => other.name === name) !== index)
  if (twice !== undefined) throw new LanekeeperError('USAGE', `--topics names ${twice.name} twice.`)
  const total = topics.reduce((sum, { partitions }) => sum + partitions, 0)
  if (total > PARTITION_COUNT_MAX)
    throw new LanekeeperError(
      'USAGE',
      `--topics has ${total} partitions in all, more than ${PARTITION_COUNT_MAX}.`,
    )
  return topics
}

/** Refuses what the group could not do. */
const checkChanges = (start: number, changes: readonly MemberChange[]): void => {
  let count = start
  for (const { kind, members } of changes) {
    if (kind === 'leave' && members >= count)
      throw new LanekeeperError('USAGE', `--leave ${members}: the group has only ${count} members then.`, {
        fix: 'Leave at least one member.',
      })
    count += kind === 'join' ? members : -members
    if (count > MEMBER_COUNT_MAX)
      throw new LanekeeperError('USAGE', `--join ${members}: more than ${MEMBER_COUNT_MAX} members.`)
  }
}

interface Act {
  readonly assignor: AssignorName
  readonly steps: readonly PlayedScene[]
}

const storedAct = ({ assignor, steps }: Act): unknown => ({
  assignor,
  steps: steps.map(({ title, report, assignment }) => ({
    title,
    fewest: report.fewest,
    most: report.most,
    moved: report.moved,
    movedAtLeast: report.movedAtLeast,
    orphaned: report.orphaned,
    unassigned: report.unassigned,
    pausedPartitions: report.pausedPartitions,
    pausedMembers: report.pausedMembers,
    idle: report.members
      .filter(member => member.idle !== null)
      .map(({ memberId, idle }) => ({ memberId, reason: idle })),
    explained: explainStep(assignor, report),
    assignment: storedAssignment(assignment),
  })),
})

const printActs = (io: Io, topics: readonly GroupTopic[], acts: readonly Act[]): void => {
  printTable(
    io,
    [
      { title: 'ASSIGNOR' },
      { title: 'STEP' },
      { title: 'MEMBERS', align: 'right' },
      { title: 'PARTITIONS EACH', align: 'right' },
      { title: 'IDLE', align: 'right' },
      { title: 'MOVE', align: 'right' },
      { title: 'AT LEAST', align: 'right' },
      { title: 'PAUSE', align: 'right' },
    ],
    acts.flatMap(({ assignor, steps }) =>
      steps.map(({ title, report }, index) => [
        index === 0 ? assignor : '',
        title,
        formatCount(report.members.length),
        partitionsEach(report),
        formatCount(report.members.filter(member => member.idle !== null).length),
        formatCount(report.moved),
        report.movedAtLeast === null ? '' : formatCount(report.movedAtLeast),
        formatCount(report.pausedPartitions),
      ]),
    ),
  )
  for (const { assignor, steps } of acts) {
    print(io, '')
    print(io, `${paint(io, io.stdout, 'bold', assignor)}: ${assignors[assignor].character}`)
    for (const { title, report } of steps) {
      print(io, `  ${title}: ${explainStep(assignor, report).join(' ')}`)
      if (acts.length === 1) printMembers(io, topics, report)
    }
  }
}

const partitionsEach = ({ fewest, most }: StepReport): string =>
  fewest === most ? formatCount(most) : `${formatCount(fewest)} to ${formatCount(most)}`

const printMembers = (io: Io, topics: readonly GroupTopic[], { members }: StepReport): void => {
  print(io, '')
  printTable(
    io,
    [
      { title: 'MEMBER' },
      { title: 'PARTITIONS', align: 'right' },
      ...(topics.length > 1 ? topics.map(({ name }) => ({ title: name, align: 'right' as const })) : []),
      { title: 'GAINS', align: 'right' },
      { title: 'LOSES', align: 'right' },
    ],
    members
      .slice(0, MEMBERS_SHOWN)
      .map(member => [
        member.memberId,
        formatCount(member.partitions),
        ...(topics.length > 1 ? topics.map(({ name }) => formatCount(member.byTopic.get(name) ?? 0)) : []),
        formatCount(member.gained),
        formatCount(member.lost),
      ]),
  )
  if (members.length > MEMBERS_SHOWN)
    print(io, `and ${formatCount(members.length - MEMBERS_SHOWN)} more; --json has all.`)
  print(io, '')
}

const simulateCases = async (
  io: Io,
  file: string,
  chosen: readonly AssignorName[],
  json: boolean,
): Promise<void> => {
  const rows: string[][] = []
  for await (const each of readCases(io, file)) {
    if (json) printJson(io, caseWithResults(each, chosen))
    else for (const assignor of chosen) rows.push(...caseRows(each.name, each.steps, assignor))
  }
  if (!json)
    printTable(
      io,
      [
        { title: 'CASE' },
        { title: 'ASSIGNOR' },
        { title: 'STEP', align: 'right' },
        { title: 'MEMBERS', align: 'right' },
        { title: 'PARTITIONS EACH', align: 'right' },
        { title: 'IDLE', align: 'right' },
        { title: 'MOVE', align: 'right' },
        { title: 'WAIT', align: 'right' },
      ],
      rows,
    )
}

const caseRows = (name: string, steps: readonly GroupStep[], assignor: AssignorName): string[][] => {
  let state = newGroup
  return steps.map((step, index) => {
    const members = joiningMembers(state, step.members)
    const before = new Map(members.map(({ id, owned }) => [id, owned ?? new Map<string, Int32Array>()]))
    const [next, result] = rebalance(assignor, state, step)
    state = next
    const head = [
      index === 0 ? name : '',
      index === 0 ? assignor : '',
      String(index + 1),
      formatCount(members.length),
    ]
    if (result.kind === 'impossible') return [...head, result.reason, '', '', '']
    const report = reportStep(assignor, before, members, step.topics, result.assignment)
    return [
      ...head,
      members.length === 0 ? '' : partitionsEach(report),
      formatCount(report.members.filter(member => member.idle !== null).length),
      formatCount(report.moved),
      formatCount(report.unassigned),
    ]
  })
}
