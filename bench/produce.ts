/**
 * What it costs to produce, beside the clients that people use: records a second and client CPU a record.
 *
 *     node bench/produce.ts [--target cluster,sink] [--partitions 12,1000] [--rounds 7] [--records 800000]
 *                           [--only NAME,NAME] [--kafka-jars DIR] [--python python3]
 *                           [--bootstrap-server H:P,H:P] [--state-dir DIR] [--port 24092]
 *
 * `cluster` is three real brokers (replication factor 3, acks=all, idempotent producers, a topic that is warm), started
 * here unless --bootstrap-server names others. `sink` acknowledges at once and keeps nothing: client cost alone.
 *
 * Contestants take turns, each round in a fresh process, with the same prepared records (keys, values of 100 bytes);
 * the first half is warm-up and not counted: after a tenth of a second no compiler is done, and of 1,000 partitions each
 * has got 400 records by then. On the sink there are twice as many, since the fastest need less than half a microsecond
 * for one. `default` is what each client does when only acks and idempotence are set; `tuned` has linger 20 ms and batches
 * of 256 KiB, with 1,000 partitions of 64 KiB. Each round is read back: count, bytes, order of every key, and the partition
 * that the client's own rule gives it. Whoever fails a check once is told with the reason and has no figure; where that is
 * ours, the run ends with 1.
 *
 * Not alike, and said beside the figures: ProducerPerformance sends no keys, which fills one batch after the other, and
 * its CPU is that of its whole JVM; librdkafka is driven in arrays, without Python's cost per record.
 *
 * On a cluster of one machine brokers and client share the cores: records a second is then mostly what brokers make of
 * the client's batches, and CPU a record is the figure that speaks about the client: it is printed in cores as well, and
 * whoever uses less than one waits for brokers. What a record costs the brokers, all three together, is printed
 * beside it where they are ours. It says what a client's batches are worth and moves less with the machine's load than the
 * rate; what brokers use while they wait is in it, and weighs on slow clients. With 7 rounds all of it takes an hour;
 * `--rounds 2 --records 200000` a few minutes.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, cpus, loadavg, tmpdir, totalmem } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { type Contestant, findContestants, type Round } from './produce-contestants.ts'
import { writeRecords } from './produce-records.ts'
import { realCluster, sink, type Target } from './produce-targets.ts'

const { values: args } = parseArgs({
  options: {
    target: { type: 'string', default: 'cluster,sink' },
    partitions: { type: 'string', default: '12,1000' },
    rounds: { type: 'string', default: '7' },
    records: { type: 'string', default: '800000' },
    only: { type: 'string' },
    'kafka-jars': { type: 'string' },
    python: { type: 'string', default: 'python3' },
    'bootstrap-server': { type: 'string' },
    'state-dir': { type: 'string', default: '.lanekeeper/bench-produce' },
    port: { type: 'string', default: '24092' },
  },
})
const rounds = Number(args.rounds)
const records = Number(args.records)
const only = args.only?.split(',')
const WARM_UP_SHARE = 0.5
/** The sink takes so many times the records: a round must last long enough that compilers and collectors are heard out. */
const SINK_TIMES = 2
/** Records that a new topic gets before the first round: files are opened, brokers compile what they do. */
const TOPIC_WARM_UP_RECORDS = 300_000

/** Records a second of ours ÷ theirs, and on the sink CPU of theirs ÷ ours. */
const GOALS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  cluster: { 'Java, keyed': 1.5, librdkafka: 3, '@platformatic/kafka': 4, kafkajs: 7 },
  sink: { librdkafka: 1, '@platformatic/kafka': 10, kafkajs: 25 },
}

const say = (text: string): void => console.error(text)

const spread = (figures: readonly number[]) => {
  const ascending = figures.toSorted((a, b) => a - b)
  const middle = (ascending.length - 1) / 2
  return {
    median: ((ascending[Math.floor(middle)] as number) + (ascending[Math.ceil(middle)] as number)) / 2,
    least: ascending[0] as number,
    greatest: ascending.at(-1) as number,
  }
}

interface Result {
  readonly contestant: Contestant
  readonly recordsPerSecond: ReturnType<typeof spread>
  readonly cpuMicrosPerRecord: ReturnType<typeof spread>
  /** Of all brokers together, over warm-up and all; null where they are not ours. */
  readonly brokerMicrosPerRecord: ReturnType<typeof spread> | null
}

interface Played extends Round {
  readonly brokerMicrosPerRecord: number | null
}

const playRound = async (
  target: Target,
  contestant: Contestant,
  file: string,
  count: number,
): Promise<Played> => {
  const { bootstrap, topic } = target
  const warmUp = Math.round(count * WARM_UP_SHARE)
  await target.begin()
  const before = await target.brokerCpuMs()
  const round = await contestant.run({ bootstrap, topic, file, records: count, warmUp })
  const after = await target.brokerCpuMs()
  await target.check(count, contestant.convention)
  return {
    ...round,
    brokerMicrosPerRecord: before === null || after === null ? null : ((after - before) * 1000) / count,
  }
}

const compete = async (
  target: Target,
  contestants: readonly Contestant[],
  file: string,
  records: number,
): Promise<readonly Result[]> => {
  const taken = new Map<Contestant, Played[]>(contestants.map(each => [each, []]))
  for (let round = 1; round <= rounds; round++)
    for (const [contestant, list] of taken) {
      const count = Math.round(records * contestant.share)
      let played: Played
      try {
        played = await playRound(target, contestant, file, count)
      } catch (error) {
        console.log(
          `no figure of ${contestant.name}: ${error instanceof Error ? error.message : String(error)}`,
        )
        if (contestant.client === 'lanekeeper') process.exitCode = 1
        taken.delete(contestant)
        continue
      }
      list.push(played)
      say(
        `round ${round}, ${contestant.name}: ${Math.round(played.records / played.seconds)} records/s, ` +
          `${((played.cpuSeconds * 1e6) / played.records).toFixed(2)} µs, load ${loadavg()[0]?.toFixed(1)}`,
      )
    }
  return [...taken].map(([contestant, list]) => ({
    contestant,
    recordsPerSecond: spread(list.map(each => each.records / each.seconds)),
    cpuMicrosPerRecord: spread(list.map(each => (each.cpuSeconds * 1e6) / each.records)),
    brokerMicrosPerRecord: list.some(each => each.brokerMicrosPerRecord === null)
      ? null
      : spread(list.map(each => each.brokerMicrosPerRecord ?? Number.NaN)),
  }))
}

/** The better of a client's settings: what it is worth by records a second, on the sink by CPU. */
const best = (results: readonly Result[], client: string, byCpu: boolean): Result | undefined =>
  results
    .filter(each => each.contestant.client === client)
    .toSorted((a, b) =>
      byCpu
        ? a.cpuMicrosPerRecord.median - b.cpuMicrosPerRecord.median
        : b.recordsPerSecond.median - a.recordsPerSecond.median,
    )[0]

const print = (kind: string, partitions: number, records: number, results: readonly Result[]): void => {
  const wide = Math.max(...results.map(({ contestant }) => contestant.name.length))
  const thousands = (rate: number): string => `${(rate / 1000).toFixed(0)}k`
  console.log(
    `\n${kind}, ${partitions} partitions, ${rounds} rounds of ${records} records, median (least to greatest)`,
  )
  for (const {
    contestant,
    recordsPerSecond: rate,
    cpuMicrosPerRecord: cpu,
    brokerMicrosPerRecord: brokers,
  } of results)
    console.log(
      [
        `  ${contestant.name.padEnd(wide)}`,
        `${thousands(rate.median).padStart(6)} records/s (${thousands(rate.least)} to ${thousands(rate.greatest)})`.padEnd(
          34,
        ),
        `${cpu.median.toFixed(2).padStart(6)} µs CPU (${cpu.least.toFixed(2)} to ${cpu.greatest.toFixed(2)})`.padEnd(
          34,
        ),
        `${((rate.median * cpu.median) / 1e6).toFixed(2)} cores`,
        ...(brokers === null ? [] : [`${brokers.median.toFixed(1).padStart(5)} µs CPU of brokers`]),
        contestant.version,
      ].join('  '),
    )
  const byCpu = kind === 'sink'
  const ours = best(results, 'lanekeeper', byCpu)
  if (ours === undefined) return
  console.log(`  ours (${ours.contestant.name.split(', ')[1]}) beside the better setting of each:`)
  for (const client of new Set(results.map(each => each.contestant.client))) {
    const theirs = best(results, client, byCpu)
    if (theirs === undefined || client === 'lanekeeper') continue
    const rate = ours.recordsPerSecond.median / theirs.recordsPerSecond.median
    const cpu = theirs.cpuMicrosPerRecord.median / ours.cpuMicrosPerRecord.median
    // for many partitions: few make full batches for everybody
    const goal = kind === 'sink' || partitions >= 1000 ? GOALS[kind]?.[client] : undefined
    const verdict =
      goal === undefined
        ? ''
        : `; goal ${goal} × ${byCpu ? 'CPU' : 'records/s'}: ${(byCpu ? cpu : rate) >= goal ? 'reached' : 'MISSED'}`
    console.log(
      `  ${client.padEnd(wide)}  ${rate.toFixed(2)} × records/s, ${cpu.toFixed(2)} × CPU a record${verdict}`,
    )
  }
}

const folder = mkdtempSync(join(tmpdir(), 'lanekeeper-bench-'))
const recordsFor = (kind: string): number => records * (kind === 'sink' ? SINK_TIMES : 1)
const file = writeRecords(
  join(folder, 'records'),
  Math.max(...args.target.split(',').map(recordsFor), TOPIC_WARM_UP_RECORDS),
)
console.log(
  `node ${process.version}, ${availableParallelism()} cores (${cpus()[0]?.model}), ${Math.round(totalmem() / 2 ** 30)} GiB; ` +
    `values of 100 bytes, acks=all, idempotent`,
)
try {
  for (const partitions of args.partitions.split(',').map(Number))
    for (const kind of args.target.split(',')) {
      const found = await findContestants(args['kafka-jars'], args.python, kind, partitions)
      for (const text of found.absent) console.log(`not measured: ${text}`)
      const contestants = found.contestants.filter(
        ({ name }) => only === undefined || only.some(each => name.startsWith(each)),
      )
      const target =
        kind === 'sink'
          ? await sink(partitions)
          : await realCluster({
              bootstrap: args['bootstrap-server'],
              stateDir: resolve(args['state-dir']),
              firstPort: Number(args.port),
              partitions,
              say,
            })
      try {
        const [first] = found.contestants
        if (kind !== 'sink' && first !== undefined)
          await playRound(target, first, file, TOPIC_WARM_UP_RECORDS)
        const results = await compete(target, contestants, file, recordsFor(kind))
        print(kind, partitions, recordsFor(kind), results)
        console.log(
          JSON.stringify({
            bench: 'produce',
            target: kind,
            partitions,
            rounds,
            records: recordsFor(kind),
            results: results.map(({ contestant: { name, version }, ...figures }) => ({
              name,
              version,
              ...figures,
            })),
          }),
        )
      } finally {
        await target.close()
      }
    }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
