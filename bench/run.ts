/**
 * Benchmarks by name, one after the other, with Kafka's jars for the peers that are Java.
 *
 *     npm run bench                        all that need no cluster
 *     npm run bench -- assign-cooperative  one of them
 *     npm run bench -- consume --bootstrap-server H:P   what follows the names goes to the script
 *     npm run bench -- list                all of them
 *
 * Each script checks what it produced and prints a table and one line of JSON; a check that fails ends the run with 1.
 * The jars are the ones that the local cluster runs on, fetched once, or those of KAFKA_HOME. Machines differ and are
 * shared: quote ratios, and say what else was running (the load is printed at the start and the end).
 */
import { spawnSync } from 'node:child_process'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { findKafka } from '../src/adapters/local-cluster/jars.ts'

interface Bench {
  readonly what: string
  readonly script: string
  readonly parameters: (jars: string) => readonly string[]
}

const benches: Readonly<Record<string, Bench>> = {
  routing: {
    what: 'keys to partitions, beside the Java client, @platformatic/kafka and kafkajs',
    script: 'routing.ts',
    parameters: jars => ['--kafka-jars', jars],
  },
  assign: {
    what: 'a million partitions to 2,000 members, beside the server-side uniform assignor',
    script: 'assign.ts',
    parameters: jars => ['--kafka-jars', jars],
  },
  'assign-cooperative': {
    what: "the same by cooperative-sticky, beside the client's, which needs seconds a call",
    script: 'assign.ts',
    parameters: jars => ['--kafka-jars', jars, '--assignor', 'cooperative-sticky', '--peer-rounds', '3'],
  },
  produce: {
    what: 'writing to real brokers and to a sink that acknowledges at once, beside the other clients',
    script: 'produce.ts',
    parameters: jars => ['--kafka-jars', jars],
  },
  consume: {
    what: 'reading a real cluster (--bootstrap-server), beside kafkajs, @platformatic/kafka and Java',
    script: 'consume.ts',
    parameters: jars => ['--kafka-jars', jars],
  },
  sketch: {
    what: 'heavy keys by sketch, beside an exact map; every bound is checked',
    script: 'sketch.ts',
    parameters: () => ['--rounds', '1'],
  },
  look: {
    what: 'CPU of one look at 20,000 to 200,000 partitions over 20 simulated brokers',
    script: 'look.ts',
    parameters: () => [],
  },
  serving: {
    what: 'scrapes, pages and history at 1,500 and more partitions',
    script: 'serving.ts',
    parameters: () => ['1500'],
  },
  pages: {
    what: '200 open pages over 200,000 partitions: CPU, memory, delay, and what slow ones get',
    script: 'pages.ts',
    parameters: () => [],
  },
  past: {
    what: 'what everybody else waits for while the past of 200,000 partitions is read, on the event loop and in a thread',
    script: 'past.ts',
    parameters: () => [],
  },
  expose: {
    what: '200,000 series for Prometheus, beside prom-client (--peers DIR, a folder that has it)',
    script: 'expose.ts',
    parameters: () => [],
  },
  frames: {
    what: "frame times of the page's pictures in a real browser, 200,000 cells (needs npm run build:page)",
    script: 'frames.ts',
    parameters: () => [],
  },
  watchers: {
    what: "watching 1,500 partitions on brokers of its own, beside kafkajs, Kafka's tools and whatever is named",
    script: 'watchers.ts',
    parameters: jars => ['--kafka-jars', jars],
  },
}
const withoutCluster = ['routing', 'assign', 'assign-cooperative', 'sketch', 'look', 'serving', 'expose']

const asked = process.argv.slice(2)
if (asked.includes('list')) {
  for (const [name, { what }] of Object.entries(benches)) console.log(`${name.padEnd(20)}${what}`)
  process.exit(0)
}
const firstFlag = asked.findIndex(word => word.startsWith('-'))
const named = firstFlag < 0 ? asked : asked.slice(0, firstFlag)
const passedOn = firstFlag < 0 ? [] : asked.slice(firstFlag)
const names = named.length === 0 ? withoutCluster : named
const unknown = names.find(name => !(name in benches))
if (unknown !== undefined) {
  console.error(`There is no benchmark ${unknown}; there are ${Object.keys(benches).join(', ')}.`)
  process.exit(2)
}

const load = (): string =>
  loadavg()
    .map(average => average.toFixed(1))
    .join(' ')
const { libs } = await findKafka(join('.lanekeeper', 'kafka'), process.env, text => console.error(text))
let failed = false
for (const name of names) {
  const { what, script, parameters } = benches[name] as Bench
  console.log(`\n${name}: ${what} (load ${load()})`)
  const { status } = spawnSync(
    process.execPath,
    [join(import.meta.dirname, script), ...parameters(libs), ...passedOn],
    {
      stdio: 'inherit',
    },
  )
  if (status !== 0) failed = true
}
console.log(`\nload at the end ${load()}`)
process.exit(failed ? 1 : 0)
