/**
 * How fast keys are routed, beside the clients that people use.
 *
 *     node bench/routing.ts [--rounds 7] [--keys 1000000000] [--kafka-jars DIRECTORY]
 *
 * Contestants of a group take turns, each round in a fresh process, on the same 100,000 keys of 16 bytes and 1000
 * partitions. All partitions of a group must be equal, or nothing is reported. Prints a table of medians with least and
 * greatest, the ratio to ours, and the same as JSON. Figures are CPU time of the thread, but for generated keys, where
 * they are wall time on all cores. Java's own client takes part where a folder with its jars is given.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { availableParallelism, cpus } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

const { values: args } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    keys: { type: 'string', default: '1000000000' },
    'kafka-jars': { type: 'string' },
  },
})

interface Round {
  readonly nsPerKey: number
  readonly checksum: number
}

const here = import.meta.dirname
const jars = args['kafka-jars']
const inNode = (contestant: string) => (): Round =>
  JSON.parse(
    execFileSync(process.execPath, [join(here, 'routing-round.ts'), contestant, args.keys], {
      encoding: 'utf8',
    }),
  ) as Round
const inJava = (what: string) => (): Round =>
  JSON.parse(
    execFileSync('java', ['-cp', join(jars ?? '', '*'), join(here, 'java', 'RoutingRound.java'), what], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  ) as Round
const java = (what: string): Readonly<Record<string, () => Round>> =>
  jars === undefined ? {} : { 'java kafka-clients': inJava(what) }

const groups: Readonly<Record<string, Readonly<Record<string, () => Round>>>> = {
  'one key of 16 bytes': {
    lanekeeper: inNode('key/lanekeeper'),
    '@platformatic/kafka': inNode('key/platformatic'),
    kafkajs: inNode('key/kafkajs'),
  },
  'one text of 16 characters': { lanekeeper: inNode('text/lanekeeper'), ...java('text') },
  'packed keys of 16 bytes': {
    'lanekeeper, in a room': inNode('packed/lanekeeper'),
    'lanekeeper, copied in': inNode('packed/copied'),
    'lanekeeper, no vectors': inNode('packed/scalar'),
    ...java('packed'),
  },
  [`${args.keys} generated keys into 1000 lanes`]: { lanekeeper: inNode('structured/lanekeeper') },
}

const versionOf = (name: string): string =>
  (
    JSON.parse(readFileSync(join(here, '..', 'node_modules', name, 'package.json'), 'utf8')) as {
      version: string
    }
  ).version
const median = (ascending: readonly number[]): number => ascending[ascending.length >> 1] as number
const rounds = Number(args.rounds)
const results = Object.entries(groups).map(([group, contestants]) => {
  const figures = new Map(Object.keys(contestants).map(name => [name, [] as number[]]))
  const checksums = new Set<number>()
  for (let round = 0; round < rounds; round++)
    for (const [name, run] of Object.entries(contestants)) {
      const { nsPerKey, checksum } = run()
      figures.get(name)?.push(nsPerKey)
      checksums.add(checksum)
    }
  if (checksums.size !== 1) throw new Error(`${group}: the contestants do not agree on the partitions`)
  const medians = [...figures].map(([name, taken]) => {
    const ascending = taken.toSorted((a, b) => a - b)
    return { name, nsPerKey: median(ascending), least: ascending[0], greatest: ascending.at(-1) }
  })
  const ours = medians[0]?.nsPerKey ?? Number.NaN
  return { group, contestants: medians.map(each => ({ ...each, ratioToOurs: each.nsPerKey / ours })) }
})

for (const { group, contestants } of results) {
  console.log(`\n${group}`)
  for (const { name, nsPerKey, least, greatest, ratioToOurs } of contestants)
    console.log(
      `  ${name.padEnd(24)} ${nsPerKey.toFixed(2).padStart(9)} ns a key   (${least?.toFixed(2)} to ${greatest?.toFixed(2)})   ${ratioToOurs.toFixed(1)}×`,
    )
}
console.log(
  JSON.stringify({
    node: process.version,
    cpu: cpus()[0]?.model,
    cores: availableParallelism(),
    rounds,
    versions: {
      '@platformatic/kafka': versionOf('@platformatic/kafka'),
      kafkajs: versionOf('kafkajs'),
    },
    results,
  }),
)
