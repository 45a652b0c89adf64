import { sentenceText } from '../../core/health/index.ts'
import { formatCount, formatDuration, formatRate, formatTimes, printable } from '../../core/model/index.ts'
import type { Timer } from '../../ports/clock.ts'
import { thinBatchAdvice } from '../../producer/figures.ts'
import { paint, print, printJson, say } from '../output.ts'
import type { World } from '../world.ts'
import type { Criterion, RunFigures } from './criteria.ts'
import type { System } from './system.ts'
import type { Writer } from './writer.ts'

/**
 * What `up` says while it runs: on a terminal one status block that is drawn over, elsewhere a plain line now and then,
 * with `--json` one event a line on stdout. The same figures everywhere, taken from the live state and never counted
 * again.
 */
export interface Report {
  started(): void
  stopping(interrupted: boolean): void
  summary(run: RunResult): void
  end(): void
}

export interface RunResult {
  readonly ranMs: number
  readonly figures: RunFigures
  readonly criteria: readonly Criterion[]
  readonly interrupted: boolean
}

const TERMINAL_MS = 1_000
const PLAIN_MS = 10_000

export const startReport = (world: World, system: System, json: boolean): Report => {
  const { io, clock } = world
  const terminal = !json && io.stdout.isTTY === true && io.env['TERM'] !== 'dumb'
  const everyMs = terminal || json ? TERMINAL_MS : PLAIN_MS
  let timer: Timer | null = null
  let drawnLines = 0
  let told = 0

  const show = (): void => {
    if (json) printJson(io, statusEvent(world, system))
    else if (terminal) draw(statusLines(world, system))
    else print(io, statusLines(world, system).join(' · '))
    for (; told < system.troubles.length; told++) {
      drawnLines = 0
      say(io, `${paint(io, io.stderr, 'yellow', 'warning')} ${printable(system.troubles[told] ?? '')}`)
    }
    timer = clock.after(everyMs, show)
  }

  /** Moves up over what was drawn before; a line that would wrap is cut, or the count of lines would be wrong. */
  const draw = (lines: readonly string[]): void => {
    const width = Math.max(20, io.stdout.columns - 1)
    const up = drawnLines === 0 ? '' : `\u001b[${drawnLines}A`
    io.stdout.write(
      up + lines.map(line => `\u001b[2K${Array.from(line).slice(0, width).join('')}\n`).join(''),
    )
    drawnLines = lines.length
  }

  const stop = (): void => {
    timer?.cancel()
    timer = null
  }

  return {
    started: () => {
      const { server, connection } = system
      const simulated = connection.cluster.simulated ? ' (simulated cluster, no Kafka)' : ''
      if (json)
        printJson(io, {
          event: 'started',
          url: server.url,
          bootstrapServer: connection.cluster.bootstrapServer,
          simulated: connection.cluster.simulated,
        })
      else {
        print(io, '')
        print(io, `  ${paint(io, io.stdout, 'bold', system.config.cluster.name)}${simulated}`)
        print(io, `  dashboard  ${paint(io, io.stdout, 'cyan', server.url)}`)
        print(io, `  brokers    ${connection.cluster.bootstrapServer}`)
        print(io, `  Ctrl-C stops everything in order; once more stops at once.`)
        print(io, '')
      }
      timer = clock.after(everyMs, show)
    },
    stopping: interrupted => {
      stop()
      if (!json) say(io, interrupted ? 'stopping: traffic, readers, brokers …' : 'time is up: draining …')
    },
    summary: run => {
      if (json) printJson(io, summaryEvent(run))
      else printSummary(world, system, run)
    },
    end: stop,
  }
}

const statusLines = (world: World, { live, writer, readers }: System): readonly string[] => {
  const tick = live.tick()
  const [finding] = tick.findings
  const order = [...readers.checks().values()].reduce(
    (all, check) => all + check.reordered + check.duplicated,
    0,
  )
  const p99 = readers.latency()?.p99Ms ?? null
  const sent = writer?.producer.stats().recordsAcknowledged
  const rate = tick.totals.recordsPerSecond
  const clockTime = new Date(world.clock.wallMs()).toISOString().slice(11, 19)
  return [
    `${clockTime}  ${rate === null ? 'rate not known yet' : formatRate(rate)}` +
      `${sent === undefined ? '' : `, ${formatCount(sent)} acknowledged`}` +
      `, lag ${tick.totals.lagRecords === null ? 'unknown' : formatCount(tick.totals.lagRecords)}` +
      `, p99 ${p99 === null ? 'unknown' : formatDuration(p99)}` +
      `, order violations ${order}`,
    `${tick.health.brokersAnswering} of ${tick.health.brokersExpected} brokers` +
      `, ${formatCount(tick.totals.partitions)} partitions` +
      `, ${tick.totals.underReplicated} under-replicated, ${tick.totals.leaderless} without leader`,
    finding === undefined
      ? tick.health.summary
      : `${finding.severity}: ${printable(sentenceText(finding.sentence))}`,
  ]
}

const statusEvent = (world: World, { live, writer, readers, troubles }: System): unknown => {
  const { at, health, totals, findings } = live.tick()
  return {
    event: 'status',
    at,
    status: health.status,
    totals,
    producer: producerFigures(writer),
    consumers: readers.consumers.map(consumer => {
      const { phase, recordsProcessed, fetches, rebalances, lagRecords, codes } = consumer.stats()
      return { phase, recordsProcessed, fetches, rebalances, lagRecords, codes: Object.fromEntries(codes) }
    }),
    latency: readers.latency(),
    order: Object.fromEntries(readers.checks()),
    findings: findings.map(({ id, severity, sentence }) => ({
      id,
      severity,
      text: sentenceText(sentence),
    })),
    troubles,
    now: new Date(world.clock.wallMs()).toISOString(),
  }
}

const producerFigures = (writer: System['writer']): unknown => {
  if (writer === null) return null
  const { answersByCode, stopped, ...figures } = writer.producer.stats()
  return {
    ...figures,
    answersByCode: Object.fromEntries(answersByCode),
    stopped,
    traffic: writer.traffic.stats(),
  }
}

const summaryEvent = ({ ranMs, figures, criteria, interrupted }: RunResult): unknown => ({
  event: 'summary',
  interrupted,
  ranMs: Math.round(ranMs),
  figures,
  criteria,
  held: criteria.every(criterion => criterion.held),
})

const printSummary = ({ io }: World, system: System, run: RunResult): void => {
  const { figures, criteria, ranMs } = run
  const perSecond = figures.acknowledged / (ranMs / 1000)
  print(io, '')
  print(
    io,
    `${formatCount(figures.acknowledged)} records in ${formatDuration(ranMs)} (${formatRate(perSecond)}) ` +
      `into ${system.topicNames.join(' and ')}`,
  )
  for (const criterion of criteria)
    print(io, `  ${verdictWord(io, criterion)}  ${criterion.name}: ${criterion.evidence}`)
  for (const { topic, maxOverMean, expectedMaxOverMeanUpper } of figures.balance.filter(
    ({ keysAreEven }) => !keysAreEven,
  ))
    print(
      io,
      `  note     ${topic}: max ÷ mean ${maxOverMean === null ? 'unknown' : formatTimes(maxOverMean)}; equally active keys ` +
        `would give up to ${formatTimes(expectedMaxOverMeanUpper)}. The shape of this traffic is uneven, so no verdict.`,
    )
  for (const balance of figures.balance)
    if (balance.keysAreEven && balance.maxOverMean !== null && balance.expectedMaxOverMean > 1.2)
      print(
        io,
        `  note     ${balance.topic}: with ${formatCount(balance.records)} records on ` +
          `${formatCount(balance.partitions)} partitions the fullest one is ${formatTimes(balance.expectedMaxOverMean)} ` +
          'the mean by chance alone; more records and more keys make it even.',
      )
  if (system.writer !== null) printBatches(io, system.writer, run)
  for (const [group, check] of system.readers.checks()) {
    print(
      io,
      `  note     ${group} checked ${formatCount(check.checked)} records of ${formatCount(check.keys)} keys` +
        (check.redelivered > 0 ? `; ${formatCount(check.redelivered)} were delivered again` : ''),
    )
    for (const example of check.examples) print(io, `           ${printable(example)}`)
  }
  for (const finding of system.live.tick().findings)
    print(
      io,
      `  finding  ${finding.severity}: ${printable(finding.sentence.map(part => part.text).join(''))}`,
    )
  for (const trouble of system.troubles) print(io, `  trouble  ${printable(trouble)}`)
}

/** A run that was ended early did not miss what it could not see yet. */
const verdictWord = (io: World['io'], { held, known }: Criterion): string => {
  if (held) return paint(io, io.stdout, 'green', 'held   ')
  return known ? paint(io, io.stdout, 'red', 'MISSED ') : paint(io, io.stdout, 'yellow', 'unknown')
}

/** Brokers pay per batch: how full they were, and what to do where they were thin. */
const printBatches = (io: World['io'], { producer, lingerMs }: Writer, { ranMs }: RunResult): void => {
  const { recordsAcknowledged: records, batches } = producer.stats()
  if (batches === 0) return
  const seconds = ranMs / 1000
  const partitions = producer.partitionFigures().length
  const advice = thinBatchAdvice({ records, batches, seconds, partitions, lingerMs })
  print(
    io,
    `  note     writer: ${(records / batches).toFixed(1)} records a batch, ` +
      `${formatCount(Math.round(batches / seconds))} batches a second` +
      (advice === null ? '' : `. ${advice}`),
  )
}
