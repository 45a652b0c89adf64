/**
 * The text of 200,000 series for Prometheus, beside prom-client.
 *
 *     node bench/expose.ts [--partitions 18200] [--rounds 7] [--peers DIR]
 *
 * Ours: the answer to a scrape after a look in which every figure that can change did, as `/metrics` makes it, and the
 * first one, which lays the lines out. prom-client: as many series of the same names, labels and values, its
 * `metrics()` alone, and with the `set` of each value before it, which is what a new look costs there. DIR is a folder
 * in which `npm install prom-client parse-prometheus-text-format` was run; without it the peer is left out.
 *
 * Each round is checked: both texts are parsed, ours by the parser of DIR (of another author) where it is there, and
 * every series must be in both with the same value, to a millionth. Nothing is printed if not.
 */
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startLive } from '../src/runtime/live-state.ts'
import { createMetrics } from '../src/server/metrics.ts'
import { ManualClock } from '../test/support/manual-clock.ts'
import { groupOf, scriptedCluster, snapshotOf, topic } from '../test/support/scripted-cluster.ts'

const { values: args } = parseArgs({
  options: {
    partitions: { type: 'string', default: '18200' },
    rounds: { type: 'string', default: '7' },
    peers: { type: 'string' },
  },
})
const partitions = Number(args.partitions)
const rounds = Number(args.rounds)

/** What is used of prom-client. */
interface Gauge {
  set(labels: Readonly<Record<string, string>>, value: number): void
}
interface PromClient {
  readonly Registry: new () => { metrics(): Promise<string> }
  readonly Gauge: new (options: {
    readonly name: string
    readonly help: string
    readonly labelNames: readonly string[]
    readonly registers: readonly object[]
  }) => Gauge
}
type Parse = (text: string) => readonly {
  readonly name: string
  readonly metrics: readonly { readonly value: string; readonly labels?: Readonly<Record<string, string>> }[]
}[]

const peers = (() => {
  if (args.peers === undefined) return null
  const require = createRequire(join(args.peers, 'package.json'))
  return {
    client: require('prom-client') as PromClient,
    version: (require('prom-client/package.json') as { readonly version: string }).version,
    parse: require('parse-prometheus-text-format') as Parse,
  }
})()

interface Series {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** Reads lines as we know that we write them: for what goes into the peer, and where there is no other parser. */
const readLines = (text: string): readonly Series[] =>
  text.split('\n').flatMap(line => {
    const [, name, labels, value] = /^([a-z_]+)(?:\{(.*)\})? +(\S+)$/.exec(line) ?? []
    if (name === undefined || value === undefined) return []
    const pairs = [...(labels ?? '').matchAll(/([a-z_]+)="((?:[^"\\]|\\.)*)"/g)].map(([, key, text]) => [
      key,
      text,
    ])
    return [{ name, labels: Object.fromEntries(pairs), value: Number(value) }]
  })

const keyOf = ({ name, labels }: Pick<Series, 'name' | 'labels'>): string =>
  `${name} ${Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .sort()
    .join(' ')}`

const byKey = (text: string): ReadonlyMap<string, number> =>
  new Map(
    peers === null
      ? readLines(text).map(series => [keyOf(series), series.value])
      : peers
          .parse(text)
          .flatMap(({ name, metrics }) =>
            metrics.map(
              ({ labels, value }) => [keyOf({ name, labels: labels ?? {} }), Number(value)] as const,
            ),
          ),
  )

/** Throws where a series of one is not in the other with the same value. */
const compare = (ours: string, wanted: ReadonlyMap<string, number>): number => {
  const said = byKey(ours)
  if (said.size !== wanted.size) throw new Error(`${said.size} series instead of ${wanted.size}`)
  for (const [key, value] of wanted) {
    const found = said.get(key)
    if (found === undefined || Math.abs(found - value) > 1e-6)
      throw new Error(`${key}: ${found}, not ${value}`)
  }
  return said.size
}

const clock = new ManualClock()
const cluster = scriptedCluster(snapshotOf([topic('t', partitions, [1, 2, 3])]))
const all = Array.from({ length: partitions }, (_, p) => p)
cluster.before = async call => {
  if (call !== 'readGroups') return
  const end = Float64Array.from(all, p =>
    Math.floor((clock.nowMs * (3 + (p % 7) + (clock.nowMs % 3))) / 3000),
  )
  cluster.offsets.set('t', { topic: 't', end, start: end.map(records => Math.floor(records / 2)) })
  cluster.sizes.set('t', { topic: 't', sizeBytes: end.map(records => records * 100) })
  cluster.groups = [
    groupOf(
      'g',
      't',
      end.map((records, p) => Math.max(0, records - (p % 11) - 1)),
      [all],
    ),
  ]
}
const live = startLive({ cluster, clock, clusterName: null, version: '0' })
await clock.advance(60_000)

/** As exact as we know them: the judgement's own columns, not what our text says of them. */
const exactFigures = (): ReadonlyMap<string, number> => {
  const judged = live.judgement()
  const on = judged?.topics.get('t')
  const group = judged?.groups[0]?.topics[0]
  if (on === undefined || group === undefined) throw new Error('nothing was judged')
  const columns: readonly (readonly [string, ArrayLike<number>, boolean])[] = [
    ['lanekeeper_partition_records_per_second', on.recordsPerSecond, false],
    ['lanekeeper_partition_bytes_per_second', on.bytesPerSecond, false],
    ['lanekeeper_partition_size_bytes', on.sizeBytes, false],
    ['kafka_topic_partition_current_offset', on.end, false],
    ['kafka_topic_partition_oldest_offset', on.start, false],
    ['kafka_consumergroup_current_offset', group.committed, true],
    ['kafka_consumergroup_lag', group.lagRecords, true],
    ['lanekeeper_group_lag_seconds', group.lagMs.map(ms => ms / 1000), true],
  ]
  return new Map(
    columns.flatMap(([name, figures, ofGroup]) =>
      Array.from(figures, (value, p): [string, number] => [
        keyOf({
          name,
          labels: { topic: 't', partition: String(p), ...(ofGroup ? { consumergroup: 'g' } : {}) },
        }),
        value,
      ]),
    ),
  )
}

const times = {
  first: [] as number[],
  ours: [] as number[],
  peer: [] as number[],
  peerWithSet: [] as number[],
}
let bytes = 0
let checked = 0
const timed = async <Value>(into: number[], make: () => Value | Promise<Value>): Promise<Value> => {
  const begunMs = performance.now()
  const made = await make()
  into.push(performance.now() - begunMs)
  return made
}
const fresh = () =>
  createMetrics(live, null, () => clock.wallMs(), { granularity: 'partition', seriesMax: 1e9 })
const metrics = fresh()
metrics.bytes('partition')

const registry = peers === null ? null : new peers.client.Registry()
const gauges = new Map<string, Gauge>()
const gaugeOf = ({ name, labels }: Series): Gauge => {
  const known = gauges.get(name)
  if (known !== undefined || peers === null || registry === null) return known as Gauge
  const gauge = new peers.client.Gauge({
    name,
    help: name,
    labelNames: Object.keys(labels),
    registers: [registry],
  })
  gauges.set(name, gauge)
  return gauge
}

for (let round = -1; round < rounds; round++) {
  await clock.advance(1000)
  const first = (await timed(times.first, () => fresh().bytes('partition'))).toString()
  const text = (await timed(times.ours, () => metrics.bytes('partition'))).toString()
  if (first.replaceAll(/ +/g, ' ') !== text.replaceAll(/ +/g, ' '))
    throw new Error('a first scrape says something else')
  const series = readLines(text)
  checked = compare(text, new Map(series.map(each => [keyOf(each), each.value])))
  const said = byKey(text)
  for (const [key, value] of exactFigures())
    if (Number.isNaN(value) ? said.has(key) : !(Math.abs((said.get(key) ?? NaN) - value) <= 1e-6))
      throw new Error(`${key}: ${said.get(key)}, not ${value}`)
  bytes = text.length
  if (registry !== null) {
    const beforeSet = performance.now()
    for (const each of series) gaugeOf(each).set(each.labels, each.value)
    const setMs = performance.now() - beforeSet
    const peerText = await timed(times.peer, () => registry.metrics())
    times.peerWithSet.push(setMs + (times.peer.at(-1) ?? 0))
    compare(text, byKey(peerText))
  }
  // the first round warms up
  if (round < 0) for (const list of Object.values(times)) list.length = 0
}
await live.close()

const round2 = (value: number): number => Math.round(value * 100) / 100
const spread = (values: readonly number[]) => {
  const ascending = values.toSorted((a, b) => a - b)
  return {
    medianMs: round2(ascending[ascending.length >> 1] ?? NaN),
    minMs: round2(ascending[0] ?? NaN),
    maxMs: round2(ascending.at(-1) ?? NaN),
  }
}
const median = (values: readonly number[]): number => spread(values).medianMs
const rows = [
  { name: 'Lanekeeper, a scrape after a look', ...spread(times.ours) },
  { name: 'Lanekeeper, the first scrape', ...spread(times.first) },
  ...(peers === null
    ? []
    : [
        { name: `prom-client ${peers.version}, metrics() alone`, ...spread(times.peer) },
        { name: 'prom-client, set and metrics()', ...spread(times.peerWithSet) },
      ]),
]
console.log(`${checked} series, ${bytes} bytes, every one checked in every round`)
console.table(rows)
const ratios =
  peers === null
    ? {}
    : {
        ratio: round2(median(times.peer) / median(times.ours)),
        ratioWithSet: round2(median(times.peerWithSet) / median(times.ours)),
      }
console.log(
  JSON.stringify({ bench: 'expose', node: process.version, series: checked, bytes, rounds, rows, ...ratios }),
)
