/** The Lab shows the figures that the command line prints: each verb is run on the very command that the page shows. */
import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import type { Command } from 'commander'
import { capturedWorld, runVerb } from '../../../test/support/captured-world.ts'
import { countStructuredKeys } from '../../../src/adapters/key-counter/key-counter.ts'
import { packedRouter } from '../../../src/adapters/key-counter/packed-router.ts'
import { createSimulatedCluster } from '../../../src/adapters/simulated/create.ts'
import { systemClock } from '../../../src/adapters/system/clock.ts'
import { groupsSimulateCommand } from '../../../src/cli/groups-simulate.ts'
import { routeCommand as routeVerb } from '../../../src/cli/route.ts'
import { simulateCommand as simulateVerb } from '../../../src/cli/simulate/command.ts'
import { sizeCommand } from '../../../src/cli/size.ts'
import type { World } from '../../../src/cli/world.ts'
import type { LabSettings } from '../../../src/api/lab.ts'
import { assignorNames } from '../../../src/core/groups/index.ts'
import { loadWorkload } from '../../../src/config/workload.ts'
import { type Page, parseRoute } from '../model/route.ts'
import { seededRandom } from '../../../src/core/simulation/index.ts'
import { assignmentCodec, assignmentSteps, assignorCosts } from './model/assignment.ts'
import { calculatorCodec, presets, sizeOf, workloadFile, workloadOf } from './model/calculator.ts'
import { comparisonCodec, comparisonCommand, compareStrategies } from './model/comparison.ts'
import { groupsCommand } from './model/group.ts'
import { orderCodec, orderCommand, orderState } from './model/order.ts'
import { populationKinds } from './model/population.ts'
import {
  keyPath,
  produceCodec,
  produceCommand,
  produceFigures,
  routeCommand,
  shownConventions,
  startProduction,
} from './model/produce.ts'
import { rebalanceCodec, rebalanceFilms } from './model/rebalance.ts'
import { strategyNames } from './model/strategies.ts'

const { cluster } = createSimulatedCluster({ brokers: 1, seed: 'lab', clock: systemClock })

/** Runs a shell line of the page: `printf '%s\n' a b | npx lanekeeper VERB …`, with --json. */
const runLine = async (verb: (world: World) => Command, line: string, file?: string): Promise<string> =>
  (await run(verb, line.replace(/ -- | --|$/, ' --json$&'), file)).out

/** The link that a verb prints for people who look, read as the page reads it. */
const linkOf = async (verb: (world: World) => Command, line: string): Promise<Page | null> => {
  const found = /See it: (\S+) /.exec((await run(verb, line)).err)?.[1]
  if (found === undefined) return null
  const { port, pathname, search } = new URL(found)
  assert.equal(Number(port), 7400, 'where a dashboard listens unless it was told otherwise')
  return parseRoute(pathname + search).page
}

const run = async (
  verb: (world: World) => Command,
  line: string,
  file?: string,
): Promise<{ readonly out: string; readonly err: string }> => {
  const [piped, own] = line.includes(' | ') ? line.split(' | ') : [undefined, line]
  const { world, take } = capturedWorld({
    cluster,
    clock: systemClock,
    ...(file === undefined ? {} : { file }),
  })
  const stdin = new PassThrough()
  if (piped !== undefined)
    stdin.end(
      words(piped)
        .slice(2)
        .map(word => `${word}\n`)
        .join(''),
    )
  const whole: World = {
    ...world,
    seededRandom,
    countStructured: countStructuredKeys,
    routePacked: packedRouter(),
    io: { ...world.io, stdin: stdin as unknown as NodeJS.ReadStream },
  }
  const args = words(own ?? '')
  const from = args.indexOf('lanekeeper') + (args.includes('groups') ? 3 : 2)
  await runVerb(verb(whole), ...args.slice(from))
  return take()
}

/** As a shell parts it: blanks part, single quotes hold together, a backslash outside of them takes the next as it is. */
const words = (line: string): readonly string[] =>
  [...line.matchAll(/(?:\\.|'[^']*'|[^\s'\\])+/g)].map(([word]) =>
    word.replace(/'([^']*)'|\\(.)/g, (_, quoted?: string, escaped?: string) => quoted ?? escaped ?? ''),
  )

interface SimulateJson {
  readonly keys: {
    readonly distinct: number
    readonly rows: number
    readonly heaviest: readonly { key: string }[]
  }
  readonly columns: readonly {
    readonly strategy: string
    readonly lanes: number
    readonly order: string
    readonly hottestLane: number
    readonly maxLoad: number
    readonly maxOverMean: number
    readonly topLaneShare: number
    readonly emptyLanes: number
    readonly unsent: number
    readonly loads: readonly number[]
    readonly expectedMaxOverMean: { readonly maxOverMean: number } | null
  }[]
}

/** Parts of a message are added in another order: the same up to rounding. */
const alike = (actual: number, expected: number, what: string): void =>
  assert.ok(
    Math.abs(actual - expected) <= 1e-9 * Math.max(1, Math.abs(expected)),
    `${what}: ${actual}, ${expected}`,
  )

const populations: readonly LabSettings[] = [
  ...populationKinds.map(keys => ({ keys, messages: '5000', distinct: '700' })),
  { keys: 'zipf', exponent: '1.3', messages: '20000', distinct: '5000', partitions: '1000', seed: '7' },
  { keys: 'celebrity', share: '0.35', partitions: '30' },
  { keys: 'typed', typed: "alice,it's,ümlaut,alice,-x,a b", partitions: '5' },
]

for (const population of populations)
  test(`produce and hash: ${JSON.stringify(population)}`, async () => {
    const settings = produceCodec.read(population)
    const figures = produceFigures(startProduction(settings, 13).finish())
    const { keys, columns } = JSON.parse(
      await runLine(simulateVerb, `${produceCommand(settings)} --loads`),
    ) as SimulateJson
    const [column] = columns
    assert.ok(column !== undefined)
    assert.deepEqual([...figures.loads], column.loads)
    assert.equal(figures.messages, keys.rows)
    assert.equal(figures.keysSeen, keys.distinct)
    assert.equal(figures.heaviest[0]?.key, keys.heaviest[0]?.key)
    assert.equal(figures.hottestLane, column.hottestLane)
    assert.equal(figures.hottestMessages, column.maxLoad)
    assert.equal(figures.maxOverMean, column.maxOverMean)
    assert.equal(figures.hottestShare, column.topLaneShare)
    assert.equal(figures.emptyLanes, column.emptyLanes)
    assert.equal(figures.chance.maxOverMean, column.expectedMaxOverMean?.maxOverMean)
  })

for (const convention of shownConventions)
  test(`one key, followed: ${convention}`, async () => {
    const settings = { ...produceCodec.read({ partitions: '1000' }), convention }
    for (const key of ['alice', 'user-0000042', 'ünï']) {
      const path = keyPath(key, convention, settings.partitions)
      const answer = JSON.parse(await runLine(routeVerb, routeCommand(settings, key))) as {
        readonly bytes: string
        readonly conventions: Record<string, { hash: number; partitions: Record<string, number> }>
      }
      const row = answer.conventions[convention]
      assert.equal(path.bytes.replaceAll(' ', ''), answer.bytes)
      assert.equal(Number(path.hash), (row?.hash ?? 0) >>> 0)
      assert.equal(path.partition, row?.partitions['1000'])
      if (!convention.startsWith('sarama')) assert.equal(path.reduced % 1000, path.partition)
    }
  })

for (const population of populations)
  test(`strategies: ${JSON.stringify(population)}`, async () => {
    const settings = { ...comparisonCodec.read(population), strategies: strategyNames }
    const { rows } = compareStrategies(settings)
    const { columns } = JSON.parse(
      await runLine(simulateVerb, `${comparisonCommand(settings)} --loads`),
    ) as SimulateJson
    assert.deepEqual(
      rows.map(row => row.name),
      columns.map(column => column.strategy),
    )
    rows.forEach((row, index) => {
      const column = columns[index]
      assert.ok(column !== undefined)
      assert.equal(row.strategy.order, column.order)
      assert.equal(row.loads.length, column.lanes)
      row.loads.forEach((load, lane) => alike(load, column.loads[lane] ?? Number.NaN, `${row.name} ${lane}`))
      alike(row.maxOverMean, column.maxOverMean, row.name)
      assert.equal(row.unsent, column.unsent)
    })
  })

interface GroupsJson {
  readonly assignor: string
  readonly steps: readonly {
    readonly title: string
    readonly fewest: number
    readonly most: number
    readonly moved: number
    readonly unassigned: number
    readonly pausedPartitions: number
    readonly idle: readonly object[]
    readonly explained: readonly string[]
    readonly assignment: Record<string, Record<string, readonly number[]>>
  }[]
}

for (const given of [
  {},
  { topics: 'orders:12', members: '3', changes: 'j1l1j2' },
  { topics: 'a:5,b:5,c:5', members: '7', changes: 'l2' },
] as readonly LabSettings[])
  test(`assignment: ${JSON.stringify(given)}`, async () => {
    const settings = assignmentCodec.read(given)
    const costs = assignorCosts(settings)
    for (const assignor of assignorNames) {
      const line = groupsCommand(settings.topics, settings.members, settings.changes, assignor)
      const act = JSON.parse(await runLine(groupsSimulateCommand, line)) as GroupsJson
      const steps = assignmentSteps({ ...settings, assignor })
      assert.equal(act.assignor, assignor)
      assert.deepEqual(
        steps.map(({ title, moved, paused, unassigned, sentences }) => [
          title,
          moved,
          paused,
          unassigned,
          sentences,
        ]),
        act.steps.map(each => [
          each.title,
          each.moved,
          each.pausedPartitions,
          each.unassigned,
          each.explained,
        ]),
      )
      steps.forEach((step, index) => {
        const expected = act.steps[index]?.assignment ?? {}
        for (const { id, chips, gone } of step.rows) {
          const held = chips.filter(chip => chip.fate !== 'lost')
          assert.equal(held.length === 0 || !gone, true)
          settings.topics.forEach(({ name }, topic) =>
            assert.deepEqual(
              held.filter(chip => chip.topic === topic).map(chip => chip.partition),
              expected[id]?.[name] ?? [],
            ),
          )
        }
      })
      const last = act.steps.at(-1)
      const cost = costs.find(each => each.assignor === assignor)
      assert.deepEqual(
        [cost?.fewest, cost?.most, cost?.idle, cost?.rebalances],
        [last?.fewest, last?.most, last?.idle.length, act.steps.length],
      )
    }
  })

test('rebalancing ends where the command line says', async () => {
  for (const change of ['join', 'leave'] as const) {
    const settings = { ...rebalanceCodec.read({ partitions: '13', members: '4' }), change }
    for (const { assignor, pictures } of rebalanceFilms(settings)) {
      const line = groupsCommand(
        [{ name: 'orders', partitions: 13 }],
        4,
        [{ kind: change, members: 1 }],
        assignor,
      )
      const act = JSON.parse(await runLine(groupsSimulateCommand, line)) as GroupsJson
      const end = Object.fromEntries(
        [...(pictures.at(-1)?.reads ?? [])].map(([id, own]) => [id, [...(own.get('orders') ?? [])]]),
      )
      assert.deepEqual(
        end,
        Object.fromEntries(
          Object.entries(act.steps.at(-1)?.assignment ?? {}).map(([id, own]) => [id, own['orders'] ?? []]),
        ),
      )
    }
  }
})

for (const { label, settings } of [
  ...presets,
  {
    label: 'odd figures',
    settings: calculatorCodec.read({
      rate: '0.25',
      per: 'minute',
      is: 'average',
      bytes: '7',
      consumers: '11',
      keys: 'none',
      topics: 'a,b:2.5',
      brokers: '1',
      growth: '12.5',
      years: '1.5',
    }),
  },
])
  test(`calculator: ${label}`, async () => {
    const sized = sizeOf(settings)
    assert.ok(sized.kind === 'sized')
    assert.deepEqual(loadWorkload(workloadFile(settings), 'workload.yaml').workload, workloadOf(settings))
    const printed = await runLine(sizeCommand, 'npx lanekeeper size workload.yaml', workloadFile(settings))
    assert.deepEqual(JSON.parse(JSON.stringify(sized.report)), JSON.parse(printed))
  })

test('StreamSocial: 1,000 needed, 1,500 = 1,000 + 500, and 41.7M/s when the load is as uneven as usual', () => {
  const sized = sizeOf(
    presets.find(({ label }) => label === 'StreamSocial')?.settings ??
      presets[0]?.settings ??
      calculatorCodec.read({}),
  )
  assert.ok(sized.kind === 'sized')
  const { report } = sized
  assert.equal(report.neededPartitions, 1000)
  assert.equal(report.recommendedPartitions.chosen, 1500)
  assert.deepEqual(
    report.topics.map(topic => topic.partitions),
    [1000, 500],
  )
  assert.equal(Math.round(report.capacity.neededRecordsPerSecondSustainable / 1e5) / 10, 41.7)
})

test('the order of a key: lanes are those that route prints', async () => {
  const settings = orderCodec.read({ s: 'a.b.g4.a.b' })
  const state = orderState(settings)
  const lines = (await runLine(routeVerb, orderCommand(settings, [3, 4]))).trimEnd().split('\n')
  for (const [index, line] of lines.entries()) {
    const answer = JSON.parse(line) as {
      readonly key: string
      readonly conventions: { readonly java: { readonly partitions: Record<string, number> } }
    }
    assert.equal(answer.key, settings.keys[index])
    assert.deepEqual(
      state.written.filter(record => record.key === answer.key).map(record => record.lane),
      [answer.conventions.java.partitions['3'], answer.conventions.java.partitions['4']],
    )
  }
  assert.equal(lines.length, 2)
})

test('simulate and groups simulate print a link to the very same state', async () => {
  const drawn = comparisonCodec.read({
    keys: 'zipf',
    exponent: '1.2',
    messages: '3000',
    partitions: '24',
    seed: '9',
  })
  const compared = await linkOf(simulateVerb, comparisonCommand(drawn))
  assert.ok(compared?.name === 'lab' && compared.instrument === 'strategies')
  assert.deepEqual(comparisonCodec.read(compared.settings), drawn)

  const paper = assignmentCodec.read({
    topics: 'orders:12,b:3',
    members: '5',
    changes: 'j2l1',
    assignor: 'sticky',
  })
  const grouped = await linkOf(
    groupsSimulateCommand,
    groupsCommand(paper.topics, paper.members, paper.changes, paper.assignor),
  )
  assert.ok(grouped?.name === 'lab' && grouped.instrument === 'assignment')
  assert.deepEqual(assignmentCodec.read(grouped.settings), paper)
})

test('no link where the Lab would show another state', async () => {
  const generate = 'npx lanekeeper simulate --generate'
  for (const line of [
    `${generate} zipf --keys 1000`,
    `${generate} zipf --keys 1000 --messages 2000000`,
    `${generate} zipf --keys 1000 --messages 2000 --partitions 10,20`,
    `${generate} zipf --keys 1000 --messages 2000 --strategy salted:5`,
    `${generate} zipf --keys 1000 --messages 2000 --exponent 1.1234567`,
    `${generate} zipf --keys 1000 --messages 2000 --convention sarama-hash`,
  ])
    assert.equal(await linkOf(simulateVerb, line), null, line)
  for (const line of [
    'npx lanekeeper groups simulate --topics orders:97 --members 2',
    'npx lanekeeper groups simulate --topics orders:9 --members 20 --join 5',
  ])
    assert.equal(await linkOf(groupsSimulateCommand, line), null, line)
})
