/**
 * Assignment of a large group when one member joins or leaves, against Kafka's own assignors.
 *
 *     node bench/assign.ts [--kafka-jars DIRECTORY]
 *
 * Options: --topics N, --partitions N (of each topic), --members N, --rounds N, --peer-rounds N (as many as rounds, if
 * not given), --assignor serverUniform or cooperative-sticky (each beside Kafka's own of that name). The peers run in Java
 * (bench/java/AssignPeer.java) when --kafka-jars names a folder with Kafka's jars; without it they are missing from the
 * table, and it says so.
 *
 * Each round is a fresh process, ours and the peer's in turn; it makes many calls and reports its warm ones. Kafka's
 * cooperative-sticky needs seconds a call: it makes three, the last of which counts. The group
 * starts from a first assignment of its own assignor, which has long runs; scattered ones cost ours a loop over all
 * partitions, some milliseconds more. Checked before any figure is printed: every partition has exactly one owner,
 * totals differ by at most one, and no more moved than the proven least. Prints a table and one line of JSON.
 */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import {
  type Assignment,
  type AssignorName,
  assignPartitions,
  type GroupMember,
  type GroupTopic,
  joiningMembers,
  ownershipSize,
  reportStep,
} from '../src/core/groups/index.ts'

const { values: args } = parseArgs({
  options: {
    'kafka-jars': { type: 'string' },
    topics: { type: 'string', default: '1000' },
    partitions: { type: 'string', default: '1000' },
    members: { type: 'string', default: '2000' },
    rounds: { type: 'string', default: '7' },
    'peer-rounds': { type: 'string' },
    assignor: { type: 'string', default: 'serverUniform' },
    child: { type: 'boolean', default: false },
  },
})
const topicCount = Number(args.topics)
const partitions = Number(args.partitions)
const memberCount = Number(args.members)
const assignor = args.assignor as AssignorName

const isSticky = assignor === 'cooperative-sticky'
/** Calls within a process; the first ones are the warm-up. Those that take long are warm after fewer. */
const CALLS = isSticky ? 15 : 30
const WARM_UP = isSticky ? 6 : 15
/** Of a peer that needs seconds each. */
const SLOW_CALLS = 3

interface Figures {
  readonly version: string
  readonly joinMs: readonly number[]
  readonly leaveMs: readonly number[]
  readonly movedOnJoin: number
  readonly movedOnLeave: number
}

const measure = (): Figures => {
  const topics: GroupTopic[] = Array.from({ length: topicCount }, (_, index) => ({
    name: `topic-${String(index).padStart(4, '0')}`,
    partitions,
    id: (BigInt.asUintN(128, BigInt(index) * 0x9e3779b97f4a7c15f39cc0605cedc835n) + 1n)
      .toString(16)
      .padStart(32, '0')
      .slice(-32),
    racks: null,
  }))
  const names = topics.map(topic => topic.name)
  const member = (index: number) => ({
    id: `consumer-${String(index).padStart(5, '0')}`,
    topics: names,
    instanceId: null,
    rack: null,
    owned: null,
    generation: null,
  })
  const all = Array.from({ length: memberCount + 1 }, (_, index) => member(index))
  const some = all.slice(0, memberCount)
  const start = assignPartitions(assignor, joiningMembers({ assignment: null, generation: 0 }, some), topics)
  const state = { assignment: start, generation: 1 }

  const timed = (members: readonly GroupMember[]): { readonly ms: number[]; readonly moved: number } => {
    const ms: number[] = []
    let after: Assignment = new Map()
    for (let call = 0; call < CALLS; call++) {
      const from = performance.now()
      after = assignPartitions(assignor, members, topics)
      if (call >= WARM_UP) ms.push(performance.now() - from)
    }
    return { ms, moved: check(start, members, topics, settled(after, members, topics)) }
  }
  const join = timed(joiningMembers(state, all))
  const leave = timed(joiningMembers(state, some.toSpliced(memberCount >> 1, 1)))
  return {
    version: `node ${process.version}`,
    joinMs: join.ms,
    leaveMs: leave.ms,
    movedOnJoin: join.moved,
    movedOnLeave: leave.moved,
  }
}

/** What a cooperative group comes to: what moves is given up in the first rebalance and given out in the second. */
const settled = (
  after: Assignment,
  members: readonly GroupMember[],
  topics: readonly GroupTopic[],
): Assignment =>
  assignor === 'cooperative-sticky'
    ? assignPartitions(
        assignor,
        members.map(member => ({ ...member, owned: after.get(member.id) ?? null, generation: 2 })),
        topics,
      )
    : after

const check = (
  before: Assignment,
  members: readonly GroupMember[],
  topics: readonly GroupTopic[],
  after: Assignment,
): number => {
  const seen = new Map(topics.map(topic => [topic.name, new Uint8Array(topic.partitions)]))
  for (const ownership of after.values())
    for (const [topic, list] of ownership)
      for (const partition of list) {
        const marks = seen.get(topic) as Uint8Array
        if (marks[partition] !== 0) throw new Error(`${topic}-${partition} has two owners`)
        marks[partition] = 1
      }
  for (const [topic, marks] of seen)
    if (marks.includes(0)) throw new Error(`${topic} has a partition without owner`)
  const counts = [...after.values()].map(ownershipSize)
  if (Math.max(...counts) - Math.min(...counts) > 1) throw new Error('totals differ by more than one')
  const report = reportStep(assignor, before, members, topics, after)
  if (report.moved !== report.movedAtLeast)
    throw new Error(`${report.moved} moved, ${report.movedAtLeast} would do`)
  return report.moved
}

const ours = (): Figures =>
  JSON.parse(
    execFileSync(process.execPath, [import.meta.filename, ...process.argv.slice(2), '--child'], {
      encoding: 'utf8',
    }),
  ) as Figures

const peer = (jars: string, name: string, calls: number): Figures =>
  JSON.parse(
    execFileSync(
      'java',
      [
        '-Xmx4g',
        '-cp',
        join(jars, '*'),
        join(import.meta.dirname, 'java/AssignPeer.java'),
        name,
        args.topics,
        args.partitions,
        args.members,
        String(calls),
      ],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
    ),
  ) as Figures

/** When everything is compiled. Ours has left its warm-up out already, and is treated no better. */
const lastThird = (values: readonly number[]): readonly number[] =>
  values.slice(-Math.ceil(values.length / 3))

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number

if (args.child) console.log(JSON.stringify(measure()))
else {
  const jars = args['kafka-jars']
  const contestants = new Map<string, () => Figures>([[`lanekeeper ${assignor}`, ours]])
  if (jars !== undefined) {
    if (isSticky) contestants.set('Kafka cooperative-sticky', () => peer(jars, assignor, SLOW_CALLS))
    else contestants.set('Kafka uniform', () => peer(jars, 'uniform', CALLS))
  }
  const wanted = Number(args.rounds)
  const wantedOf = (name: string): number =>
    name.startsWith('lanekeeper') ? wanted : Number(args['peer-rounds'] ?? wanted)
  const rounds = new Map<string, Figures[]>([...contestants.keys()].map(name => [name, []]))
  for (let round = 0; round < wanted; round++)
    for (const [name, run] of contestants) if (round < wantedOf(name)) rounds.get(name)?.push(run())

  const rows = [...rounds].flatMap(([name, figures]) =>
    (['join', 'leave'] as const).map(change => {
      const medians = figures.map(each => median(lastThird(change === 'join' ? each.joinMs : each.leaveMs)))
      const last = figures.at(-1) as Figures
      return {
        name,
        version: last.version,
        change,
        processes: figures.length,
        ms: median(medians),
        msMin: Math.min(...medians),
        msMax: Math.max(...medians),
        moved: change === 'join' ? last.movedOnJoin : last.movedOnLeave,
      }
    }),
  )
  console.log(
    `${topicCount} topics of ${partitions} partitions, ${memberCount} members, then one more or one fewer; medians`,
  )
  console.table(
    rows.map(({ name, version, change, processes, ms, msMin, msMax, moved }) => ({
      assignor: name,
      version,
      change,
      processes,
      ms: ms.toFixed(2),
      'min to max': `${msMin.toFixed(2)} to ${msMax.toFixed(2)}`,
      moved,
      'times ours': (ms / (rows.find(row => row.change === change)?.ms ?? Number.NaN)).toFixed(1),
    })),
  )
  if (jars === undefined) console.log('No figure of Kafka: name a folder of its jars with --kafka-jars.')
  console.log(JSON.stringify({ topicCount, partitions, memberCount, assignor, rows }))
}
