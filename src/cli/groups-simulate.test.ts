import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { capturedWorld, runVerb } from '../../test/support/captured-world.ts'
import { createSimulatedCluster } from '../adapters/simulated/create.ts'
import { systemClock } from '../adapters/system/clock.ts'
import { groupsSimulateCommand } from './groups-simulate.ts'

const { cluster } = createSimulatedCluster({ brokers: 3, seed: 1, clock: systemClock })

/** `typed`: standard input. */
const run = async (args: readonly string[], typed?: string): Promise<string> => {
  const { world, take } = capturedWorld({
    cluster,
    clock: systemClock,
    ...(typed === undefined ? {} : { typed }),
  })
  await runVerb(groupsSimulateCommand(world), ...args)
  return take().out
}

interface Results {
  readonly results: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>
}

test('cases come back in their own form, with results equal to those of Kafka', async () => {
  const file = join(import.meta.dirname, '../../test/vectors/assignment/cases.jsonl')
  const lines = (await run(['--cases', file, '--json'])).trimEnd().split('\n')
  const golden = readFileSync(file, 'utf8').trimEnd().split('\n')
  assert.equal(lines.length, golden.length)
  lines.forEach((line, index) => {
    const ours = JSON.parse(line) as Results
    const kafkas = JSON.parse(golden[index] as string) as Results
    assert.deepEqual(Object.keys(ours), Object.keys(kafkas))
    for (const [assignor, steps] of Object.entries(kafkas.results))
      steps.forEach((step, at) => {
        const { assignment, notRun } = step
        // byte for byte: order of members, of topics and of partitions included
        assert.equal(
          JSON.stringify(ours.results[assignor]?.[at]),
          JSON.stringify(notRun === undefined ? { assignment } : { notRun }),
        )
      })
  })
})

test('one assignor: what each member gets, what moves, who pauses', async () => {
  assert.equal(
    await run(['--topics', 'a:4,b:2', '--members', '2', '--assignor', 'sticky', '--join', '1']),
    `ASSIGNOR  STEP          MEMBERS  PARTITIONS EACH  IDLE  MOVE  AT LEAST  PAUSE
sticky    start with 2        2                3     0     0         0      0
          1 joins             3                2     0     2         2      6

sticky: Even, and little moves, but the whole group stops while it rebalances.
  start with 2: Every member has 3 partitions.

MEMBER       PARTITIONS  a  b  GAINS  LOSES
consumer-00           3  2  1      3      0
consumer-01           3  2  1      3      0

  1 joins: Every member has 2 partitions. 2 partitions move between members that stay, the fewest possible. The whole group stands still: 2 members stop reading 6 partitions until all have joined again.

MEMBER       PARTITIONS  a  b  GAINS  LOSES
consumer-00           2  1  1      0      1
consumer-01           2  1  1      0      1
consumer-02           2  2  0      2      0

`,
  )
})

test('a cooperative group rebalances twice, and says that the new member waits', async () => {
  const out = await run([
    '--topics',
    'a:4',
    '--members',
    '1',
    '--assignor',
    'cooperative-sticky',
    '--join',
    '1',
  ])
  assert.match(out, /1 joins +2 +0 to 2 +1 +2/)
  assert.match(out, /follow-up +2 +2 +0 +0/)
  assert.match(out, /1 member idle: its share must first be given up by others\./)
})

test('idle members come with their reason', async () => {
  assert.match(
    await run(['--topics', 'a:2', '--members', '3', '--assignor', 'serverUniform']),
    /1 member idle: there are fewer partitions than members/,
  )
  const range = await run(['--topics', 'a:2,b:2', '--members', '3', '--assignor', 'range'])
  assert.match(range, /1 member idle: each topic alone has fewer partitions than members/)
  assert.match(range, /the extra partitions of all topics go to the same first members/)
})

test('changes happen in the order of the flags, the oldest leave', async () => {
  const out = await run(
    '--topics a:6 --members 2 --assignor range --json --leave 1 --join 2 --leave 1'.split(' '),
  )
  const { steps } = JSON.parse(out) as { steps: { title: string; assignment: Record<string, unknown> }[] }
  assert.deepEqual(
    steps.map(({ title, assignment }) => [title, Object.keys(assignment)]),
    [
      ['start with 2', ['consumer-00', 'consumer-01']],
      ['1 leaves', ['consumer-01']],
      ['2 join', ['consumer-01', 'consumer-02', 'consumer-03']],
      ['1 leaves', ['consumer-02', 'consumer-03']],
    ],
  )
})

const flags = ['--topics', 'a:4', '--members', '2']
for (const [what, args, message] of [
  ['nothing given', [], /--topics and --members are needed, or --cases/],
  ['both forms', [...flags, '--cases', 'x'], /--cases stands alone/],
  ['no count', ['--topics', 'a', '--members', '2'], /--topics a: no partition count/],
  ['count 0', ['--topics', 'a:0', '--members', '2'], /--topics a: 0: not a whole number/],
  ['too many partitions', ['--topics', 'a:900000,b:900000', '--members', '2'], /1800000 partitions in all/],
  ['a topic twice', ['--topics', 'a:1,a:2', '--members', '2'], /names a twice/],
  ['a bad topic name', ['--topics', 'ä:1', '--members', '2'], /a topic name may hold only/],
  ['no members', ['--topics', 'a:1', '--members', '0'], /--members 0/],
  ['an unknown assignor', [...flags, '--assignor', 'rang'], /range/],
  ['everybody leaves', [...flags, '--leave', '2'], /--leave 2: the group has only 2 members then/],
  ['no such file', ['--cases', '/no/such/file'], /\/no\/such\/file does not exist/],
] as const)
  test(`one clear error: ${what}`, async () => {
    await assert.rejects(run(args), message)
  })

const one = (step: unknown): string => JSON.stringify({ case: 'c', steps: [step] })
const member = { id: 'm', topics: ['a'] }
for (const [line, message] of [
  ['', /standard input holds no case/],
  ['{"case":', /standard input:1: not JSON/],
  ['{}', /standard input:1: case: missing/],
  ['{"case":"c","steps":[]}', /steps: the list is empty/],
  [one({ topics: { a: 0 }, members: [] }), /steps\[0\]\.topics\.a: 0 is not a whole number from 1/],
  [one({ topics: { a: 1.5 }, members: [] }), /1\.5 is not a whole number/],
  [one({ topics: {}, members: [{ ...member, topics: 'a' }] }), /members\[0\]\.topics: not a list/],
  [one({ topics: {}, members: [member, member] }), /members\[1\]: id "m" for the second time/],
  [
    one({ topics: {}, members: [{ ...member, instance: 'i' }] }),
    /unknown field "instance"; did you mean "instanceId"/,
  ],
  [
    one({ topics: { a: 2 }, members: [{ ...member, owned: { a: [2] } }] }),
    /owned\.a: partition 2, but the topic has 2/,
  ],
  [
    one({ topics: { a: 2 }, members: [{ ...member, owned: { a: [1, 1] } }] }),
    /partition "1" for the second time/,
  ],
  [
    one({ topics: { a: 2 }, members: [], replicas: { a: [[1]] } }),
    /replicas\.a: 1 partitions, but the topic has 2/,
  ],
  ['{"case":"c","topicIds":{"a":"x"},"steps":[]}', /topicIds\.a: not a topic id/],
] as const)
  test(`one clear error, with its place: ${message.source}`, async () => {
    await assert.rejects(run(['--cases', '-', '--json'], line), message)
  })
